"""Sections by a provider: it gets the facts as data, and each sentence of it is checked."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.claims import Source, Unit, Value
from assistant.markup import cleaned
from assistant.plans.gathering.known import Known
from assistant.plans.making import Written, checked_section
from assistant.plans.sections import BY_KEY, SECTIONS
from assistant.plans.text import points_in, text_of, without_marks
from assistant.writers import Turn, fenced, write
from revenue.users.models import User

FLUSH_S = 0.2
MAX_TOKENS = 4000
LONGEST_TEXT = 700
HEADING = re.compile(r"^#{1,4}\s*\[?(?P<key>[a-z]+)\b.*$", re.MULTILINE)
SYSTEM = """\
You write a plan for a seller who is about to call a customer. You get two things as data: facts,
each with a key, and a plan that was composed from them. Write a better one from the same facts:
specific to this deal, ordered by what decides it, in plain English, without filler, nothing said
twice. Join a signal of the deal with a passage of a document wherever the two fit.

Write these sections in this order, each under a line "## key" with the key alone:
{sections}

In a section each line is one point. A list point begins with "- " and may begin with a short bold
lead ("- **Answer the price.** ..."). After each sentence stand the keys of the facts that it rests
on, in double square brackets, as in: The chance fell to 31%. [[outlook]]
A sentence without a key is thrown away. So is one with a number, a date or an amount that its own
sources do not hold: copy figures as they stand, do not add, estimate or convert them, and write no
number in words that is not a fact. Name no person and no company that is not in the facts. Where
something is not known, say that it is missing and ask the question that would find out."""


@dataclass
class Stream:
    """Text as it comes, cut at the headings of sections."""

    keep: Callable[[str, str], None]
    draft: Callable[[str, str], None]
    wanted: frozenset[str]
    text: str = ""
    told_at: float = field(default=0.0)

    def heard(self, piece: str) -> None:
        self.text += piece
        while True:
            marks = list(HEADING.finditer(self.text))
            if len(marks) < 2:
                break
            self.close(marks[0]["key"], self.text[marks[0].end() : marks[1].start()])
            self.text = self.text[marks[1].start() :]
        self.show()

    def show(self) -> None:
        mark = HEADING.search(self.text)
        now = time.monotonic()
        if mark is None or mark["key"] not in self.wanted or now - self.told_at < FLUSH_S:
            return
        said = without_marks(cleaned(self.text[mark.end() :])).strip()
        if said:
            self.draft(mark["key"], said)
            self.told_at = now

    def close(self, key: str, text: str) -> None:
        if key in self.wanted:
            self.keep(key, text)

    def end(self) -> None:
        mark = HEADING.search(self.text)
        if mark:
            self.close(mark["key"], self.text[mark.end() :])
        self.text = ""


def write_sections(
    *,
    known: Known,
    composed: Mapping[str, Written],
    by: User,
    keep: Callable[[Written], None],
    draft: Callable[[str, str], None],
) -> str:
    """Keeps what holds, section by section; what is missing at the end is the caller's to fill.

    Raises OfflineError where nobody writes.
    """
    told: set[str] = set()

    def close(key: str, text: str) -> None:
        if key in told:
            return
        section = checked_section(key, points_in(text), sources=known.sources)
        if holds(section):
            told.add(key)
            keep(section)

    stream = Stream(close, draft, frozenset(composed))
    answer = write(
        org=known.org,
        by=by,
        purpose="plan",
        system=SYSTEM.format(sections=listed_sections(composed)),
        turns=[Turn("user", asked(known, composed))],
        at=known.at,
        on_text=stream.heard,
        max_tokens=MAX_TOKENS,
    )
    stream.end()
    return answer.notice


def holds(section: Written) -> bool:
    """More of it is left than was struck."""
    kept = section.claims - len(section.struck)
    return bool(section.points) and kept > len(section.struck)


def listed_sections(composed: Mapping[str, Written]) -> str:
    return "\n".join(
        f"## {each.key}: {each.title}; {each.hint}" for each in SECTIONS if each.key in composed
    )


def asked(known: Known, composed: Mapping[str, Written]) -> str:
    facts = {key: told(source) for key, source in known.sources.items()}
    plan = {BY_KEY[key].title: text_of(each.points) for key, each in composed.items()}
    return (
        f"Today is {known.today:%A, %-d %B %Y}.\n\n{fenced('facts', facts)}\n\n"
        f"{fenced('plan', plan)}\n\nWrite the sections."
    )


def told(source: Source) -> dict[str, Any]:
    found: dict[str, Any] = {"title": source.title}
    if source.values:
        found["figures"] = [figure(value) for value in source.values]
    if source.text:
        found["text"] = source.text[:LONGEST_TEXT]
    if source.names:
        found["names"] = list(source.names)
    return found


def figure(value: Value) -> str:
    if value.unit is Unit.DATE:
        return f"{value.on:%-d %B %Y}" if value.on else ""
    sign = "+" if value.is_signed and value.amount > 0 else ""
    number = f"{sign}{round(value.amount, 1):,}".removesuffix(".0")
    way = {True: " ahead", False: " ago", None: ""}[value.is_ahead]
    suffix = {
        Unit.SHARE: "%",
        Unit.POINTS: " points",
        Unit.MONEY: f" {value.currency}",
        Unit.TIME: f" days{way}",
        Unit.SCORE: " of 100",
    }.get(value.unit, "")
    return f"{number}{suffix}"
