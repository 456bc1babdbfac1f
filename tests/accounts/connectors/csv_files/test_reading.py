"""Bytes into cells: encodings, separators, quotes, and what is told of a row that is broken."""

import csv
import io
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.connectors.base import Page, Position
from accounts.connectors.csv_files import reading
from accounts.connectors.csv_files.connector import CsvConnector
from accounts.connectors.csv_files.files import SourceFile
from accounts.connectors.csv_files.problems import FileProblem
from revenue.users.models import Org
from tests.accounts.connectors.csv_files.reading import cells_of, problems_of, table_of

UMLAUTS = "Id,Name\n1,Müller & Søn\n2,Zoë\n"
Quoting = Literal[0, 1, 2, 3]


@pytest.mark.parametrize(
    "raw",
    [
        UMLAUTS.encode(),
        UMLAUTS.encode("utf-8-sig"),
        UMLAUTS.encode("utf-16"),
        UMLAUTS.encode("utf-16-le"),
        UMLAUTS.encode("utf-16-be"),
        b"\xfe\xff" + UMLAUTS.encode("utf-16-be"),
        UMLAUTS.encode("cp1252"),
        UMLAUTS.replace("\n", "\r\n").encode(),
        UMLAUTS.replace("\n", "\r").encode(),
        UMLAUTS.rstrip().encode(),
        b"\n\n" + UMLAUTS.encode(),
    ],
    ids=["utf-8", "mark", "utf-16", "le", "be", "be-mark", "1252", "crlf", "cr", "no-end", "blank"],
)
def test_the_same_text_however_it_is_written(raw: bytes) -> None:
    assert table_of(raw).header == ["Id", "Name"]
    assert cells_of(raw) == [["1", "Müller & Søn"], ["2", "Zoë"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_that_which_cuts_evenly(delimiter: str) -> None:
    rows = [["Id", "Name"], ["1", "a, b; c"], ["2", "d"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    assert table_of(out.getvalue()).delimiter == delimiter
    assert cells_of(out.getvalue()) == rows[1:]


def test_excel_may_name_the_separator() -> None:
    assert cells_of("sep=;\nId;Name\n1;a,b\n") == [["1", "a,b"]]


def test_a_line_number_is_that_of_the_file() -> None:
    text = 'Id,Name\n1,"two\nlines"\n\n2,"a ""quoted"" word"\n3\n'
    records = list(table_of(text).records())
    assert [(each.line, each.cells) for each in records[:2]] == [
        (2, ["1", "two\nlines"]),
        (5, ["2", 'a "quoted" word']),
    ]
    assert (records[2].line, records[2].problem) == (6, "It has 1 value, the header has 2.")


def test_ragged_rows_are_told_and_empty_ends_are_not() -> None:
    text = "Id,Name\n1,a,\n2,b,c\n3\n4,d\n"
    assert problems_of(text) == {
        3: "It has 3 values, the header has 2.",
        4: "It has 1 value, the header has 2.",
    }


def test_a_quote_that_is_never_closed_costs_its_own_line() -> None:
    text = 'Id,Name\n1,"open\n2,b\n3,c\n'
    assert problems_of(text) == {2: "A quote is opened here and never closed."}
    assert cells_of(text)[1:] == [["2", "b"], ["3", "c"]]


def test_nul_and_broken_bytes_cost_their_lines() -> None:
    raw = "Id,Name\n1,a\0b\n2,é\n3,ü\n".encode() + b"4,\xff\n5,\xc3\xa9\n"
    assert problems_of(raw) == {
        2: "It holds a NUL character, which no text may hold.",
        5: "It holds bytes that are no text in the file's encoding.",
    }


def test_one_endless_line_is_not_held_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_RECORD", 10_000)
    text = "Id,Name\n1,a\n2," + "x" * 200_000 + "\n3,b\n"
    assert problems_of(text) == {3: "It is longer than 0 million characters."}
    assert cells_of(text)[2:] == [["3", "b"]]


def test_names_of_columns_are_made_different() -> None:
    table = table_of("Id,Name,name,,\n1,2,3,4,5\n")
    assert table.header == ["Id", "Name", "name (2)", "Column 4", "Column 5"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\n", "is empty"),
        (b"PK\x03\x04" + bytes(60), "Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (bytes(range(32)) * 40, "is no text"),
        (b",,\n1,2,3\n", "has no header"),
        (b",".join(b"c%d" % n for n in range(2001)) + b"\n", "2,001 columns"),
    ],
)
def test_what_is_no_table_says_so_and_what_to_do(raw: bytes, said: str) -> None:
    with pytest.raises(FileProblem, match=said) as problem:
        table_of(raw, name="deals.csv")
    assert str(problem.value).startswith("deals.csv ")
    assert str(problem.value).count(".") >= 2


# No text holds half a letter, and what is full of control characters is taken for no text.
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\r\t"), max_size=12
)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=12)
)


@given(
    rows=TABLES,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=150, deadline=None)
def test_what_was_written_is_read(
    rows: list[list[str]], delimiter: str, quoting: Quoting, encoding: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)
    width = len(rows[0])
    writer.writerow([f"Column {place}" for place in range(width)])
    writer.writerows(rows)
    table = table_of(out.getvalue().encode(encoding), delimiter=delimiter)
    read = list(table.records())
    assert [each.problem for each in read] == [""] * len(rows)
    assert [each.cells for each in read] == rows


def test_where_a_killed_import_was_is_of_no_use_to_a_file_that_was_put_right(
    tmp_path: Path,
) -> None:
    path = tmp_path / "Opportunity.csv"
    rows = [f"006{number:012d}AAA,Deal {number},Open" for number in range(6_000)]
    path.write_text("\n".join(["Id,Name,StageName", *rows]))

    def first_page(position: Position) -> Page:
        connector = CsvConnector(Org(slug="acme"), files=[SourceFile(path.name, path)])
        connector.prepare()
        return next(connector.changed_since("Opportunity", position))

    stopped_at = first_page({}).position
    assert first_page(stopped_at).rows[0]["Name"] == "Deal 5000"

    path.write_text(path.read_text().replace("Deal 4999", "Dael 4999"))

    assert first_page(stopped_at).rows[0]["Name"] == "Deal 0"
