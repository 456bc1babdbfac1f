"""What a deal was worth in the org's currency, by the rates that were known at a moment."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.history import Relation, opportunities
from accounts.models import CurrencyRate, Opportunity
from accounts.sync.money import convert_all
from revenue.users.models import Org
from tests.factories.facts import a_currency_rate, a_field_change, an_opportunity
from tests.factories.people import OrgFactory

BORN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
THEN = datetime(2026, 2, 15, tzinfo=UTC)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    """Of dollars: one buys 0.80 euros in January and 0.50 from March on."""
    org: Org = OrgFactory(currency="USD")
    a_rate(org, "0.80", date(2026, 1, 1), date(2026, 3, 1))
    a_rate(org, "0.50", date(2026, 3, 1), None)
    return org


def a_rate(org: Org, rate: str, starts: date, ends: date | None, **facts: Any) -> CurrencyRate:
    known: dict[str, Any] = {"currency": "EUR", "created_at": as_day(starts), **facts}
    return a_currency_rate(org=org, rate=Decimal(rate), starts_date=starts, ends_date=ends, **known)


def as_day(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def a_deal(org: Org, amount: int | None = 400, currency: str = "EUR", **facts: Any) -> str:
    given = {"created_at": BORN, "close_date": date(2026, 4, 1), **facts}
    return an_opportunity(org=org, amount=amount, currency=currency, **given).external_id


def worth(org: Org, as_of: datetime) -> dict[str, Decimal | None]:
    rows = opportunities(org=org, as_of=as_of).rows()
    return {row["external_id"]: row["corporate_amount"] for row in rows}


def test_a_rate_of_which_nobody_knew_is_not_used(org: Org) -> None:
    deal = a_deal(org)
    assert worth(org, THEN) == {deal: Decimal(500)}
    assert worth(org, LATER) == {deal: Decimal(800)}


def test_the_rate_is_that_of_the_close_date_of_then(org: Org) -> None:
    deal = a_deal(org, close_date=date(2026, 2, 20))
    assert worth(org, LATER) == {deal: Decimal(500)}
    a_field_change(
        org=org,
        record="opportunity",
        record_ref=deal,
        field_name="close_date",
        old_value="2026-03-10",
        new_value="2026-02-20",
        changed_at=LATER,
    )
    assert worth(org, LATER - timedelta(days=1)) == {deal: Decimal(800)}


def test_the_amount_and_the_currency_are_those_of_then(org: Org) -> None:
    deal = a_deal(org, amount=900, currency="USD")
    for name, old, new in (("amount", "80", "900"), ("currency", "EUR", "USD")):
        a_field_change(
            org=org,
            record="opportunity",
            record_ref=deal,
            field_name=name,
            old_value=old,
            new_value=new,
            changed_at=LATER,
        )
    assert worth(org, THEN) == {deal: Decimal(100)}
    assert worth(org, LATER) == {deal: Decimal(900)}


def test_the_rate_of_another_org_or_one_that_was_deleted_says_nothing() -> None:
    org = OrgFactory(currency="USD")
    a_rate(OrgFactory(), "0.80", date(2026, 1, 1), None)
    a_rate(org, "0.80", date(2026, 1, 1), None, deleted_at=THEN)
    deal = a_deal(org)
    assert worth(org, THEN - timedelta(seconds=1)) == {deal: Decimal(500)}
    assert worth(org, THEN) == {deal: None}


def test_a_rate_without_days_holds_wherever_no_dated_one_does(org: Org) -> None:
    a_rate(org, "0.20", date.min, None, created_at=BORN)
    CurrencyRate.objects.filter(rate=Decimal("0.80")).update(ends_date=date(2026, 2, 1))
    early = a_deal(org, close_date=date(2026, 1, 20))
    between = a_deal(org, close_date=date(2026, 2, 20))
    assert worth(org, LATER) == {early: Decimal(500), between: Decimal(2000)}


def test_unlike_money_is_never_added(org: Org) -> None:
    """Dollars, euros, and yen of which no rate is known: the sum leaves those out."""
    a_deal(org, amount=100, currency="USD")
    a_deal(org, amount=100, currency="")
    a_deal(org, amount=400)
    a_deal(org, amount=7_000, currency="JPY")
    a_deal(org, amount=None)
    a_deal(org, amount=400, close_date=None)
    known = opportunities(org=org, as_of=LATER)
    total = Relation(
        f"SELECT sum(corporate_amount) AS total, count(corporate_amount) AS priced"  # noqa: S608
        f" FROM ({known.sql}) known",
        known.params,
    )
    assert list(total.rows()) == [{"total": Decimal(1800), "priced": 4}]


def test_a_deal_without_a_day_is_worth_what_the_newest_rate_says_that_was_known(org: Org) -> None:
    deal = a_deal(org, close_date=None)
    # In February the rate of January had no end that anybody knew of.
    assert worth(org, THEN) == {deal: Decimal(500)}
    assert worth(org, LATER) == {deal: Decimal(800)}


def test_as_of_now_it_is_what_the_sync_writes(org: Org) -> None:
    for day in (date(2025, 12, 1), date(2026, 2, 28), date(2026, 3, 1), date(2027, 1, 1)):
        a_deal(org, amount=333, close_date=day)
    a_deal(org, amount=5, currency="USD")
    a_deal(org, amount=600, close_date=None)
    a_deal(org, amount=600, currency="JPY", close_date=None)
    convert_all(org=org, at=LATER)
    rows = opportunities(org=org, as_of=LATER).rows()
    written = dict(Opportunity.objects.of(org).values_list("external_id", "corporate_amount"))
    assert {row["external_id"]: row["corporate_amount"] for row in rows} == written
    assert len(set(written.values())) == 5
