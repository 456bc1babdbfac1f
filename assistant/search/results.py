"""What was found as a page draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from assistant.search.finding import Found
from assistant.search.fusing import MEANING, NAME, WORDS
from assistant.search.hits import ACCOUNT, ACTIVITY, CONTACT, DEAL, KINDS, PASSAGE, Hit

LABELS = {
    PASSAGE: ("Documents", "file-text"),
    ACCOUNT: ("Accounts", "building-2"),
    DEAL: ("Deals", "handshake"),
    CONTACT: ("Contacts", "user"),
    ACTIVITY: ("Activities", "calendar"),
}
WHY = {NAME: "its name", WORDS: "its words", MEANING: "its meaning"}


@dataclass(frozen=True)
class Piece:
    text: str
    is_marked: bool


@dataclass(frozen=True)
class Line:
    hit: Hit
    icon: str
    label: str
    pieces: Sequence[Piece]
    why: str


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    active: bool


def lines_of(found: Found) -> list[Line]:
    return [
        Line(
            hit=hit,
            icon=LABELS[hit.kind][1],
            label=LABELS[hit.kind][0],
            pieces=pieces_of(hit),
            why="Found by " + " and ".join(WHY[name] for name in hit.found_by),
        )
        for hit in found.hits
    ]


def pieces_of(hit: Hit) -> list[Piece]:
    found, done = [], 0
    for begun, ended in hit.marks:
        found += [Piece(hit.excerpt[done:begun], False), Piece(hit.excerpt[begun:ended], True)]
        done = ended
    return [piece for piece in [*found, Piece(hit.excerpt[done:], False)] if piece.text]


def tabs_of(*, path: str, text: str, kind: str) -> list[Tab]:
    choices = [("", "Everything"), *((each, LABELS[each][0]) for each in KINDS)]
    return [
        Tab(
            label=label,
            url=f"{path}?{urlencode({'q': text} | ({'kind': value} if value else {}))}",
            active=value == kind,
        )
        for value, label in choices
    ]
