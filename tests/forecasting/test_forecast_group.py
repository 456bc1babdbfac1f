"""What orgs of a group bring together: draw by draw, in one currency, for whoever sees them all."""

import zlib
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from forecasting.models import BacktestRow, Forecast
from forecasting.quarter.simulation import CENTS
from forecasting.quarter.together import worth_of
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import a_currency_rate
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory, UserFactory
from tests.forecasting.forecasts import AS_OF, METHOD, TODAY, a_forecast, a_node

pytestmark = pytest.mark.django_db
DRAWS = 400


def foreseen(org: Org, *, seed: int, mean: float) -> np.ndarray[Any, Any]:
    """Stored as the engine stores it; what was drawn is given back, in cents."""
    drawn = np.rint(np.random.default_rng(seed).gamma(9, mean / 9, DRAWS) * CENTS)
    worlds = zlib.compress(drawn.astype("<i8").tobytes())
    forecast = a_forecast(org, worlds=worlds, method={**METHOD, "draws": DRAWS})
    a_node(forecast, closed=100, from_open=200, from_new=300)
    return drawn


class Meridian:
    def __init__(self) -> None:
        self.group = OrgGroupFactory(name="Meridian")
        common = {"group": self.group, "clock_date": TODAY, "data_as_of": AS_OF}
        self.home = OrgFactory(slug="home", name="Home", currency="USD", **common)
        self.away = OrgFactory(slug="away", name="Away", currency="EUR", **common)
        self.person = UserFactory()
        for org in (self.home, self.away):
            MembershipFactory(user=self.person, org=org, role=Role.EXECUTIVE)

    def page(self, **query: str) -> Any:
        client = Client()
        client.force_login(self.person)
        answer = client.get(reverse("forecasting:forecast-group", args=["home"]), query)
        assert answer.status_code == 200
        return answer.context["group"]


@pytest.fixture
def meridian() -> Meridian:
    return Meridian()


def test_the_bands_of_the_sum_are_those_of_the_summed_draws(meridian: Meridian) -> None:
    a_currency_rate(org=meridian.home, currency="EUR", rate=Decimal("0.8"), starts_date=TODAY)
    here = foreseen(meridian.home, seed=1, mean=1_000)
    there = foreseen(meridian.away, seed=2, mean=3_000)
    whole = meridian.page().whole
    wanted = np.quantile((here + np.rint(there / 0.8)) / CENTS, (0.1, 0.5, 0.9))
    said = [float(one) for one in (whole.band.p10, whole.band.p50, whole.band.p90)]
    assert said == pytest.approx(wanted, abs=0.01)
    assert dict(whole.cells)["Closed"] == Decimal(100) + Decimal(100) / Decimal("0.8")


def test_luck_that_is_not_shared_evens_out(meridian: Meridian) -> None:
    Org.objects.update(currency="USD")
    for nth, org in enumerate((meridian.home, meridian.away)):
        foreseen(org, seed=nth, mean=1_000)
    assert 0.15 < meridian.page().evened_out < 0.45


def test_without_a_rate_nothing_is_added(meridian: Meridian) -> None:
    foreseen(meridian.home, seed=1, mean=1_000)
    foreseen(meridian.away, seed=2, mean=3_000)
    group = meridian.page()
    assert group.whole is None
    assert [(one.name, "EUR" in one.why) for one in group.left_out] == [("Away", True)]


def test_the_rate_of_either_crm_will_do(meridian: Meridian) -> None:
    a_currency_rate(org=meridian.away, currency="USD", rate=Decimal("1.25"), starts_date=TODAY)
    assert worth_of(meridian.away, to=meridian.home, on=TODAY) == Decimal("1.25")
    assert worth_of(meridian.home, to=meridian.away, on=TODAY) == 1 / Decimal("1.25")


def test_an_org_of_another_calendar_or_without_a_forecast_is_named(meridian: Meridian) -> None:
    Org.objects.filter(slug="away").update(fiscal_month=2, currency="USD")
    foreseen(meridian.home, seed=1, mean=1_000)
    assert "fiscal year" in meridian.page().left_out[0].why
    Org.objects.filter(slug="away").update(fiscal_month=1)
    assert "Not forecast yet" in meridian.page().left_out[0].why


def test_draws_of_another_number_are_not_added(meridian: Meridian) -> None:
    Org.objects.update(currency="USD")
    for nth, org in enumerate((meridian.home, meridian.away)):
        foreseen(org, seed=nth, mean=1_000)
    odd = Forecast.objects.get(org=meridian.away)
    odd.method = {**odd.method, "draws": DRAWS * 2}
    odd.save(update_fields=["method"])
    group = meridian.page()
    assert len(group.parts) == 1
    assert "anew" in group.left_out[0].why


def test_an_org_that_the_reader_does_not_lead_is_not_spoken_of(meridian: Meridian) -> None:
    hidden = OrgFactory(slug="hidden", name="Hidden", currency="USD", group=meridian.group)
    MembershipFactory(user=meridian.person, org=hidden, role=Role.REP)
    Org.objects.update(currency="USD")
    for nth, org in enumerate((meridian.home, meridian.away, hidden)):
        foreseen(org, seed=nth, mean=1_000)
    group = meridian.page()
    assert [one.name for one in group.lines] == ["Away", "Home"]
    assert group.left_out == []


def test_the_record_is_of_periods_that_all_have(meridian: Meridian) -> None:
    Org.objects.update(currency="USD")
    orgs = (meridian.home, meridian.away)
    for nth, org in enumerate(orgs):
        foreseen(org, seed=nth, mean=1_000)
        for quarter in ("2026-01-01", "2026-04-01")[: 2 - nth]:
            BacktestRow.objects.create(
                org=org, length="quarter", since=quarter, cut="week_4", as_of=AS_OF,
                method="model", said=Decimal(110 - 30 * nth), actual=Decimal(100), key="",
            )  # fmt: skip
    [table] = meridian.page().standings
    [place] = table["places"]
    assert place["standing"].periods == 1
    assert place["standing"].median_error == pytest.approx(0.05)


def test_an_org_alone_has_no_group(meridian: Meridian) -> None:
    Org.objects.update(group=None)
    assert meridian.page().whole is None
    client = Client()
    client.force_login(meridian.person)
    shown = client.get(reverse("forecasting:forecast-show", args=["home"]))
    assert "forecast/group/" not in shown.content.decode()
