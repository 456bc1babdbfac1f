"""The words of a query."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.salesforce.soql.errors import malformed, unexpected

PATTERN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
  | (?P<number>[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.:-]))
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<operator><=|>=|!=|<>|=|<|>)
  | (?P<mark>[(),.:])
    """,
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
# In LIKE an escaped sign stands for itself: kept apart as a character that no text has.
WILD = {"_": "\ufdd0", "%": "\ufdd1"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int
    value: Any = None

    def says(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words

    def marks(self, mark: str) -> bool:
        return self.kind == "mark" and self.text == mark


def _text(soql: str, raw: str, at: int) -> str:
    found, place = [], 1
    while place < len(raw) - 1:
        sign = raw[place]
        if sign != "\\":
            found.append(sign)
            place += 1
            continue
        after = raw[place + 1]
        if after == "u" and re.fullmatch(r"[0-9a-fA-F]{4}", raw[place + 2 : place + 6]):
            found.append(chr(int(raw[place + 2 : place + 6], 16)))
            place += 6
            continue
        escaped = ESCAPES.get(after) or WILD.get(after)
        if escaped is None:
            raise malformed(soql, at + place, f"Illegal character sequence '\\{after}' in string")
        found.append(escaped)
        place += 2
    return "".join(found)


def _moment(soql: str, raw: str, at: int) -> datetime:
    try:
        return datetime.fromisoformat(raw).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise malformed(soql, at, f"Invalid datetime: {raw}") from error


def _day(soql: str, raw: str, at: int) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise malformed(soql, at, f"Invalid date: {raw}") from error


def tokens(soql: str) -> list[Token]:
    found, place = [], 0
    while place < len(soql):
        match = PATTERN.match(soql, place)
        if match is None:
            raise unexpected(soql, place, soql[place])
        kind, raw = str(match.lastgroup), match.group()
        value: Any = None
        if kind == "string":
            value = _text(soql, raw, place)
        elif kind == "datetime":
            value = _moment(soql, raw, place)
        elif kind == "date":
            value = _day(soql, raw, place)
        elif kind == "number":
            value = Decimal(raw)
        if kind != "space":
            found.append(Token(kind, raw, place, value))
        place = match.end()
    return [*found, Token("end", "", len(soql))]
