"""Word files: the text of the body in its order; never what is deleted, hidden or beside it."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import docx
from docx.oxml.ns import qn

from assistant.knowledge.reading.blocks import (
    Block,
    BlockKind,
    Found,
    UnreadableError,
    hidden_note,
    squeezed,
)

MEGABYTE: Final = 1 << 20
MOST_UNPACKED: Final = 150 * MEGABYTE
MOST_OF_XML: Final = 40 * MEGABYTE
MOST_PARTS: Final = 3_000
HEAD_OF_XML: Final = 4_096
WHITE: Final = "FFFFFF"
OFF: Final = {"0", "false", "off", "none"}
SMALLEST_HALF_POINTS: Final = 4
SKIPPED: Final = frozenset(
    qn(name)
    for name in ("w:del", "w:moveFrom", "w:instrText", "w:pPr", "w:rPr", "w:sectPr", "w:object")
) | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
TEXT, TAB, BREAK, RUN = qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:r")
PARAGRAPH, TABLE, ROW, CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
RENDERED_BREAK, VALUE, KIND = qn("w:lastRenderedPageBreak"), qn("w:val"), qn("w:type")
HIDING: Final = (qn("w:vanish"), qn("w:webHidden"), qn("w:specVanish"))


def read_word(path: Path) -> Found:
    judge_package(path)
    try:
        document = docx.Document(str(path))
        body = document.element.body
    except (KeyError, ValueError, AttributeError, zipfile.BadZipFile, OSError) as error:
        raise UnreadableError(
            "This Word file is broken. Open it in Word, save it anew and bring that."
        ) from error
    reader = WordReader(styles=styles_of(document))
    reader.read(body)
    found = Found(blocks=reader.blocks, pages=reader.page if reader.has_pages else None)
    if reader.hidden_words:
        found.notes.append(hidden_note(reader.hidden_words))
    return found


def judge_package(path: Path) -> None:
    """Before anything is unpacked: sizes as the file declares them, which unpacking then holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(each.file_size for each in parts)
            of_xml = sum(each.file_size for each in parts if is_xml(each.filename))
            if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or of_xml > MOST_OF_XML:
                raise UnreadableError(
                    "Unpacked, this Word file is far larger than a document. "
                    "Save it anew without what it does not need, or bring it in parts."
                )
            if any(each.flag_bits & 0x1 for each in parts):
                raise UnreadableError("This file is locked. Save it without a password.")
            for each in parts:
                if is_xml(each.filename):
                    with archive.open(each) as part:
                        judge_xml(part.read(HEAD_OF_XML))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise UnreadableError(
            "This Word file is broken. Open it in Word, save it anew and bring that."
        ) from error


def is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))


def judge_xml(head: bytes) -> None:
    """No Word file declares entities; whoever does means something else."""
    plain = head.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise UnreadableError(
            "This file declares entities, which no Word file does. It was not read."
        )


class Style:
    """What a style says of text: its level as a heading, and whether it is hidden."""

    def __init__(self, element: Any) -> None:
        name = element.find(qn("w:name"))
        self.name = (name.get(VALUE) if name is not None else "").lower()
        based = element.find(qn("w:basedOn"))
        self.based_on = based.get(VALUE) if based is not None else ""
        outline = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        self.outline = int(outline.get(VALUE) or 9) if outline is not None else 9
        self.is_hidden = hides(element.find(qn("w:rPr")))

    @property
    def level(self) -> int:
        if self.name == "title":
            return 1
        if self.name.startswith("heading ") and self.name[8:].isdigit():
            return min(int(self.name[8:]), 6)
        return self.outline + 1 if self.outline < 6 else 0


def styles_of(document: Any) -> dict[str, Style]:
    found = {
        each.get(qn("w:styleId")) or "": Style(each)
        for each in document.styles.element.iterchildren(qn("w:style"))
    }
    for style in found.values():
        above, seen = style.based_on, set()
        while above in found and above not in seen:
            seen.add(above)
            style.is_hidden = style.is_hidden or found[above].is_hidden
            above = found[above].based_on
    return found


def hides(properties: Any) -> bool:
    if properties is None:
        return False
    if any(is_on(properties.find(name)) for name in HIDING):
        return True
    size = properties.find(qn("w:sz"))
    said = (size.get(VALUE) or "") if size is not None else ""
    return said.isdigit() and int(said) < SMALLEST_HALF_POINTS


def is_white(properties: Any) -> bool:
    colour = properties.find(qn("w:color")) if properties is not None else None
    return colour is not None and (colour.get(VALUE) or "").upper() == WHITE


def is_on(switch: Any) -> bool:
    return switch is not None and (switch.get(VALUE) or "1").lower() not in OFF


class WordReader:
    def __init__(self, *, styles: dict[str, Style]) -> None:
        self.styles = styles
        self.blocks: list[Block] = []
        self.page = 1
        self.has_pages = False
        self.is_drawn = False
        self.hidden_words = 0

    def read(self, body: Any) -> None:
        """Content controls and text boxes hold paragraphs too; a stack, for depth is theirs."""
        # Breaks as Word drew them count, where it did; those that were typed in are among them.
        self.is_drawn = next(body.iter(RENDERED_BREAK), None) is not None
        waiting = [iter(body)]
        while waiting:
            element = next(waiting[-1], None)
            if element is None:
                waiting.pop()
            elif element.tag == PARAGRAPH:
                self.paragraph(element)
            elif element.tag == TABLE:
                self.table(element)
            elif element.tag not in SKIPPED:
                waiting.append(iter(element))

    def paragraph(self, element: Any) -> None:
        page = self.page
        text = self.text_of(element)
        if not text:
            return
        style = self.styles.get(self.style_of(element, "w:pPr", "w:pStyle"))
        level = style.level if style else 0
        kind: BlockKind = "heading" if level else "paragraph"
        if not level and element.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None:
            kind = "item"
        if not level and style and style.name.startswith("list"):
            kind = "item"
        self.blocks.append(Block(text, kind=kind, level=level, page=page))

    def table(self, element: Any) -> None:
        for row in element.iter(ROW):
            page = self.page
            cells = [self.cell_of(each) for each in row.iterchildren(CELL)]
            if text := " | ".join(each for each in cells if each):
                self.blocks.append(Block(text, kind="row", page=page))

    def cell_of(self, cell: Any) -> str:
        """Rows of a table within come by themselves."""
        return squeezed(" ".join(self.text_of(each) for each in cell.iterchildren(PARAGRAPH)))

    def text_of(self, paragraph: Any) -> str:
        above = self.styles.get(self.style_of(paragraph, "w:pPr", "w:pStyle"))
        hidden = above is not None and above.is_hidden
        parts: list[str] = []
        for run, element in self.leaves(paragraph):
            if element.tag == RENDERED_BREAK or (is_page_break(element) and not self.is_drawn):
                self.has_pages, self.page = True, self.page + 1
            elif element.tag == TEXT and element.text:
                if hidden or self.is_hidden(run):
                    self.hidden_words += len(element.text.split())
                else:
                    parts.append(element.text)
            elif element.tag in (TAB, BREAK, PARAGRAPH):
                parts.append(" ")
        return squeezed("".join(parts))

    def leaves(self, paragraph: Any) -> Iterator[tuple[Any, Any]]:
        """Each element below, with the run that it stands in."""
        waiting = [(None, iter(paragraph))]
        while waiting:
            run, children = waiting[-1]
            element = next(children, None)
            if element is None:
                waiting.pop()
            elif element.tag not in SKIPPED:
                yield run, element
                waiting.append((element if element.tag == RUN else run, iter(element)))

    def is_hidden(self, run: Any) -> bool:
        if run is None:
            return False
        style = self.styles.get(self.style_of(run, "w:rPr", "w:rStyle"))
        own = run.find(qn("w:rPr"))
        if (style is not None and style.is_hidden) or hides(own):
            return True
        return is_white(own) and not is_backed(run)

    @staticmethod
    def style_of(element: Any, properties: str, name: str) -> str:
        found = element.find(f"{qn(properties)}/{qn(name)}")
        return (found.get(VALUE) or "") if found is not None else ""


def is_page_break(element: Any) -> bool:
    return bool(element.tag == BREAK and element.get(KIND) == "page")


def is_backed(run: Any) -> bool:
    """White letters are seen where their run, paragraph or cell has a colour of its own."""
    for element in (run, *run.iterancestors(PARAGRAPH, CELL)):
        for name in ("w:rPr", "w:pPr", "w:tcPr"):
            shade = element.find(f"{qn(name)}/{qn('w:shd')}")
            fill = (shade.get(qn("w:fill")) or "").upper() if shade is not None else ""
            if fill not in ("", "AUTO", WHITE):
                return True
    return run.find(f"{qn('w:rPr')}/{qn('w:highlight')}") is not None
