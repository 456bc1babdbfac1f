"""Text of a cell into a value: one way per column, chosen once, so that 03/04 is one day in it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

# In a column of numbers, days or yes and no these say that nothing is known; in text they are text.
NOTHING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "–"})
YES = frozenset({"true", "t", "yes", "y", "1", "on", "wahr", "ja", "oui", "si", "sí", "x", "✓"})
NO = frozenset({"false", "f", "no", "n", "0", "off", "falsch", "nein", "non"})
CURRENCY = r"(?:[$€£¥₹₩₽₺₫฿]|[A-Z]{2,3}\$?|[A-Z]\$|kr|zł)"
EXCEL_EPOCH = date(1899, 12, 30)
EXCEL_FIRST, EXCEL_LAST = 20_000, 80_000
MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES.split(), 1)}


class Kind(StrEnum):
    TEXT = "text"
    BOOLEAN = "yes or no"
    NUMBER_POINT = "number, 1,234.56"
    NUMBER_COMMA = "number, 1.234,56"
    DATE_ISO = "day, 2016-10-20"
    DATE_MONTH_FIRST = "day, 10/20/2016"
    DATE_DAY_FIRST = "day, 20/10/2016"
    DATE_DOTS = "day, 20.10.2016"
    DATE_LONG = "day, Oct 20, 2016"
    DATE_SERIAL = "day, as Excel counts them"


NUMBERS = (Kind.NUMBER_POINT, Kind.NUMBER_COMMA)
DATES = (
    Kind.DATE_ISO,
    Kind.DATE_MONTH_FIRST,
    Kind.DATE_DAY_FIRST,
    Kind.DATE_DOTS,
    Kind.DATE_LONG,
    Kind.DATE_SERIAL,
)

PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
AMOUNT = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+−])?\s*(?:{CURRENCY}\s*)?(?P<sign2>[-+−])?\s*"
    r"(?P<bare>[\d.,][\d.,'’ \u00a0\u202f]*?(?:[eE][-+]?\d+)?)"
    rf"\s*(?:{CURRENCY}|%)?\s*(?(open)\))(?P<after>-)?",
    re.ASCII,
)
POINT = re.compile(
    r"(?:\d{1,3}(?:(?P<by>[,'’ \u00a0\u202f])\d{3})(?:(?P=by)\d{3})*|\d+)?(?:\.\d*)?"
    r"(?:[eE][-+]?\d+)?",
    re.ASCII,
)
COMMA = re.compile(
    r"(?:\d{1,3}(?:(?P<by>[.'’ \u00a0\u202f])\d{3})(?:(?P=by)\d{3})*|\d+)?(?:,\d*)?", re.ASCII
)
PATTERNS = {Kind.NUMBER_POINT: POINT, Kind.NUMBER_COMMA: COMMA}
GROUPING = re.compile(r"['’ \u00a0\u202f]")
TIME = (
    r"(?:[T ,]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[-+]\d{2}:?\d{2})?)?"
)
ISO = re.compile(
    rf"(?P<year>\d{{4}})[-/](?P<month>\d{{1,2}})[-/](?P<day>\d{{1,2}}){TIME}", re.ASCII
)
SLASHES = re.compile(
    rf"(?P<one>\d{{1,2}})[/-](?P<two>\d{{1,2}})[/-](?P<year>\d{{4}}|\d{{2}}){TIME}", re.ASCII
)
DOTS = re.compile(
    rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}|\d{{2}}){TIME}", re.ASCII
)
LONG = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)??(?:(?P<name>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?"
    rf"|(?P<day2>\d{{1,2}})[\s-](?P<name2>[A-Za-z]{{3,9}})\.?,?)[\s-](?P<year>\d{{4}}){TIME}",
    re.ASCII,
)
SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)


def is_nothing(text: str) -> bool:
    return text.strip().casefold() in NOTHING


def number_kinds(text: str) -> tuple[Kind, ...]:
    """The ways in which a text is a number; both where only the column can tell."""
    found = AMOUNT.fullmatch(text)
    if not found or not any(each.isdigit() for each in found["bare"]):
        return ()
    return tuple(
        kind for kind, pattern in PATTERNS.items() if pattern.fullmatch(found["bare"]) is not None
    )


def is_separated(text: str) -> bool:
    return "," in text or "." in text


def number(text: str, *, kind: Kind) -> Decimal:
    if kind is Kind.NUMBER_POINT and PLAIN_NUMBER.fullmatch(text):
        return Decimal(text)
    found = AMOUNT.fullmatch(text)
    if not found or not PATTERNS[kind].fullmatch(found["bare"]):
        raise ValueError(text)
    group, point = (",", ".") if kind is Kind.NUMBER_POINT else (".", ",")
    digits = GROUPING.sub("", found["bare"].replace(group, "")).replace(point, ".")
    try:
        size = Decimal(digits)
    except InvalidOperation as error:
        raise ValueError(text) from error
    signs = (found["sign"], found["sign2"], found["after"])
    return -size if found["open"] or any(each and each in "-−" for each in signs) else size


def slash_kinds(text: str) -> tuple[Kind, ...]:
    found = SLASHES.fullmatch(text)
    if not found:
        return ()
    one, two = int(found["one"]), int(found["two"])
    kinds = []
    if 1 <= one <= 12 and 1 <= two <= 31:
        kinds.append(Kind.DATE_MONTH_FIRST)
    if 1 <= two <= 12 and 1 <= one <= 31:
        kinds.append(Kind.DATE_DAY_FIRST)
    return tuple(kinds)


def date_kinds(text: str, *, serials: bool) -> tuple[Kind, ...]:
    if ISO.fullmatch(text):
        return (Kind.DATE_ISO,)
    if kinds := slash_kinds(text):
        return kinds
    if DOTS.fullmatch(text):
        return (Kind.DATE_DOTS,)
    long = LONG.fullmatch(text)
    if long and (long["name"] or long["name2"])[:3].lower() in MONTHS:
        return (Kind.DATE_LONG,)
    if serials and SERIAL.fullmatch(text) and EXCEL_FIRST <= float(text) <= EXCEL_LAST:
        return (Kind.DATE_SERIAL,)
    return ()


def has_time(text: str) -> bool:
    return ":" in text


def moment(text: str, *, kind: Kind, zone: tzinfo) -> date | datetime:
    """A day, or a moment where the text says when on it; without a zone, in that of the org."""
    if kind is Kind.DATE_SERIAL:
        return from_serial(text, zone=zone)
    if kind is Kind.DATE_ISO and len(text) == 10 and text[4] == "-":
        return date.fromisoformat(text)
    pattern = {Kind.DATE_ISO: ISO, Kind.DATE_DOTS: DOTS, Kind.DATE_LONG: LONG}.get(kind, SLASHES)
    found = pattern.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day_ = parts_of(found, kind=kind)
    day = date(year + (2000 if year < 70 else 1900) if year < 100 else year, month, day_)
    return day if found["hour"] is None else at_time(found, day=day, zone=zone)


def parts_of(found: re.Match[str], *, kind: Kind) -> tuple[int, int, int]:
    year = int(found["year"])
    if kind is Kind.DATE_MONTH_FIRST:
        return year, int(found["one"]), int(found["two"])
    if kind is Kind.DATE_DAY_FIRST:
        return year, int(found["two"]), int(found["one"])
    if kind is Kind.DATE_LONG:
        name = (found["name"] or found["name2"])[:3].lower()
        if name not in MONTHS:
            raise ValueError(found[0])
        return year, MONTHS[name], int(found["day"] or found["day2"])
    return year, int(found["month"]), int(found["day"])


def at_time(found: re.Match[str], *, day: date, zone: tzinfo) -> datetime:
    hour = int(found["hour"])
    if half := found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(found[0])
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    part = int((found["part"] or "0").ljust(6, "0")[:6])
    made = datetime(
        day.year,
        day.month,
        day.day,
        hour,
        int(found["minute"]),
        int(found["second"] or 0),
        part,
        tzinfo=zone if found["zone"] is None else UTC,
    )
    made = made - offset_of(found["zone"] or "Z")
    return made.astimezone(UTC)


def offset_of(zone: str) -> timedelta:
    if zone[0] not in "+-":
        return timedelta(0)
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return size if zone[0] == "+" else -size


def from_serial(text: str, *, zone: tzinfo) -> date | datetime:
    count = float(text)
    if not EXCEL_FIRST <= count <= EXCEL_LAST:
        raise ValueError(text)
    day = EXCEL_EPOCH + timedelta(days=int(count))
    if count == int(count):
        return day
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (begin + timedelta(seconds=round((count % 1) * 86_400))).astimezone(UTC)


def boolean(text: str) -> bool:
    said = text.strip().casefold().removesuffix(".0")
    if said in YES:
        return True
    if said in NO:
        return False
    raise ValueError(text)


def is_boolean(text: str) -> bool:
    said = text.strip().casefold().removesuffix(".0")
    return said in YES or said in NO


def day_of(found: date | datetime, *, zone: tzinfo) -> date:
    return found.astimezone(zone).date() if isinstance(found, datetime) else found


def moment_of(found: date | datetime) -> datetime:
    """A day stands for its beginning in UTC, as everywhere in the tables."""
    if isinstance(found, datetime):
        return found
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


Reader = Callable[[str], Any]
