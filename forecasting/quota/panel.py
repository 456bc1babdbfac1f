"""The number beside quota, of each node of a forecast: what its page shows, and where from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from forecasting.models import ForecastNode
from forecasting.quota.arithmetic import (
    Course,
    Needed,
    Pace,
    Standing,
    Won,
    courses_of,
    day_after,
    pace_of,
    share_of,
    won_between,
)
from forecasting.quota.pictures import pacing_chart
from forecasting.quota.reading import Books, books_of
from forecasting.quota.stretches import Total, summed
from revenue.periods import Period
from revenue.users.models import Org
from revenue.web.charts import Chart
from revenue.web.templatetags import web

Owners = Collection[str] | None


@dataclass(frozen=True, kw_only=True)
class QuotaPanel:
    name: str
    period: Period
    today: date
    currency: str
    sum: Total
    asked: int | None  # how many owners there are; nothing where all of the org are meant
    standing: Standing
    needed: Needed
    pace: Pace
    won: Won

    @property
    def has_quota(self) -> bool:
        return self.standing.quota is not None

    @property
    def is_over(self) -> bool:
        return self.today >= self.period.until

    @property
    def missing(self) -> list[str]:
        """What the figures do not hold, each a sentence."""
        found = []
        if not self.sum.owners:
            found.append(f"No quota of {self.name} for {self.period.label} is in the CRM.")
        elif self.asked is not None and len(self.sum.owners) < self.asked:
            found.append(f"{len(self.sum.owners)} of {self.asked} people here have a quota.")
        if self.sum.without_rate:
            several = self.sum.without_rate != 1
            found.append(
                f"{self.sum.without_rate} quota{'s are' if several else ' is'} in a currency of"
                " which no rate is known, and not counted."
            )
        if self.sum.other_kinds:
            kinds = ", ".join(f"“{one}”" if one else "no kind" for one in self.sum.other_kinds)
            mine = f"“{self.sum.kind}”" if self.sum.kind else "no kind"
            found.append(f"Quotas of {mine} are counted; those of {kinds} are unlike them.")
        if self.has_quota and not self.is_over and self.needed.amount is None:
            found.append(
                "How much pipeline is needed is not known: of earlier periods, the CRM's history"
                " does not say what was due at this point and won from then on."
            )
        return found

    @property
    def bar(self) -> int:
        """Attainment in per cent, as far as a bar goes."""
        return min(round(100 * (self.standing.attainment or 0)), 100)

    @property
    def above(self) -> Decimal:
        return -(self.standing.gap or Decimal())

    @property
    def covered(self) -> str:
        return f"{web.number(self.standing.coverage, 1)}×"

    @property
    def coverage_said(self) -> str:
        due = web.compact_money(self.standing.pipeline, self.currency)
        return f"{due} due, beside what is left of quota"

    @property
    def short_said(self) -> str:
        """How the pipeline that is due stands beside the one that is needed."""
        due = web.compact_money(self.standing.pipeline, self.currency)
        short = self.needed.short or Decimal()
        if short <= 0:
            return f"{due} is due: enough"
        return f"{due} is due: {web.compact_money(short, self.currency)} is missing"

    @property
    def pacing(self) -> str:
        pace = self.pace
        if self.is_over or pace.median is None:
            return ""
        share, several = web.percent(pace.median), len(pace.shares)
        if several > 1:
            before = f"the {several} {self.period.length}s before had closed {share}"
            before += f" ({web.percent(pace.low)} to {web.percent(pace.high)}) of what they"
        else:
            before = f"the {self.period.length} before had closed {share} of what it"
        said = f"By this point, {before} closed in the end."
        if pace.ends_at is None:
            return said
        ends = web.compact_money(pace.ends_at, self.currency)
        quota = self.standing.quota
        at = f", {web.percent(pace.ends_at / quota)} of quota" if quota else ""
        return f"{said} At that pace this {self.period.length} ends at {ends}{at}."

    @property
    def steps(self) -> list[tuple[str, str, str]]:
        """What the pipeline that is needed is worked out from: a line, its number, and of what."""
        now = self.standing

        def money(amount: Decimal | None) -> str:
            return web.money(amount, self.currency)

        return [
            ("Quota", money(now.quota), ""),
            ("− closed", money(now.closed), ""),
            ("− expected new business", money(now.expected_new), "of the forecast"),
            ("= to come from pipeline", money(self.needed.left), ""),
            ("÷ share won", web.percent(self.needed.share.value, 1), self.share_said),
            ("= pipeline needed", money(self.needed.amount), ""),
            ("Pipeline due now", money(now.pipeline), "open, to close in the period"),
        ]

    @property
    def share_said(self) -> str:
        """Of all, only the share is told: their amounts are not for every reader."""
        share = self.needed.share
        before = f"{share.periods} earlier {self.period.length}{'' if share.periods == 1 else 's'}"
        said = f"of what was due at this point of {before}"
        if share.is_of_all:
            return f"{said} of the whole org, as there were few deals here"
        won, due = (web.money(one, self.currency) for one in (share.won, share.due))
        return f"{said}: {won} of {due}, {share.deals:,} deal{'' if share.deals == 1 else 's'}"

    @cached_property
    def courses(self) -> tuple[Course, list[Course]]:
        return courses_of(self.won, self.period, today=self.today)

    @property
    def chart(self) -> Chart:
        own, past = self.courses
        return pacing_chart(own, past, quota=self.standing.quota, currency=self.currency)


def standings(
    org: Org,
    period: Period,
    owners: Mapping[str, Owners],
    *,
    today: date,
    expected_new: Mapping[str, Decimal] | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, QuotaPanel]:
    """By whatever key the owners are given; the same few queries however many keys there are."""
    wanted: Owners = set()
    for some in owners.values():
        wanted = None if some is None or wanted is None else {*wanted, *some}
    books = books_of(org, period, owners=wanted, today=today)
    return {
        key: panel_of(
            org,
            period,
            some,
            books=books,
            today=today,
            expected_new=(expected_new or {}).get(key) or Decimal(),
            name=(names or {}).get(key) or org.name,
        )
        for key, some in owners.items()
    }


def panel_of(
    org: Org,
    period: Period,
    owners: Owners,
    *,
    books: Books,
    today: date,
    expected_new: Decimal,
    name: str,
) -> QuotaPanel:
    won, total = books.wins(owners), summed(books.lines(owners), period)
    standing = Standing(
        quota=total.amount,
        closed=won_between(won, period.since, min(period.until, day_after(today))),
        pipeline=books.open_due(owners),
        expected_new=expected_new,
    )
    return QuotaPanel(
        name=name,
        period=period,
        today=today,
        currency=org.currency,
        sum=total,
        asked=None if owners is None else len(set(owners)),
        standing=standing,
        needed=Needed(standing, share_of(books.share(owners), books.share(None))),
        pace=pace_of(won, period, today=today),
        won=won,
    )


def quota_panel(
    org: Org, period: Period, nodes: Iterable[ForecastNode], *, today: date
) -> Sequence[QuotaPanel]:
    """One for each node, in their order; of the whole org also quotas of those without deals.

    The nodes are such as the reader sees: what is read here is theirs, and asks for nobody else's.
    """
    rows = list(nodes)
    keys = [f"{row.key}|{row.is_total}" for row in rows]
    found = standings(
        org,
        period,
        {
            key: None if row.key == "" and row.is_total else row.owners
            for key, row in zip(keys, rows, strict=True)
        },
        today=today,
        expected_new={key: row.from_new or Decimal() for key, row in zip(keys, rows, strict=True)},
        names={key: row.name for key, row in zip(keys, rows, strict=True)},
    )
    return [found[key] for key in keys]
