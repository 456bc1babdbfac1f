"""From the text of a document to a PDF as an office would make it; the same bytes each time."""

from collections.abc import Iterator, Sequence
from html import escape
from io import BytesIO
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Table,
    TableStyle,
)

TEXT: Final = ParagraphStyle(
    "text", fontName="Helvetica", fontSize=11, leading=16.5, spaceAfter=8, allowWidows=0
)
ITEM: Final = ParagraphStyle("item", parent=TEXT, leftIndent=14, bulletIndent=2, spaceAfter=5)
CELL: Final = ParagraphStyle("cell", parent=TEXT, fontSize=10, leading=13, spaceAfter=0)
HEADINGS: Final = {
    "h1": ParagraphStyle(
        "h1", fontName="Helvetica-Bold", fontSize=24, leading=30, spaceAfter=14, keepWithNext=1
    ),
    "h2": ParagraphStyle(
        "h2",
        fontName="Helvetica-Bold",
        fontSize=16,
        leading=21,
        spaceBefore=16,
        spaceAfter=7,
        keepWithNext=1,
    ),
    "h3": ParagraphStyle(
        "h3",
        fontName="Helvetica-Bold",
        fontSize=12.5,
        leading=17,
        spaceBefore=10,
        spaceAfter=5,
        keepWithNext=1,
    ),
}
LINES: Final = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
    ]
)
MARGIN: Final = 28 * mm
COMPANY: Final = "Meridian"


def rendered(text: str, *, title: str) -> bytes:
    into = BytesIO()
    document = BaseDocTemplate(
        into,
        pagesize=A4,
        invariant=1,
        title=title,
        author=COMPANY,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
    )
    wide, high = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN

    def furniture(canvas: Any, _document: Any) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", 8.5)
        canvas.drawString(MARGIN, 14 * mm, f"{COMPANY} · {title}")
        canvas.drawRightString(A4[0] - MARGIN, 14 * mm, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    frame = Frame(MARGIN, MARGIN, wide, high, leftPadding=0, rightPadding=0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=furniture))
    document.build(list(flowables(MarkdownIt("commonmark").enable("table").parse(text), wide=wide)))
    return into.getvalue()


def flowables(tokens: Sequence[Token], *, wide: float) -> Iterator[Flowable]:
    style, in_item = TEXT, False
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "heading_open":
            style = HEADINGS[token.tag]
        elif token.type == "paragraph_open":
            style = ITEM if in_item else TEXT
        elif token.type in ("list_item_open", "list_item_close"):
            in_item = token.type == "list_item_open"
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            style = CELL
        elif token.type == "table_close":
            yield table_of(rows, wide=wide)
            rows = []
        elif token.type == "inline" and style is CELL:
            rows[-1].append(token.content)
        elif token.type == "inline":
            yield Paragraph(escape(token.content), style, bulletText="•" if style is ITEM else None)


def table_of(rows: Sequence[Sequence[str]], *, wide: float) -> Table:
    cells = [[Paragraph(escape(each), CELL) for each in row] for row in rows]
    columns = max(len(row) for row in rows)
    table = Table(cells, colWidths=[wide / columns] * columns, repeatRows=1, spaceAfter=10)
    table.setStyle(LINES)
    return table
