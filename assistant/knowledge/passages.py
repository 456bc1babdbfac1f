"""From what a file holds to passages: along its headings and paragraphs, a page or so each."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.knowledge.reading.blocks import Block
from assistant.markup import cleaned

# In words. Long enough to answer by itself, short enough to be cited.
LEAST, GOOD, MOST = 60, 150, 350
MOST_WITH_TAIL = 420
LONG_PARAGRAPH, PART = 220, 160
# A section of its own is not put together with the next, unless it is hardly one.
HARDLY = 40
OWN_DEPTH = 2
LONGEST_HEADING = 160
LONGEST_WORD = 1_200
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[\"“„«(]?[A-ZÀ-ÞΑ-Ω0-9])|(?<=[。！？])")
WIDE_LETTERS = re.compile(r"[぀-ヿ㐀-鿿가-힯]")


@dataclass(frozen=True)
class Cut:
    heading: list[str]
    text: str
    page: int | None
    last_page: int | None


@dataclass(frozen=True)
class Unit:
    path: tuple[str, ...]
    block: Block
    words: int
    head: str = ""  # of a row: the first of its table

    @property
    def text(self) -> str:
        return f"• {self.block.text}" if self.block.kind == "item" else self.block.text


@dataclass
class Draft:
    units: list[Unit] = field(default_factory=list)

    @property
    def words(self) -> int:
        return sum(each.words for each in self.units)

    @property
    def path(self) -> tuple[str, ...]:
        """What all of it stands below."""
        return common([each.path for each in self.units])

    def cut(self) -> Cut:
        path = self.path
        lines: list[str] = []
        here, before = path, ""
        for unit in self.units:
            if unit.path != here:
                lines.append("\n" + " › ".join(unit.path[len(path) :]) if unit.path != path else "")
                here, before = unit.path, ""
            if unit.block.kind == "row" and before != "row" and unit.head not in ("", unit.text):
                lines.append("\n" + unit.head)
            apart = unit.block.kind == "paragraph" or unit.block.kind != before
            lines.append(("\n" if apart else "") + unit.text)
            before = unit.block.kind
        pages = [each.block.page for each in self.units if each.block.page is not None]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        return Cut(list(path), text, min(pages, default=None), max(pages, default=None))


def passages_of(blocks: Iterable[Block]) -> list[Cut]:
    drafts: list[Draft] = []
    for unit in units_of(blocks):
        last = drafts[-1] if drafts else None
        if last is None or begins_anew(last, unit):
            drafts.append(Draft([unit]))
        else:
            last.units.append(unit)
    return [draft.cut() for draft in without_tails(drafts)]


def begins_anew(draft: Draft, unit: Unit) -> bool:
    here, there = draft.units[-1].path, unit.path
    if here != there:
        shared = len(common([here, there]))
        # A section that is opened below the one before it belongs to it more than one beside it.
        is_own = shared < min(OWN_DEPTH, len(there)) and shared < len(here)
        if draft.words >= (HARDLY if is_own else GOOD):
            return True
    return draft.words + unit.words > MOST and draft.words >= LEAST


def without_tails(drafts: Sequence[Draft]) -> list[Draft]:
    """The last lines of a section join what stands before them."""
    kept: list[Draft] = []
    for draft in drafts:
        last = kept[-1] if kept else None
        if (
            last is not None
            and draft.words < LEAST
            and last.words + draft.words <= MOST_WITH_TAIL
            and last.units[-1].path == draft.units[0].path == draft.units[-1].path
        ):
            last.units.extend(draft.units)
        else:
            kept.append(draft)
    return kept


def units_of(blocks: Iterable[Block]) -> Iterator[Unit]:
    above: list[tuple[int, str]] = []
    waiting: Block | None = None
    head = ""
    for block in tidy(blocks):
        if block.kind == "heading":
            above = [each for each in above if each[0] < block.level]
            above.append((block.level, shortened(block.text)))
            waiting, head = block, ""
            continue
        path = tuple(text for _, text in above)
        head = (head or block.text) if block.kind == "row" else ""
        for part in parts_of(block):
            yield Unit(path, part, words_in(part.text), head=head)
        waiting = None
    if waiting is not None:
        # A document may end with a heading, or be nothing else.
        path = tuple(text for _, text in above)
        yield Unit(path[:-1], replace(waiting, kind="paragraph"), words_in(waiting.text))


def tidy(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if text := " ".join(cleaned(block.text).split()):
            yield replace(block, text=text)


def parts_of(block: Block) -> Iterator[Block]:
    """A paragraph that is too long by itself is parted between its sentences."""
    if words_in(block.text) <= LONG_PARAGRAPH and len(block.text) < 10 * LONGEST_WORD:
        yield block
        return
    sentences: list[str] = []
    for sentence in pieces_of(block.text):
        if sentences and words_in(" ".join(sentences)) + words_in(sentence) > PART:
            yield replace(block, text=" ".join(sentences))
            sentences = []
        sentences.append(sentence)
    if sentences:
        yield replace(block, text=" ".join(sentences))


def pieces_of(text: str) -> Iterator[str]:
    """Sentences; of what has no end, so many words or letters."""
    for sentence in SENTENCE_END.split(text):
        words = sentence.split()
        for start in range(0, len(words), PART):
            part = " ".join(words[start : start + PART])
            size = PART * 2 if WIDE_LETTERS.search(part) else PART * 10
            for place in range(0, len(part), size):
                yield part[place : place + size]


def words_in(text: str) -> int:
    """Scripts without spaces have about two letters a word."""
    return len(text.split()) + len(WIDE_LETTERS.findall(text)) // 2


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_HEADING else text[: LONGEST_HEADING - 1].rstrip() + "…"


def common(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    shared = paths[0] if paths else ()
    for path in paths[1:]:
        same = 0
        while same < min(len(shared), len(path)) and shared[same] == path[same]:
            same += 1
        shared = shared[:same]
    return shared
