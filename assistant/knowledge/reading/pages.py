"""Markdown and HTML: what a browser would show of them, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lxml import etree, html  # type: ignore[import-untyped]
from markdown_it import MarkdownIt

from assistant.knowledge.reading.blocks import (
    Block,
    BlockKind,
    Found,
    UnreadableError,
    hidden_note,
    squeezed,
)
from assistant.knowledge.reading.plain import text_of
from assistant.knowledge.reading.styling import hidden_names, hides, is_unseen_colour

LEVELS: Final = {f"h{level}": level for level in range(1, 7)}
SILENT: Final = frozenset(
    {"script", "style", "template", "noscript", "head", "title", "meta", "link", "svg", "math"}
    | {"iframe", "object", "embed", "canvas", "audio", "video", "select", "option", "textarea"}
    | {"input", "button", "nav", "datalist", "dialog"}
)
INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins"}
    | {"kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time"}
    | {"tt", "u", "var"}
)
FRONT_MATTER = re.compile(r"\A﻿?---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
MOST_MARKUP: Final = 9_000_000


def read_markdown(path: Path) -> Found:
    """By way of HTML, so that what is hidden in one is hidden in the other."""
    text = FRONT_MATTER.sub("", text_of(path).replace("\r\n", "\n"), count=1)
    return read_markup(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def read_html(path: Path) -> Found:
    return read_markup(text_of(path))


def read_markup(text: str) -> Found:
    found = Found()
    if not text.strip():
        return found
    if len(text) > MOST_MARKUP:
        raise UnreadableError("It holds more than a document may. Bring it in parts.")
    # An encoding that the file declares of itself no longer holds: it is letters already.
    parser = html.HTMLParser(
        encoding="utf-8",
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,  # memory is bounded from without; a tree cut off in silence would lie
    )
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return found
    if any(each.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for each in parser.error_log):
        # The parser stops there, and what it has by then is not the whole.
        raise UnreadableError(
            "It is nested deeper than any page is. Save it anew in a simpler form and bring that."
        )
    walk = Walk(hidden=hidden_names("\n".join(root.xpath("//style/text()"))))
    walk.through(root)
    walk.end()
    found.blocks = walk.blocks
    if walk.hidden_words:
        found.notes.append(hidden_note(walk.hidden_words))
    return found


class Walk:
    """Down a tree and up again without recursion: depth is for the file to choose."""

    def __init__(self, *, hidden: frozenset[str]) -> None:
        self.hidden = hidden
        self.blocks: list[Block] = []
        self.words: list[str] = []
        self.cells: list[str] | None = None
        self.kind: BlockKind = "paragraph"
        self.level = 0
        self.hidden_words = 0

    def through(self, root: Any) -> None:
        path: list[tuple[Any, Iterator[Any]]] = [(root, self.entered(root))]
        while path:
            element, children = path[-1]
            child = next(children, None)
            if child is None:
                path.pop()
                self.leave(element)
                self.say(element.tail if path else "")
            elif not isinstance(child.tag, str) or self.is_silent(child):
                self.say(child.tail)
            else:
                path.append((child, self.entered(child)))

    def entered(self, element: Any) -> Iterator[Any]:
        tag = element.tag
        if tag in LEVELS:
            self.end(kind="heading", level=LEVELS[tag])
        elif tag == "li":
            self.end(kind="item")
        elif tag == "tr":
            self.end(kind="row")
            self.cells = []
        elif tag in ("td", "th") and self.cells is not None:
            self.words.clear()
        elif tag == "br":
            self.say(" ")
        elif tag not in INLINE and not (self.kind == "item" and tag == "p"):
            self.end(kind="row" if self.cells is not None else "paragraph")
        self.say(element.text)
        return iter(element)

    def leave(self, element: Any) -> None:
        tag = element.tag
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append(squeezed("".join(self.words)))
            self.words.clear()
        elif tag == "tr" and self.cells is not None:
            self.words = [" | ".join(each for each in self.cells if each)]
            self.cells = None
            self.end()
        elif tag not in INLINE and tag != "br" and self.cells is None:
            self.end()

    def say(self, text: str | None) -> None:
        if text:
            self.words.append(text)

    def end(self, *, kind: BlockKind = "paragraph", level: int = 0) -> None:
        """Of what was said so far; what follows is of this kind."""
        if self.cells is not None:
            self.words.append(" ")
            return
        if text := squeezed("".join(self.words)):
            self.blocks.append(Block(text, kind=self.kind, level=self.level))
        self.words.clear()
        self.kind, self.level = kind, level

    def is_silent(self, element: Any) -> bool:
        if element.tag in SILENT:
            return True
        if not (hides(element.attrib, hidden=self.hidden) or is_white_on_white(element)):
            return False
        self.hidden_words += len(" ".join(element.itertext()).split())
        return True


def is_white_on_white(element: Any) -> bool:
    """White letters are seen where something that holds them has a colour of its own."""
    style = element.get("style", "")
    colour = element.get("color", "") if element.tag == "font" else ""
    if not is_unseen_colour(f"{style};color:{colour}" if colour else style):
        return False
    return not any(is_backed(each) for each in element.iterancestors())


def is_backed(element: Any) -> bool:
    style = element.get("style", "").lower()
    return "bgcolor" in element.attrib or "background" in style
