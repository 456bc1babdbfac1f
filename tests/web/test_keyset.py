import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revenue.web.keyset import Cursor, Key, Page, Pager, pack, seal, unseal
from tests.web.rows import Sample

pytestmark = pytest.mark.django_db

TEXT = st.text(
    st.one_of(
        st.sampled_from("aAbBzé ß字🙂'\"%_\\"), st.characters(exclude_categories=["Cs", "Cc"])
    ),
    max_size=6,
)
MOMENTS = st.datetimes(
    min_value=dt.datetime(1990, 1, 1),  # noqa: DTZ001
    max_value=dt.datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": TEXT,
            "amount": st.none()
            | st.decimals(-1000, 1000, places=2)
            | st.sampled_from([Decimal("1.00"), Decimal("0.10")]),
            "score": st.none() | st.floats(allow_nan=False) | st.sampled_from([0.1, 0.1 + 0.2]),
            "position": st.integers(-2, 2),
            "seen_at": st.none() | MOMENTS,
            "close_date": st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 5)),
            "token": st.none() | st.uuids(),
            "won": st.booleans(),
        }
    ),
    max_size=24,
)
FIELDS = ["name", "amount", "score", "position", "seen_at", "close_date", "token", "won"]
KEYS = st.lists(
    st.builds(Key, path=st.sampled_from(FIELDS), descending=st.booleans()),
    min_size=1,
    max_size=3,
    unique_by=lambda key: key.path,
)


def pager_of(keys: Sequence[Key], *, page_size: int = 3, scope: str = "s") -> Pager[Sample]:
    return Pager(queryset=Sample.objects.all(), keys=tuple(keys), page_size=page_size, scope=scope)


def in_order(rows: Sequence[Sample], keys: Sequence[Key]) -> list[int]:
    """Python's own stable sort, least key first: blanks last in either direction."""
    found = sorted(rows, key=lambda row: row.pk, reverse=keys[-1].descending)
    for key in reversed(keys):
        filled = [row for row in found if getattr(row, key.path) is not None]
        blank = [row for row in found if getattr(row, key.path) is None]
        found = sorted_by(filled, key) + blank
    return [row.pk for row in found]


def sorted_by(rows: list[Sample], key: Key) -> list[Sample]:
    def value(row: Sample) -> Any:
        found = getattr(row, key.path)
        return found.bytes if isinstance(found, uuid.UUID) else found

    return sorted(rows, key=value, reverse=key.descending)


def forward(pager: Pager[Sample]) -> list[Page[Sample]]:
    pages = [pager.page()]
    while pages[-1].next:
        pages.append(pager.page(pages[-1].next))
        assert len(pages) < 100
    return pages


def backward(pager: Pager[Sample], last: Page[Sample]) -> list[Page[Sample]]:
    pages = [last]
    while pages[0].previous:
        pages.insert(0, pager.page(pages[0].previous))
        assert len(pages) < 100
    return pages


def ids(pages: Sequence[Page[Sample]]) -> list[int]:
    return [row.pk for page in pages for row in page.rows]


@settings(
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=ROWS, keys=KEYS, page_size=st.integers(1, 7))
def test_walking_the_pages_either_way_gives_the_sorted_list(
    samples: None, rows: list[dict[str, Any]], keys: list[Key], page_size: int
) -> None:
    Sample.objects.all().delete()
    Sample.objects.bulk_create(Sample(**row) for row in rows)
    wanted = in_order(list(Sample.objects.all()), keys)
    pager = pager_of(keys, page_size=page_size)

    ahead = forward(pager)
    back = backward(pager, ahead[-1])

    assert ids(ahead) == wanted
    assert ids(back) == wanted
    assert [page.start for page in ahead] == list(range(0, max(len(wanted), 1), page_size))
    assert [page.start for page in back] == [page.start for page in ahead]
    assert [row.pk for row in pager.ordered()] == wanted


def test_relations_and_the_databases_own_collation(samples: None) -> None:
    parents = [Sample.objects.create(name=name) for name in ("Zoë", "ada", "Ábel")]
    for index in range(12):
        parent = parents[index % 4] if index % 4 < 3 else None
        Sample.objects.create(
            name=str(index), label=["Öl", "oel", "Z", "a"][index % 4], parent=parent
        )
    keys = [Key("parent__name"), Key("label", descending=True)]
    order = [
        F("parent__name").asc(nulls_last=True),
        F("label").desc(),
        F("pk").desc(),
    ]
    wanted = list(Sample.objects.order_by(*order).values_list("pk", flat=True))

    pages = forward(pager_of(keys, page_size=4))

    assert ids(pages) == wanted
    assert ids(backward(pager_of(keys, page_size=4), pages[-1])) == wanted


def test_rows_that_come_and_go_are_neither_repeated_nor_skipped(samples: None) -> None:
    Sample.objects.bulk_create(Sample(name=f"{n:02}", position=n) for n in range(10))
    pager = pager_of([Key("position")], page_size=4)
    first = pager.page()
    Sample.objects.filter(position__in=[0, 3]).delete()
    Sample.objects.create(name="new", position=-1)

    assert [row.position for row in pager.page(first.next).rows] == [4, 5, 6, 7]


def test_going_back_to_a_front_page_that_shrank_fills_it(samples: None) -> None:
    Sample.objects.bulk_create(Sample(name=f"{n:02}", position=n) for n in range(8))
    pager = pager_of([Key("position")], page_size=4)
    second = pager.page(pager.page().next)
    Sample.objects.filter(position__lt=3).delete()

    page = pager.page(second.previous)

    assert [row.position for row in page.rows] == [3, 4, 5, 6]
    assert (page.start, page.previous) == (0, "")


def test_going_back_past_rows_that_came_counts_from_the_front(samples: None) -> None:
    Sample.objects.bulk_create(Sample(name=f"{n:02}", position=n) for n in range(8))
    pager = pager_of([Key("position")], page_size=4)
    second = pager.page(pager.page().next)
    Sample.objects.bulk_create(Sample(name=f"new {n}", position=-n) for n in range(1, 9))

    pages = backward(pager, second)

    assert [row.position for page in pages for row in page.rows] == list(range(-8, 8))
    assert [page.start for page in pages] == [0, 0, 0, 4]


@pytest.mark.parametrize("gone", ["after", "all"])
def test_a_cursor_that_leads_to_no_rows_gives_the_first_page(samples: None, gone: str) -> None:
    Sample.objects.bulk_create(Sample(name=f"{n}", position=n) for n in range(6))
    pager = pager_of([Key("position")], page_size=3)
    cursor = pager.page().next
    Sample.objects.filter(position__gte=3 if gone == "after" else 0).delete()

    page = pager.page(cursor)

    assert [row.position for row in page.rows] == ([0, 1, 2] if gone == "after" else [])
    assert not page.previous


@given(junk=st.text(max_size=80))
def test_a_made_up_cursor_is_no_cursor(junk: str) -> None:
    assert unseal(junk, scope="s") is None


@given(place=st.integers(min_value=0), letter=st.characters(codec="ascii"))
def test_a_changed_cursor_is_no_cursor(place: int, letter: str) -> None:
    sound = seal(Cursor(values=("a", 1), backward=False, at=5), scope="s")
    at = place % len(sound)
    changed = sound[:at] + letter + sound[at + 1 :]

    found = unseal(changed, scope="s")

    assert found == (Cursor(values=("a", 1), backward=False, at=5) if changed == sound else None)


def test_a_cursor_of_another_list_or_sort_gives_the_first_page(samples: None) -> None:
    Sample.objects.bulk_create(Sample(name=f"{n}", position=n) for n in range(6))
    by_position = pager_of([Key("position")])
    cursor = by_position.page().next

    for other in (
        pager_of([Key("position", descending=True)]),
        pager_of([Key("name")]),
        pager_of([Key("position")], scope="another"),
    ):
        assert other.page(cursor).start == 0
    assert by_position.page(cursor).start == 3


VALUES = [
    None, True, 7, 0.1 + 0.2, float("inf"), "é🙂", Decimal("1.10"), uuid.UUID(int=5),
    dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC), dt.date(2026, 1, 2),
    dt.time(3, 4, 5, 6), dt.timedelta(days=-1, microseconds=3),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_cursor_keeps_each_value_exactly(value: Any) -> None:
    cursor = Cursor(values=(value, 1), backward=True, at=0)

    assert unseal(seal(cursor, scope="s"), scope="s") == cursor


def test_an_unsortable_value_is_said_plainly() -> None:
    with pytest.raises(TypeError, match="cannot be sorted by values of dict"):
        pack({})


def test_a_deep_page_reads_no_more_rows_than_the_first(samples: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create index on web_sample_of_tests (position, id)")
    Sample.objects.bulk_create(Sample(name=f"{n:05}", position=n % 50) for n in range(5000))
    with connection.cursor() as cursor:
        cursor.execute("analyze web_sample_of_tests")
    pager = pager_of([Key("position")], page_size=20)
    row = pager.ordered()[4000]
    text = pager.cursor_at(row, backward=False, at=3980)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = pager.page(text)

    plan = connection.ops.explain_query_prefix()
    with connection.cursor() as cursor:
        cursor.execute(f"{plan} {queries[0]['sql']}")
        lines = "\n".join(line for (line,) in cursor.fetchall())
    assert len(queries) == 1
    assert len(page.rows) == 20
    assert "Index Scan" in lines
    assert "Sort" not in lines
