"""The clock of an org of files: its last day, whatever a few rows say of years to come."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from accounts.importing import last_of
from tests.accounts.connectors.csv_files.importing import imported, written
from tests.factories.jobs import an_org

HEADER = "Id,IsDeleted,Name,StageName,CloseDate,IsClosed,IsWon,CreatedDate,LastModifiedDate\n"
DAY = timedelta(days=1)
BEGAN = date(2017, 1, 1)
LAST = BEGAN + 299 * DAY


def a_deal(number: int, day: date) -> str:
    return f"006{number:012d},0,Deal {number},Won,{day},true,true,{BEGAN},{BEGAN}\n"


def deals(*more: date) -> str:
    days = [*(BEGAN + each * DAY for each in range(300)), *more]
    return HEADER + "".join(a_deal(number, day) for number, day in enumerate(days))


@pytest.mark.django_db
def test_a_few_rows_of_years_to_come_are_not_today(tmp_path: Path) -> None:
    org = an_org(kind="csv")
    stray = (date(2018, 2, 28), date(2019, 6, 1), date(2199, 1, 1))
    told = imported(org, written(tmp_path, Opportunity=deals(*stray)))
    assert told["clock"] == str(LAST)
    assert told["rows"]["refused"] == 0


@pytest.mark.django_db
def test_a_newer_export_moves_it_and_a_person_has_the_last_word(tmp_path: Path) -> None:
    org = an_org(kind="csv")
    months_later = [LAST + 60 * DAY + each * DAY for each in range(30)]
    told = imported(org, written(tmp_path, Opportunity=deals(*months_later)))
    assert told["clock"] == str(months_later[-1])
    told = imported(org, tmp_path, clock="2019-06-01")
    assert told["clock"] == "2019-06-01"


@pytest.mark.parametrize(
    ("days_ahead", "may_stray", "expected"),
    [
        ([], 5, 0),
        ([400], 5, 0),
        ([400, 700], 5, 0),
        ([400, 420], 1, 420),  # two are no slip where one in a hundred is one row
        ([400], 0, 400),
        ([30], 5, 30),  # a quiet month is no gap
        ([31], 5, 0),
        ([10, 400], 5, 10),
    ],
)
def test_strays_are_few_and_far_ahead(days_ahead: list[int], may_stray: int, expected: int) -> None:
    days = [*(LAST - each * DAY for each in range(10)), *(LAST + each * DAY for each in days_ahead)]
    assert last_of(days, may_stray=may_stray) == LAST + expected * DAY


def test_of_nothing_there_is_no_last_day() -> None:
    assert last_of([], may_stray=3) is None
    assert last_of([LAST], may_stray=3) == LAST
