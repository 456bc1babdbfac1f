"""A question that goes on from the one before: what it keeps, what it changes, what it drops."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistant.chat.router.agents import OF_ONE, TAKES, WHOSE
from assistant.chat.router.names import Mention
from assistant.chat.router.slots import Reading

if TYPE_CHECKING:
    from assistant.chat.router.route import Routed

USUAL_COUNT = 5
OPENS = re.compile(
    r"^(?:(?:ok|okay|and|und|but|aber|also|then|dann|only|just|nur|what about|how about|was ist mit"
    r"|wie ist es mit|wie sieht es mit|the same|same|dasselbe|now|jetzt|not only|instead"
    r"|please"
    r"|bitte|show|zeig|sort|sortiere|make it|mach|all|alle|without|ohne|for|fur|in|with"
    r"|mit|der|die|das"
    r"|ones?|those|these|diese|mehr|more|them|it|mir|me|nach|too|as well|include|exclude"
    r"|from|over|above|under|below|last|next|this) ?)+"
)
# Words that ask for nothing by themselves.
EMPTY = frozenset(
    [
        "and",
        "und",
        "but",
        "also",
        "then",
        "only",
        "just",
        "nur",
        "what",
        "about",
        "how",
        "was",
        "ist",
        "mit",
        "wie",
        "es",
        "the",
        "same",
        "dasselbe",
        "now",
        "jetzt",
        "instead",
        "please",
        "bitte",
        "show",
        "zeig",
        "sort",
        "sorted",
        "by",
        "make",
        "it",
        "mach",
        "all",
        "alle",
        "without",
        "ohne",
        "for",
        "fur",
        "in",
        "with",
        "der",
        "die",
        "das",
        "one",
        "ones",
        "those",
        "these",
        "diese",
        "mehr",
        "more",
        "them",
        "me",
        "mir",
        "nach",
        "too",
        "as",
        "well",
        "include",
        "of",
        "von",
        "to",
        "at",
        "im",
        "am",
        "a",
        "an",
        "my",
        "mine",
        "team",
        "teams",
        "deals",
        "deal",
        "accounts",
        "leads",
        "ok",
        "okay",
        "s",
        "it",
        "is",
        "are",
        "do",
        "give",
        "list",
        "whole",
        "entire",
        "full",
        "please",
        "bit",
        "little",
        "first",
        "last",
        "next",
        "not",
        "bit",
        "again",
        "version",
        "people",
        "customers",
        "ones",
    ]
)
MORE = re.compile(r"\b(?:show (?:me )?more|more|mehr(?: anzeigen)?|next ones|the rest|weitere)\b")
WHY = re.compile(
    r"^(?:and |but |und |aber )?(?:why|warum|wieso|weshalb|how come|explain)"
    r"(?: is that| that| so)?\W*$"
)
PRONOUN = re.compile(
    r"\b(?:it|them|they|their|him|her|this (?:account|deal|customer|company)|that (?:account|deal)"
    r"|there|ihnen|denen|dort|ihn|ihm|dafur|den kunden|this one|that one)\b"
)
WHY_OF = {
    "conversion": "winrate", "industries": "winrate", "pipeline": "changes", "forecast": "changes",
}  # fmt: skip
Read = Callable[[str], dict[str, Any]]


def followed(
    found: "Routed", *, previous: "Routed", reading: Reading, named: list[Mention], read: Read
) -> "Routed":
    text = reading.sentence.text
    if WHY.match(text):
        agent = WHY_OF.get(previous.agent, previous.agent)
        kept = {name: value for name, value in previous.slots.items() if name in TAKES[agent]}
        return replace(found, agent=agent, slots=kept, confidence=0.9, follows=True)
    if goes_on(reading, named, found):
        return changed(found, previous=previous, reading=reading, named=named, read=read)
    if found.agent in (*OF_ONE, "crosssell") and "about" not in found.slots:
        return about_the_same(found, previous=previous, text=text)
    return found


def about_the_same(found: "Routed", *, previous: "Routed", text: str) -> "Routed":
    """Write them an email: to whom the question before was about."""
    about = previous.slots.get("about")
    if about and (found.agent in OF_ONE or PRONOUN.search(text)):
        agent = found.agent
        if agent == "account" and previous.agent in OF_ONE:
            agent = previous.agent
        kept = (
            {name: value for name, value in previous.slots.items() if name in TAKES[agent]}
            if agent == previous.agent
            else {"about": about}
        )
        own = {
            name: value for name, value in found.slots.items() if (name, value) != ("owner", "me")
        }
        return replace(found, agent=agent, slots={**kept, **own}, follows=True)
    return found


def goes_on(reading: Reading, named: list[Mention], found: "Routed") -> bool:
    """It opens like one that goes on, or holds nothing but slots: no agent of its own is asked."""
    if found.agent in ("help", "readonly") and found.confidence > 0.8:
        return False
    own = {index for one in named for index in range(one.first, one.last + 1)}
    left = [
        word.text
        for index, word in enumerate(reading.sentence.words)
        if index not in reading.taken and index not in own and not word.is_mark
    ]
    said_slots = set(reading.slots) - {"mail"} or reading.cleared or named
    empty = all(word in EMPTY or is_of_slot(word, reading) for word in left)
    return bool(empty and (said_slots or MORE.search(reading.sentence.text)))


def is_of_slot(word: str, reading: Reading) -> bool:
    """Words of grammars that take no place: red, urgent, lost, amount."""
    named = {"state", "sort", "tone", "band", "mail"} & set(reading.slots)
    return bool(named) and word in SLOT_WORDS


SLOT_WORDS = frozenset(
    [
        "red",
        "green",
        "yellow",
        "healthy",
        "unhealthy",
        "rote",
        "rot",
        "urgent",
        "friendly",
        "friendlier",
        "professional",
        "formal",
        "consultative",
        "warmer",
        "won",
        "lost",
        "gewonnen",
        "verloren",
        "amount",
        "value",
        "size",
        "close",
        "date",
        "risk",
        "chance",
        "biggest",
        "largest",
        "mine",
        "tone",
        "follow",
        "up",
        "closing",
        "intro",
        "introduction",
        "proposal",
        "shorter",
    ]
)


def changed(
    found: "Routed", *, previous: "Routed", reading: Reading, named: list[Mention], read: Read
) -> "Routed":
    agent = previous.agent
    own = read(agent)
    kept = dict(previous.slots)
    if any(name in own for name in WHOSE):
        kept = {name: value for name, value in kept.items() if name not in WHOSE}
    for name in reading.cleared:
        for each in WHOSE if name == "owner" else (name,):
            kept.pop(each, None)
    if reading.cleared and "period" in reading.cleared:
        own.pop("period", None)
    if MORE.search(reading.sentence.text) and "count" not in own and not own:
        own["count"] = 2 * int(kept.get("count") or USUAL_COUNT)
    if named and agent in OF_ONE:
        own["about"] = named[0].text.strip(" .,:;?!").lower()
    slots = {**kept, **{name: value for name, value in own.items() if name in TAKES[agent]}}
    return replace(found, agent=agent, slots=slots, confidence=0.9, follows=True)
