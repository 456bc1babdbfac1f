"""From pieces of text with their places to lines, and from lines to headings and paragraphs."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from assistant.knowledge.reading.blocks import Block, BlockKind, squeezed

ITEM = re.compile(r"^\s*(?:[•●▪◦‣–∙·\x7f\uf0b7\uf0a7*-]|\d{1,2}[.)])\s+(?=\S)")
DIGITS = re.compile(r"\d+")
LARGER: Final = 1.12
NEXT_LINE: Final = 1.75
MOST_HEADING_WORDS: Final = 16
EDGE: Final = 0.09
MOST_LEVELS: Final = 4
MOST_IN_A_CELL: Final = 6
CELL: Final = "\x1f"


@dataclass
class Line:
    """What stands side by side on a page."""

    page: int
    y: float
    size: float
    bold: bool
    x: float = 0.0
    parts: list[str] = field(default_factory=list)
    letters: int = 0
    ended: bool = False  # what comes next on the same height stands apart, as a cell does

    @property
    def text(self) -> str:
        return squeezed("".join(self.parts).replace(CELL, " | "))


@dataclass(frozen=True)
class Piece:
    text: str
    x: float
    y: float
    size: float
    bold: bool


def lines_of(pieces: Iterable[Piece], *, page: int) -> list[Line]:
    lines: list[Line] = []
    for piece in pieces:
        for place, text in enumerate(piece.text.split("\n")):
            if place and lines:
                lines[-1].ended = True
            if text.strip():
                put(lines, piece, text, page=page)
            elif lines and text and not lines[-1].ended:
                lines[-1].parts.append(" ")
    return lines


def put(lines: list[Line], piece: Piece, text: str, *, page: int) -> None:
    line = row_beside(lines, piece)
    if line is None:
        line = Line(page, piece.y, piece.size, bold=True, x=piece.x)
        lines.append(line)
    elif line.ended:
        line.parts.append(CELL)
    line.ended = False
    line.parts.append(text)
    line.bold = line.bold and piece.bold
    line.letters += len(text)
    line.size = max(line.size, piece.size)


def row_beside(lines: list[Line], piece: Piece) -> Line | None:
    """The line that a piece goes on with: the last, or the row whose next cell it is.

    A cell of several lines is followed by one that begins on the height of its first.
    """
    for back, line in enumerate(reversed(lines[-MOST_IN_A_CELL:])):
        if abs(line.y - piece.y) > 0.35 * max(line.size, piece.size, 1):
            continue
        if back and piece.x <= line.x:
            return None
        for below in lines[len(lines) - back :]:
            line.parts.extend((" ", *below.parts))
            line.letters += below.letters
            line.bold = line.bold and below.bold
            line.ended = True
        del lines[len(lines) - back :]
        return line
    return None


def without_furniture(
    lines: Sequence[Line], *, heights: dict[int, tuple[float, float]]
) -> list[Line]:
    """Without what stands at the same edge of most pages: running heads, and numbers of pages."""
    pages = len(heights)
    if pages < 2:
        return list(lines)

    def edge_of(line: Line) -> str:
        bottom, top = heights.get(line.page, (0.0, 0.0))
        share = (line.y - bottom) / (top - bottom) if top > bottom else 0.5
        return "top" if share > 1 - EDGE else "bottom" if share < EDGE else ""

    marks = {id(line): (edge_of(line), DIGITS.sub("#", line.text)) for line in lines}
    seen = Counter({(line.page, marks[id(line)]) for line in lines if marks[id(line)][0]})
    often = Counter(mark for _, mark in seen)
    repeated = {mark for mark, count in often.items() if count >= max(2, 0.5 * pages)}
    return [line for line in lines if marks[id(line)] not in repeated]


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    body = body_size(lines)
    sizes = sorted(
        {round(line.size * 2) / 2 for line in lines if is_heading(line, body=body)}, reverse=True
    )
    levels = {size: min(place, MOST_LEVELS) for place, size in enumerate(sizes, start=1)}
    blocks: list[Block] = []
    before: Line | None = None
    for line in lines:
        level = levels[round(line.size * 2) / 2] if is_heading(line, body=body) else 0
        last = blocks[-1] if blocks else None
        if last and before and goes_on(before, line, last=last, level=level):
            blocks[-1] = Block(joined(last.text, line.text), last.kind, last.level, last.page)
        else:
            blocks.append(block_of(line, level=level))
        before = line
    return [block for block in blocks if block.text]


def body_size(lines: Sequence[Line]) -> float:
    """Of most of the letters."""
    counted: Counter[float] = Counter()
    for line in lines:
        counted[round(line.size * 2) / 2] += line.letters
    return counted.most_common(1)[0][0] if counted else 0.0


def is_heading(line: Line, *, body: float) -> bool:
    text = line.text
    if len(text.split()) > MOST_HEADING_WORDS or not any(each.isalpha() for each in text):
        return False
    if " | " in text or (ITEM.match(text) and line.size <= body * LARGER):
        return False
    if line.size >= body * LARGER:
        return True
    return line.bold and line.size >= body * 0.95 and not text.endswith((".", ",", ";", ":"))


def goes_on(before: Line, line: Line, *, last: Block, level: int) -> bool:
    """Whether a line belongs to the block that the one before it ended."""
    if level or last.kind == "heading":
        return bool(level and level == last.level and is_below(before, line))
    if ITEM.match(line.text) or " | " in line.text or last.kind == "row":
        return False
    if line.page != before.page:
        return not last.text.endswith((".", "!", "?", ":")) and line.text[:1].islower()
    return is_below(before, line) and abs(line.size - before.size) < 1.0


def is_below(before: Line, line: Line) -> bool:
    if line.page != before.page:
        return False
    gap = before.y - line.y
    return 0 < gap <= NEXT_LINE * max(line.size, before.size)


def block_of(line: Line, *, level: int) -> Block:
    text = line.text
    if level:
        return Block(text, kind="heading", level=level, page=line.page)
    kind: BlockKind = "row" if " | " in text else "paragraph"
    if mark := ITEM.match(text):
        kind, text = "item", text[mark.end() :]
    return Block(text, kind=kind, page=line.page)


def joined(text: str, more: str) -> str:
    return f"{text}{more}" if text.endswith("-") else f"{text} {more}"
