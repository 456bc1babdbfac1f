"""Cells into values: by the whole column, so that one form of day or number holds in it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.connectors.csv_files import values
from accounts.connectors.csv_files.values import Kind
from tests.accounts.connectors.csv_files.reading import DEALS, rows_of

HEADER = "Id;Name;Amount;Close\n"
DAY = date(2016, 10, 20)


def column(*texts: str, place: str, mapping: str = DEALS) -> list[object]:
    """What becomes of the values of one column of a file."""
    lines = [
        f"{number};;{text};" if place == "Amount" else f"{number};;;{text}"
        for number, text in enumerate(texts, 1)
    ]
    rows, refused = rows_of(HEADER + "\n".join(lines), mapping=mapping)
    name = {"Amount": "Amount", "Close": "CloseDate"}[place]
    return [
        rows[str(number)][name] if str(number) in rows else refused[number + 1]
        for number in range(1, len(texts) + 1)
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("2016-10-20", "2016/10/20", "10/20/2016", "20/10/2016", "20.10.2016", "20.10.16"),
        *("Oct 20, 2016", "20 October 2016", "Thursday, October 20, 2016", "20-Oct-2016"),
        *("42663", "2016-10-20T09:30:00Z", "10/20/2016 9:30 AM", "20-10-2016"),
    ],
)
def test_days_of_many_kinds_are_one_day(text: str) -> None:
    assert column(text, place="Close") == [DAY]


def test_one_day_that_is_clear_makes_the_column_clear() -> None:
    assert column("03/04/2016", "20/10/2016", place="Close") == [date(2016, 4, 3), DAY]
    assert column("03/04/2016", "10/20/2016", place="Close") == [date(2016, 3, 4), DAY]
    said = f"{DEALS}    dates: day_first\n"
    assert column("03/04/2016", place="Close", mapping=said) == [date(2016, 4, 3)]


def test_a_day_of_another_kind_is_refused_by_its_words() -> None:
    found = column("20.10.2016", "20.11.2016", "soon", "31.02.2016", place="Close")
    assert found[2:] == [
        "“Close” is “soon”, which is no day.",
        "“Close” is “31.02.2016”, which is no day.",
    ]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("1,234.56", "1,000"), ("1234.56", "1000")),
        (("1.234,56", "1.000"), ("1234.56", "1000")),
        (("1 234,56", "2"), ("1234.56", "2")),
        (("1'234.56", "-3"), ("1234.56", "-3")),
        (("$1,234.50", "($20.00)"), ("1234.50", "-20.00")),
        (("EUR 12.345.678,90", "5-"), ("12345678.90", "-5")),
        (("1.5e3", "−2"), ("1500", "-2")),
    ],
)
def test_numbers_with_separators(texts: tuple[str, str], found: tuple[str, str]) -> None:
    assert column(*texts, place="Amount") == [Decimal(each) for each in found]


def test_what_says_nothing_is_nothing_in_a_number_and_text_in_a_text() -> None:
    assert column("N/A", "NA", "null", "-", "3", place="Amount") == [None] * 4 + [Decimal(3)]
    rows, _ = rows_of("Id,Name,Amount,Close,Note\n1,NA,,,null\n2,None,,,so so\n")
    assert [(row["Name"], row["Note"]) for row in rows.values()] == [
        ("NA", "null"),
        ("None", "so so"),
    ]


def test_codes_stay_text() -> None:
    rows, _ = rows_of("Id,Name,Amount,Close,Zip,Phone\n1,,,,01234,+49301234\n2,,,,99999,+4930\n")
    assert (rows["1"]["Zip"], rows["1"]["Phone"]) == ("01234", "+49301234")


def test_a_moment_without_a_zone_is_one_of_the_org() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    said = values.moment("2016-07-20 09:30", kind=Kind.DATE_ISO, zone=berlin)
    assert said == datetime(2016, 7, 20, 7, 30, tzinfo=UTC)
    told = values.moment("2016-07-20T09:30:00+02:00", kind=Kind.DATE_ISO, zone=UTC)
    assert told == said


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)))
def test_a_day_written_in_any_way_is_that_day(day: date) -> None:
    for form, kind in (
        ("%Y-%m-%d", Kind.DATE_ISO),
        ("%m/%d/%Y", Kind.DATE_MONTH_FIRST),
        ("%d/%m/%y", Kind.DATE_DAY_FIRST),
        ("%d.%m.%Y", Kind.DATE_DOTS),
        ("%B %d, %Y", Kind.DATE_LONG),
    ):
        assert values.moment(day.strftime(form), kind=kind, zone=UTC) == day


@given(st.decimals(-(10**12), 10**12, places=2))
def test_a_number_written_in_either_way_is_that_number(number: Decimal) -> None:
    american = f"{number:,.2f}"
    european = american.translate(str.maketrans(",.", ".,"))
    assert values.number(american, kind=Kind.NUMBER_POINT) == number
    assert values.number(european, kind=Kind.NUMBER_COMMA) == number
