"""SOQL by its properties: random questions of random rows, against a reading of our own of both."""

import operator
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.connectors.salesforce import soql
from tests.salesforce import recordings
from tests.salesforce.clock import START, VirtualClock
from tests.salesforce.ids import record_id
from tests.salesforce.soql import run
from tests.salesforce.store import Store
from tests.salesforce.visitor import select

KINDS = {
    "Name": "string",
    "Amount__c": "currency",
    "Count__c": "int",
    "Flag__c": "boolean",
    "Day__c": "date",
    "At__c": "datetime",
    "Ref__c": "reference",
}
# In the connector's words.
WORDS = {"int": "integer", "reference": "id"}
few = settings(max_examples=60)
Row = dict[str, Any]
Ask = tuple[Any, ...]

moments = st.integers(0, 5).map(lambda n: START + timedelta(seconds=n))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(alphabet="aAbé'\\%_\n\" ", min_size=1, max_size=3),
    "currency": st.sampled_from(["-1.50", "0", "0.1", "2"]).map(Decimal),
    "int": st.integers(-3, 3),
    "boolean": st.booleans(),
    "date": st.integers(0, 4).map(lambda n: date(2026, 2, 26) + timedelta(days=n)),
    "datetime": moments,
    "reference": st.integers(1, 5).map(lambda n: record_id("001", n)),
}


def a_row(draw: st.DrawFn, number: int) -> Row:
    values = {
        name: draw(VALUES[kind] if kind == "boolean" else st.none() | VALUES[kind])
        for name, kind in KINDS.items()
    }
    return {"Id": record_id("a0z", number), "SystemModstamp": draw(moments), **values}


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    return [a_row(draw, number) for number in range(1, draw(st.integers(0, 5)) + 1)]


def filled(rows: Iterable[Row]) -> Store:
    store = Store(VirtualClock(), organization_id=record_id("00D", 1))
    store.load("Thing__c", rows, types=KINDS)
    return store


def found(store: Store, question: str) -> list[str]:
    return [str(row["Id"]) for row in run(store, question).rows]


# --- questions: made as trees, written as SOQL, and answered by hand --------------------------

SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@st.composite
def comparisons(draw: st.DrawFn) -> Ask:
    name = draw(st.sampled_from(sorted(KINDS)))
    kind = KINDS[name]
    signs = ["=", "!="] if kind == "boolean" else sorted(SIGNS)
    form = draw(st.sampled_from(["compare", "compare", "compare", "among", "empty", "like"]))
    if form == "like" and kind == "string":
        return ("like", name, draw(VALUES["string"]))
    if form == "among":
        some = st.lists(VALUES[kind], min_size=1, max_size=3)
        return ("among", name, draw(some), draw(st.booleans()))
    if form == "empty" and kind != "boolean":
        return ("empty", name, draw(st.booleans()))
    return ("compare", name, draw(st.sampled_from(signs)), draw(VALUES[kind]))


conditions: st.SearchStrategy[Ask] = st.recursive(
    comparisons(),
    lambda inner: (
        st.tuples(st.just("not"), inner)
        | st.tuples(st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=6,
)


def literal(name: str, value: Any) -> str:
    kind = KINDS[name]
    return soql.literal(value, kind=WORDS.get(kind, kind))


def written(ask: Ask) -> str:
    match ask:
        case ("compare", name, sign, value):
            return f"{name} {sign} {literal(name, value)}"
        case ("among", name, values, negated):
            listed = ",".join(literal(name, value) for value in values)
            return f"{name} {'NOT IN' if negated else 'IN'} ({listed})"
        case ("empty", name, wanted):
            return f"{name} {'=' if wanted else '!='} null"
        case ("like", name, pattern):
            return f"{name} LIKE {literal(name, pattern)}"
        case ("not", inner):
            return f"NOT ({written(inner)})"
        case (word, parts):
            return f" {word} ".join(f"({written(part)})" for part in parts)
    raise AssertionError(ask)


def folded(value: Any) -> Any:
    """Text knows no case; ids do, and no text here has 18 characters."""
    return value.lower() if isinstance(value, str) and len(value) != 18 else value


def fits(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(fits(pattern[1:], text[at:]) for at in range(len(text) + 1))
    first = bool(text) and (pattern[0] == "_" or pattern[0].lower() == text[0].lower())
    return first and fits(pattern[1:], text[1:])


def compares(sign: str, mine: Any, theirs: Any) -> bool:
    return bool(sign == "!=") if mine is None else SIGNS[sign](folded(mine), folded(theirs))


def holds(ask: Ask, row: Row) -> bool:
    match ask:
        case ("compare", name, sign, value):
            return compares(sign, row[name], value)
        case ("among", name, values, negated):
            return (folded(row[name]) in [folded(each) for each in values]) is not negated
        case ("empty", name, wanted):
            return (row[name] is None) is wanted
        case ("like", name, pattern):
            return row[name] is not None and fits(pattern, row[name])
        case ("not", inner):
            return not holds(inner, row)
    word, parts = ask
    return (all if word == "AND" else any)(holds(part, row) for part in parts)


@settings(max_examples=150)
@given(some_rows(), conditions)
def test_the_rows_that_a_question_is_of(rows: list[Row], ask: Ask) -> None:
    expected = [row["Id"] for row in rows if holds(ask, row)]
    question = select("Id", "Thing__c", written(ask))
    assert found(filled(rows), f"{question} ORDER BY Id") == expected
    assert run(filled(rows), question.replace("Id", "count()", 1)).count == len(expected)


orders = st.lists(
    st.tuples(
        st.sampled_from([*sorted(KINDS), "SystemModstamp"]),
        st.sampled_from(["", " ASC", " DESC"]),
        st.sampled_from(["", " NULLS FIRST", " NULLS LAST"]),
    ),
    max_size=3,
)


@few
@given(some_rows(), orders, st.none() | st.integers(0, 14), st.integers(0, 5))
def test_the_order_of_rows(
    rows: list[Row], order: list[tuple[str, str, str]], limit: int | None, offset: int
) -> None:
    """Nothing comes first in either direction, unless it is asked to come last."""
    expected = sorted(rows, key=lambda row: row["Id"])
    for name, direction, nulls in reversed(order):
        empty = [row for row in expected if row[name] is None]
        full = sorted(
            (row for row in expected if row[name] is not None),
            key=lambda row: folded(row[name]),
            reverse=direction == " DESC",
        )
        expected = full + empty if nulls == " NULLS LAST" else empty + full
    by = ",".join(["".join(each) for each in order] + ["Id"])
    question = f"SELECT Id FROM Thing__c ORDER BY {by}"  # noqa: S608
    question += "" if limit is None else f" LIMIT {limit}"
    question += f" OFFSET {offset}" if offset else ""
    end = None if limit is None else offset + limit
    assert found(filled(rows), question) == [row["Id"] for row in expected[offset:end]]


@few
@given(st.lists(moments, max_size=12), st.integers(1, 4))
def test_a_walk_by_stamp_and_id_meets_each_row_once(stamps: list[datetime], limit: int) -> None:
    """As the connector walks: many rows of one second, and pages that end within it."""
    rows: list[Row] = [
        {"Id": record_id("a0z", number), "SystemModstamp": stamp}
        for number, stamp in enumerate(stamps)
    ]
    store, key, met = filled(rows), None, list[str]()
    while True:
        order = ["SystemModstamp", "Id"]
        where = [soql.from_key("SystemModstamp", key)]
        question = soql.select(["Id"], "Thing__c", where=where, order=order, limit=limit)
        page = run(store, question).rows
        met += [row["Id"] for row in page]
        if len(page) < limit:
            break
        key = soql.Key(page[-1]["SystemModstamp"], page[-1]["Id"])
    assert met == [row["Id"] for row in sorted(rows, key=lambda r: (r["SystemModstamp"], r["Id"]))]


# --- quoting ---------------------------------------------------------------------------------


def finds_only(text: str) -> None:
    rows: list[Row] = [
        {"Id": record_id("a0z", 1), "Name": text},
        {"Id": record_id("a0z", 2), "Name": text + "x"},
        {"Id": record_id("a0z", 3), "Name": None},
    ]
    question = select("Id", "Thing__c", f"Name = {soql.literal(text, kind='string')}")
    assert found(filled(rows), question) == [record_id("a0z", 1)]


@given(st.text(min_size=1))
@example("' OR Name != '")
@example("\\' OR Name != '")
@example("a\\")
@example("\\u0027 OR Name != '")
def test_a_text_finds_itself_and_nothing_else(text: str) -> None:
    finds_only(text)


@pytest.mark.skipif(not recordings.naughty_strings(), reason="the strings are not here")
def test_naughty_strings_find_themselves() -> None:
    for text in recordings.naughty_strings():
        if text:
            finds_only(text)


def test_days_are_counted_from_the_clock_of_the_org() -> None:
    days = [START.date() + timedelta(days=n) for n in range(-4, 5)]
    store = filled(
        [
            {
                "Id": record_id("a0z", n),
                "Day__c": day,
                "At__c": datetime(*day.timetuple()[:3], 12, tzinfo=UTC),
            }
            for n, day in enumerate(days)
        ]
    )
    spans = {
        "= TODAY": [4],
        "< TODAY": [0, 1, 2, 3],
        "= YESTERDAY": [3],
        "> TOMORROW": [6, 7, 8],
        "= LAST_N_DAYS:2": [2, 3, 4],
        "= NEXT_N_DAYS:2": [5, 6],
        "!= TODAY": [0, 1, 2, 3, 5, 6, 7, 8],
    }
    for name in ("Day__c", "At__c"):
        for span, expected in spans.items():
            ids = found(store, select("Id", "Thing__c", f"{name} {span}"))
            assert ids == [record_id("a0z", n) for n in expected], (name, span)


def test_aggregates() -> None:
    amounts = [Decimal("1.10"), Decimal("2.20"), None]
    store = filled(
        [{"Id": record_id("a0z", n), "Amount__c": each} for n, each in enumerate(amounts)]
    )
    of_amount = ("SUM({}) total", "MIN({})", "MAX({})", "AVG({})", "COUNT_DISTINCT({})")
    asked = ["COUNT(Id)", *(each.format("Amount__c") for each in of_amount)]
    assert run(store, select(",".join(asked), "Thing__c")).aggregates == {
        "expr0": 3,
        "total": Decimal("3.30"),
        "expr2": Decimal("1.10"),
        "expr3": Decimal("2.20"),
        "expr4": Decimal("1.65"),
        "expr5": 2,
    }
