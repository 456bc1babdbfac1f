"""An org counts in what its CRM counts in: one currency, several, with dated rates and without."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.connectors.base import Row
from accounts.models import CurrencyRate, Opportunity, PipelineSnapshot, Quota, SyncRun
from revenue.users.models import AuditEvent, Org
from tests.accounts.sync.sources import NOON, Source, a_deal, at_second, sf_id, sync
from tests.accounts.sync.world import World
from tests.factories.jobs import a_member
from tests.factories.people import OrgFactory
from tests.salesforce import Simulator, tiny
from tests.salesforce.clock import START
from tests.salesforce.worlds import OneCurrency

DAY = timedelta(days=1)
JANUARY, MARCH = date(2026, 1, 15), date(2026, 3, 15)


@contextmanager
def an_org_of_one(
    currency: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Simulator]:
    settings.SALESFORCE_HOSTS = ["127.0.0.1"]
    world = OneCurrency(tiny.world(seed=3, rows=5, until=START))
    with Simulator(seed=3, world=world, currency=currency) as sim:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sim.ca_path))
        yield sim


@pytest.mark.django_db(transaction=True)
def test_an_org_of_one_currency_is_labelled_with_it(
    settings: Any, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    with an_org_of_one("JPY", settings, monkeypatch) as sim:
        world = World(sim)
        assert world.org.currency == "USD"
        world.sync()
        assert world.org.currency == "JPY"
        world.mirrors()
        sim.ledger.clear()
        world.rests()
        assert "organization" not in sim.ledger.kinds  # asked once a day
    deals = Opportunity.objects.filter(org=world.org)
    assert all(deal.corporate_amount == deal.amount for deal in deals)
    reader = a_member(org=world.org, role="executive")
    client.force_login(reader.user)
    page = client.get(f"/o/{world.org.slug}/deals/")
    text = page.content.decode()
    assert "¥" in text or "JPY" in text
    assert "$" not in text.replace("${", "")


@pytest.mark.django_db(transaction=True)
def test_the_organization_itself_may_say_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with an_org_of_one("", settings, monkeypatch) as sim:
        (found,) = sim.store.rows("Organization")
        sim.store.load("Organization", [{**found, "DefaultCurrencyIsoCode": "CHF"}])
        world = World(sim)
        world.sync()
        assert world.org.currency == "CHF"
        assert "organization" not in sim.ledger.kinds


@pytest.mark.django_db(transaction=True)
def test_where_the_crm_says_nothing_the_admin_s_word_stands(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with an_org_of_one("", settings, monkeypatch) as sim:
        world = World(sim)
        Org.objects.filter(pk=world.org.pk).update(currency="SEK")
        world.sync()
        assert world.org.currency == "SEK"
        assert "organization" in sim.ledger.kinds


def a_type(number: int, code: str, rate: str, *, corporate: bool = False, second: int = 0) -> Row:
    return {
        "Id": sf_id("01L", number),
        "SystemModstamp": at_second(second),
        "IsoCode": code,
        "ConversionRate": rate,
        "IsCorporate": corporate,
    }


def a_dated(number: int, code: str, rate: str, *, starts: date, ends: date) -> Row:
    return {
        "Id": sf_id("04w", number),
        "SystemModstamp": at_second(0),
        "IsoCode": code,
        "ConversionRate": rate,
        "StartDate": starts,
        "NextStartDate": ends,
    }


def a_source() -> Source:
    source = Source()
    source.put(
        "CurrencyType",
        a_type(1, "EUR", "1", corporate=True),
        a_type(2, "USD", "1.25"),
        a_type(3, "JPY", "160"),
    )
    source.put(
        "Opportunity",
        a_deal(1, CurrencyIsoCode="USD", Amount=100, CloseDate=JANUARY),
        a_deal(2, CurrencyIsoCode="USD", Amount=100, CloseDate=MARCH),
        a_deal(3, CurrencyIsoCode="JPY", Amount=1600, CloseDate=MARCH),
        a_deal(4, CurrencyIsoCode="EUR", Amount=100, CloseDate=MARCH),
        a_deal(5, CurrencyIsoCode="USD", Amount=100, CloseDate=None),
    )
    return source


def amounts(org: Org) -> list[Decimal | None]:
    deals = Opportunity.objects.filter(org=org).order_by("external_id")
    return [deal.corporate_amount for deal in deals]


@pytest.mark.django_db
def test_an_org_of_several_counts_in_the_corporate_one_at_the_rate_of_the_day() -> None:
    org, source = OrgFactory(currency="USD"), a_source()
    source.put(
        "DatedConversionRate",
        a_dated(1, "USD", "2", starts=date(2026, 1, 1), ends=date(2026, 2, 1)),
        a_dated(2, "USD", "4", starts=date(2026, 2, 1), ends=date(9999, 12, 31)),
    )

    run = sync(org, source)

    org.refresh_from_db()
    assert (run.state, run.problem, org.currency) == ("succeeded", "", "EUR")
    # What has no dated rate, and no day, is converted at the rate that holds without one.
    assert amounts(org) == [Decimal(50), Decimal(25), Decimal(10), Decimal(100), Decimal(80)]
    said = AuditEvent.objects.get(org=org, action=AuditEvent.Action.ORG_CHANGED)
    assert (said.detail["before"], said.detail["currency"]) == ("USD", "EUR")
    again = sync(org, source, at=NOON + DAY, full=True)
    assert (again.rows_written, again.rows_deleted) == (0, 0)
    assert AuditEvent.objects.filter(org=org, action=said.action).count() == 1


@pytest.mark.django_db
def test_without_dated_rates_there_are_totals_all_the_same() -> None:
    org, source = OrgFactory(currency="USD"), a_source()

    sync(org, source)

    assert amounts(org) == [Decimal(80), Decimal(80), Decimal(10), Decimal(100), Decimal(80)]


@pytest.mark.django_db
def test_another_corporate_currency_turns_all_amounts_at_once() -> None:
    org, source = OrgFactory(currency="USD"), a_source()
    source.put(
        "ForecastingQuota",
        {
            "Id": sf_id("0J9", 1),
            "SystemModstamp": at_second(0),
            "StartDate": MARCH,
            "QuotaAmount": 1000,
            "CurrencyIsoCode": "EUR",
        },
    )
    sync(org, source, at=NOON)
    pictures = PipelineSnapshot.objects.filter(org=org).order_by("opportunity_ref")
    assert pictures[0].corporate_amount == 80
    source.put(
        "CurrencyType",
        a_type(1, "EUR", "0.8", second=9),
        a_type(2, "USD", "1", corporate=True, second=9),
        a_type(3, "JPY", "128", second=9),
    )

    sync(org, source, at=NOON + DAY)

    org.refresh_from_db()
    assert org.currency == "USD"
    assert amounts(org) == [Decimal(100), Decimal(100), Decimal("12.5"), Decimal(125), Decimal(100)]
    assert Quota.objects.get(org=org).corporate_amount == 1250
    # Also of the day before: a trend never adds unlike money.
    assert {each.day for each in pictures.all()} == {NOON.date(), (NOON + DAY).date()}
    for each in pictures.all():
        deal = Opportunity.objects.get(org=org, external_id=each.opportunity_ref)
        assert each.corporate_amount == deal.corporate_amount


@pytest.mark.django_db
def test_rates_that_hold_without_a_day_and_dated_ones_are_reconciled_apart() -> None:
    org, source = OrgFactory(currency="USD"), a_source()
    dated = a_dated(1, "USD", "2", starts=date(2026, 1, 1), ends=date(2026, 2, 1))
    source.put("DatedConversionRate", dated)
    sync(org, source)
    del source.objects["CurrencyType"][sf_id("01L", 3)]

    run = sync(org, source, at=NOON + DAY, full=True)

    assert run.state == SyncRun.State.SUCCEEDED
    assert run.rows_deleted == 1
    kept = CurrencyRate.objects.of(org).present().order_by("external_id")
    assert [rate.external_id for rate in kept] == [
        *(sf_id("01L", 1), sf_id("01L", 2), sf_id("04w", 1))
    ]
