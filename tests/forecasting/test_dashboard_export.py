"""The list as a file: its rows, its columns, nothing that a spreadsheet would run, and a trace."""

import csv
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from revenue.users.models import AuditEvent
from revenue.web import exporting
from tests.forecasting.test_dashboard import Team, team

__all__ = ["team"]
pytestmark = pytest.mark.django_db
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DANGEROUS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1+1", "＠x", "|cmd", "%x"]


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def csv_of(team: Team, who: str, query: str = "") -> list[list[str]]:
    answer = team.client(who).get(f"/o/acme/risk/export.csv{query}")
    assert answer.status_code == 200
    assert answer.streaming
    text = body_of(answer).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def sheet_of(content: bytes) -> list[list[str]]:
    """The texts and numbers as the file holds them; a formula would be an <f>."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    assert root.find(f".//{SHEET}f") is None
    return [["".join(cell.itertext()) for cell in row] for row in root.iter(f"{SHEET}row")]


def xlsx_of(team: Team, who: str, query: str = "") -> list[list[str]]:
    answer = team.client(who).get(f"/o/acme/risk/export.xlsx{query}")
    assert answer.status_code == 200
    return sheet_of(body_of(answer))


@pytest.mark.parametrize("read", [csv_of, xlsx_of])
def test_exactly_the_filtered_rows_in_their_order_with_the_chosen_columns(
    team: Team, read: Any
) -> None:
    team.deal(name="Small", grade="D", corporate_amount=Decimal(10), stage="Proposal")
    team.deal(name="Large", grade="D", corporate_amount=Decimal(900), stage="Proposal")
    team.deal(name="Fine", grade="A")
    team.deal("outside", name="Elsewhere", grade="D")
    rows = read(team, "rep", "?grade=D&sort=amount&cols=stage,amount")
    assert rows[0] == ["Deal", "Amount", "Stage"]
    assert [row[0] for row in rows[1:]] == ["Small", "Large"]
    assert [float(row[1]) for row in rows[1:]] == [10, 900]


def test_what_a_spreadsheet_would_run_is_quoted_and_numbers_stay_numbers(team: Team) -> None:
    for name in DANGEROUS:
        team.deal(name=name)
    team.deal(name="Falling", risk=10.0, risk_before=50.0)
    rows = csv_of(team, "rep", "?cols=change&sort=name")[1:]
    names = {row[0] for row in rows}
    assert names == {f"'{name}" for name in DANGEROUS} | {"Falling"}
    assert dict(rows)["Falling"] == "-40.0"
    texts = {row[0] for row in xlsx_of(team, "rep", "?cols=change")[1:]}
    assert {text.strip() for text in texts} >= {"'=1+1", "'＝1+1", "Falling"}


def test_the_published_attacks_are_texts(team: Team) -> None:
    path = Path(__file__).parents[3] / "shared/data/attacks/formula_injection.json"
    if not path.exists():
        pytest.skip("the public attacks are not on this machine")
    cells = [cell for cell in json.loads(path.read_text())["cells"] if "\0" not in cell]
    for cell in cells:
        team.deal(name=cell[:255], account_name=cell[:255])
    rows = csv_of(team, "rep", "?cols=account")[1:]
    assert len(rows) == len(cells)
    assert [
        value for row in rows for value in row if value.startswith(tuple("=+-@\t\r＝＋－＠"))
    ] == []
    assert len(xlsx_of(team, "rep", "?cols=account")) == len(cells) + 1


def test_an_export_leaves_a_trace(team: Team) -> None:
    team.deal(grade="D")
    csv_of(team, "rep", "?grade=D&cols=stage")
    xlsx_of(team, "rep")
    events = AuditEvent.objects.filter(action=AuditEvent.Action.EXPORT_TAKEN).order_by("id")
    assert [event.actor for event in events] == [team.members["rep"].user] * 2
    first = events[0]
    assert (first.org, first.subject) == (team.org, "Deals at risk")
    assert first.detail == {
        "format": "csv",
        "rows": 1,
        "columns": ["Deal", "Stage"],
        "query": "grade=D&cols=stage",
    }


def test_a_workbook_too_large_is_refused_with_what_to_do_instead(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_IN_A_SHEET", 1)
    team.deal()
    team.deal()
    client = team.client("rep")
    answer = client.get("/o/acme/risk/export.xlsx?sort=name")
    assert answer["Location"] == "/o/acme/risk/?sort=name"
    assert "take CSV" in client.get(answer["Location"]).content.decode()
    assert not AuditEvent.objects.filter(action=AuditEvent.Action.EXPORT_TAKEN).exists()


def test_a_row_more_costs_no_query_more(team: Team) -> None:
    def queries() -> int:
        client = team.client("manager")
        with CaptureQueriesContext(connection) as found:
            answer = client.get("/o/acme/risk/export.csv")
            assert body_of(answer)
        return len([each for each in found if 'last_seen_at" =' not in each["sql"]])

    team.deal()
    few = queries()
    for _ in range(30):
        team.deal()
    assert queries() == few


def test_a_workbook_is_as_old_as_its_scores(team: Team) -> None:
    """And not as its making: of the same scores it is the same file, to the byte."""
    row = team.deal()
    answer = team.client("rep").get("/o/acme/risk/export.xlsx")
    with zipfile.ZipFile(io.BytesIO(body_of(answer))) as archive:
        told = archive.read("docProps/core.xml").decode()
    assert told.count(f">{row.as_of:%Y-%m-%dT%H:%M:%S}Z<") == 2
