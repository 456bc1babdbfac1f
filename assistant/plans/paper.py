"""A plan taken along: as PDF and as a Word document, with the sources in brackets."""

import re
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from docx import Document
from docx.shared import Pt, RGBColor
from reportlab.lib.pagesizes import A4
from reportlab.platypus import ListFlowable, ListItem, Paragraph, SimpleDocTemplate, Spacer

from assistant.markup import Source, as_text, cleaned
from assistant.plans.reading import Page, Shown, plain_title
from forecasting.weekly.fonts import letters, printed
from forecasting.weekly.pdf import HEADING, MARGIN, QUIETLY, SUBTITLE, TITLE, WORDS, footer

BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
QUIET = RGBColor(0x5B, 0x65, 0x70)


def said_of(page: Page) -> str:
    counted = page.counted
    made = f"{page.version.made_at:%-d %B %Y}"
    said = f"Version {page.version.number} of {made}, by {page.plan.made_by or 'somebody'}. "
    said += f"{counted['figures']} figures and {counted['claims']} claims checked"
    said += f"; {counted['struck']} left out" if counted["struck"] else ""
    said += f"; {counted['edited']} sections edited by a person" if counted["edited"] else ""
    return f"{said}."


def lines_of(section: Shown) -> list[tuple[bool, str]]:
    """Bullet or not, and the words; each source by its title, and no mark of ours left."""
    sources = {key: Source(key, each["title"], each["url"]) for key, each in section.titles.items()}
    lines = [line.strip() for line in as_text(section.text, sources=sources).splitlines()]
    return [(bool(BULLET.match(line)), BULLET.sub("", line)) for line in lines if line]


def pdf_of(page: Page) -> bytes:
    letters()
    out = BytesIO()
    name = f"Before the call: {cleaned(plain_title(page.plan))}"
    paper = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=MARGIN, title=name, author=settings.PRODUCT_NAME, lang="en", invariant=1,
    )  # fmt: skip
    story: list[Any] = [
        Paragraph(printed(cleaned(plain_title(page.plan))), TITLE),
        Paragraph(printed(said_of(page)), SUBTITLE),
    ]
    for section in page.sections:
        story += section_of(section)
    paper.build(story, onFirstPage=footer(name), onLaterPages=footer(name))
    return out.getvalue()


def section_of(section: Shown) -> list[Any]:
    story: list[Any] = [Paragraph(printed(section.about.title), HEADING)]
    if section.is_by_person:
        story.append(Paragraph(printed("Edited by a person; not checked."), QUIETLY))
    listed: list[Any] = []
    for is_bullet, text in lines_of(section):
        paragraph = Paragraph(in_bold(text), WORDS)
        if is_bullet:
            listed.append(ListItem(paragraph, leftIndent=12, bulletColor="#5b6570"))
            continue
        story += [*flushed(listed), paragraph, Spacer(1, 3)]
        listed = []
    return [*story, *flushed(listed)]


def flushed(items: list[Any]) -> list[Any]:
    if not items:
        return []
    return [ListFlowable(list(items), bulletType="bullet", start="•", bulletFontSize=8)]


def in_bold(text: str) -> str:
    parts = BOLD.split(text)
    return "".join(
        f"<b>{printed(part)}</b>" if at % 2 else printed(part) for at, part in enumerate(parts)
    )


def docx_of(page: Page) -> bytes:
    document = Document()
    document.core_properties.title = cleaned(plain_title(page.plan))[:255]
    document.core_properties.author = settings.PRODUCT_NAME
    document.add_heading(cleaned(plain_title(page.plan)), level=0)
    quiet(document.add_paragraph(said_of(page)))
    for section in page.sections:
        document.add_heading(section.about.title, level=1)
        if section.is_by_person:
            quiet(document.add_paragraph("Edited by a person; not checked."))
        for is_bullet, text in lines_of(section):
            paragraph = document.add_paragraph(style="List Bullet" if is_bullet else None)
            for at, part in enumerate(BOLD.split(text)):
                if part:
                    paragraph.add_run(part).bold = bool(at % 2)
    out = BytesIO()
    document.save(out)
    return without_clock(out)


def without_clock(packed: BytesIO) -> bytes:
    """The same plan is the same file: its parts would else bear the moment of packing."""
    out = BytesIO()
    with ZipFile(packed) as parts, ZipFile(out, "w", ZIP_DEFLATED) as kept:
        for name in parts.namelist():
            kept.writestr(ZipInfo(name), parts.read(name), compress_type=ZIP_DEFLATED)
    return out.getvalue()


def quiet(paragraph: Any) -> None:
    for run in paragraph.runs:
        run.font.size, run.font.color.rgb = Pt(9), QUIET
