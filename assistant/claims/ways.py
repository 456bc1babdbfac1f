"""Which way the words about a figure go: up or down, to come or past."""

import re

from assistant.claims.numerals import listed

UP = frozenset(
    listed(
        "up rise rises rose risen raise raises raised raising add adds added gain gains gained grow"
        " grows grew grown increase increases increased more above higher plus lift lifts lifted"
        " improve improves improved better later favour favor"
    )
)
DOWN = frozenset(
    listed(
        "down fall falls fell fallen drop drops dropped cut cuts lose loses lost lower lowers"
        " lowered cost costs less below minus decrease decreases decreased decline declines"
        " declined against shrink shrinks shrank shrunk worse earlier fewer hurts hurt takes"
        " reduce reduces reduced"
    )
)
PAST = frozenset(listed("ago overdue late past since passed silent silence"))
TO_COME = frozenset(listed("away left ahead now remaining remain remains"))
WORD = re.compile(r"[A-Za-z]+")
CLAUSE = re.compile(r"[;:!?()\[\]—]|[.,](?:\s|$)|\s[–-]\s|\b(?:and|but|while|with)\b")
NEAR_BEFORE, NEAR_AFTER = 6, 3


def way_of(text: str, start: int, end: int) -> int:
    """The nearest word that tells, first before the figure and then after it."""
    before, after = clause_about(text, start, end)
    for word in reversed(before[-NEAR_BEFORE:]):
        if way := sign_of(word):
            return way
    for word in after[:NEAR_AFTER]:
        if way := sign_of(word):
            return way
    return 0


def sign_of(word: str) -> int:
    return 1 if word in UP else -1 if word in DOWN else 0


def is_ahead(text: str, start: int, end: int) -> bool | None:
    """Of a span of days; nothing where the words leave it open."""
    _, after = clause_about(text, start, end)
    for word in after[:2]:
        if word in PAST:
            return False
        if word in TO_COME:
            return True
    return None


def clause_about(text: str, start: int, end: int) -> tuple[list[str], list[str]]:
    begins = max((each.end() for each in CLAUSE.finditer(text, 0, start)), default=0)
    ends = CLAUSE.search(text, end)
    before = text[begins:start]
    after = text[end : ends.start() if ends else len(text)]
    return words(before), words(after)


def words(text: str) -> list[str]:
    return [each.lower() for each in WORD.findall(text)]
