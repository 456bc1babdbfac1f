"""A question as words: folded, split, and set right where a known word was misspelt."""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from rapidfuzz.distance import OSA

LONGEST = 2_000
TOKEN = re.compile(
    r"\d[\d.,]*\d\s?[km]\b|\d[\d.,]*\s?(?:k|m|mio|tsd|mn)\b|\d[\d.,]*\d|[^\W_]+|[<>]=?|[$€£%+]"
)
ENDINGS = re.compile(r"[’'`´](?:s|m|re|ve|ll|d)?\b")
NOT = re.compile(r"n[’'`´]t\b")
CUTS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d"})
SHORT, LONG = 5, 8  # letters from which one, and from which two may be wrong


def folded(text: str) -> str:
    """Without case and accents: Größte is grosste."""
    flat = unicodedata.normalize("NFKD", text.casefold().translate(CUTS))
    return "".join(mark for mark in flat if not unicodedata.combining(mark))


@dataclass(frozen=True)
class Word:
    """`typed` as it stands in the question, `text` as it is read."""

    typed: str
    text: str
    start: int
    end: int
    owns: bool = False  # Anna's
    first: bool = False

    @property
    def is_name(self) -> bool:
        """Written as names are, and not only because the sentence begins here."""
        return self.typed[:1].isupper() and not self.first

    @property
    def is_mark(self) -> bool:
        return not self.typed[:1].isalnum()


@dataclass(frozen=True)
class Sentence:
    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Where each word begins in the text."""
        found, at = [], 0
        for word in self.words:
            found.append(at)
            at += len(word.text) + 1
        return tuple(found)

    def between(self, start: int, end: int) -> range:
        """The words that a stretch of the text covers."""
        inside = [
            index
            for index, place in enumerate(self.places)
            if place < end and place + len(self.words[index].text) > start
        ]
        return range(inside[0], inside[-1] + 1) if inside else range(0)


def split(text: str, *, known: frozenset[str] = frozenset()) -> Sentence:
    shown = text[:LONGEST]
    words: list[Word] = []
    for match in TOKEN.finditer(without_apostrophes(shown)):
        typed = match.group()
        first = not words or shown[: match.start()].rstrip().endswith((".", "!", "?", ":"))
        owns = shown[match.end() : match.end() + 2].lower() in {"'s", "’s", "`s", "´s"}
        words.append(
            Word(typed, folded(typed).replace(" ", ""), match.start(), match.end(), owns, first)
        )
    return Sentence(tuple(set_right(word, known) for word in words))


def without_apostrophes(text: str) -> str:
    """Blanks in their places, so that what stands behind them stays where it is."""
    joined = NOT.sub("nt ", text)
    return ENDINGS.sub(lambda found: " " * len(found.group()), joined)


def set_right(word: Word, known: frozenset[str]) -> Word:
    """The nearest known word for one that is none; names are left as they are."""
    text = word.text
    if text in known or len(text) < SHORT or not text.isalpha() or word.is_name:
        return word
    wrong = 2 if len(text) >= LONG else 1
    near = nearest(text, known, wrong=wrong)
    return replace(word, text=near) if near else word


@lru_cache(maxsize=64)
def by_first_letter(known: frozenset[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in sorted(known):
        if len(word) >= SHORT - 1 and word.isalpha():
            found.setdefault(word[0], []).append(word)
    return found


@lru_cache(maxsize=4096)
def nearest(text: str, known: frozenset[str], *, wrong: int) -> str:
    """Its first letter is right; of several as near, the first in order."""
    best, found = wrong + 1, ""
    for other in by_first_letter(known).get(text[0], ()):
        if abs(len(other) - len(text)) > wrong:
            continue
        distance = OSA.distance(text, other, score_cutoff=best)
        if distance < best:
            best, found = distance, other
    return found
