import csv
import io
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.models import Sum
from django.http import QueryDict
from django.template.loader import render_to_string
from pytest_django import DjangoAssertNumQueries

from revenue.web.filters import ChoiceFilter, NumberRangeFilter, TextFilter
from revenue.web.tables import BoundTable, Column, Table
from tests.web.rows import Sample

TABLE = Table(
    id="deals",
    noun="deals",
    caption="Open deals",
    default_sort="-amount",
    page_size=4,
    columns=(
        Column(name="name", label="Name", sort="name", href=lambda row: f"/deals/{row.pk}/"),
        Column(name="stage", label="Stage", kind="badge", sort="stage"),
        Column(name="amount", label="Amount", kind="money", sort="amount", total=Sum("amount")),
        Column(name="parent", label="Parent", value="parent__name", sort="parent__name"),
        Column(name="position", label="Position", kind="number", sort="position", shown=False),
    ),
    filters=(
        TextFilter(name="q", label="Search", paths=("name",)),
        ChoiceFilter(
            name="stage", label="Stage", path="stage", choices=[("open", "Open"), ("won", "Won")]
        ),
        NumberRangeFilter(name="amount", label="Amount", path="amount"),
    ),
)


def bind(query: str = "", table: Table = TABLE) -> BoundTable:
    return table.bind(
        QueryDict(query), queryset=Sample.objects.select_related("parent"), path="/deals/"
    )


def drawn(table: BoundTable) -> str:
    return render_to_string("components/_table.html", {"table": table})


@pytest.fixture
def ten(samples: None) -> None:
    parent = Sample.objects.create(name="Parent", stage="won", amount=Decimal(1))
    for number in range(9):
        Sample.objects.create(
            name=f"Deal {number}", amount=Decimal(number * 1000), parent=parent, position=number
        )


def names(table: BoundTable) -> list[str]:
    return [str(row) for row in table.page.rows]


def test_the_default_is_sorted_paged_and_totalled(ten: None) -> None:
    table = bind()

    assert names(table) == ["Deal 8", "Deal 7", "Deal 6", "Deal 5"]
    assert (table.first_row, table.last_row, table.count) == (1, 4, 10)
    assert [cell.text for cell in table.foot] == ["", "$36,001", ""]
    assert table.url == "/deals/"


@pytest.mark.parametrize("rows", [1, 10])
def test_two_queries_whatever_is_shown(
    ten: None, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Sample.objects.filter(position__gte=rows).delete()

    with django_assert_num_queries(2):
        html = drawn(bind("sort=-parent&cols=parent,position"))

    assert "Parent" in html


def test_the_pages_of_the_address_lead_on_and_back(ten: None) -> None:
    first = bind("sort=name&q=deal")
    second = bind(urlsplit(first.next_url).query)
    third = bind(urlsplit(second.next_url).query)
    back = bind(urlsplit(third.previous_url).query)

    assert names(second) == ["Deal 4", "Deal 5", "Deal 6", "Deal 7"]
    assert (second.first_row, second.last_row) == (5, 8)
    assert names(third) == ["Deal 8"]
    assert not third.next_url
    assert names(back) == names(second)
    assert parse_qs(urlsplit(second.url).query).keys() == {"sort", "q", "cursor"}


@pytest.mark.parametrize("cursor", ["junk", "%00", "a:b:c", "eyJ9:1:2", "é"])
def test_a_tampered_cursor_gives_the_first_page_and_leaves_the_address(
    ten: None, cursor: str
) -> None:
    table = bind(f"cursor={cursor}")

    assert names(table)[0] == "Deal 8"
    assert table.url == "/deals/"


@pytest.mark.parametrize("sort", ["nothing", "-", "name,nothing", "pk", "parent__stage", "--name"])
def test_a_sort_that_is_no_column_is_the_default(ten: None, sort: str) -> None:
    assert names(bind(f"sort={sort}")) == ["Deal 8", "Deal 7", "Deal 6", "Deal 5"]


def test_a_head_turns_its_own_sort_and_numbers_begin_with_the_largest(ten: None) -> None:
    heads = {head.column.name: head for head in bind("sort=name&cols=amount,position").heads}

    assert (heads["name"].direction, heads["name"].url) == (
        "ascending",
        "/deals/?sort=-name&cols=amount%2Cposition",
    )
    assert heads["amount"].url == "/deals/?cols=amount%2Cposition"
    assert heads["position"].url == "/deals/?sort=-position&cols=amount%2Cposition"


def test_a_filter_is_a_chip_whose_link_takes_it_away(ten: None) -> None:
    table = bind("q=deal&amount_from=2000&stage=open&tab=mine")

    assert table.count == 7
    assert [(chip.label, chip.text) for chip in table.chips] == [
        ("Search", "“deal”"),
        ("Stage", "Open"),
        ("Amount", "from 2,000"),
    ]
    assert table.chips[2].url == "/deals/?tab=mine&q=deal&stage=open"
    assert table.clear_url == "/deals/?tab=mine"


def test_a_filter_in_error_says_so_beside_its_field_and_shows_all(ten: None) -> None:
    table = bind("amount_from=many")
    html = drawn(table)

    assert table.count == 10
    assert "Enter a number such as 25000 or 0.5." in html
    assert 'aria-invalid="true"' in html
    assert 'value="many"' in html


def test_columns_are_chosen_but_the_name_stays(ten: None) -> None:
    assert [each.name for each in bind("cols=position").columns] == ["name", "position"]
    assert [each.name for each in bind("cols=nonsense").columns] == [
        "name",
        "stage",
        "amount",
        "parent",
    ]
    assert bind("cols=stage&cols=amount&cols=parent").url == "/deals/"


def test_blank_values_and_markup_are_shown_as_text(samples: None) -> None:
    Sample.objects.create(name="<script>alert(1)</script>", amount=None)

    html = drawn(bind())

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "–" in html


@pytest.mark.parametrize(
    ("table", "words"), [(TABLE, "1 deal"), (replace(TABLE, noun_of_one="matter"), "1 matter")]
)
def test_one_is_counted_as_one(samples: None, table: Table, words: str) -> None:
    Sample.objects.create(name="Alone", amount=Decimal(1))
    html = drawn(bind(table=table))
    assert f"<span>{words}</span>" in html
    assert f'<th scope="row">{words}</th>' in html


def test_each_fact_carries_its_name_for_narrow_screens(ten: None) -> None:
    html = drawn(bind())
    for label in ("Stage", "Amount", "Parent"):
        assert html.count(f'<td data-label="{label}"') == 4 + 1


def test_nothing_found_offers_to_clear_and_nothing_there_says_so(samples: None) -> None:
    assert "Nothing here yet" in drawn(bind())
    assert "Clear filters" in drawn(bind("q=x"))


def test_a_page_works_by_links_and_a_form_alone(ten: None) -> None:
    html = drawn(bind("sort=name&tab=mine"))

    assert '<form class="table-tools" method="get" action="/deals/"' in html
    assert '<input type="hidden" name="sort" value="name">' in html
    assert '<input type="hidden" name="tab" value="mine">' in html
    assert 'aria-sort="ascending"' in html
    assert 'rel="next"' in html
    assert 'rel="prev"' not in html


def test_the_rows_of_a_file_run_nothing_in_a_spreadsheet(samples: None) -> None:
    for name in ("=1+1", "+41", "-x", "@sum", "\tx", "\u00a0 =2", "plain, with comma"):
        Sample.objects.create(name=name, amount=Decimal("-5.25"), position=-3)
    table = bind("sort=name&cols=amount,position")
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(table.csv_header())
    writer.writerows(table.rows())

    rows = list(csv.reader(io.StringIO(file.getvalue())))

    assert rows[0] == ["Name", "Amount", "Position"]
    assert [row[0] for row in rows[1:]] == [
        "'\tx",
        "'+41",
        "'-x",
        "'=1+1",
        "'@sum",
        "plain, with comma",
        "'\u00a0 =2",
    ]
    assert {tuple(row[1:]) for row in rows[1:]} == {("-5.25", "-3")}


def test_a_file_holds_every_row_that_the_filters_leave(
    ten: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        rows = list(bind("q=deal&sort=position").rows())

    assert [row[0] for row in rows] == [f"Deal {number}" for number in range(9)]


def test_two_lists_of_one_page_keep_their_own_parts_of_the_address(ten: None) -> None:
    other = Table(
        id="others", columns=TABLE.columns, filters=TABLE.filters, default_sort="name", prefix="o-"
    )
    query = "q=deal&o-sort=-position&o-q=8"

    assert bind(query).sort == "-amount"
    assert bind(query, table=other).sort == "-position"
    assert bind(query, table=other).count == 1
    assert "o-sort=-position" in bind(query).chips[0].url


def test_a_default_sort_that_sorts_nothing_is_told_to_the_developer(samples: None) -> None:
    wrong = Table(id="wrong", columns=TABLE.columns, default_sort="nothing")

    with pytest.raises(ValueError, match="default_sort that names sortable columns"):
        _ = bind(table=wrong).page
