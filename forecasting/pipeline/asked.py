"""Which days and which window of closing a reader asks to compare, from the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from forecasting.pipeline.categories import Window
from forecasting.pipeline.comparing import ComparisonError, check_days
from revenue.periods import Period
from revenue.web.filters import read_day

WEEK = timedelta(days=7)
NAMES = ("since", "until", "closing")
CLOSING = {"": "Any close date", "quarter": "To close this quarter", "next": "Next quarter"}


@dataclass(frozen=True)
class Asked:
    since: date
    until: date
    closing: str = ""
    problem: str = ""

    def window(self, *, quarter: Period) -> Window | None:
        """Of the quarter that runs, or of the one after it."""
        if not self.closing:
            return None
        asked = quarter.after() if self.closing == "next" else quarter
        return Window(asked.since, asked.last)

    @property
    def query(self) -> str:
        said = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        if self.closing:
            said["closing"] = self.closing
        return urlencode(said)


def asked_of(data: Mapping[str, str], *, today: date) -> Asked:
    """The last week where nothing is asked for, or nothing that can be."""
    usual = Asked(today - WEEK, today)
    closing = data.get("closing", "")
    closing = closing if closing in CLOSING else ""
    problems: list[str] = []
    since, until = (read_day(data.get(name, ""), problems=problems) for name in NAMES[:2])
    found = Asked(since or (until or today) - WEEK, until or today, closing)
    try:
        check_days(since=found.since, until=found.until, today=today)
    except ComparisonError as error:
        problems.append(str(error))
    if problems:
        return Asked(usual.since, usual.until, closing, problems[0])
    return found


def presets(*, today: date, quarter: Period) -> list[tuple[str, date, date]]:
    first, last_first = quarter.since, quarter.before().since
    found = [
        ("Last week", today - WEEK, today),
        ("Last 4 weeks", today - 4 * WEEK, today),
        ("This quarter", first - timedelta(days=1), today),
        ("Last quarter", last_first - timedelta(days=1), first - timedelta(days=1)),
    ]
    return [one for one in found if one[1] < one[2]]
