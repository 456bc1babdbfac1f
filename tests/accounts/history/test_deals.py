import itertools
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.history import activities, opportunities, record_as_of
from accounts.models import Opportunity
from revenue.users.models import Org
from tests.factories.facts import (
    a_field_change,
    a_stage_change,
    an_account,
    an_activity,
    an_opportunity,
)
from tests.factories.people import OrgFactory

BORN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ENDS = {"Closed Won": (True, True), "Closed Lost": (True, False)}
STAGES = ("Prospecting", "Proposal", "Negotiation", *ENDS)

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Save:
    at: datetime
    stage: str
    amount: Decimal
    owner_ref: str


def as_was(org: Org, as_of: datetime) -> dict[str, dict[str, Any]]:
    return {row["external_id"]: row for row in opportunities(org=org, as_of=as_of).rows()}


def deal_now(org: Org, save: Save, **facts: Any) -> Opportunity:
    closed, won = ENDS.get(save.stage, (False, False))
    facts = {
        "created_at": BORN,
        "stage": save.stage,
        "amount": save.amount,
        "owner_ref": save.owner_ref,
        "is_closed": closed,
        "is_won": won,
        "close_date": date(2026, 3, 1),
        **facts,
    }
    deal = an_opportunity(org=org)
    Opportunity.objects.filter(pk=deal.pk).update(**facts)
    deal.refresh_from_db()
    return deal


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def record_changes(org: Org, deal: Opportunity, saves: list[Save], *, origin: str) -> None:
    for before, after in itertools.pairwise(saves):
        for name in ("stage", "amount", "owner_ref"):
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                a_field_change(
                    org=org,
                    record="opportunity",
                    record_ref=deal.external_id,
                    field_name=name,
                    old_value=text(old),
                    new_value=text(new),
                    changed_at=after.at,
                    origin=origin,
                )


saves = st.lists(
    st.builds(
        Save,
        at=st.just(BORN),
        stage=st.sampled_from(STAGES),
        amount=st.decimals("0", "9999999", places=2),
        owner_ref=st.sampled_from(["005a", "005b", "005c"]),
    ),
    min_size=1,
    max_size=6,
).map(lambda life: [replace(save, at=BORN + DAY * 7 * i) for i, save in enumerate(life)])
moments = st.integers(0, 45).map(lambda days: BORN + DAY * days + timedelta(hours=3))
laws = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@laws
@given(saves, moments)
def test_with_all_changes_recorded_the_past_is_exact(life: list[Save], as_of: datetime) -> None:
    org = OrgFactory()
    deal = deal_now(org, life[-1], close_date=BORN.date())
    record_changes(org, deal, life, origin="source")
    then = next(save for save in reversed(life) if save.at <= as_of)
    row = as_was(org, as_of)[deal.external_id]
    assert (row["stage"], row["amount"], row["owner_ref"]) == (
        then.stage,
        then.amount,
        then.owner_ref,
    )


@laws
@given(saves, moments)
def test_saves_of_the_source_say_how_a_deal_stood(life: list[Save], as_of: datetime) -> None:
    org = OrgFactory()
    deal = deal_now(org, life[-1])
    for save in life:
        a_stage_change(
            org=org,
            opportunity_ref=deal.external_id,
            stage=save.stage,
            amount=save.amount,
            changed_at=save.at,
        )
    for stage, (closed, won) in ENDS.items():
        deal_now(org, Save(BORN, stage, Decimal(1), "005z"), is_closed=closed, is_won=won)
    then = next(save for save in reversed(life) if save.at <= as_of)
    row = as_was(org, as_of)[deal.external_id]
    assert (row["stage"], row["amount"]) == (then.stage, then.amount)
    assert (row["is_closed"], row["is_won"]) == ENDS.get(then.stage, (False, False))
    assert row["stage_since"] == then.at


@laws
@given(saves, moments, st.integers(0, 10**6))
def test_what_comes_later_changes_nothing_of_before(
    life: list[Save], as_of: datetime, noise: int
) -> None:
    org = OrgFactory()
    deal = deal_now(org, life[-1], close_date=BORN.date())
    record_changes(org, deal, life, origin="source")
    before = as_was(org, as_of)
    last = Save(as_of + DAY * 60, "Closed Lost", Decimal(noise), "005x")
    record_changes(org, deal, [life[-1], last], origin="captured")
    Opportunity.objects.filter(pk=deal.pk).update(
        stage=last.stage, amount=last.amount, owner_ref=last.owner_ref, is_closed=True
    )
    deal_now(org, last, created_at=as_of + DAY)
    assert drop(as_was(org, as_of)) == drop(before)


def drop(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Whether a stage closes a deal is learned from all deals, so it is asked elsewhere."""
    return {
        ref: {name: value for name, value in row.items() if name not in ("is_closed", "is_won")}
        for ref, row in rows.items()
    }


def test_the_end_of_a_deal_without_history_is_not_read_into_its_past() -> None:
    org = OrgFactory()
    deal = deal_now(org, Save(BORN, "Closed Won", Decimal(500), "005a"))
    row = as_was(org, BORN + DAY)[deal.external_id]
    assert row["stage"] == ""
    assert row["amount"] is row["close_date"] is row["probability"] is None
    assert row["is_closed"] is row["is_won"] is False
    later = as_was(org, datetime(2026, 3, 2, tzinfo=UTC))[deal.external_id]
    assert (later["stage"], later["is_won"], later["amount"]) == ("Closed Won", True, Decimal(500))


def test_the_sources_row_wins_over_ours_of_the_same_moment() -> None:
    org = OrgFactory()
    deal = deal_now(org, Save(BORN, "Negotiation", Decimal(3), "005a"))
    at = BORN + DAY * 9
    for origin, old in (("captured", "Prospecting"), ("source", "Proposal")):
        a_field_change(
            org=org,
            record="opportunity",
            record_ref=deal.external_id,
            field_name="StageName" if origin == "source" else "stage",
            old_value=old,
            new_value="Negotiation",
            changed_at=at,
            origin=origin,
        )
    assert as_was(org, at - DAY)[deal.external_id]["stage"] == "Proposal"


def test_a_name_in_the_history_of_an_owner_is_no_id() -> None:
    org = OrgFactory()
    deal = deal_now(org, Save(BORN, "Proposal", Decimal(3), "005b"))
    at = BORN + DAY
    for old, new in (("Ann Lee", "Bo Yu"), ("005a", "005b")):
        a_field_change(
            org=org,
            record="opportunity",
            record_ref=deal.external_id,
            field_name="Owner",
            old_value=old,
            new_value=new,
            changed_at=at,
        )
    assert as_was(org, BORN)[deal.external_id]["owner_ref"] == "005a"


def test_deals_exist_from_their_making_to_their_deletion() -> None:
    org = OrgFactory()
    deal = deal_now(org, Save(BORN, "Proposal", Decimal(3), "005b"), deleted_at=BORN + DAY * 9)
    assert as_was(org, BORN - DAY) == {}
    assert list(as_was(org, BORN + DAY)) == [deal.external_id]
    assert as_was(org, BORN + DAY * 10) == {}
    assert opportunities(org=OrgFactory(), as_of=BORN + DAY).count() == 0


def test_any_record_goes_back_by_its_recorded_columns() -> None:
    org = OrgFactory()
    account = an_account(org=org, industry="Retail", employees=90, created_at=BORN)
    for name, old, new in (("industry", "Energy", "Retail"), ("employees", "40", "90")):
        a_field_change(
            org=org,
            record="account",
            record_ref=account.external_id,
            field_name=name,
            old_value=old,
            new_value=new,
            changed_at=BORN + DAY * 5,
            origin="captured",
        )
    found = record_as_of("account", org=org, external_id=account.external_id, as_of=BORN + DAY)
    assert found is not None
    assert (found["industry"], found["employees"], found["name"]) == ("Energy", 40, account.name)


def test_an_activity_counts_once_it_took_place_and_was_written_down() -> None:
    org = OrgFactory()
    held = an_activity(org=org, happens_at=BORN, created_at=BORN)
    an_activity(org=org, happens_at=BORN + DAY * 9, created_at=BORN)
    an_activity(org=org, happens_at=BORN, created_at=BORN + DAY * 9)
    rows = activities(org=org, before=BORN + DAY).rows()
    assert [row["external_id"] for row in rows] == [held.external_id]
