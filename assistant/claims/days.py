"""Days and months as they are written; what is not written of them is left open."""

import re
from dataclasses import dataclass
from datetime import date

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BY_START = {name[:3]: at for at, name in enumerate(MONTHS, start=1)}
# Beside a day a month may be written small; alone, "may" and "march" are words.
MONTH = (
    r"(?i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
WEEKDAY = r"(?i:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b\.?"
NTH = r"(?:st|nd|rd|th)?\b"
YEAR = r"(?:19|20)\d\d"
DAY = re.compile(
    rf"(?:\b(?P<weekday>{WEEKDAY}),?\s+(?:the\s+)?)?"
    rf"(?:\b(?P<iso>{YEAR}-\d\d-\d\d)\b"
    rf"|\b(?P<day_first>\d{{1,2}}){NTH}(?:\s+of)?\s+(?P<month_second>{MONTH})(?:,?\s+(?P<year_a>{YEAR})\b)?"
    rf"|\b(?P<month_first>{MONTH})\s+(?P<day_second>\d{{1,2}}){NTH}(?!\s?(?:%|:\d))(?:,?\s+(?P<year_b>{YEAR})\b)?"
    rf"|\b(?P<slashed>\d{{1,2}}/\d{{1,2}}/{YEAR})\b)"
)
MONTH_ALONE = re.compile(
    rf"\b(?:(?P<month>{MONTH})\s+(?:of\s+)?(?P<year>{YEAR})\b"
    r"|(?P<bare>January|February|March|April|May|June|July|August|September|October|November"
    r"|December)\b)"
)
WEEKDAY_ALONE = re.compile(r"\b(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b")


@dataclass(frozen=True)
class Said:
    """Parts of a day that were written; several where it can be read in more than one way."""

    year: int = 0
    month: int = 0
    day: int = 0
    weekday: int = -1
    swapped: bool = False  # 04/03/2025 is in April for some and in March for others

    def means(self, on: date) -> bool:
        if self.weekday >= 0 and on.weekday() != self.weekday:
            return False
        if self.year and on.year != self.year:
            return False
        same = (not self.month or on.month == self.month) and (not self.day or on.day == self.day)
        return same or (self.swapped and on.month == self.day and on.day == self.month)


def day_said(found: "re.Match[str]") -> Said:
    weekday = weekday_of(found["weekday"])
    if found["iso"]:
        year, month, on = (int(part) for part in found["iso"].split("-"))
        return Said(year, month, on, weekday)
    if found["slashed"]:
        month, on, year = (int(part) for part in found["slashed"].split("/"))
        return Said(year, month, on, weekday, swapped=True)
    name = found["month_second"] or found["month_first"]
    on = int(found["day_first"] or found["day_second"])
    year = int(found["year_a"] or found["year_b"] or 0)
    return Said(year, month_of(name), on, weekday)


def month_said(found: "re.Match[str]") -> Said:
    return Said(int(found["year"] or 0), month_of(found["month"] or found["bare"]))


def month_of(name: str) -> int:
    return BY_START[name[:3].lower()]


def weekday_of(name: str | None) -> int:
    if not name:
        return -1
    return next(at for at, each in enumerate(WEEKDAYS) if each.startswith(name[:3].lower()))
