"""Which period and whose number a page of the forecast shows, by its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from revenue.periods import Length, Period
from revenue.users.access import OrgRequest
from revenue.web.filters import read_day

NAMES = ("length", "since", "team")


@dataclass(frozen=True)
class Asked:
    """`team` is the key of a node; of none, the reader's own top is meant."""

    period: Period
    today: date
    team: str = ""
    problem: str = ""

    def query(self, *, period: Period | None = None, team: str | None = None, **more: str) -> str:
        wanted = period or self.period
        team = self.team if team is None else team
        said = {"length": wanted.length.value, "since": wanted.since.isoformat()}
        return urlencode({**said, **({"team": team} if team else {}), **more})

    @property
    def current(self) -> Period:
        """Of this length, the one that runs."""
        own = self.period
        return Period.of(self.today, length=own.length, first_month=own.first_month)

    @property
    def is_over(self) -> bool:
        return self.today >= self.period.until

    def lengths(self, path: str) -> list[dict[str, Any]]:
        """The month, quarter and year of today where today is shown, else of the first day."""
        own = self.period
        day = self.today if self.today in own else own.since
        found = [Period.of(day, length=one, first_month=own.first_month) for one in Length]
        return [
            {
                "label": one.length.value.capitalize(),
                "url": f"{path}?{self.query(period=one)}",
                "active": one.length is own.length,
            }
            for one in found
        ]

    def steps(self, path: str) -> dict[str, str]:
        own, current = self.period, self.current
        return {
            "previous": f"{path}?{self.query(period=own.before())}",
            "this": "" if own == current else f"{path}?{self.query(period=current)}",
            "next": f"{path}?{self.query(period=own.after())}",
        }


def asked_of(data: Mapping[str, str], *, today: date, first_month: int) -> Asked:
    """What runs now, where nothing is asked for or nothing that can be."""
    said, problems = data.get("length", ""), list[str]()
    length = Length(said) if said in set(Length) else Length.QUARTER
    day = read_day(data.get("since", ""), problems=problems) or today
    period = Period.of(day, length=length, first_month=first_month)
    return Asked(period, today, data.get("team", "")[:80], problems[0] if problems else "")


def asked_by(request: OrgRequest, data: Mapping[str, str] | None = None) -> Asked:
    org = request.org
    today = org.today(at=timezone.now())
    asked = request.GET if data is None else data
    return asked_of(asked, today=today, first_month=org.fiscal_month)
