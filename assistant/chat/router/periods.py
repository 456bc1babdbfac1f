"""Stretches of time in words: read apart from any day, and put on the org's calendar later.

A reading is short text: `quarter+0` this quarter, `days-30` the last 30 days, `q3`, `q3:2026`,
`m11`, `year:2027`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from revenue.periods import Length, Period

UNITS = {
    "day": "day", "days": "day", "tag": "day", "tage": "day", "tagen": "day",
    "week": "week", "weeks": "week", "woche": "week", "wochen": "week",
    "month": "month", "months": "month", "monat": "month", "monats": "month", "monate": "month",
    "monaten": "month",
    "quarter": "quarter", "quarters": "quarter", "quartal": "quarter", "quartals": "quarter",
    "quartale": "quarter", "quartalen": "quarter",
    "year": "year", "years": "year", "jahr": "year", "jahres": "year", "jahre": "year",
    "jahren": "year", "fiscal year": "year", "geschaftsjahr": "year",
}  # fmt: skip
MONTHS = (
    "january januar jan", "february februar feb", "march marz mar", "april apr", "may mai",
    "june juni jun", "july juli jul", "august aug", "september sep sept",
    "october oktober oct okt", "november nov", "december dezember dec dez",
)  # fmt: skip
MONTH_OF = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
NOT_ALONE = frozenset({"may", "march", "mar", "jan", "mai"})  # also verbs and names
NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "one ein eine einen single", "two zwei couple", "three drei", "four vier",
            "five funf", "six sechs", "seven sieben", "eight acht", "nine neun", "ten zehn",
            "eleven elf", "twelve zwolf",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
    "erste": 1, "ersten": 1, "erstes": 1, "zweite": 2, "zweiten": 2, "zweites": 2, "dritte": 3,
    "dritten": 3, "drittes": 3, "vierte": 4, "vierten": 4, "viertes": 4,
}  # fmt: skip
DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def any_of(words: Iterator[str] | dict[str, int] | dict[str, str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


LONE_MONTH = "|".join(name for name in MONTH_OF if name not in NOT_ALONE and len(name) > 3)
UNIT, MONTH = any_of(UNITS), any_of(MONTH_OF)
YEAR = r"(?:20\d\d)"
THIS = (
    r"(?:this|current|running|the|dieses|diesem|diesen|diese|dieser|aktuelle[ns]?|laufende[ns]?|im)"
)
LAST = r"(?:last|previous|past|prior|preceding|letzte[rmns]?|vorige[rmns]?|vergangene[rmns]?|vor)"
NEXT = r"(?:next|coming|upcoming|following|nachste[rmns]?|kommende[rmns]?|folgende[rmns]?)"
NUMBER = rf"(\d{{1,3}}|{any_of(NUMBERS)})"
RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), kind)
    for pattern, kind in (
        (rf"{NEXT} {NUMBER} ({UNIT})", "ahead"),
        (rf"(?:within|in) (?:the )?(?:{NEXT} )?{NUMBER} ({UNIT})", "ahead"),
        (rf"{LAST} {NUMBER} ({UNIT})", "behind"),
        (rf"q([1-4]) ?(?:fy ?)?({YEAR})?", "q"),
        (rf"({any_of(ORDINALS)}|[1-4]) (?:quarter|quartals?)(?: (?:of |von )?({YEAR}))?", "nth"),
        (rf"({MONTH}) ({YEAR})", "month"),
        (rf"(?:in|for|of|during|by|until|im|fur|bis|end of|ende) ({MONTH})", "month"),
        (rf"(?:fiscal year|geschaftsjahr|fy|year|jahr) ?({YEAR})", "year"),
        (r"fy ?(\d\d)", "fy"),
        (rf"(?:in|for|during|im jahr|fur) ({YEAR})", "year"),
        (r"ytd|year to date|since january|seit jahresbeginn|seit jahresanfang", "year+0"),
        (r"qtd|quarter to date|seit quartalsbeginn", "quarter+0"),
        (r"mtd|month to date", "month+0"),
        (r"since monday|seit montag|so far this week", "week+0"),
        (r"today|heute|right away today", "day+0"),
        (r"tomorrow|morgen", "day+1"),
        (r"yesterday|gestern", "day-1"),
        (rf"{NEXT} ({UNIT})", "+1"),
        (rf"{LAST} ({UNIT})", "-1"),
        (rf"{THIS} (?:whole |entire |full |rest of the |ganze[ns]? )?({UNIT})", "+0"),
        (rf"({LONE_MONTH})", "month"),
        (r"quarterly|quartalsende|end of quarter", "quarter+0"),
        (r"year end|jahresende|end of year", "year+0"),
        (r"month end|monatsende|end of month", "month+0"),
    )
)  # fmt: skip
VERSUS = re.compile(
    r"(?:vs|versus|compared (?:to|with)|against|than|im vergleich zu[mr]?|gegenuber)"
    r"(?: the| dem)? $"
)
# "half a year ago" and "since spring" begin somewhere; which page's stretch it is, is not said.
LOOSE = re.compile(r"\b(half a year ago|since (?:spring|summer|autumn|winter)|lately|recently)\b")
UNTIL = re.compile(r"\b(?:by |before |until |bis )?(?:the )?(?:end of |ende )?$")


@dataclass(frozen=True)
class Found:
    start: int
    end: int
    said: str
    versus: bool = False


def read(text: str) -> list[Found]:
    """Each period that the text names, in its order; the longest reading of a place wins."""
    found: list[Found] = []
    for pattern, kind in RULES:
        for match in pattern.finditer(text):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            said = said_by(kind, match)
            if said:
                versus = VERSUS.search(text[: match.start()]) is not None
                found.append(Found(match.start(), match.end(), said, versus))
    return sorted(found, key=lambda one: one.start)


def said_by(kind: str, match: re.Match[str]) -> str:  # noqa: PLR0911
    groups = [group for group in match.groups() if group]
    if kind in ("ahead", "behind"):
        number, unit = number_of(groups[0]), UNITS[groups[1]]
        if number == 1 and unit != "day":
            return f"{unit}{'+1' if kind == 'ahead' else '-1'}"
        return f"days{'+' if kind == 'ahead' else '-'}{number * DAYS[unit]}"
    if kind in ("q", "nth"):
        number = ORDINALS.get(groups[0]) or int(groups[0])
        return f"q{number}" + (f":{groups[1]}" if len(groups) > 1 else "")
    if kind == "month":
        return f"m{MONTH_OF[groups[0]]}" + (f":{groups[1]}" if len(groups) > 1 else "")
    if kind == "year":
        return f"year:{groups[0]}"
    if kind == "fy":
        return f"year:20{groups[0]}"
    if kind in ("+1", "-1", "+0"):
        return f"{UNITS[groups[0]]}{kind}"
    return kind


def number_of(text: str) -> int:
    return int(text) if text.isdigit() else NUMBERS[text]


@dataclass(frozen=True)
class Span:
    """Both days included. `period` where it is one of the org's calendar."""

    since: date
    last: date
    label: str
    period: Period | None = None


def span_of(said: str, *, today: date, first_month: int, ahead: bool = True) -> Span:
    """`ahead` says which year a quarter or month of no year is looked for in: the next, or past."""
    if match := re.fullmatch(r"(day|week|month|quarter|year)([+-]\d+)", said):
        return of_unit(match[1], int(match[2]), today=today, first_month=first_month)
    if match := re.fullmatch(r"days([+-])(\d+)", said):
        days = timedelta(days=int(match[2]))
        if match[1] == "+":
            return Span(today, today + days, f"the next {match[2]} days")
        return Span(today - days, today, f"the last {match[2]} days")
    if match := re.fullmatch(r"year:(\d{4})", said):
        year = Period.of(today, length=Length.YEAR, first_month=first_month)
        return of_period(year.after(int(match[1]) - year.fiscal_year))
    if match := re.fullmatch(r"q([1-4])(?::(\d{4}))?", said):
        return of_period(
            quarter_named(
                int(match[1]), match[2], today=today, first_month=first_month, ahead=ahead
            )
        )
    if match := re.fullmatch(r"m(\d+)(?::(\d{4}))?", said):
        return of_period(
            month_named(int(match[1]), match[2], today=today, first_month=first_month, ahead=ahead)
        )
    raise ValueError(f"{said} is no period.")


def of_unit(unit: str, number: int, *, today: date, first_month: int) -> Span:
    if unit == "day":
        day = today + timedelta(days=number)
        names = {0: "today", 1: "tomorrow", -1: "yesterday"}
        return Span(day, day, names.get(number, f"{day:%-d %b %Y}"))
    if unit == "week":
        since = today - timedelta(days=today.weekday()) + timedelta(weeks=number)
        names = {0: "this week", 1: "next week", -1: "last week"}
        return Span(since, since + timedelta(days=6), names.get(number, f"week of {since:%-d %b}"))
    period = Period.of(today, length=Length(unit), first_month=first_month)
    return of_period(period.after(number))


def of_period(period: Period) -> Span:
    return Span(period.since, period.last, period.label, period)


def quarter_named(
    number: int, year: str | None, *, today: date, first_month: int, ahead: bool
) -> Period:
    """Of the fiscal year that is named, else the one nearest to today in the wanted direction."""
    running = Period.of(today, first_month=first_month)
    place = (running.since.month - first_month) % 12 // 3 + 1
    if year:
        own = Period.of(today, length=Length.YEAR, first_month=first_month)
        return running.after((int(year) - own.fiscal_year) * 4 + number - place)
    away = (number - place) % 4
    return running.after(away if ahead or not away else away - 4)


def month_named(
    number: int, year: str | None, *, today: date, first_month: int, ahead: bool
) -> Period:
    running = Period.of(today, length=Length.MONTH, first_month=first_month)
    if year:
        day = date(int(year), number, 1)
        return Period.of(day, length=Length.MONTH, first_month=first_month)
    away = (number - today.month) % 12
    return running.after(away if ahead or not away else away - 12)
