"""However long a file is: it is streamed."""

import gc
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.connectors.csv_files import connector, encoding
from accounts.connectors.csv_files.connector import CsvConnector
from accounts.connectors.csv_files.files import SourceFile
from revenue.users.models import Org
from tests.accounts.connectors.csv_files.much import write_deals
from tests.factories.jobs import an_org
from tests.jobs.stage import database_url

MOST_MB = 300
MANY = int(os.environ.get("CSV_ROWS", "10_000_000"))


def peak_of_reading(path: Path, *, rows: int) -> int:
    write_deals(path, rows=rows)
    gc.collect()
    tracemalloc.start()
    try:
        reading = CsvConnector(Org(slug="much"), files=[SourceFile(path.name, path)])
        pages = reading.changed_since("Opportunity", reading.describe() and {})
        assert sum(len(page.rows) for page in pages) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for 8 bytes an id, by which those that come twice are found; a row kept is over 500."""
    monkeypatch.setattr(connector, "PAGE", 200)
    monkeypatch.setattr(encoding, "CHUNK", 1 << 16)
    few, many = (peak_of_reading(tmp_path / "Opportunity.csv", rows=n) for n in (2_000, 10_000))
    assert many - few < 8_000 * 200


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_ten_million_rows_take_less_than_300_mb(tmp_path: Path) -> None:
    org = an_org(slug="much", kind="csv")
    module = "tests.accounts.connectors.csv_files.much"
    done = subprocess.run(
        [sys.executable, "-m", module, org.slug, str(MANY), str(tmp_path)],
        env={**os.environ, "DATABASE_URL": database_url(), "LOG_LEVEL": "ERROR"},
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    sys.stdout.write(done.stdout.decode())
    assert found["rows"] == {"accepted": MANY, "refused": 0, "left_out": 0, "written": MANY}
    assert found["peak_mb"] < MOST_MB
