"""The number beside quota as it is read from an org: by team, and with what is missing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from accounts.models import Opportunity, Quota
from forecasting.quota.panel import QuotaPanel, quota_panel, standings
from revenue.periods import Period
from revenue.users.models import Org
from tests.factories.facts import a_quota, a_stage_change, an_opportunity
from tests.factories.people import OrgFactory
from tests.forecasting.forecasts import TODAY, a_forecast, a_node

pytestmark = pytest.mark.django_db
Q4 = Period.of(TODAY)


@pytest.fixture
def org() -> Org:
    return OrgFactory(slug="acme", name="Acme", currency="EUR", data_as_of=None)


def these(*found: Any) -> tuple[Any, ...]:
    return found


def a_plan(org: Org, owner: str, amount: int | None, **more: Any) -> Quota:
    size = None if amount is None else Decimal(amount)
    usual = {"starts_date": Q4.since, "ends_date": None, "corporate_amount": size}
    return a_quota(org=org, owner_ref=owner, **{**usual, **more})


def a_win(org: Org, owner: str, day: Any, amount: int = 1000) -> Any:
    return an_opportunity(
        org=org, owner_ref=owner, won=True, close_date=day, corporate_amount=Decimal(amount)
    )


def due_in_the_past(org: Org, owner: str, back: int, *, won: bool, amount: int = 100) -> None:
    """Due in an earlier quarter at the same point; then won in it, or pushed out and lost."""
    period = Q4.before(back)
    then = period.day_at(Q4.share_of(TODAY)) - timedelta(days=5)
    at = datetime(then.year, then.month, then.day, tzinfo=UTC)
    end = {"won": True} if won else {"lost": True}
    deal = an_opportunity(
        org=org, owner_ref=owner, created_at=at, corporate_amount=Decimal(amount),
        amount=Decimal(amount), close_date=period.last if won else period.last + timedelta(days=20),
        **end,
    )  # fmt: skip
    a_stage_change(
        org=org, opportunity_ref=deal.external_id, changed_at=at, close_date=period.last,
        amount=Decimal(amount),
    )  # fmt: skip


def panels(org: Org, **owners: list[str] | None) -> dict[str, QuotaPanel]:
    return standings(org, Q4, owners, today=TODAY)


def test_of_each_team_the_quota_and_what_is_closed(org: Org) -> None:
    a_plan(org, "a", 1000)
    a_plan(org, "b", 500)
    a_plan(org, "b", 400, starts_date=Q4.before().since)
    a_plan(OrgFactory(), "a", 77)
    a_win(org, "a", Q4.since, 300)
    a_win(org, "b", TODAY, 200)
    a_win(org, "b", TODAY + timedelta(days=1), 9000)  # not yet
    a_win(org, "b", Q4.before().last, 9000)
    an_opportunity(org=org, owner_ref="a", close_date=Q4.last, corporate_amount=Decimal(1400))
    an_opportunity(org=org, owner_ref="a", close_date=Q4.until, corporate_amount=Decimal(9000))
    found = panels(org, a=["a"], both=["a", "b"], all=None, nobody=["c"])
    assert [one.standing.quota for one in found.values()] == [1000, 1500, 1500, None]
    assert [one.standing.closed for one in found.values()] == [300, 500, 500, 0]
    assert found["a"].standing.coverage == 2
    assert found["both"].standing.gap == 1000
    assert found["nobody"].missing == ["No quota of Acme for Q4 2026 is in the CRM."]


def test_what_nobody_owns_counts_where_nobody_is_listed(org: Org) -> None:
    win = a_win(org, "a", Q4.since, 300)
    Opportunity.objects.filter(pk=win.pk).update(owner_ref=None)
    due = an_opportunity(org=org, owner_ref="a", close_date=Q4.last, corporate_amount=Decimal(70))
    Opportunity.objects.filter(pk=due.pk).update(owner_ref=None)
    found = panels(org, lost=["", "gone"])["lost"].standing
    assert these(found.closed, found.pipeline) == (300, 70)


def test_what_was_due_then_is_by_the_orgs_own_midnight(org: Org) -> None:
    Org.objects.update(timezone="America/New_York")
    org.refresh_from_db()
    period = Q4.before()
    day = period.day_at(Q4.share_of(TODAY))
    for hours in (3, 6):  # before midnight there, and after
        at = datetime(day.year, day.month, day.day, hours, tzinfo=UTC)
        deal = an_opportunity(
            org=org, owner_ref="a", created_at=at, amount=Decimal(100), won=True,
            corporate_amount=Decimal(100), close_date=period.last,
        )  # fmt: skip
        a_stage_change(
            org=org, opportunity_ref=deal.external_id, changed_at=at, close_date=period.last,
            amount=Decimal(100),
        )  # fmt: skip
    assert panels(org, a=["a"])["a"].needed.share.deals == 1


def test_what_the_figures_do_not_hold_is_said(org: Org) -> None:
    a_plan(org, "a", 1000, kind="Revenue")
    a_plan(org, "b", None, kind="Revenue", currency="CHF")
    a_plan(org, "a", 50, kind="Renewals")
    said = " ".join(panels(org, team=["a", "b", "c"])["team"].missing)
    assert "2 of 3 people here have a quota" in said
    assert "1 quota is in a currency of which no rate is known" in said
    assert "Quotas of “Revenue” are counted; those of “Renewals” are unlike them" in said
    assert "How much pipeline is needed is not known" in said


def test_the_share_is_of_what_was_due_then_as_the_crm_had_it(org: Org) -> None:
    a_plan(org, "a", 1000)
    for back in (1, 2):
        for _ in range(10):
            due_in_the_past(org, "a", back, won=True)
        for _ in range(30):
            due_in_the_past(org, "a", back, won=False)
    # Won, but due later at that time; and one that nobody has recorded.
    a_win(org, "a", Q4.before().last)
    found = panels(org, a=["a"], b=["b"])
    share = found["a"].needed.share
    assert these(share.due, share.won, share.deals, share.periods) == (8000, 2000, 80, 2)
    assert found["a"].needed.amount == 4000
    assert ("= pipeline needed", "€4,000", "") in found["a"].steps
    assert "€2,000 of €8,000, 80 deals" in found["a"].share_said
    # What all have won is not told to those who see only a part of it.
    assert found["b"].needed.share.is_of_all
    assert "€" not in found["b"].share_said


def test_the_panel_shows_each_number_and_its_formula(org: Org) -> None:
    a_plan(org, "a", 1000)
    a_win(org, "a", Q4.since, 250)
    for back in range(1, 4):
        a_win(org, "a", Q4.before(back).since, 100)
        a_win(org, "a", Q4.before(back).last, 100)
    for won in [True] * 20 + [False] * 20:
        due_in_the_past(org, "a", 1, won=won)
    forecast = a_forecast(org)
    node = a_node(forecast, "a", name="Ada", owners=["a"], from_new=50)
    (panel,) = quota_panel(org, Q4, [node], today=TODAY)
    assert panel.standing.expected_new == 50
    html = render_to_string("forecasting/quota_panel.html", {"quota": panel})
    assert "25%" in html
    assert 'progress value="25"' in html
    assert "= pipeline needed" in html
    assert "€1,400" in html  # 700 left, half of what is due is won
    assert "At that pace" in html
    assert [line["name"] for line in panel.chart.data][-1] == "Q4 2026"
    (over,) = quota_panel(org, Q4, [node], today=Q4.until)
    html = render_to_string("forecasting/quota_panel.html", {"quota": over})
    assert "Pipeline needed" not in html
    (ahead,) = quota_panel(org, Q4.after(), [node], today=TODAY)
    assert ahead.missing == ["No quota of Ada for Q1 2027 is in the CRM."]
    assert ahead.chart.summary == "Q1 2027 has not begun."


def test_of_the_whole_org_also_who_has_no_deals_counts(org: Org) -> None:
    a_plan(org, "a", 1000)
    a_plan(org, "new", 200)
    forecast = a_forecast(org)
    whole, alone = a_node(forecast, "", owners=["a"]), a_node(forecast, "a")
    found = quota_panel(org, Q4, [whole, alone], today=TODAY)
    assert [one.standing.quota for one in found] == [1200, 1000]
    assert found[0].missing[0].startswith("How much pipeline is needed")


def test_it_asks_the_database_as_often_however_many(org: Org) -> None:
    def queries(number: int) -> int:
        cache.clear()
        owners = {f"n{place}": [f"o{place}"] for place in range(number)}
        with CaptureQueriesContext(connection) as asked:
            for one in panels(org, **owners).values():
                assert "by week" in one.chart.summary
        return len(asked)

    for place in range(6):
        a_plan(org, f"o{place}", 100)
        a_win(org, f"o{place}", TODAY)
        due_in_the_past(org, f"o{place}", 1, won=True)
    assert queries(1) == queries(6) == 4
