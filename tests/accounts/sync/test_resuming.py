"""Ids and formulas of a large object, left in the middle: the next run goes on from there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from accounts.connectors.base import Page, Position, SourceUnavailableError
from accounts.models import ObjectSync, Opportunity
from accounts.sync import reconcile
from revenue.users.models import Org
from tests.accounts.sync.sources import NOON, Source, a_deal, sf_id, sync
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AWAY = SourceUnavailableError("Away.")


@dataclass
class Large(Source):
    """One that can begin in the middle, and is away from some page on."""

    away_from: str = ""
    asked: list[str] = field(default_factory=list)
    formula: str = "one"

    def ids_after(self, object_name: str, last: str) -> Iterator[list[str]]:
        self.asked.append(last)
        wanted = [key for key in self.there(object_name) if key > last]
        for at in range(0, len(wanted), self.page_size):
            if self.away_from and wanted[at] >= self.away_from:
                raise AWAY
            yield wanted[at : at + self.page_size]

    def formulas(self, object_name: str, position: Position) -> Iterator[Page]:
        last = position.get("after", "")
        for ids in self.ids_after(object_name, last):
            rows = [{"Id": key, "Health_f__c": self.formula} for key in ids]
            yield Page(rows, {"after": ids[-1]})


def a_source() -> Large:
    source = Large()
    deals = [a_deal(number, second=number, Health_f__c="one") for number in range(12)]
    source.put("Opportunity", *deals)
    return source


def of(org: Org) -> ObjectSync:
    return ObjectSync.objects.get(org=org, object_name="Opportunity")


@pytest.fixture
def org(monkeypatch: pytest.MonkeyPatch) -> Org:
    monkeypatch.setattr(reconcile, "A_PART", 3)
    made: Org = OrgFactory()
    return made


def gone(org: Org) -> list[str]:
    rows = Opportunity.objects.of(org).filter(deleted_at__isnull=False)
    return sorted(rows.values_list("external_id", flat=True))


def test_ids_are_compared_on_from_the_last_part(org: Org) -> None:
    source = a_source()
    sync(org, source)
    for number in (1, 7, 10):
        del source.objects["Opportunity"][sf_id("006", number)]
    source.away_from, source.asked = sf_id("006", 8), []

    run = sync(org, source, at=NOON + HOUR, full=True)

    assert (run.state, run.problem) == ("failed", "Away.")  # it wrote nothing
    assert source.asked == [""]
    assert gone(org) == []  # by half a list nothing is called deleted
    mark = of(org).marks["ids"]
    assert (mark["after"], mark["gone"]) == (sf_id("006", 3), [sf_id("006", 1)])
    source.away_from, source.asked = "", []
    # The one that had gone is there again, with a new stamp.
    source.put("Opportunity", a_deal(1, second=99))

    run = sync(org, source, at=NOON + 2 * HOUR)

    assert (run.state, run.problem) == ("succeeded", "")
    assert source.asked == [sf_id("006", 3)]
    assert gone(org) == [sf_id("006", 7), sf_id("006", 10)]
    assert (of(org).marks, of(org).reconciled_at) == ({}, NOON + 2 * HOUR)


def test_a_list_left_long_ago_begins_anew(org: Org) -> None:
    source = a_source()
    sync(org, source)
    source.away_from = sf_id("006", 8)
    sync(org, source, at=NOON + HOUR, full=True)
    source.away_from, source.asked = "", []

    assert sync(org, source, at=NOON + 3 * DAY).state == "succeeded"

    assert source.asked[0] == ""
    assert of(org).marks == {}


def test_formulas_are_read_on_from_the_last_page(org: Org) -> None:
    source = a_source()
    source.has_deletes = False
    sync(org, source)
    source.formula, source.away_from, source.asked = "two", sf_id("006", 6), []

    run = sync(org, source, at=NOON + DAY)

    assert (run.state, run.problem, run.rows_written) == ("partial", "Away.", 6)
    assert of(org).formulas_read_at == NOON
    source.away_from, source.asked = "", []

    run = sync(org, source, at=NOON + DAY + HOUR)

    assert (run.state, run.rows_written, source.asked) == ("succeeded", 6, [sf_id("006", 5)])
    extras = Opportunity.objects.of(org).values_list("extra", flat=True)
    assert {extra["Health_f__c"] for extra in extras} == {"two"}
    # Read when it began, so that the first half is not a day older than it says.
    assert (of(org).formulas_read_at, of(org).marks) == (NOON + DAY, {})
