"""Sentences against their sources: each number found again, each source one that may be opened."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from assistant.claims.figures import Figure, Reading, reading_of
from assistant.claims.matching import same, says
from assistant.claims.units import Value

MARK = re.compile(r"\s*\[\[[^\[\]]*\]\]")
NAMED = re.compile(r"[^\W\d_]")
LEAST_NAME = 3


@dataclass(frozen=True)
class Source:
    """A record or a passage that the reader may open, with the numbers that it holds.

    `values` are recomputed from the record; figures in `text` count as they stand in it; `names`
    are names of records, whose digits are no figures.
    """

    key: str
    title: str
    url: str
    values: tuple[Value, ...] = ()
    text: str = ""
    names: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        return read(self.text).figures if self.text else ()


@dataclass(frozen=True)
class Claim:
    """`numbers`: names of the values that are meant, where it is not any of the sources'."""

    text: str
    sources: Sequence[str]
    numbers: Sequence[str] = ()


@dataclass(frozen=True)
class Struck:
    claim: Claim
    why: str


@dataclass(frozen=True)
class Checked:
    kept: list[Claim] = field(default_factory=list)
    struck: list[Struck] = field(default_factory=list)
    figures: int = 0

    @property
    def claims(self) -> int:
        return len(self.kept) + len(self.struck)

    @property
    def counted(self) -> dict[str, int]:
        return {"figures": self.figures, "claims": self.claims, "struck": len(self.struck)}


def checked(claims: Iterable[Claim], *, sources: Mapping[str, Source]) -> Checked:
    """`sources`: those that the reader may open, read anew as the reader, by key."""
    kept: list[Claim] = []
    struck: list[Struck] = []
    figures = 0
    names = names_of(sources.values())
    for claim in claims:
        read_of_claim = read(without_names(MARK.sub("", claim.text), names))
        figures += len(read_of_claim.figures) + len(read_of_claim.unread)
        why = wrong_with(claim, read_of_claim, sources)
        if why:
            struck.append(Struck(claim, why))
        else:
            kept.append(claim)
    return Checked(kept, struck, figures)


def wrong_with(claim: Claim, said: Reading, sources: Mapping[str, Source]) -> str:
    """Why it may not be shown; nothing where it may."""
    if not claim.sources:
        return "It names no source."
    missing = [key for key in claim.sources if key not in sources or not sources[key].url]
    if missing:
        return f"There is no source {missing[0]} that you may open."
    named = [sources[key] for key in claim.sources]
    for figure in said.figures:
        if not is_found(figure, named, claim.numbers):
            return f"{figure.text.strip()} is not what its source says."
    for word in said.unread:
        if not any(holds(source, word) for source in named):
            return f"{word} is not in its source."
    return ""


def is_found(figure: Figure, named: Sequence[Source], numbers: Sequence[str]) -> bool:
    values = [value for source in named for value in source.values]
    if numbers:
        return any(says(figure, value) for value in values if value.name in numbers)
    if any(says(figure, value) for value in values):
        return True
    return any(same(figure, other) for source in named for other in source.figures)


def holds(source: Source, word: str) -> bool:
    inside = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return any(inside.search(text) for text in (source.text, source.title, *source.names))


def names_of(sources: Iterable[Source]) -> tuple[str, ...]:
    """Those in which something could be taken for a figure, the longest first."""
    found = {
        name
        for source in sources
        for name in (*source.names, source.title)
        if len(name) >= LEAST_NAME and NAMED.search(name) and is_told_by_figures(name)
    }
    return tuple(sorted(found, key=lambda name: (-len(name), name)))


def is_told_by_figures(name: str) -> bool:
    found = read(name)
    return bool(found.figures or found.unread)


def without_names(text: str, names: Sequence[str]) -> str:
    for name in names:
        if name in text:
            whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
            text = whole.sub(lambda found: "_" * len(found[0]), text)
    return text


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    return reading_of(text)
