"""Every figure in a text, with its unit, its precision and the way it claims to go."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.claims.days import (
    DAY,
    MONTH_ALONE,
    WEEKDAY_ALONE,
    Said,
    day_said,
    month_said,
    weekday_of,
)
from assistant.claims.numerals import NTH, NUMERAL, Numeral, listed, numeral_of
from assistant.claims.units import Unit
from assistant.claims.ways import is_ahead, way_of

CODES = listed(
    "USD EUR GBP JPY CHF CAD AUD NZD SEK NOK DKK PLN CZK HUF RON BGN ISK TRY ILS AED SAR ZAR INR"
    " CNY HKD TWD KRW SGD THB MYR IDR PHP VND BRL MXN ARS CLP COP PEN"
)
SIGNS = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
NAMES = {"dollar": "USD", "euro": "EUR", "pound": "GBP", "yen": "JPY", "buck": "USD"}
BEFORE = re.compile(
    rf"(?P<sign>[+\-−–±]\s?)?(?P<money>US\$|[$€£¥]|\b(?:{'|'.join(CODES)})[\s\u00a0]?)?"
    r"(?P<inner>[+\-−])?$"
)
DAYS_IN = {
    "minute": Decimal(1) / 1440, "min": Decimal(1) / 1440, "hour": Decimal(1) / 24,
    "day": Decimal(1), "week": Decimal(7), "month": Decimal("30.4375"),
    "quarter": Decimal("91.3125"), "year": Decimal("365.25"),
}  # fmt: skip
AFTER = re.compile(
    r"""(?:
      [\s\u00a0\u202f-]?(?P<points>(?:percentage|percent|%)?[\s-]?points?\b|pts?\b|pp\b|p\.p\.)
    | [\s\u00a0\u202f]?(?P<share>%|per\s?cent\b|percent\b)
    | \s?(?P<code>"""
    + "|".join(CODES)
    + r""")\b
    | [\s-]?(?P<named>dollar|euro|pound|yen|buck)s?\b
    | [\s-]?(?:(?:business|working|calendar|full|whole|more|consecutive|further|straight)\s)?
      (?P<time>minute|min|hour|day|week|month|quarter|year)s?\b
    | \s?(?P<ratio>[x×]\b|×|[\s-]?fold\b)
    | \s?(?:/|of|out\sof)\s?(?P<hundred>100)\b(?!\s?%)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
NOUN_OF_ONE = listed(
    "contact person activity call meeting deal director push day week month year case product"
    " e-mail email stage competitor time point customer account time visit hour opportunity quarter"
    " order decision-maker champion sponsor renewal purchase step-back ticket reply answer"
)
ONE = re.compile(rf"\bone[\s-]+(?:{'|'.join(NOUN_OF_ONE)})\b", re.IGNORECASE)
PARTS = {"half": Decimal(50), "third": Decimal(100) / 3, "quarter": Decimal(25)}
PART = re.compile(
    r"\b(?:(?:by|in)\s+(?P<by>half)\b|(?:a\s+)?(?P<part>half|(?<=a\s)third|(?<=a\s)quarter)\s+of\b"
    r"|(?P<two>two[\s-]+thirds|three[\s-]+quarters))",
    re.IGNORECASE,
)
TIMES = re.compile(
    r"\b(?:(?P<twice>twice|thrice)|(?P<more>doubl(?:e|ed|es|ing)|tripl(?:e|ed|es|ing)|quadrupled?))\b",
    re.IGNORECASE,
)
MANY = {"twice": 2, "thrice": 3, "doubl": 2, "tripl": 3, "quadr": 4}
ORDINAL = re.compile(
    rf"\b(?:(?P<digits>\d+)(?:st|nd|rd|th)|(?P<word>{'|'.join(NTH)}))\b(?![\s-]+part)",
    re.IGNORECASE,
)
JOINS = re.compile(r"\s?[-–—]\s?|\s+(?:to|and|or|through)\s+")
NO_SIGN = frozenset(")%\"'")


@dataclass(frozen=True)
class Figure:
    text: str
    start: int
    end: int
    unit: Unit
    amount: Decimal = Decimal(0)
    step: Decimal = Decimal(1)
    is_rounded: bool = False  # its last digit counts more than one of its unit
    currency: str = ""
    said: Said | None = None
    sign: int = 0  # as written
    way: int = 0  # as the words about it go
    is_ahead: bool | None = None
    is_bare: bool = False  # a number without any unit


@dataclass(frozen=True)
class Reading:
    figures: tuple[Figure, ...]
    unread: tuple[str, ...]  # what holds a digit and was not understood


def figures_in(text: str) -> list[Figure]:
    return list(reading_of(text).figures)


def reading_of(text: str) -> Reading:
    taken = [False] * len(text)
    found: list[Figure] = []
    for figure in (*days_in(text), *parts_in(text)):
        take(figure, taken, found)
    for figure in numbers_in(text, taken):
        take(figure, taken, found)
    found.sort(key=lambda each: each.start)
    told = tuple(with_ways(text, ranged(text, found)))
    return Reading(told, tuple(unread_in(text, taken)))


def take(figure: Figure, taken: list[bool], found: list[Figure]) -> None:
    if any(taken[figure.start : figure.end]):
        return
    taken[figure.start : figure.end] = [True] * (figure.end - figure.start)
    found.append(figure)


def days_in(text: str) -> Iterator[Figure]:
    for match in DAY.finditer(text):
        yield dated(match, day_said(match))
    for match in MONTH_ALONE.finditer(text):
        if match["bare"] != "May" or re.search(
            r"\b(?:in|by|of|since|until|from|to|early|late|mid|for)[\s-]+$",
            text[: match.start()],
        ):
            yield dated(match, month_said(match))
    for match in WEEKDAY_ALONE.finditer(text):
        yield dated(match, Said(weekday=weekday_of(match["weekday"])))


def dated(match: "re.Match[str]", said: Said) -> Figure:
    return Figure(match[0], match.start(), match.end(), Unit.DATE, said=said)


def parts_in(text: str) -> Iterator[Figure]:
    for match in PART.finditer(text):
        name = (match["by"] or match["part"] or "").lower()
        if match["two"]:
            amount = Decimal(200) / 3 if match["two"].lower().startswith("two") else Decimal(75)
        else:
            amount = PARTS[name]
        yield Figure(match[0], match.start(), match.end(), Unit.SHARE, amount)
    for match in TIMES.finditer(text):
        unit = Unit.COUNT if match["twice"] else Unit.RATIO
        amount = Decimal(MANY[match[0].lower()[:5]])
        yield Figure(match[0], match.start(), match.end(), unit, amount, is_bare=True)
    for match in ORDINAL.finditer(text):
        amount = Decimal(match["digits"] or NTH[match["word"].lower()])
        yield Figure(match[0], match.start(), match.end(), Unit.COUNT, amount, is_bare=True)


def numbers_in(text: str, taken: Sequence[bool]) -> Iterator[Figure]:
    for match in NUMERAL.finditer(text):
        if any(taken[match.start() : match.end()]) or is_within_word(text, match):
            continue
        numeral = numeral_of(match)
        if match[0].lower() == "one" and not ONE.match(text, match.start()):
            continue
        yield figure_of(text, match, numeral)


def is_within_word(text: str, match: "re.Match[str]") -> bool:
    """Q3, B2B, 14:30, 1.2.3: what is written together is read together, by the letter."""
    before, after = text[: match.start()], text[match.end() :]
    if before[-1:].isalpha() or before[-1:] == "_":
        return not re.search(rf"\b(?:{'|'.join(CODES)})$", before)
    if re.search(r"\d[.,:/]$", before) or re.match(r"[.,:/]\d", after):
        return not AFTER.match(after)
    return not AFTER.match(after) and (after[:1].isalpha() or after[:1] == "_")


def figure_of(text: str, match: "re.Match[str]", numeral: Numeral) -> Figure:
    before = BEFORE.search(text[: match.start()])
    after = AFTER.match(text, match.end())
    start = before.start() if before else match.start()
    currency, sign = "", 0
    if before and before["money"]:
        currency = SIGNS.get(before["money"].strip(), before["money"].strip())
    written = ((before["inner"] or before["sign"]) if before else "") or ""
    if written and is_sign(text, start):
        sign = 1 if written.strip() == "+" else -1
    elif before and before["sign"]:
        start += len(before["sign"])
    end = after.end() if after else match.end()
    unit, factor = unit_of(after)
    currency = currency or currency_of(after)
    if currency:
        unit, factor = Unit.MONEY, Decimal(1)
        end = after.end() if after and (after["code"] or after["named"]) else match.end()
    return Figure(
        text[start:end],
        start,
        end,
        unit,
        numeral.amount * factor,
        numeral.step * factor,
        is_rounded=numeral.scale > 1 or factor not in (Decimal(1),),
        currency=currency,
        sign=sign,
        is_bare=unit is Unit.COUNT,
    )


def is_sign(text: str, start: int) -> bool:
    """A dash after a word or a number joins; after a space or a bracket it is a sign."""
    before = text[:start][-1:]
    return not before or before.isspace() or before in "([~≈/|"


UNITS = {
    "points": Unit.POINTS,
    "share": Unit.SHARE,
    "ratio": Unit.RATIO,
    "hundred": Unit.SCORE,
}


def unit_of(after: "re.Match[str] | None") -> tuple[Unit, Decimal]:
    if after is None:
        return Unit.COUNT, Decimal(1)
    if after["time"]:
        return Unit.TIME, DAYS_IN[after["time"].lower()]
    named = (unit for group, unit in UNITS.items() if after[group])
    return next(named, Unit.COUNT), Decimal(1)


def currency_of(after: "re.Match[str] | None") -> str:
    if after is None:
        return ""
    return str(after["code"] or "").upper() or NAMES.get(str(after["named"] or "").lower(), "")


def ranged(text: str, found: Sequence[Figure]) -> list[Figure]:
    """ "24 to 38 %", "$1.2–1.5M": what stands once is meant of both."""
    figures = list(found)
    for at in range(len(figures) - 2, -1, -1):
        one, two = figures[at], figures[at + 1]
        if not JOINS.fullmatch(text[one.end : two.start]):
            continue
        if one.is_bare and two.unit not in (Unit.COUNT, Unit.DATE, Unit.MONEY):
            factor = two.step / written_step(two) if two.unit is Unit.TIME else Decimal(1)
            figures[at] = replace(
                one, unit=two.unit, amount=one.amount * factor, step=one.step * factor,
                is_rounded=two.is_rounded, is_bare=False,
            )  # fmt: skip
        elif one.unit is Unit.MONEY and two.is_bare:
            figures[at + 1] = replace(two, unit=Unit.MONEY, currency=one.currency, is_bare=False)
            if not one.is_rounded and two.is_rounded:
                figures[at] = scaled_like(one, two)
        elif one.is_bare and two.unit is Unit.MONEY:
            figures[at] = replace(one, unit=Unit.MONEY, currency=two.currency, is_bare=False)
    return figures


def written_step(figure: Figure) -> Decimal:
    numeral = NUMERAL.search(figure.text)
    return numeral_of(numeral).step if numeral else Decimal(1)


def scaled_like(one: Figure, two: Figure) -> Figure:
    numeral = NUMERAL.search(two.text)
    scale = numeral_of(numeral).scale if numeral else Decimal(1)
    return replace(one, amount=one.amount * scale, step=one.step * scale, is_rounded=True)


def with_ways(text: str, figures: Sequence[Figure]) -> Iterator[Figure]:
    for figure in figures:
        way = figure.sign or way_of(text, figure.start, figure.end)
        ahead = is_ahead(text, figure.start, figure.end) if figure.unit is Unit.TIME else None
        yield replace(figure, way=way, is_ahead=ahead)


def unread_in(text: str, taken: Sequence[bool]) -> Iterator[str]:
    """Words with a digit in them that no rule has read: names, and numbers of other scripts."""
    for match in re.finditer(r"\S+", text):
        rest = "".join(
            letter
            for at, letter in enumerate(match[0], start=match.start())
            if not taken[at] and unicodedata.category(letter) in ("Nd", "Nl", "No")
        )
        if rest:
            yield match[0].strip(".,;:!?()[]\"'“”’")
