"""Plain text: in whatever letters it was written down, cut where it leaves lines blank."""

import re
from pathlib import Path

from assistant.knowledge.reading.blocks import Block, Found, UnreadableError, squeezed

WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
ITEM = re.compile(r"^\s*(?:[-*•–]|\d{1,3}[.)])\s+(?=\S)")
UNDERLINE = re.compile(r"^(=|-)\1{2,}$")
LONGEST_HEADING = 12


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    for mark, name in WIDE.items():
        if raw.startswith(mark):
            return decoded(raw, name)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decoded(raw, "cp1252")


def decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode(name)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            "Its letters cannot be told. Save it as text in UTF-8 and bring that."
        ) from error


def read_text(path: Path) -> Found:
    found = Found()
    lines: list[str] = []
    for line in [*text_of(path).replace("\x0c", "\n\n").splitlines(), ""]:
        if line.strip():
            lines.append(line.rstrip())
            continue
        found.blocks.extend(blocks_of(lines))
        lines = []
    return found


def blocks_of(lines: list[str]) -> list[Block]:
    """Of lines that stand together."""
    if not lines:
        return []
    if len(lines) >= 2 and (under := UNDERLINE.match(lines[1].strip())):
        level = 1 if under[1] == "=" else 2
        head = Block(squeezed(lines[0]), kind="heading", level=level)
        return [head, *blocks_of(lines[2:])]
    if len(lines) == 1 and is_shouted(lines[0]):
        return [Block(squeezed(lines[0]), kind="heading", level=1)]
    made: list[Block] = []
    for line in lines:
        if mark := ITEM.match(line):
            made.append(Block(squeezed(line[mark.end() :]), kind="item"))
        elif made:
            last = made.pop()
            made.append(Block(f"{last.text} {squeezed(line)}", kind=last.kind))
        else:
            made.append(Block(squeezed(line)))
    return made


def is_shouted(line: str) -> bool:
    """A line by itself, all in capitals: a heading, where a text can have no other."""
    return line.isupper() and len(line.split()) <= LONGEST_HEADING and not line.endswith(".")
