"""A process that ends in the middle: the same command goes on behind its last page."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Opportunity, SyncRun
from tests.accounts.connectors.csv_files.importing import imported
from tests.factories.jobs import an_org
from tests.jobs.stage import database_url, wait_for

ROWS = 60_000
pytestmark = [
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
]


def test_a_killed_import_goes_on_and_ends_with_every_row_once(tmp_path: Path) -> None:
    org = an_org(slug="killed", kind="csv")
    module = "tests.accounts.connectors.csv_files.much"
    importing = subprocess.Popen(
        [sys.executable, "-m", module, org.slug, str(ROWS), str(tmp_path)],
        env={**os.environ, "DATABASE_URL": database_url(), "LOG_LEVEL": "ERROR"},
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deals = Opportunity.objects.of(org)
    wait_for(lambda: deals.count() >= 10_000, what="two pages of rows")
    importing.send_signal(signal.SIGKILL)
    importing.wait()
    landed = deals.count()
    assert landed % 5_000 == 0
    assert landed < ROWS

    result = imported(org, tmp_path / "Opportunity.csv")
    assert result["rows"]["written"] == ROWS - landed
    assert deals.count() == ROWS
    first, second = SyncRun.objects.filter(org=org).order_by("id")
    assert (first.state, second.state) == (SyncRun.State.PARTIAL, SyncRun.State.SUCCEEDED)
    assert imported(org, tmp_path / "Opportunity.csv")["rows"]["written"] == 0
