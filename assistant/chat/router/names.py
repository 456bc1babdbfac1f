"""Whom a question is about: what is no known word and no slot, as it was typed."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from assistant.chat.router.slots import Reading
from assistant.chat.router.words import Word

QUOTED = re.compile(r"[\"“”„]([^\"“”„]{2,80})[\"“”„]")
# Words that are part of a company's name when they follow one.
TAILS = frozenset(
    [
        "inc",
        "corp",
        "corporation",
        "ltd",
        "llc",
        "gmbh",
        "ag",
        "kg",
        "se",
        "sa",
        "group",
        "holding",
        "holdings",
        "systems",
        "industries",
        "health",
        "medical",
        "bank",
        "logistics",
        "partners",
        "solutions",
        "energy",
        "foods",
        "dairy",
        "freight",
        "software",
        "labs",
        "brothers",
        "sons",
        "company",
        "co",
        "retail",
        "technologies",
        "technology",
        "services",
        "international",
        "global",
        "pharma",
        "motors",
        "media",
        "networks",
        "works",
        "steel",
        "stahl",
        "maschinenbau",
    ]
)
# What a deal is called after whose it is: Acme renewal, Initech Analytics.
GENERIC = frozenset(
    [
        "deal",
        "deals",
        "opportunity",
        "opportunities",
        "opp",
        "account",
        "accounts",
        "customer",
        "kunde",
        "team",
        "email",
        "mail",
        "call",
        "meeting",
        "status",
        "overview",
        "summary",
        "follow",
        "up",
        "mit",
        "about",
        "chance",
        "termin",
        "gesprach",
    ]
)
LEADERS = frozenset(
    [
        "about",
        "for",
        "with",
        "at",
        "to",
        "on",
        "of",
        "from",
        "an",
        "bei",
        "beim",
        "mit",
        "zu",
        "zum",
        "uber",
        "fur",
        "von",
        "vom",
        "prep",
        "brief",
    ]
)
LINKS = frozenset({"&", "-", "and", "und", "of"})


@dataclass(frozen=True)
class Mention:
    text: str
    first: int
    last: int
    weight: float


def mentions(
    reading: Reading, source: str, *, known: Collection[str], is_deal: bool
) -> list[Mention]:
    """The likeliest first."""
    words = reading.sentence.words
    quoted = QUOTED.search(source)
    if quoted:
        inside = [at for at, word in enumerate(words) if quoted.start() < word.start < quoted.end()]
        if inside:
            return [Mention(quoted[1].strip(), inside[0], inside[-1], 9.0)]
    found: list[Mention] = []
    index = 0
    while index < len(words):
        if not is_unknown(reading, index, known):
            index += 1
            continue
        end = index + 1
        while end < len(words) and goes_on(reading, index, end, known, is_deal=is_deal):
            end += 1
        found.append(mention_of(reading, source, beginning(reading, index, end), end))
        index = end
    return sorted(found, key=lambda one: -one.weight)


def is_unknown(reading: Reading, index: int, known: Collection[str]) -> bool:
    word = reading.sentence.words[index]
    if index in reading.taken or word.is_mark or len(word.text) < 2 or word.text.isdigit():
        return False
    return word.text not in known and not is_form_of_known(word, known)


def is_form_of_known(word: Word, known: Collection[str]) -> bool:
    """Phasen of Phase, prioritization of prioritize, Branchentrends of Branchen."""
    text = word.text
    least = max(5 if word.is_name else 6, round(0.8 * len(text)) if word.is_name else 6)
    return len(text) > least - 1 and text[:least] in stems(frozenset(known), least)


@lru_cache(maxsize=256)
def stems(known: frozenset[str], length: int) -> frozenset[str]:
    return frozenset(word[:length] for word in known if len(word) >= length)


def beginning(reading: Reading, first: int, end: int) -> int:
    """Unknown small words before a name written as one are none of it."""
    words = reading.sentence.words
    capital = [at for at in range(first, end) if words[at].is_name]
    return capital[0] if capital and words[first].typed[:1].islower() else first


def goes_on(
    reading: Reading, first: int, index: int, known: Collection[str], *, is_deal: bool
) -> bool:
    words = reading.sentence.words
    word, before = words[index], words[index - 1]
    if before.owns or word.is_mark:
        return False
    if is_unknown(reading, index, known):
        return True
    if word.text in GENERIC:
        return False
    if word.text in TAILS:
        return True
    if is_deal and leads_to_deal(reading, index):
        return True
    return (
        word.is_name
        and words[first].typed[:1].isupper()
        and not word.text.isdigit()
        and (
            index not in reading.taken
            or reading.taken[index] in ("zzindustry", "zzproduct", "zzkind")
        )
    )


def leads_to_deal(reading: Reading, index: int) -> bool:
    """A word right before `deal`, or one of a product or kind: Initech Analytics deal."""
    words = reading.sentence.words
    after = words[index + 1].text if index + 1 < len(words) else ""
    return after in ("deal", "opportunity", "opp")


def mention_of(reading: Reading, source: str, first: int, end: int) -> Mention:
    words = reading.sentence.words
    text = source[words[first].start : words[end - 1].end]
    weight = 0.4 * min(end - first, 3)
    if words[first].typed[:1].isupper():
        weight += 1.0 if words[first].is_name else 0.5
    if first and words[first - 1].text in LEADERS:
        weight += 0.8
    if words[end - 1].owns:
        weight += 0.3
    return Mention(text, first, end - 1, weight)
