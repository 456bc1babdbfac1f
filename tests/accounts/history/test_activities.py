"""What had happened by a moment, and any record's columns then, against a replay by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.history import activities, record_as_of
from accounts.models import Account, Activity
from revenue.users.models import Org
from tests.factories.facts import a_field_change, an_account, an_activity
from tests.factories.people import OrgFactory

BEGUN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db
laws = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
hours = st.integers(0, 12).map(lambda number: BEGUN + timedelta(hours=number))
lives = st.lists(st.tuples(hours, hours | st.none(), hours | st.none()), max_size=8)


def seen(org: Org, before: datetime) -> list[str]:
    return sorted(row["external_id"] for row in activities(org=org, before=before).rows())


@laws
@given(lives, hours)
def test_what_took_place_and_was_known_by_then_and_nothing_else(
    given_lives: list[tuple[datetime, datetime | None, datetime | None]], before: datetime
) -> None:
    org = OrgFactory()
    expected = []
    for happens, made, deleted in given_lives:
        row = an_activity(org=org, happens_at=happens, created_at=made, deleted_at=deleted)
        is_known = made is None or made < before
        if happens < before and is_known and (deleted is None or deleted >= before):
            expected.append(row.external_id)
    assert seen(org, before) == sorted(expected)


@laws
@given(lives, hours, st.integers(0, 5))
def test_what_is_written_or_deleted_later_changes_nothing(
    given_lives: list[tuple[datetime, datetime | None, datetime | None]],
    before: datetime,
    later: int,
) -> None:
    org, after = OrgFactory(), before + timedelta(hours=later)
    for happens, made, deleted in given_lives:
        an_activity(org=org, happens_at=happens, created_at=made, deleted_at=deleted)
    then = seen(org, before)
    an_activity(org=org, happens_at=BEGUN - timedelta(days=1), created_at=after)
    an_activity(org=org, happens_at=after, created_at=BEGUN)
    Activity.objects.filter(org=org, deleted_at=None).update(deleted_at=after)
    assert seen(org, before) == then


@dataclass(frozen=True)
class State:
    industry: str
    employees: int | None
    owner_ref: str | None


states = st.lists(
    st.builds(
        State,
        industry=st.sampled_from(["Retail", "Energy", ""]),
        employees=st.integers(0, 10**6) | st.none(),
        owner_ref=st.sampled_from(["005a", "005A"]) | st.none(),
    ),
    min_size=1,
    max_size=6,
)


def record_change(
    org: Org, account: Account, *, name: str, values: tuple[Any, Any], at: datetime
) -> None:
    old, new = (None if value is None else str(value) for value in values)
    a_field_change(
        org=org,
        record="account",
        record_ref=account.external_id,
        field_name=name,
        old_value=old,
        new_value=new,
        changed_at=at,
        origin="captured",
    )


@laws
@given(states)
def test_a_replay_of_changes_is_the_state_kept_at_each_moment(life: list[State]) -> None:
    org = OrgFactory()
    moments = [BEGUN + timedelta(days=number) for number in range(len(life))]
    account = an_account(org=org, created_at=BEGUN, **vars(life[-1]))
    for at, old, new in zip(moments[1:], life, life[1:], strict=False):
        for name, was in vars(old).items():
            if was != getattr(new, name):
                record_change(org, account, name=name, values=(was, getattr(new, name)), at=at)
    for at, state in zip(moments, life, strict=True):
        row = record_as_of("account", org=org, external_id=account.external_id, as_of=at)
        assert row is not None
        assert {name: row[name] for name in vars(state)} == vars(state)
