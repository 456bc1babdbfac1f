"""The report on paper."""

from io import BytesIO
from typing import Any

from django.conf import settings
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from forecasting.models import WeeklyReport
from forecasting.weekly.fonts import BOLD, PLAIN, letters, printed

INK, QUIET, RULE = (HexColor(one) for one in ("#1b1f24", "#5b6570", "#d5dae0"))
LINK = "#1f5fbf"
MARGIN = 20 * mm
NUMBERS = 30 * mm


def style(name: str, **more: Any) -> ParagraphStyle:
    usual = {"fontName": PLAIN, "fontSize": 10, "leading": 14, "textColor": INK}
    return ParagraphStyle(name, **{**usual, **more})


TITLE = style("title", fontName=BOLD, fontSize=18, leading=23)
SUBTITLE = style("subtitle", textColor=QUIET, spaceAfter=4 * mm)
HEADING = style("heading", fontName=BOLD, fontSize=12, leading=16, spaceBefore=5 * mm)
NUMBER = style("number", fontName=BOLD, alignment=2, linkUnderline=0)
WORDS = style("words")
QUIETLY = style("quietly", textColor=QUIET)


def pdf_of(report: WeeklyReport) -> bytes:
    letters()
    out = BytesIO()
    name = f"{report.org.name}: week of {report.week:%-d %B %Y}"
    page = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=MARGIN, title=name, author=settings.PRODUCT_NAME, lang="en",
        invariant=1,
    )  # fmt: skip
    story: list[Any] = [
        Paragraph(printed(report.org.name), TITLE),
        Paragraph(
            printed(f"The week from {report.since:%-d %B} to {report.until:%-d %B %Y}"), SUBTITLE
        ),
    ]
    for section in report.facts:
        story += section_of(section, width=page.width - 12)  # of the frame's padding
    page.build(story, onFirstPage=footer(name), onLaterPages=footer(name))
    return out.getvalue()


def section_of(section: dict[str, Any], *, width: float) -> list[Any]:
    heading = Paragraph(printed(section["title"]), HEADING)
    if not section["lines"]:
        return [KeepTogether([heading, Paragraph(printed(section["missing"]), QUIETLY)])]
    rows = [
        [Paragraph(linked(line), NUMBER), Paragraph(printed(line["words"]) + ".", WORDS)]
        for line in section["lines"]
    ]
    table = Table(rows, colWidths=[NUMBERS, width - NUMBERS])
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return [KeepTogether([heading, Spacer(1, 1.5 * mm), table])]


def linked(line: dict[str, Any]) -> str:
    address = printed(f"{settings.SITE_URL}{line['path']}").replace('"', "%22")
    return f'<a href="{address}" color="{LINK}">{printed(line["number"])}</a>'


def footer(name: str) -> Any:
    def draw(canvas: Canvas, _page: Any) -> None:
        line = Paragraph(printed(f"{name} · page {canvas.getPageNumber()}"), QUIETLY)
        line.wrapOn(canvas, A4[0] - 2 * MARGIN, MARGIN)
        line.drawOn(canvas, MARGIN, MARGIN / 2)

    return draw
