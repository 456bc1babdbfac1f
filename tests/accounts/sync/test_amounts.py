"""Amounts in other currencies: at the rate of their day, again whenever a rate changes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.connectors.base import Row
from accounts.models import LineItem, Opportunity, RefusedRow
from revenue.users import audit
from revenue.users.models import AuditEvent
from tests.accounts.sync.sources import NOON, Source, a_deal, at_second, sf_id, sync
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db


def a_rate(number: int, value: Any, *, starts: date, ends: date | None, second: float = 0) -> Row:
    return {
        "Id": sf_id("04w", number),
        "SystemModstamp": at_second(second),
        "IsoCode": "EUR",
        "ConversionRate": value,
        "StartDate": starts,
        "NextStartDate": ends,
    }


def a_deal_in(number: int, currency: str, close: date, **facts: Any) -> Row:
    return a_deal(number, CurrencyIsoCode=currency, CloseDate=close, Amount=Decimal(90), **facts)


def a_source() -> Source:
    source = Source()
    source.put(
        "DatedConversionRate",
        a_rate(1, "0.9", starts=date(2026, 1, 1), ends=date(2026, 2, 1)),
        a_rate(2, "0.8", starts=date(2026, 2, 1), ends=None),
    )
    source.put(
        "Opportunity",
        a_deal_in(1, "EUR", date(2026, 1, 31)),
        a_deal_in(2, "EUR", date(2026, 2, 1)),
        a_deal_in(3, "EUR", date(2025, 12, 31)),
        a_deal_in(4, "USD", date(2026, 1, 31)),
        a_deal_in(5, "JPY", date(2026, 1, 31)),
    )
    source.put(
        "OpportunityLineItem",
        {
            "Id": sf_id("00k", 1),
            "SystemModstamp": at_second(1),
            "OpportunityId": sf_id("006", 2),
            "TotalPrice": 40,
            "CurrencyIsoCode": "EUR",
        },
    )
    return source


def test_an_amount_is_converted_at_the_rate_of_its_day() -> None:
    org, source = OrgFactory(currency="USD"), a_source()

    sync(org, source)

    found = Opportunity.objects.filter(org=org).order_by("external_id")
    assert list(found.values_list("corporate_amount", flat=True)) == [
        *(Decimal(100), Decimal("112.5"), None, Decimal(90), None)
    ]
    assert LineItem.objects.get(org=org).corporate_total == 50
    again = sync(org, source, full=True)
    assert (again.rows_written, again.problem) == (0, "")


def test_a_rate_that_changes_changes_what_was_converted_with_it() -> None:
    org, source = OrgFactory(currency="USD"), a_source()
    sync(org, source)
    changed = a_rate(2, "0.5", starts=date(2026, 2, 1), ends=None, second=9)
    source.put("DatedConversionRate", changed)

    sync(org, source, at=NOON + timedelta(hours=1))

    deal = Opportunity.objects.get(org=org, external_id=sf_id("006", 2))
    assert (deal.corporate_amount, deal.synced_at) == (Decimal(180), NOON + timedelta(hours=1))
    assert LineItem.objects.get(org=org).corporate_total == 80
    other = Opportunity.objects.get(org=org, external_id=sf_id("006", 1))
    assert (other.corporate_amount, other.synced_at) == (Decimal(100), NOON)


def test_a_rate_that_is_gone_is_not_used() -> None:
    org, source = OrgFactory(currency="USD"), a_source()
    sync(org, source)
    source.remove("DatedConversionRate", sf_id("04w", 2), at=at_second(60))

    sync(org, source)

    deal = Opportunity.objects.get(org=org, external_id=sf_id("006", 2))
    assert (deal.amount, deal.corporate_amount) == (Decimal(90), None)


def test_another_currency_of_the_org_is_that_of_its_totals_after_the_next_run() -> None:
    org, source = OrgFactory(currency="USD"), a_source()
    del source.objects["OpportunityLineItem"]  # the last row of each object is read once more
    sync(org, source)
    org.currency = "EUR"
    org.save()
    audit.record(AuditEvent.Action.ORG_CHANGED, by=None, org=org, subject=org)

    assert sync(org, source, at=timezone.now()).rows_written == 0

    found = Opportunity.objects.filter(org=org).order_by("external_id")
    assert list(found.values_list("corporate_amount", flat=True)) == [
        *(Decimal(90), Decimal(90), Decimal(90), None, None)
    ]


@pytest.mark.parametrize("is_late", [False, True])
def test_an_amount_too_large_for_the_org_s_currency_is_not_converted(is_late: bool) -> None:
    org, source = OrgFactory(currency="USD"), a_source()
    large = a_deal_in(2, "EUR", date(2026, 2, 1), second=9)
    source.put("Opportunity", {**large, "Amount": Decimal(10) ** 15})
    if is_late:
        sync(org, source)
    rate = a_rate(2, "0.0000000001", starts=date(2026, 2, 1), ends=None, second=9)
    source.put("DatedConversionRate", rate)

    run = sync(org, source)

    assert (run.state, run.problem) == ("succeeded", "")
    deal = Opportunity.objects.get(org=org, external_id=sf_id("006", 2))
    assert (deal.amount, deal.corporate_amount) == (Decimal(10) ** 15, None)


def test_a_rate_that_is_none_is_refused() -> None:
    org, source = OrgFactory(currency="USD"), Source()
    day = date(2026, 1, 1)
    source.put(
        "DatedConversionRate",
        a_rate(1, 0, starts=day, ends=None),
        a_rate(2, 1, starts=day, ends=day),
        a_rate(3, None, starts=day, ends=None),
    )

    run = sync(org, source)

    assert (run.state, run.rows_written, run.rows_refused) == ("succeeded", 0, 3)
    reasons = RefusedRow.objects.filter(org=org).order_by("external_id")
    assert list(reasons.values_list("reason", flat=True)) == [
        "The row has a rate that is not above 0.",
        "The row ends before it starts.",
        "The row has no ConversionRate, and cannot be without.",
    ]
