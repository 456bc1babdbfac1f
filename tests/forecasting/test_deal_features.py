"""What is known of a deal at a moment, and that nothing of what came later is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.history import record_as_of
from accounts.models import (
    Account,
    Activity,
    Contact,
    FieldChange,
    Opportunity,
    StageChange,
    SyncRun,
)
from forecasting.deals.dataset import NO_RECORD, dataset, open_deals
from revenue.ml.frames import Frame
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.people import OrgFactory
from tests.forecasting.worlds import BEGAN, a_pipeline

pytestmark = pytest.mark.django_db
START = datetime(2025, 1, 6, 10, tzinfo=UTC)  # a Monday, in the first month of a quarter


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def of_deal(frame: Frame, ref: str, at: datetime) -> "pd.Series[Any]":
    moment = np.datetime64(at.replace(tzinfo=None), "s")
    rows = np.flatnonzero((frame.ids == ref) & (frame.as_of == moment))
    assert len(rows) == 1, f"{len(rows)} rows of {ref} at {at}"
    found: pd.Series[Any] = frame.values.iloc[rows[0]]
    return found


def assert_same(before: Frame, after: Frame) -> None:
    assert before.ids.tolist() == after.ids.tolist()
    assert before.as_of.tolist() == after.as_of.tolist()
    np.testing.assert_array_equal(before.label, after.label)
    np.testing.assert_array_equal(before.label_known_at, after.label_known_at)
    pd.testing.assert_frame_equal(before.values, after.values)


@pytest.fixture
def deal() -> Opportunity:
    """Met on day 2, proposed on day 10 for more, put off on day 20, fell back on 24, won on 40."""
    org = OrgFactory()
    made = facts.an_opportunity(
        org=org, won=True, created_at=START, close_date=date(2025, 2, 15), amount=Decimal(1500)
    )
    saves = [
        (0, "Discovery", 1000, date(2025, 2, 1), 10),
        (10, "Proposal", 1500, date(2025, 2, 1), 50),
        (20, "Proposal", 1500, date(2025, 4, 10), 50),
        (24, "Discovery", 1500, date(2025, 4, 10), 10),
        (40, "Closed Won", 1500, date(2025, 2, 15), 100),
    ]
    for at, stage, amount, close, chance in saves:
        facts.a_stage_change(
            org=org, opportunity_ref=made.external_id, changed_at=day(at), stage=stage,
            amount=amount, close_date=close, probability=chance,
        )  # fmt: skip
    contact = facts.a_contact(org=org, title="VP of Sales", created_at=START)
    about = {"org": org, "opportunity_ref": made.external_id, "contact_ref": contact.external_id}
    facts.an_activity(kind="meeting", happens_at=day(2), created_at=day(1), **about)
    facts.an_activity(kind="email", is_incoming=True, happens_at=day(12), **about)
    # Written down long after it took place: until then nobody knew of it.
    facts.an_activity(kind="call", happens_at=day(3), created_at=day(30), **about)
    Activity.objects.filter(org=org, kind="email").update(created_at=day(12))
    # Another that is open, so that stages and dates of open deals are there to be compared.
    facts.an_opportunity(org=org, created_at=day(0))
    return made


def test_a_deal_is_seen_each_week_and_at_each_change_of_its_stage(deal: Opportunity) -> None:
    frame = dataset(org=deal.org, as_of=day(60)).frame
    mine = frame.ids == deal.external_id
    days = (frame.as_of[mine] - np.datetime64(START.replace(tzinfo=None), "s")).astype(int) / 86400
    assert days.tolist() == [0, 7, 10, 14, 21, 24, 28, 35]
    assert set(frame.label[mine]) == {1.0}
    assert frame.weight[mine].sum() == pytest.approx(1)
    assert (frame.label_known_at[mine] == np.datetime64(day(40).replace(tzinfo=None), "s")).all()
    assert np.isnan(frame.label[~mine]).all()


def test_before_it_closed_its_outcome_is_not_known(deal: Opportunity) -> None:
    frame = dataset(org=deal.org, as_of=day(39)).frame
    assert np.isnan(frame.label).all()
    assert np.isnat(frame.label_known_at).all()
    assert deal.external_id in open_deals(org=deal.org, as_of=day(39)).ids
    assert deal.external_id not in open_deals(org=deal.org, as_of=day(41)).ids


def test_each_feature_is_of_its_moment(deal: Opportunity) -> None:
    frame = dataset(org=deal.org, as_of=day(39)).frame
    first = of_deal(frame, deal.external_id, day(0))
    assert (first["stage"], first["age_days"], first["activities_90"]) == ("Discovery", 0, 0)
    assert (first["month_of_quarter"], first["close_month_of_quarter"]) == ("1", "2")
    second = of_deal(frame, deal.external_id, day(14))
    assert (second["stage"], second["days_in_stage"], second["stage_moves"]) == ("Proposal", 4, 1)
    assert second["amount_growth"] == pytest.approx(np.log(1.5))
    assert (second["activities_7"], second["activities_30"]) == (1, 2)
    assert (second["days_since_meeting"], second["days_since_incoming"]) == (12, 2)
    assert np.isnan(second["days_since_call"])
    assert (second["contacts_met"], second["senior_met"], second["pushes"]) == (1, 1, 0)
    late = of_deal(frame, deal.external_id, day(28))
    assert (late["fell_back"], late["pushes"], late["days_pushed"]) == (1, 1, 68)
    assert late["stage"] == "Discovery"
    scored = open_deals(org=deal.org, as_of=day(35))
    now = of_deal(scored, deal.external_id, day(35))
    then = of_deal(frame, deal.external_id, day(35))
    for name in frame.values.columns:
        assert now[name] == then[name] or (pd.isna(now[name]) and pd.isna(then[name])), name
    assert now["days_since_call"] == 5


def test_a_rate_knows_only_what_had_closed_and_not_the_deal_itself() -> None:
    org = OrgFactory()
    for number in range(6):
        made = facts.an_opportunity(
            org=org, won=number < 3, lost=number >= 3, owner_ref="U1", created_at=day(number)
        )
        facts.a_stage_change(
            org=org, opportunity_ref=made.external_id, changed_at=day(10 + number), stage=made.stage
        )
    quick = facts.an_opportunity(org=org, lost=True, owner_ref="U2", created_at=day(1))
    facts.a_stage_change(
        org=org, opportunity_ref=quick.external_id, changed_at=day(9), stage="Closed Lost"
    )
    mine = facts.an_opportunity(org=org, won=True, owner_ref="U1", created_at=day(1))
    facts.a_stage_change(
        org=org, opportunity_ref=mine.external_id, changed_at=day(30), stage="Closed Won"
    )
    frame = dataset(org=org, as_of=day(60)).frame
    rates = [of_deal(frame, mine.external_id, day(at))["seller_rate"] for at in (1, 8, 15, 22)]
    assert rates[0] == rates[1] == 0
    # Three of the seller's were won and three lost by then; of all, one more was lost.
    whole = (3 + 2) / (7 + 4)
    assert rates[2] == pytest.approx((3 + 20 * whole) / (6 + 20) - whole)
    assert rates[3] == rates[2]


def test_what_is_not_recorded_is_left_out_and_named() -> None:
    org = OrgFactory()
    for number in range(4):
        facts.an_opportunity(
            org=org, won=True, created_at=day(number), close_date=day(30).date(), next_step="Sign",
            extra={"Reason__c": "Price"},
        )  # fmt: skip
    rows = dataset(org=org, as_of=day(60))
    names = {one.name for one in rows.frame.features}
    assert rows.excluded["amount_log"] == rows.excluded["has_next_step"] == NO_RECORD
    assert names.isdisjoint({"amount_log", "stage", "days_to_close_date", "own_Reason__c"})
    assert "age_days" in names


def test_an_own_field_is_read_where_its_changes_are_recorded() -> None:
    org = OrgFactory()
    changed = facts.an_opportunity(org=org, won=True, created_at=START, extra={"Tier__c": "Gold"})
    kept = facts.an_opportunity(org=org, created_at=START, extra={"Tier__c": "Silver"})
    facts.a_field_change(
        org=org, record_ref=changed.external_id, field_name="Tier__c", old_value="Bronze",
        new_value="Gold", changed_at=day(10),
    )  # fmt: skip
    frame = open_deals(org=org, as_of=day(20))
    assert of_deal(frame, kept.external_id, day(20))["own_Tier__c"] == "Silver"
    frame = dataset(org=org, as_of=day(60)).frame
    found = [of_deal(frame, changed.external_id, day(at))["own_Tier__c"] for at in (0, 7, 14)]
    assert found == ["Bronze", "Bronze", "Gold"]


def test_what_closed_before_a_crm_kept_a_field_is_not_told_by_what_it_held_at_its_end() -> None:
    org = OrgFactory()
    about: dict[str, Any] = {"org": org, "created_at": START, "extra": {"Why__c": "Late"}}
    ended = facts.an_opportunity(lost=True, close_date=day(20).date(), **about)
    lasted = facts.an_opportunity(lost=True, close_date=day(39).date(), **about)
    facts.a_field_change(
        org=org, record_ref=lasted.external_id, field_name="Why__c", old_value="Cheap",
        new_value="Late", changed_at=day(30),
    )  # fmt: skip
    frame = dataset(org=org, as_of=day(60)).frame
    assert pd.isna(of_deal(frame, ended.external_id, day(7))["own_Why__c"])
    held = [of_deal(frame, lasted.external_id, day(at))["own_Why__c"] for at in (7, 35)]
    assert held == ["Cheap", "Late"]


def test_what_only_our_syncs_saw_says_nothing_of_the_time_before_them() -> None:
    """Else a deal that had closed before would be told by what it held at its end."""
    org = OrgFactory()
    facts.a_sync_run(
        org=org, state=SyncRun.State.SUCCEEDED, started_at=day(11), finished_at=day(12)
    )
    old = facts.an_opportunity(org=org, created_at=START, extra={"Why__c": "Late"}, next_step="Go")
    new = facts.an_opportunity(org=org, created_at=day(13), extra={"Why__c": "Cheap"})
    for name, before, after in (("Why__c", "Dear", "Cheap"), ("next_step", "Call", "")):
        facts.a_field_change(
            org=org, record_ref=new.external_id, field_name=name, changed_at=day(22),
            old_value=before, new_value=after, origin="captured",
        )  # fmt: skip
    frame = dataset(org=org, as_of=day(40)).frame

    def held(made: Opportunity, name: str, *days: int) -> list[Any]:
        return [of_deal(frame, made.external_id, day(at))[name] for at in days]

    assert pd.isna(held(old, "own_Why__c", 7)[0])
    assert held(old, "own_Why__c", 14, 28) == ["Late", "Late"]
    assert held(new, "own_Why__c", 13, 20, 27) == ["Dear", "Dear", "Cheap"]
    assert pd.isna(held(old, "has_next_step", 7)[0])
    assert held(old, "has_next_step", 14) == [1]
    assert held(new, "has_next_step", 20, 27) == [1, 0]


def test_titles_and_accounts_are_those_of_the_moment() -> None:
    org = OrgFactory()
    account = facts.an_account(org=org, industry="Retail", employees=900, created_at=START)
    person = facts.a_contact(org=org, title="Director", created_at=START)
    about: dict[str, Any] = {"org": org, "created_at": START, "account_ref": account.external_id}
    deal = facts.an_opportunity(**about)
    facts.an_opportunity(**about | {"account_ref": ""})
    facts.an_opportunity_contact(
        org=org, opportunity_ref=deal.external_id, contact_ref=person.external_id,
        is_primary=True, created_at=day(7),
    )  # fmt: skip
    for record, made, name, before in (
        ("contact", person, "title", "Clerk"), ("account", account, "employees", "20"),
    ):  # fmt: skip
        facts.a_field_change(
            org=org, record=record, record_ref=made.external_id, field_name=name,
            old_value=before, new_value=str(getattr(made, name)), changed_at=day(20),
        )  # fmt: skip
    facts.a_purchase(
        org=org, account_ref=account.external_id, purchased_at=day(-40), created_at=day(10)
    )
    facts.an_activity(
        org=org, opportunity_ref=deal.external_id, kind="meeting", created_at=day(6),
        happens_at=day(16),
    )  # fmt: skip
    frame = dataset(org=org, as_of=day(40)).frame
    names = ["senior_first", "senior_by_role", "employees", "bought_before", "activities_30"]
    found = [of_deal(frame, deal.external_id, day(at))[names] for at in (0, 14, 21)]
    assert [row["employees"] for row in found] == [20, 20, 900]
    of_it = frame.segments[frame.ids == deal.external_id]
    assert set(of_it["size"]) == {"1–49", "250–999"}
    assert set(of_it["industry"]) == {"Retail"}
    assert pd.isna(found[0]["senior_first"])
    assert [row["senior_first"] for row in found[1:]] == [0, 1]
    assert [row["senior_by_role"] for row in found] == [0, 0, 1]
    assert [row["bought_before"] for row in found] == pytest.approx([0, np.log(2), np.log(2)])
    assert [row["activities_30"] for row in found] == [0, 0, 1]
    # A meeting that stands in the calendar is known before it takes place.
    assert of_deal(frame, deal.external_id, day(7))["noted_of_late"] == pytest.approx(np.log(2))


def test_what_was_won_of_late_says_more() -> None:
    """Retail was won and is lost now; Health the other way round: as many of each all in all."""
    org = OrgFactory()
    refs = {
        name: facts.an_account(org=org, industry=name, created_at=day(-900)).external_id
        for name in ("Retail", "Health")
    }
    for number in range(40):
        for name, ref in refs.items():
            won = (number < 20) == (name == "Retail")
            made = facts.an_opportunity(
                org=org, won=won, lost=not won, account_ref=ref, created_at=day(-820)
            )
            facts.a_stage_change(
                org=org, opportunity_ref=made.external_id, stage=made.stage,
                changed_at=day(-800 if number < 20 else -30),
            )  # fmt: skip
    mine = {
        name: facts.an_opportunity(org=org, account_ref=refs[name], created_at=day(0))
        for name in refs
    }
    frame = open_deals(org=org, as_of=day(1))
    rates = {
        name: of_deal(frame, made.external_id, day(1))["industry_rate_of_late"]
        for name, made in mine.items()
    }
    assert rates["Retail"] < -0.15
    assert rates["Health"] > 0.15


@pytest.fixture
def pipeline() -> Org:
    org = OrgFactory()
    a_pipeline(org, deals=40)
    return org


def test_rewriting_what_came_later_changes_nothing(pipeline: Org) -> None:
    as_of = BEGAN + timedelta(days=90)
    before, scored = dataset(org=pipeline, as_of=as_of), open_deals(org=pipeline, as_of=as_of)
    assert len(scored) > 10
    assert np.isfinite(before.frame.label).sum() > 50
    assert "own_Tier__c" in before.frame.values
    rewrite(pipeline, as_of)
    assert_same(before.frame, dataset(org=pipeline, as_of=as_of).frame)
    assert_same(scored, open_deals(org=pipeline, as_of=as_of))
    after = dataset(org=pipeline, as_of=as_of + timedelta(days=300)).frame
    assert len(after) > len(before.frame), "nothing was rewritten"


def rewrite(org: Org, as_of: datetime) -> None:
    """Another future: other stages, amounts, owners, steps, contacts; all of them end otherwise."""
    still = open_refs(org, as_of)
    later = as_of + timedelta(days=5)
    StageChange.objects.of(org).filter(changed_at__gt=as_of).update(
        stage="Negotiation", amount=F("amount") * 9, close_date=date(2031, 1, 1), probability=80
    )
    for deal in Opportunity.objects.of(org).filter(external_id__in=still):
        about = {"org": org, "opportunity_ref": deal.external_id}
        facts.a_stage_change(changed_at=later, stage="Closed Lost", probability=0, **about)
        facts.an_activity(happens_at=later, created_at=later, contact_ref="C0", **about)
        facts.an_activity(happens_at=as_of - timedelta(days=1), created_at=later, **about)
        facts.an_opportunity_contact(contact_ref="C2", created_at=later, **about)
        facts.a_line_item(product_ref="P1", created_at=later, **about)
        facts.a_field_change(
            org=org, record_ref=deal.external_id, field_name="owner_ref", changed_at=later,
            old_value=deal.owner_ref, new_value="U9",
        )  # fmt: skip
    Opportunity.objects.of(org).filter(external_id__in=still).update(
        stage="Closed Lost", is_closed=True, is_won=False, amount=1, close_date=later.date(),
        owner_ref="U9", probability=0, modified_at=later,
    )  # fmt: skip
    FieldChange.objects.of(org).filter(changed_at__gt=as_of).update(new_value="Rewritten")
    Activity.objects.of(org).filter(happens_at__gt=as_of).update(
        kind="task", contact_ref="C7", happens_at=later + timedelta(days=30)
    )
    facts_to_come(org, as_of, later)
    for _ in range(3):
        facts.an_opportunity(org=org, won=True, owner_ref="U1", created_at=later)


def facts_to_come(org: Org, as_of: datetime, later: datetime) -> None:
    """Titles, industries, sources and purchases of another future, with the history of each."""
    for record, model, name, value in (
        ("contact", Contact, "title", "President"),
        ("account", Account, "industry", "Mining"),
        ("account", Account, "employees", 9),
        ("account", Account, "country", "Chile"),
        ("opportunity", Opportunity, "source", "Fair"),
    ):
        rows = model.objects.of(org).filter(created_at__lte=as_of)
        refs = list(rows.values_list("external_id", flat=True))
        told = {
            ref: record_as_of(record, org=org, external_id=ref, as_of=as_of) or {} for ref in refs
        }
        of_them = FieldChange.objects.of(org).filter(record=record, field_name=name)
        of_them.filter(changed_at__gt=as_of).delete()
        for ref in refs:
            before = told[ref].get(name)
            facts.a_field_change(
                org=org, record=record, record_ref=ref, field_name=name, changed_at=later,
                old_value=None if before is None else str(before), new_value=str(value),
            )  # fmt: skip
        model.objects.of(org).update(**{name: value})
    for account in Account.objects.of(org):
        facts.a_purchase(org=org, account_ref=account.external_id, created_at=later)


def open_refs(org: Org, as_of: datetime) -> list[str]:
    return [str(ref) for ref in open_deals(org=org, as_of=as_of).ids]


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), after=st.integers(20, 110))
def test_a_moment_looks_the_same_from_any_later_day(seed: int, after: int) -> None:
    """Of any small past: rows of what is known by a day are found again when more is known."""
    org, as_of = OrgFactory(), BEGAN + timedelta(days=after)
    a_pipeline(org, deals=14, seed=seed)
    early, late = (
        dataset(org=org, as_of=as_of).frame,
        dataset(org=org, as_of=BEGAN.replace(year=2026)).frame,
    )
    place = {(ref, at): row for row, (ref, at) in enumerate(zip(late.ids, late.as_of, strict=True))}
    found = [place[ref, at] for ref, at in zip(early.ids, early.as_of, strict=True)]
    shared = [name for name in early.values.columns if name in late.values.columns]
    again = late.values.iloc[found].reset_index(drop=True)[shared]
    pd.testing.assert_frame_equal(early.values[shared], again, check_dtype=False)
