"""A forecast from the rows of an org to the rows of its pages, and the record of past ones."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from accounts.models import CrmUser, Opportunity, StageChange
from forecasting.models import BacktestRow, Forecast, ForecastDeal, ForecastNode
from forecasting.quarter import backtest as backtesting
from forecasting.quarter import looking
from forecasting.quarter.backtest import backtest, unseen
from forecasting.quarter.making import forecast, thin, unpacked
from forecasting.tasks import backtest_org, forecast_org
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun
from revenue.users.models import Org
from tests.factories.jobs import a_job, an_org
from tests.forecasting.test_deal_features import rewrite
from tests.forecasting.worlds import BEGAN, a_pipeline

pytestmark = pytest.mark.django_db
AS_OF = datetime(2025, 5, 10, tzinfo=UTC)
PARTS = ("closed", "from_open", "from_new", "mean")


@pytest.fixture(autouse=True)
def few_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "DRAWS", 400)
    monkeypatch.setattr(backtesting, "DRAWS", 400)


@pytest.fixture
def org() -> Org:
    made = an_org(slug="northwind", clock_date=AS_OF.date())
    a_pipeline(made, deals=240, until=AS_OF)
    lead = CrmUser.objects.create(
        org=made, external_id="U0", name="Ada Lead", synced_at=BEGAN, created_at=BEGAN
    )
    for place in range(1, 3):
        CrmUser.objects.create(
            org=made,
            external_id=f"U{place}",
            name=f"Seller {place}",
            manager_ref=lead.external_id,
            synced_at=BEGAN,
            created_at=BEGAN,
        )
    return made


def test_parts_add_up_to_the_whole_and_nothing_is_left_out(org: Org) -> None:
    made = forecast(org=org, as_of=AS_OF, at=AS_OF)
    assert [one.length for one in made] == ["quarter", "quarter", "month", "year", "month"]
    for one in made[:4]:
        nodes = {(node.key, node.is_total): node for node in one.nodes.all()}
        assert set(nodes) == {
            ("", True),
            ("U0", True),
            ("U0", False),
            ("U1", True),
            ("U2", True),
            ("-", True),  # U3 is no user that the CRM has
        }
        for name in PARTS:
            of = {key: getattr(node, name) for key, node in nodes.items()}
            assert of["U0", True] == of["U0", False] + of["U1", True] + of["U2", True]
            assert of["", True] == of["U0", True] + of["-", True]
        for node in nodes.values():
            assert node.closed <= node.p10 <= node.p50 <= node.p90
            assert node.mean == node.closed + node.from_open + node.from_new


def test_the_worlds_that_are_kept_are_those_of_the_band(org: Org) -> None:
    [made, *_] = forecast(org=org, as_of=AS_OF, at=AS_OF)
    whole = made.nodes.get(key="")
    draws = unpacked(Forecast.objects.get(pk=made.pk).worlds) / 100
    assert float(whole.p50 or 0) == pytest.approx(float(np.median(draws)), abs=0.01)
    assert float(whole.mean or 0) == pytest.approx(float(draws.mean()), abs=0.05)


def test_the_way_by_week_ends_at_the_band_and_began_with_what_was_won(org: Org) -> None:
    [made, *_] = forecast(org=org, as_of=AS_OF, at=AS_OF)
    whole = made.nodes.get(key="")
    *over, last = whole.weeks
    assert last[1:] == [float(one or 0) for one in (whole.p10, whole.p50, whole.p90)]
    past = [week for week in over if week[0] <= AS_OF.date().isoformat()]
    assert past
    assert all(low == middle == high for _, low, middle, high in past)
    assert past[-1][1] <= float(whole.closed or 0)
    middles = [week[2] for week in whole.weeks]
    assert middles == sorted(middles)


def test_won_deals_are_those_of_the_period_and_open_ones_may_come(org: Org) -> None:
    [quarter, following, *_] = forecast(org=org, as_of=AS_OF, at=AS_OF)
    won = Opportunity.objects.filter(
        org=org, is_won=True, close_date__gte=quarter.since, close_date__lt=quarter.until
    )
    kept = ForecastDeal.objects.filter(forecast=quarter, standing="won")
    assert set(kept.values_list("opportunity_ref", flat=True)) == set(
        won.values_list("external_id", flat=True)
    )
    assert not following.deals.filter(standing="won").exists()
    opened = quarter.deals.filter(standing="open")
    assert opened.exists()
    assert set(opened.values_list("opportunity_ref", flat=True)) <= set(
        Opportunity.objects.filter(org=org, is_closed=False).values_list("external_id", flat=True)
    )


def test_a_forecast_made_twice_is_the_same_and_a_later_one_takes_its_place(org: Org) -> None:
    def middle() -> Decimal | None:
        found: Decimal | None = ForecastNode.objects.get(
            forecast__is_latest=True, forecast__length="year", key=""
        ).p50
        return found

    forecast(org=org, as_of=AS_OF, at=AS_OF)
    first = middle()
    forecast(org=org, as_of=AS_OF, at=AS_OF)
    assert middle() == first
    assert Forecast.objects.count() == 5
    forecast(org=org, as_of=AS_OF + timedelta(days=7), at=AS_OF)
    assert Forecast.objects.filter(is_latest=True).count() == 5
    forecast(org=org, as_of=AS_OF - timedelta(days=7), at=AS_OF)
    latest = Forecast.objects.filter(is_latest=True, until__gt=AS_OF + timedelta(days=7))
    assert set(latest.values_list("as_of", flat=True)) == {AS_OF + timedelta(days=7)}


def test_of_one_day_one_is_kept_and_of_one_week_one_with_deals(org: Org) -> None:
    for later in (0, 6, 24, 48, 24 * 7):
        forecast(org=org, as_of=AS_OF + timedelta(hours=later), at=AS_OF)
    kept = Forecast.objects.filter(length="year").order_by("as_of")
    hours = [(one.as_of - AS_OF).total_seconds() // 3600 for one in kept]
    assert hours == [6, 24, 48, 24 * 7]
    thin(org=org, as_of=AS_OF + timedelta(days=7))
    kept_deals = [(one.as_of - AS_OF).total_seconds() // 3600 for one in kept if one.deals.exists()]
    # The tenth of May is a Saturday: two weeks, and the latest.
    assert kept_deals == [24, 48, 24 * 7]


def test_what_is_missing_is_said(org: Org) -> None:
    [made, *_] = forecast(org=org, as_of=AS_OF, at=AS_OF)
    assert made.source == "rates"
    assert "not scored by a model" in made.problem
    assert "No past period" in made.problem


def test_an_empty_org_has_a_forecast_of_nothing() -> None:
    empty = an_org(slug="empty")
    [made, *_] = forecast(org=empty, as_of=AS_OF, at=AS_OF)
    whole = made.nodes.get(key="")
    assert [whole.p10, whole.p90, whole.mean] == [Decimal(0)] * 3
    assert "No deal has been won yet" in made.problem
    assert backtest(org=empty, as_of=AS_OF) == 0


def test_past_quarters_are_looked_at_three_times_beside_other_ways(org: Org) -> None:
    waiting = unseen(org=org, as_of=AS_OF)
    assert backtest(org=org, as_of=AS_OF) == len(waiting) == 9
    assert backtest(org=org, as_of=AS_OF) == 0
    assert unseen(org=org, as_of=AS_OF) == []
    rows = BacktestRow.objects.filter(key="")
    assert sorted({row.since.isoformat() for row in rows}) == [
        "2024-07-01",
        "2024-10-01",
        "2025-01-01",
    ]
    for row in rows.filter(method="model"):
        assert row.p10 <= row.said <= row.p90
        actual = Opportunity.objects.filter(
            org=org, is_won=True, close_date__gte=row.since, close_date__lt=after(row)
        )
        assert row.actual == sum(deal.amount for deal in actual)
    methods = set(rows.values_list("method", flat=True))
    assert methods == {"model", "stage", "year_before"}
    assert set(rows.filter(method="year_before").values_list("since", flat=True)) == {
        datetime(2025, 1, 1, tzinfo=UTC).date()
    }


def after(row: BacktestRow) -> str:
    month = row.since.month + 3
    return f"{row.since.year + month // 13}-{(month - 1) % 12 + 1:02d}-01"


def test_what_came_later_has_no_say(org: Org) -> None:
    """All but what came of it stays as it was, when everything after the last look is rewritten."""
    backtest(org=org, as_of=AS_OF)
    # The second quarter is corrected by what the first brought, as it was known by then.
    asked = BacktestRow.objects.filter(since__lt="2025-01-01", method__in=["model", "stage"])
    values = ("since", "cut", "key", "method", "said", "p10", "p90")
    before = list(asked.order_by("since", "cut", "key", "method").values_list(*values))
    last = asked.latest("as_of").as_of
    saves = StageChange.objects.filter(org=org, changed_at__gt=last).count()
    rewrite(org, last)
    assert saves
    backtest(org=org, as_of=AS_OF, anew=True)
    assert list(asked.order_by("since", "cut", "key", "method").values_list(*values)) == before


def test_wins_that_are_booked_late_count_in_the_record_and_not_in_what_was_learned(
    org: Org,
) -> None:
    backtest(org=org, as_of=AS_OF)
    asked = BacktestRow.objects.filter(since="2024-07-01", cut="day_1", key="", method="model")
    before = asked.get()
    won = Opportunity.objects.filter(
        org=org, is_won=True, close_date__gte="2024-07-01", close_date__lt="2024-10-01"
    )
    deal = won.earliest("external_id")
    later = datetime(2025, 4, 1, tzinfo=UTC)
    StageChange.objects.create(
        org=org,
        external_id="late",
        opportunity_ref=deal.external_id,
        changed_at=later,
        created_at=later,
        synced_at=later,
        stage=deal.stage,
        amount=deal.amount + 1_000,
        close_date=deal.close_date,
        currency="USD",
        probability=100,
    )
    Opportunity.objects.filter(pk=deal.pk).update(amount=deal.amount + 1_000)
    backtest(org=org, as_of=AS_OF)
    after = asked.get()
    assert after.actual == before.actual + 1_000
    assert after.raw == before.raw


def test_another_fiscal_year_or_currency_begins_anew(org: Org) -> None:
    backtest(org=org, as_of=AS_OF)
    org.fiscal_month = 2
    org.save()
    backtest(org=org, as_of=AS_OF)
    starts = set(BacktestRow.objects.values_list("since", flat=True))
    assert starts
    assert {one.month % 3 for one in starts} == {2}
    Forecast.objects.all().delete()
    forecast(org=org, as_of=AS_OF, at=AS_OF)
    Org.objects.filter(pk=org.pk).update(currency="EUR")
    org.refresh_from_db()
    forecast(org=org, as_of=AS_OF + timedelta(days=1), at=AS_OF)
    assert set(Forecast.objects.values_list("currency", flat=True)) == {"EUR"}
    assert not BacktestRow.objects.exists()


def test_what_has_just_ended_is_forecast_once_more(org: Org) -> None:
    early = datetime(2025, 4, 3, tzinfo=UTC)
    made = forecast(org=org, as_of=early, at=early)
    ended = {one.length: one for one in made if one.until <= early.date()}
    assert set(ended) == {"quarter", "month"}
    whole = ended["quarter"].nodes.get(key="")
    assert whole.p10 == whole.p90 == whole.closed
    assert (whole.closed or 0) > 0


def test_jobs_follow_each_other_until_all_is_looked_at(org: Org) -> None:
    forecast_org.function(JobRun.of(a_job(org=org, running=True)))
    assert Job.objects.filter(org=org, task=backtest_org.name).count() == 1
    said = backtest_org.function(JobRun.of(a_job(org=org, running=True)))
    assert said == {"moments": 9}
    assert Job.objects.filter(org=org, task=forecast_org.name).count() == 1
    forecast_org.function(JobRun.of(a_job(org=org, running=True)))
    latest = Forecast.objects.filter(is_latest=True).first()
    assert latest is not None
    assert latest.method["history"] == 3
    assert Job.objects.filter(org=org, task=backtest_org.name).count() == 1


def test_commands_say_what_is_wrong() -> None:
    with pytest.raises(CommandError, match="Name the org"):
        call_command("forecast")
    with pytest.raises(CommandError, match="no org nowhere"):
        call_command("backtest", org="nowhere")
