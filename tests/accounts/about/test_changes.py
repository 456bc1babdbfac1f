from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.about.changes import (
    Raw,
    between_saves,
    difference,
    fields_of,
    lasted,
    plain_label,
    stage_move,
    told,
)
from accounts.about.clock import distance, moment_of, overdue
from accounts.models import StageChange
from revenue.users.models import Org
from tests.factories.facts import NOON

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("field", "old", "new", "said", "is_better"),
    [
        ("close_date", "2026-03-01", "2026-03-31", "+30 days, pushed", False),
        ("close_date", "2026-03-02", "2026-03-01", "−1 day, pulled in", True),
        ("Contract_End__c", "2026-03-01", "2026-03-31", "30 days later", None),
        ("amount", "18150", "20930", "+€2,780", True),
        # Eight digits are an amount, and no day.
        ("amount", "20260101", "20260102", "+€1", True),
        ("amount", "20930", "18150", "−€2,780", False),
        ("probability", "20", "40.0", "+20", True),
        ("Survey_Score__c", "6", "2", "−4", None),
        ("amount", "5", "5.00", "", None),
        ("amount", None, "5", "", None),
        ("amount", "NaN", "5", "", None),
        ("owner_ref", "0055E00000", "0055E00001", "", None),
        ("close_date", "2026-02-31", "2026-03-31", "", None),
        ("stage", "Proposal", "Negotiation", "", None),
    ],
)
def test_how_far_and_whether_that_is_good(
    field: str, old: str | None, new: str | None, said: str, is_better: bool | None
) -> None:
    assert difference(old, new, field=field, currency="EUR") == (said, is_better)


def test_saves_tell_what_they_hold_and_fields_the_rest() -> None:
    saves = [
        saved(0, amount=Decimal(700)),
        saved(52),
        saved(200, stage="Legal", close_date=date(2026, 4, 1)),
    ]
    assert fields_of(saves) == ["stage", "amount", "close_date"]
    assert fields_of(saves[:1]) == []
    found = between_saves(saves, fields=["stage", "amount", "close_date"])
    assert [(each.field, each.old, each.new) for each in found] == [
        ("amount", "700", "1000"),
        ("stage", "Proposal", "Legal"),
        ("close_date", "2026-03-31", "2026-04-01"),
    ]
    other = saved(300, amount=Decimal(9))
    other.currency = "EUR"
    assert between_saves([saves[0], other], fields=["amount"]) == []


def saved(hours: int, **facts: Any) -> StageChange:
    usual = {"stage": "Proposal", "amount": Decimal(1000), "close_date": date(2026, 3, 31)}
    return StageChange(changed_at=NOON + timedelta(hours=hours), **{**usual, **facts})


@pytest.mark.parametrize(("hours", "said"), [(0, "0 h"), (52, "52 h"), (290, "12 days")])
def test_a_stay_is_told_in_hours(hours: int, said: str) -> None:
    assert lasted(timedelta(hours=hours)) == said


def test_how_far_a_deal_moved_among_the_usual_stages() -> None:
    usual = ["Discovery", "Proposal", "Legal"]
    move = Raw("stage", "Discovery", "Legal", NOON)
    assert stage_move(move, stages=usual) == "2 stages on"
    assert stage_move(Raw("stage", "Legal", "Proposal", NOON), stages=usual) == "1 stage back"
    assert stage_move(Raw("stage", "Legal", "Closed Won", NOON), stages=usual) == ""
    assert stage_move(Raw("amount", "1", "2", NOON), stages=usual) == ""


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("owner_ref", "005a", "Rosa"),
        ("owner_ref", "005b", "somebody whom the CRM no longer has"),
        ("amount", "1234.5", "JPY\u00a01,234"),
        ("probability", "12.5", "12.50%"),
        ("close_date", "2026-03-01", "1 Mar 2026"),
        ("next_step", "", "–"),
        ("next_step", None, "–"),
        ("next_step", "Call <b>", "Call <b>"),
    ],
)
def test_values_are_read_as_people_say_them(field: str, value: str | None, said: str) -> None:
    given = told(value, field=field, currency="CHF" if field != "amount" else "JPY", people=PEOPLE)
    assert given == said.replace("JPY\u00a0", "¥")


PEOPLE = {"005a": "Rosa"}


@pytest.mark.parametrize(
    ("name", "label"),
    [("StageName", "Stage name"), ("owner_ref", "Owner"), ("Deal_Size__c", "Deal size")],
)
def test_a_field_without_a_label_has_its_name_in_words(name: str, label: str) -> None:
    assert plain_label(name) == label


def test_days_from_today() -> None:
    assert distance(date(2026, 3, 2), today=TODAY) == "today"
    assert distance(date(2026, 3, 3), today=TODAY) == "in 1 day"
    assert distance(date(2023, 3, 2), today=TODAY) == "1,096 days ago"
    assert distance(None, today=TODAY) == ""
    assert overdue(date(2026, 3, 1), today=TODAY) == "1 day overdue"
    assert overdue(TODAY, today=TODAY) == overdue(None, today=TODAY) == ""


def test_old_files_live_in_their_own_time() -> None:
    org = Org(timezone="Europe/Berlin")
    assert moment_of(org, at=NOON) == NOON
    org.clock_date = date(2017, 12, 31)
    assert moment_of(org, at=NOON) > datetime(2017, 12, 31, 22, 59, tzinfo=UTC)
    assert moment_of(org, at=NOON) < datetime(2017, 12, 31, 23, tzinfo=UTC)
