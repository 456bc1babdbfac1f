"""Who is named in the settings hears of each sync that has ended, and of nothing else."""

import pytest

from revenue.users.models import Org
from tests.accounts.sync.sources import Source, a_deal, sync
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db
heard: list[tuple[str, bool]] = []


def follow(*, org: Org, has_changed: bool) -> None:
    heard.append((org.slug, has_changed))


def test_each_sync_is_told_with_whether_it_changed_anything(settings: object) -> None:
    settings.AFTER_SYNC = [f"{__name__}.follow"]  # type: ignore[attr-defined]
    heard.clear()
    org, source = OrgFactory(slug="acme"), Source()
    source.put("Opportunity", a_deal(1, second=1))
    sync(org, source)
    sync(org, source)
    assert heard == [("acme", True), ("acme", False)]
