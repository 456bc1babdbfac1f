"""What a question narrows: each kind of slot has a small grammar of its own, in two languages.

A grammar takes the words that it understands, so that the next and the classifier see what is left.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz.distance import OSA

from assistant.chat.router import periods
from assistant.chat.router.amounts import AMOUNTS, HALF, money_of
from assistant.chat.router.examples import example_words, known_words
from assistant.chat.router.lexicon import Lexicon
from assistant.chat.router.words import Sentence

Slots = dict[str, Any]
BIGGEST = (
    r"(?:top|best|biggest|largest|highest|riskiest|most|worst|hottest|greatest|wichtigsten|besten"
    r"|grossten|riskantesten|heissesten)"
)
NUMBER = periods.NUMBER
COUNTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\btop {NUMBER}\b",
        rf"\b{NUMBER} {BIGGEST}\b",
        rf"\b{BIGGEST} {NUMBER}\b",
        rf"\b(?:first|ersten|nur die|only|just) (?:the )?(?:first |ersten )?{NUMBER}\b",
        rf"\b(?:show|list|give|which|zeige?|welche|gimme)(?: me| mir)?(?: the| die)? {NUMBER}\b",
        rf"\b{NUMBER} (?:deals|opportunities|opps|accounts|customers|leads|suggestions|kunden)\b",
    )
)
GRAMMAR: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "grammar.json").read_text(encoding="utf-8")
)
GRADE = re.compile(
    r"\b(?:grades?|tiers?|class|klasse|note) ([abcd](?: ?(?:,|and|or|und|oder|/) ?[abcd])*)\b"
    r"|\b([abcd](?: (?:and|or|und|oder) [abcd])*) (?:deals|leads|opportunities|opps|grades?|tier)\b"
)
TEAM_WORD = r"(?:team|teams|group|gruppe|people|leute|mannschaft)"
MY_TEAM = re.compile(
    rf"\b(?:my|mein\w*|our|unser\w*) {TEAM_WORD}\b"
    r"|\b(?:my|meine) (?:reps|sellers|verkaufer)\b"
)
ME = re.compile(
    r"\b(?:my|mine|myself|meine?[nmrs]?|meins)\b"
    r"(?! (?:\w+ )?(?:reps?|sellers?|salespeople|verkaufer))"
    r"|\b(?:do|should|can|will|am|soll|sollte|kann|werde|habe|did|have) (?:i|ich)\b"
    r"|\b(?:i|ich) (?:have|own|habe|should|soll|need|am)\b"
)
ALL = re.compile(
    r"\b(?:all|any|every|alle[nrs]?|whatever) (regions?|regionen|industr\w+|branchen|stages?|phasen"
    r"|people|owners?|reps?|teams?|periods?|dates?|sizes?|amounts?)\b"
    r"|\b(?:not only|regardless of|ignore|ignoring|without) (?:this |the |my )?"
    r"(month|quarter|year|week|region|industry|team|stage|amount|owner|period)\b"
    r"|\b(everybody|everyone|the whole (?:org|company)|whole team|die ganze firma)\b"
)
CLEARS = {
    "region": "region", "industr": "industry", "branche": "industry", "stage": "stage",
    "phase": "stage", "people": "owner", "owner": "owner", "rep": "owner", "team": "owner",
    "period": "period", "date": "period", "month": "period", "quarter": "period",
    "year": "period", "week": "period", "size": "size", "amount": "amount",
    "every": "owner", "the whole": "owner", "whole": "owner", "die ganze": "owner",
}  # fmt: skip


@dataclass
class Reading:
    """`taken` holds for each understood word what it is: the classifier sees that in its place."""

    sentence: Sentence
    taken: dict[int, str] = field(default_factory=dict)
    slots: Slots = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)

    def take(self, start: int, end: int, mark: str) -> None:
        for index in self.sentence.between(start, end):
            self.taken.setdefault(index, mark)

    def is_free(self, start: int, end: int) -> bool:
        return not any(index in self.taken for index in self.sentence.between(start, end))

    def left(self) -> str:
        """The text in which each understood stretch is its mark."""
        found: list[str] = []
        for index, word in enumerate(self.sentence.words):
            mark = self.taken.get(index)
            if mark is None:
                found.append(word.text)
            elif mark and (not found or found[-1] != mark or self.taken.get(index - 1) != mark):
                found.append(mark)
        return " ".join(found)


def read_slots(sentence: Sentence, lexicon: Lexicon) -> Reading:
    reading = Reading(sentence)
    for grammar in GRAMMARS:
        grammar(reading, lexicon)
    return reading


def read_periods(reading: Reading, _: Lexicon) -> None:
    for one in periods.read(reading.sentence.text):
        name = "versus" if one.versus else "period"
        if name not in reading.slots:
            reading.slots[name] = one.said
        reading.take(one.start, one.end, "zzperiod")
    for match in periods.LOOSE.finditer(reading.sentence.text):
        reading.take(*match.span(), "zzperiod")


def read_cleared(reading: Reading, _: Lexicon) -> None:
    for match in ALL.finditer(reading.sentence.text):
        what = next(group for group in match.groups() if group)
        name = next((name for said, name in CLEARS.items() if what.startswith(said)), "")
        if name:
            reading.cleared.add(name)
            reading.take(*match.span(), "zzall")


def read_amounts(reading: Reading, _: Lexicon) -> None:
    half = HALF.search(reading.sentence.text)
    if half:
        reading.slots["amount"] = f">{500_000}"
        reading.take(*half.span(), "zzamount")
        return
    for pattern, kind in AMOUNTS:
        match = pattern.search(reading.sentence.text)
        if match is None or not reading.is_free(*match.span()):
            continue
        numbers = [
            money_of(*pair) for pair in zip(match.groups()[::2], match.groups()[1::2], strict=True)
        ]
        if None in numbers:
            continue
        first = numbers[0]
        said = {"above": f">{first}", "below": f"<{first}"}
        reading.slots["amount"] = said.get(kind, f"{first}..{numbers[-1]}")
        reading.take(*match.span(), "zzamount")
        return


def read_counts(reading: Reading, _: Lexicon) -> None:
    for pattern in COUNTS:
        for match in pattern.finditer(reading.sentence.text):
            if reading.is_free(*match.span(1)):
                reading.slots["count"] = periods.number_of(match[1])
                reading.take(*match.span(1), "zzcount")
                return


def read_grades(reading: Reading, _: Lexicon) -> None:
    match = GRADE.search(reading.sentence.text)
    if match is None:
        return
    said = match[1] or match[2]
    grades = re.findall(r"\b[abcd]\b", said)
    reading.slots["grade"] = [grade.upper() for grade in dict.fromkeys(grades)]
    which = 1 if match[1] else 2
    reading.take(*match.span(which), "zzgrade")


def read_people(reading: Reading, lexicon: Lexicon) -> None:
    """Anna's team is a team; Anna alone, or with others, owns."""
    text = reading.sentence.text
    mine = MY_TEAM.search(text)
    if mine:
        reading.slots["team"] = "me"
        reading.take(*mine.span(), "zzteam")
    owners: list[str] = []
    words = reading.sentence.words
    index = 0
    while index < len(words):
        name, end = name_at(reading, lexicon, index)
        if not name:
            index += 1
            continue
        after = words[end].text if end < len(words) else ""
        before = " ".join(word.text for word in words[max(0, index - 2) : index])
        is_team = re.fullmatch(TEAM_WORD, after) or re.search(
            rf"\b{TEAM_WORD} (?:of|von|overview|around|under)$|\bteam$", before
        )
        if is_team:
            reading.slots["team"] = name
        else:
            owners.append(name)
        for place in range(index, end):
            reading.taken[place] = "zzteam" if is_team else "zzwho"
        index = end
    if owners:
        reading.slots["owner"] = owners[0] if len(owners) == 1 else owners
    elif "team" not in reading.slots and ME.search(text):
        reading.slots["owner"] = "me"


def name_at(reading: Reading, lexicon: Lexicon, index: int) -> tuple[str, int]:
    """A person's name that begins here: whole, else one part; wrong by a letter at most."""
    words = reading.sentence.words
    for length in (3, 2, 1):
        part = words[index : index + length]
        if len(part) < length or any(
            place in reading.taken for place in range(index, index + length)
        ):
            continue
        said = " ".join(word.text for word in part)
        known = lexicon.names.get(said)
        if known is None and length == 1 and said.endswith("s"):
            known = lexicon.names.get(said[:-1])  # Claras Team
        if known is None and len(said) > 4 and (length > 1 or part[0].typed[:1].isupper()):
            known = near_name(said, lexicon)
        if known is not None and not (length == 1 and is_also_a_word(part[0], known)):
            return known, index + length
    return "", index


def near_name(said: str, lexicon: Lexicon) -> str | None:
    least = 2 if " " in said else 1
    near = [
        name
        for name in lexicon.names
        if abs(len(name) - len(said)) <= least
        and name[0] == said[0]
        and (" " in name) == (" " in said)
        and OSA.distance(name, said, score_cutoff=least) <= least
    ]
    return near[0] if len(near) == 1 else None


def is_also_a_word(word: Any, known: str) -> bool:
    """Grant, Price and Will mean a person only when written as a name."""
    return known in ALSO_WORDS and not word.is_name


ALSO_WORDS = frozenset(
    [
        "grant",
        "price",
        "will",
        "may",
        "mark",
        "frank",
        "grace",
        "hope",
        "rose",
        "young",
        "long",
        "short",
        "best",
        "moss",
        "wolf",
        "ward",
        "reed",
        "hale",
        "shaw",
        "marsh",
        "nash",
        "cole",
        "case",
        "rich",
        "bill",
        "sales",
        "sell",
        "key",
        "major",
    ]
)


def read_values(reading: Reading, lexicon: Lexicon) -> None:
    """Industries, regions, sizes, stages, kinds and products, the longest first."""
    text = reading.sentence.text
    for phrase, pattern, slot, value in patterns_of(lexicon):
        if phrase not in text:
            continue
        for match in pattern.finditer(text):
            if slot == "product" and is_plain_word(reading, match.span(), phrase):
                continue
            if reading.is_free(*match.span()) and not in_a_name(reading, match.span(), slot):
                add_value(reading.slots, slot, value)
                reading.take(*match.span(), f"zz{slot}")


@lru_cache(maxsize=64)
def patterns_of(lexicon: Lexicon) -> list[tuple[str, re.Pattern[str], str, str]]:
    said = [
        (phrase, slot, value)
        for slot, values in lexicon.values.items()
        for phrase, value in values.items()
    ]
    return [
        (phrase, re.compile(rf"\b{re.escape(phrase)}{tail_of(phrase, slot)}\b"), slot, value)
        for phrase, slot, value in sorted(said, key=lambda one: (-len(one[0]), one[0]))
    ]


def tail_of(phrase: str, slot: str) -> str:
    """German puts words together: Fertigungsbereich. To upsell is also what one does."""
    if slot == "kind" and phrase in ("upsell", "upsells", "cross sell", "expansion"):
        return r" (?:deals?|opportunit\w+|opps?)"
    return (
        r"(?:e?s?(?:phase|bereich|branche|sektor|industrie|kunden|deals?|stage))?"
        if len(phrase) > 4
        else ""
    )


def add_value(slots: Slots, slot: str, value: str) -> None:
    known = slots.get(slot)
    if known is None:
        slots[slot] = value
    elif value not in (known if isinstance(known, list) else [known]):
        slots[slot] = [*(known if isinstance(known, list) else [known]), value]


def is_plain_word(reading: Reading, span: tuple[int, int], phrase: str) -> bool:
    """A product may be called Forecast: it is meant only where it is written as a name."""
    places = reading.sentence.between(*span)
    return (
        " " not in phrase
        and phrase in example_words()
        and not (bool(places) and reading.sentence.words[places[0]].is_name)
    )


def in_a_name(reading: Reading, span: tuple[int, int], slot: str) -> bool:
    """Nordvik Retail is a company: a value that follows a name which nobody knows is part of it."""
    places = reading.sentence.between(*span)
    if not places or slot not in ("industry", "kind", "region") or places[0] == 0:
        return False
    words = reading.sentence.words
    before, own = words[places[0] - 1], words[places[0]]
    known = before.text in known_words() or places[0] - 1 in reading.taken
    return own.is_name and before.typed[:1].isupper() and not before.first and not known


def named(
    patterns: dict[str, str], slot: str, *, several: bool
) -> Callable[[Reading, Lexicon], None]:
    compiled = {name: re.compile(rf"\b(?:{pattern})\b") for name, pattern in patterns.items()}

    def grammar(reading: Reading, _: Lexicon) -> None:
        found: list[str] = []
        for name, pattern in compiled.items():
            match = pattern.search(reading.sentence.text)
            if match:
                found.append(name)
        if found:
            reading.slots[slot] = found if several else found[0]

    return grammar


def read_warnings(reading: Reading, _: Lexicon) -> None:
    found = []
    for name, pattern in WARNED.items():
        match = pattern.search(reading.sentence.text)
        if match:
            found.append(name)
            reading.take(*match.span(), "zzwarning")
    if found:
        reading.slots["warning"] = found


WARNED = {name: re.compile(rf"\b(?:{pattern})\b") for name, pattern in GRAMMAR["warnings"].items()}
GRAMMARS: Sequence[Callable[[Reading, Lexicon], None]] = (
    read_cleared,
    read_amounts,
    read_periods,
    read_grades,
    read_warnings,
    read_counts,
    read_people,
    read_values,
    named(GRAMMAR["states"], "state", several=False),
    named(GRAMMAR["sorts"], "sort", several=False),
    named(GRAMMAR["mails"], "mail", several=False),
    named(GRAMMAR["tones"], "tone", several=False),
    named(GRAMMAR["bands"], "band", several=False),
)
