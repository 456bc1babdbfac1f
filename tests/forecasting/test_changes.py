"""What became of deals between two days: categories, sums, and who sees which of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Opportunity
from forecasting.models import PipelineChange, PipelineComparison
from forecasting.pipeline.asked import asked_of, presets
from forecasting.pipeline.categories import BY_NAME, Window, categorised, walk_of
from forecasting.pipeline.comparing import ComparisonError, check_days, compare, forget_old
from forecasting.tasks import compare_pipeline
from revenue.jobs.running import JobRun
from revenue.periods import Period
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.deals import a_change
from tests.factories.facts import (
    a_crm_user,
    a_currency_rate,
    a_field_change,
    a_stage_change,
    an_opportunity,
)
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory

THEN, NOW = date(2026, 3, 2), date(2026, 3, 9)
BEFORE = datetime(2026, 2, 1, 9, tzinfo=UTC)
BETWEEN = datetime(2026, 3, 5, 9, tzinfo=UTC)
MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)
TODAY = date(2026, 3, 9)


@pytest.fixture
def org(db: None) -> Org:
    found: Org = OrgFactory(slug="acme", name="Acme", clock_date=TODAY)
    return found


def a_deal(
    org: Org, *, made: datetime = BEFORE, saves: list[tuple[datetime, dict[str, Any]]], **facts: Any
) -> Opportunity:
    """As its last save left it; each save tells the whole of it."""
    state: dict[str, Any] = {"stage": "Proposal", "amount": 1000, "close_date": MARCH}
    deal = an_opportunity(org=org, created_at=made, owner_ref="u-rep", **facts)
    for at, change in saves:
        state |= change
        a_stage_change(
            org=org, opportunity_ref=deal.external_id, changed_at=at, currency="USD", **state
        )
    closed = state["stage"].startswith("Closed")
    Opportunity.objects.filter(pk=deal.pk).update(
        stage=state["stage"],
        amount=state["amount"],
        corporate_amount=state["amount"],
        close_date=state["close_date"],
        is_closed=closed,
        is_won=state["stage"] == "Closed Won",
    )
    return deal


START: tuple[datetime, dict[str, Any]] = (BEFORE, {})


def everything(org: Org) -> dict[str, Opportunity]:
    """One deal of each kind of change."""
    made = {
        "new": a_deal(org, made=BETWEEN, saves=[(BETWEEN, {"amount": 700})]),
        "pulled_in": a_deal(
            org, saves=[(BEFORE, {"close_date": APRIL}), (BETWEEN, {"close_date": MARCH})]
        ),
        "pushed_out": a_deal(org, saves=[START, (BETWEEN, {"close_date": APRIL, "amount": 1100})]),
        "amount_up": a_deal(org, saves=[START, (BETWEEN, {"amount": 1500})]),
        "amount_down": a_deal(org, saves=[START, (BETWEEN, {"amount": 400})]),
        "won": a_deal(org, saves=[START, (BETWEEN, {"stage": "Closed Won"})]),
        "lost": a_deal(org, saves=[START, (BETWEEN, {"stage": "Closed Lost"})]),
        "reopened": a_deal(
            org, saves=[(BEFORE, {"stage": "Closed Lost"}), (BETWEEN, {"stage": "Proposal"})]
        ),
        "owner": a_deal(org, saves=[START]),
        "same": a_deal(org, saves=[START]),
    }
    a_field_change(
        org=org,
        record="opportunity",
        record_ref=made["owner"].external_id,
        field_name="OwnerId",
        old_value="u-other",
        new_value="u-rep",
        changed_at=BETWEEN,
    )
    return made


def compared(org: Org, *, window: Window | None = None) -> dict[str, Any]:
    found = compare(org=org, since=THEN, until=NOW, at=BETWEEN)
    rows = PipelineChange.objects.of(org).filter(comparison=found)
    return {row.opportunity_ref: row for row in categorised(rows, window=window)}


def test_each_deal_has_the_one_category_that_is_its_own(org: Org) -> None:
    deals = everything(org)
    rows = compared(org)
    assert {name: rows[deal.external_id].category for name, deal in deals.items()} == {
        name: name for name in BY_NAME
    }


def test_another_rate_of_exchange_is_no_other_amount(org: Org) -> None:
    known = {"org": org, "currency": "EUR", "starts_date": date(2026, 1, 1)}
    a_currency_rate(**known, rate="0.5", created_at=BEFORE, deleted_at=BETWEEN)
    a_currency_rate(**known, rate="0.8", created_at=BETWEEN)
    deal = an_opportunity(
        org=org, created_at=BEFORE, currency="EUR", amount=1000, corporate_amount=1250,
        close_date=MARCH,
    )  # fmt: skip
    about = {"org": org, "opportunity_ref": deal.external_id, "currency": "EUR"}
    a_stage_change(**about, changed_at=BEFORE, amount=1000, close_date=MARCH)
    row = compared(org)[deal.external_id]
    assert (row.category, row.amount_then, row.amount_now) == ("same", 1250, 1250)
    a_stage_change(**about, changed_at=BETWEEN, amount=2000, close_date=MARCH)
    row = compared(org)[deal.external_id]
    assert (row.category, row.amount_then, row.amount_now) == ("amount_up", 1250, 2500)


def test_what_came_and_went_in_between_is_won_and_changes_nothing(org: Org) -> None:
    deal = a_deal(org, made=BETWEEN, saves=[(BETWEEN, {"stage": "Closed Won", "amount": 250})])
    a_deal(org, saves=[(BEFORE, {"stage": "Closed Won"})])
    rows = compared(org)
    assert list(rows) == [deal.external_id]
    assert rows[deal.external_id].category == "won"
    assert rows[deal.external_id].delta == 0


def test_a_window_of_closing_says_what_came_into_it_and_what_left(org: Org) -> None:
    deals = everything(org)
    march = Window(date(2026, 3, 1), MARCH)
    rows = compared(org, window=march)
    category = {name: rows[deal.external_id].category for name, deal in deals.items()}
    assert category == {name: name for name in BY_NAME}
    assert rows[deals["pulled_in"].external_id].delta == 1000
    assert rows[deals["pushed_out"].external_id].delta == -1000
    april = compared(org, window=Window(date(2026, 4, 1), APRIL))
    assert {row.category for row in april.values()} == {"pulled_in", "pushed_out"}


@pytest.mark.parametrize("window", [None, Window(date(2026, 3, 1), MARCH)])
def test_the_walk_leads_from_the_one_pipeline_to_the_other(org: Org, window: Any) -> None:
    everything(org)
    found = compare(org=org, since=THEN, until=NOW, at=BETWEEN)
    walk = walk_of(categorised(PipelineChange.objects.filter(comparison=found), window=window))
    assert walk.then + sum(one.delta for one in walk.parts) == walk.now
    assert sum(one.deals for one in walk.parts) == 10
    if window is None:
        assert (walk.then, walk.now) == (8000, 7700)
        assert walk.part("won").delta == -1000
        assert walk.part("won").amount == 1000


STANDINGS = st.sampled_from(["none", "open", "won", "lost"])
DAYS = st.one_of(st.none(), st.dates(date(2026, 2, 1), date(2026, 5, 1)))
AMOUNTS = st.one_of(st.none(), st.integers(0, 5000).map(Decimal))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(STANDINGS, STANDINGS, DAYS, DAYS, AMOUNTS, AMOUNTS), max_size=12),
    st.booleans(),
)
@pytest.mark.django_db
def test_any_deals_have_one_category_each_and_add_up(
    drawn: list[tuple[Any, ...]], has_window: bool
) -> None:
    org = OrgFactory()
    window = Window(date(2026, 3, 1), MARCH) if has_window else None
    for then, now, close_then, close_now, amount_then, amount_now in drawn:
        touches = "open" in (then, now) or (then == "none" and now in ("won", "lost"))
        if not touches or now == "none":
            continue
        a_change(
            deal=an_opportunity(org=org),
            standing_then=then,
            standing_now=now,
            close_then=close_then,
            close_now=close_now,
            amount_then=amount_then,
            amount_now=amount_now,
        )
    rows = categorised(PipelineChange.objects.filter(org=org), window=window)
    walk = walk_of(rows)
    assert walk.now - walk.then == sum(one.delta for one in walk.parts)
    assert sum(one.deals for one in walk.parts) == rows.count()
    assert set(rows.values_list("category", flat=True)) <= set(BY_NAME)


def test_a_comparison_made_again_takes_the_place_of_the_first(org: Org) -> None:
    everything(org)
    first, again = (compare(org=org, since=THEN, until=NOW, at=BETWEEN) for _ in range(2))
    assert list(PipelineComparison.objects.values_list("pk", flat=True)) == [again.pk]
    assert not PipelineChange.objects.filter(comparison=first.pk).exists()
    assert again.stages == ["Proposal"]
    assert forget_old(org=org, at=BETWEEN + timedelta(days=30)) > 0
    assert not PipelineComparison.objects.exists()


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (NOW, TODAY + timedelta(days=1), "still to come"),
        (NOW, NOW, "before the last"),
        (date(2020, 1, 1), NOW, "three years"),
    ],
)
def test_days_that_cannot_be_compared_are_told(since: date, until: date, said: str) -> None:
    with pytest.raises(ComparisonError, match=said):
        check_days(since=since, until=until, today=TODAY)


def test_an_address_that_makes_no_sense_gives_the_last_week_and_says_so() -> None:
    usual = asked_of({}, today=TODAY)
    assert (usual.since, usual.until, usual.problem) == (TODAY - timedelta(days=7), TODAY, "")
    wrong = asked_of({"since": "yesterday", "until": "2026-03-01"}, today=TODAY)
    assert (wrong.since, wrong.until) == (usual.since, usual.until)
    assert "year-month-day" in wrong.problem
    assert asked_of({"closing": "never"}, today=TODAY).closing == ""
    assert all(since < until for _, since, until in presets(today=TODAY, quarter=Period.of(TODAY)))


def test_windows_and_days_to_compare_are_of_the_org_s_own_quarters() -> None:
    quarter = Period.of(date(2026, 5, 20), first_month=2)
    usual = {name: days for name, *days in presets(today=date(2026, 5, 20), quarter=quarter)}
    assert usual["This quarter"] == [date(2026, 4, 30), date(2026, 5, 20)]
    assert usual["Last quarter"] == [date(2026, 1, 31), date(2026, 4, 30)]
    this, following = (
        asked_of({"closing": name}, today=TODAY).window(quarter=quarter)
        for name in ("quarter", "next")
    )
    assert this == Window(date(2026, 5, 1), date(2026, 7, 31))
    assert following == Window(date(2026, 8, 1), date(2026, 10, 31))


def client_of(org: Org, role: Role, *, ref: str = "") -> Client:
    member = MembershipFactory(org=org, role=role)
    if ref:
        a_crm_user(org=org, external_id=ref, name=f"Person {ref}", membership=member)
    client = Client()
    client.force_login(member.user)
    return client


def test_a_rep_sees_the_changes_of_own_deals_alone(org: Org) -> None:
    Org.objects.filter(pk=org.pk).update(data_as_of=BETWEEN)
    for ref, name in (("u-rep", "Mine"), ("u-other", "Theirs")):
        a_change(
            deal=an_opportunity(org=org, owner_ref=ref, name=name),
            amount_then=Decimal(500),
            amount_now=Decimal(900),
        )
    answer = client_of(org, Role.REP, ref="u-rep").get("/o/acme/risk/changes/")
    assert [row.name for row in answer.context["table"].page.rows] == ["Mine"]
    assert answer.context["walk"].now == 900
    assert b"Theirs" not in answer.content
    whole = client_of(org, Role.EXECUTIVE).get("/o/acme/risk/changes/?category=amount_up")
    assert whole.context["table"].count == 2
    assert whole.context["walk"].now == 1800


def test_the_page_asks_as_much_for_many_as_for_few(org: Org) -> None:
    client, asked = client_of(org, Role.EXECUTIVE), []
    client.get("/o/acme/risk/changes/")  # what is looked up once a sign-in
    for number in (3, 30):
        for _ in range(number):
            a_change(deal=an_opportunity(org=org, owner_ref="u-rep"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/o/acme/risk/changes/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_days_nobody_has_compared_are_compared_on_demand(
    org: Org, django_capture_on_commit_callbacks: Any
) -> None:
    everything(org)
    Org.objects.filter(pk=org.pk).update(data_as_of=BETWEEN)
    client = client_of(org, Role.EXECUTIVE)
    address = "/o/acme/risk/changes/?since=2026-03-02&until=2026-03-09"
    assert b"not been compared yet" in client.get(address).content
    with django_capture_on_commit_callbacks(execute=False):
        form = {"since": "2026-03-02", "until": "2026-03-09"}
        answer = client.post("/o/acme/risk/changes/start/", form)
    assert answer.headers["Location"] == address
    assert b"Comparing the two days" in client.get(address).content
    wrong = client.post("/o/acme/risk/changes/start/", {"since": "x"}, follow=True)
    assert "year-month-day" in wrong.content.decode()


def test_the_job_compares_each_pair_of_days(org: Org) -> None:
    everything(org)
    days = [["2026-03-02", "2026-03-09"], ["2026-02-02", "2026-03-02"]]
    job = a_job(org=org, running=True, task=compare_pipeline.name, arguments={"days": days})
    assert compare_pipeline.function(JobRun.of(job)) == {"compared": 2}
    assert PipelineComparison.objects.filter(org=org).count() == 2
