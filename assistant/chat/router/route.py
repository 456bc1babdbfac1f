"""From a question to the agent that answers it, with what it narrows: pure, and no model needed."""

import math
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from assistant.chat.router import following
from assistant.chat.router.agents import CUES, MAY_BE_OF_ONE, OF_ONE, TAKES, WHOSE
from assistant.chat.router.classify import classifier
from assistant.chat.router.examples import known_words
from assistant.chat.router.lexicon import NO_LEXICON, Lexicon
from assistant.chat.router.names import Mention, mentions
from assistant.chat.router.periods import UNITS
from assistant.chat.router.slots import Reading, Slots, read_slots
from assistant.chat.router.words import split

UNSURE = 0.35
OF_PERIODS = frozenset({"forecast", "quota", "changes"})
BARE_UNIT = re.compile(r"\b(month|quarter|year|monat|quartal|jahr)$")  # Prognose Jahr
TO = re.compile(r"\b(?:to|an|for|fur) ")
AT = re.compile(r"\s+(?:at|from|of|bei|von)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Routed:
    """`confidence` is the chance that the agent is right; `others` are the next likely ones."""

    agent: str
    slots: Slots = field(default_factory=dict)
    confidence: float = 1.0
    others: tuple[str, ...] = ()
    follows: bool = False
    text: str = ""

    @property
    def is_unsure(self) -> bool:
        return self.confidence < UNSURE


def route(text: str, *, previous: Routed | None = None, lexicon: Lexicon = NO_LEXICON) -> Routed:
    known = words_of(lexicon)
    reading = read_slots(split(text, known=known), lexicon)
    about_before = previous is not None and "about" in previous.slots
    chances, named = judged(reading, text, known, about_before=about_before)
    ranked = sorted(chances, key=lambda agent: -chances[agent])
    found = Routed(
        agent=ranked[0],
        slots=slots_of(ranked[0], reading, text, known),
        confidence=chances[ranked[0]],
        others=tuple(ranked[1:4]),
        text=text,
    )
    if previous is None:
        return found
    return following.followed(
        found,
        previous=previous,
        reading=reading,
        named=named,
        read=lambda agent: slots_of(agent, reading, text, known),
    )


@lru_cache(maxsize=64)
def words_of_lexicon(words: frozenset[str]) -> frozenset[str]:
    return known_words() | words


def words_of(lexicon: Lexicon) -> frozenset[str]:
    return words_of_lexicon(lexicon.words)


def judged(
    reading: Reading, source: str, known: frozenset[str], *, about_before: bool
) -> tuple[dict[str, float], list[Mention]]:
    named = mentions(reading, source, known=known, is_deal=False)
    marked = marked_text(reading, named)
    chances = classifier().chances(marked)
    odds = {agent: math.log(max(chance, 1e-6)) for agent, chance in chances.items()}
    plain = " ".join(word.text for word in reading.sentence.words)
    for agent, pattern, weight in CUES:
        if pattern.search(marked) or pattern.search(plain):
            odds[agent] += weight
    for agent, more in by_slots(reading, named, marked, about_before=about_before).items():
        odds[agent] += more
    most = max(odds.values())
    whole = sum(math.exp(one - most) for one in odds.values())
    return {agent: math.exp(one - most) / whole for agent, one in odds.items()}, named


def marked_text(reading: Reading, named: list[Mention]) -> str:
    taken = dict(reading.taken)
    for one in named:
        for index in range(one.first, one.last + 1):
            taken[index] = "zzname"
    return replace(reading, taken=taken).left()


def by_slots(
    reading: Reading, named: list[Mention], marked: str, *, about_before: bool
) -> dict[str, float]:
    """What was read says something of who is asked: nobody has an account at risk of amount."""
    slots, found = reading.slots, dict[str, float]()
    if not named:
        for agent in OF_ONE:
            found[agent] = -0.5 if about_before else -4.0
    if "warning" not in slots and "grade" in slots:
        found["leads" if "lead" in marked else "risk"] = 3.0
    if slots.get("state") and "zzperiod" in marked:
        found["deals"] = 0.5
    for agent, takes in TAKES.items():
        unfit = [
            name
            for name in (
                "amount",
                "warning",
                "grade",
                "stage",
                "kind",
                "region",
                "product",
                "count",
            )
            if name in slots and name not in takes
        ]
        found[agent] = found.get(agent, 0.0) - 0.8 * len(unfit)
    return found


def slots_of(agent: str, reading: Reading, source: str, known: frozenset[str]) -> Slots:
    takes = TAKES[agent]
    found: Slots = {name: value for name, value in reading.slots.items() if name in takes}
    if "about" in takes:
        about = about_of(agent, reading, source, known)
        if about:
            found |= about
    if agent == "crosssell" and found.get("about") and found.get("owner") == "me":
        del found["owner"]
    if agent == "top" and found.get("sort") == "amount":
        del found["sort"]
    if agent == "changes" and "period" not in found and "versus" in reading.slots:
        found["period"] = reading.slots["versus"]
    if agent in OF_PERIODS and "period" not in found:
        bare = BARE_UNIT.search(reading.sentence.text)
        if bare:
            found["period"] = f"{UNITS[bare[1]]}+0"
    if agent == "conversion" and "versus" in found and "period" not in found:
        found["period"] = found.pop("versus")
    return found


def about_of(agent: str, reading: Reading, source: str, known: frozenset[str]) -> dict[str, Any]:
    named = mentions(reading, source, known=known, is_deal=agent == "deal")
    if agent in MAY_BE_OF_ONE and agent not in OF_ONE:
        named = [one for one in named if one.weight >= 1.2]
    if not named:
        return {}
    if agent == "mail":
        pair = person_at(named, source)
        if pair:
            return {"to": pair[0], "about": pair[1]}
    return {"about": named[0].text.strip(" .,:;?!").lower()}


def person_at(named: list[Mention], source: str) -> tuple[str, str] | None:
    """Maria Lopes at Piedmont Dairy: a person and a company."""
    in_order = sorted(named, key=lambda one: one.first)
    for one, other in pairwise(in_order):
        between = source[source.find(one.text) + len(one.text) : source.find(other.text)]
        if AT.fullmatch(between):
            return one.text.lower(), other.text.lower()
    return None


def whose(slots: Slots) -> Slots:
    return {name: value for name, value in slots.items() if name in WHOSE}
