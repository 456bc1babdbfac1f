import datetime as dt
from decimal import Decimal

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revenue.web.filters import (
    BooleanFilter,
    BoundFilter,
    ChoiceFilter,
    DateRangeFilter,
    Filter,
    MultiChoiceFilter,
    NumberRangeFilter,
    TextFilter,
)
from tests.web.rows import Sample

STAGES = [("open", "Open"), ("won", "Won"), ("lost", "Lost")]
TEXT = TextFilter(name="q", label="Search", paths=("name", "label"))
STAGE = ChoiceFilter(name="stage", label="Stage", path="stage", choices=STAGES)
STAGES_ANY = MultiChoiceFilter(name="stage", label="Stage", path="stage", choices=STAGES)
WON = BooleanFilter(name="won", label="Won", path="won", yes="Won", no="Not won")
CLOSES = DateRangeFilter(name="close", label="Close date", path="close_date")
SEEN = DateRangeFilter(name="seen", label="Seen", path="seen_at", moments=True)
AMOUNT = NumberRangeFilter(name="amount", label="Amount", path="amount")
EVERY = (TEXT, STAGE, STAGES_ANY, WON, CLOSES, SEEN, AMOUNT)


def bind(each: Filter, query: str) -> BoundFilter:
    return each.bind(QueryDict(query))


def names(each: Filter, query: str) -> list[str]:
    bound = bind(each, query)
    assert bound.condition is not None, bound.error
    return list(
        Sample.objects.filter(bound.condition).order_by("name").values_list("name", flat=True)
    )


@pytest.fixture
def three(samples: None) -> None:
    new_year = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    last_second, next_day = new_year + dt.timedelta(seconds=86_399), new_year + dt.timedelta(days=1)
    rows = [
        ("Ábel 100%", "open", "10.50", dt.date(2026, 1, 1), new_year),
        ("Bond, James", "won", "-3", dt.date(2026, 1, 31), last_second),
        ("james_b", "lost", None, None, next_day),
    ]
    for name, stage, amount, close, seen in rows:
        Sample.objects.create(
            name=name,
            stage=stage,
            amount=amount and Decimal(amount),
            close_date=close,
            seen_at=seen,
            won=stage == "won",
        )


@pytest.mark.parametrize(
    ("each", "query", "found"),
    [
        (TEXT, "q=james+bond", ["Bond, James"]),
        (TEXT, "q=%25", ["Ábel 100%"]),
        (TEXT, "q=_", ["james_b"]),
        (STAGE, "stage=won", ["Bond, James"]),
        (STAGES_ANY, "stage=won&stage=lost", ["Bond, James", "james_b"]),
        (WON, "won=no", ["james_b", "Ábel 100%"]),
        (CLOSES, "close_from=2026-01-02", ["Bond, James"]),
        (CLOSES, "close_from=2026-01-01&close_to=2026-01-31", ["Bond, James", "Ábel 100%"]),
        (SEEN, "seen_to=2026-01-01", ["Bond, James", "Ábel 100%"]),
        (SEEN, "seen_from=2026-01-02", ["james_b"]),
        (AMOUNT, "amount_from=-3&amount_to=0", ["Bond, James"]),
        (AMOUNT, "amount_from=1,000", []),
    ],
)
def test_a_filter_narrows(three: None, each: Filter, query: str, found: list[str]) -> None:
    assert names(each, query) == sorted(found)


@pytest.mark.parametrize(
    ("each", "query", "message"),
    [
        (TEXT, "q=" + "x" * 201, "Search for at most 200 characters."),
        (TEXT, "q=a%00b", "Remove the unprintable character."),
        (STAGE, "stage=nothing", "Choose from the list."),
        (STAGES_ANY, "stage=won&stage=%27", "Choose from the list."),
        (WON, "won=maybe", "Choose from the list."),
        (CLOSES, "close_from=soon", "Enter a day between 1900 and 2200"),
        (CLOSES, "close_from=2026-02-30", "Enter a day between 1900 and 2200"),
        (SEEN, "seen_to=9999-12-31", "Enter a day between 1900 and 2200"),
        (CLOSES, "close_from=2026-02-01&close_to=2026-01-01", "not after the last"),
        (AMOUNT, "amount_from=many", "Enter a number such as"),
        (AMOUNT, "amount_to=NaN", "Enter a number such as"),
        (AMOUNT, "amount_to=1e400", "Enter a number such as"),
        (AMOUNT, "amount_from=5&amount_to=4", "not above the highest"),
    ],
)
def test_what_cannot_be_read_narrows_nothing_and_says_why(
    each: Filter, query: str, message: str
) -> None:
    bound = bind(each, query)

    assert message in bound.error
    assert not bound.active
    assert bound.params == ()


@pytest.mark.parametrize("each", EVERY, ids=lambda each: type(each).__name__)
def test_an_empty_part_of_the_address_is_no_filter(each: Filter) -> None:
    empty = "&".join(f"{name}=" for name in each.param_names())

    for query in ("", empty):
        bound = bind(each, query)
        assert (bound.active, bound.error) == (False, "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_input_breaks_the_query(samples: None, text: str) -> None:
    for each in EVERY:
        data = QueryDict(mutable=True)
        for name in each.param_names():
            data[name] = text
        bound = each.bind(data)
        if bound.condition is not None:
            assert Sample.objects.filter(bound.condition).count() == 0
            again = QueryDict(mutable=True)
            for name, value in bound.params:
                again.appendlist(name, value)
            assert each.bind(again).params == bound.params


def test_a_prefix_keeps_two_lists_apart() -> None:
    data = QueryDict("q=left&b-q=right")

    assert TEXT.bind(data).value == "left"
    assert TEXT.bind(data, prefix="b-").value == "right"
    assert TEXT.bind(data, prefix="b-").params == (("b-q", "right"),)


@pytest.mark.parametrize(
    ("query", "summary"),
    [
        ("amount_from=1000&amount_to=2500.5", "1,000 – 2,500.5"),
        ("amount_from=1000", "from 1,000"),
        ("amount_to=7", "up to 7"),
    ],
)
def test_a_range_in_words(query: str, summary: str) -> None:
    assert bind(AMOUNT, query).summary == summary
