"""Quotas as stretches of time, also where the CRM gives no end; and their part in a period."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from revenue.periods import Length, Period, months_later

CENT = Decimal("0.01")
DAYS_A_MONTH = 30.44


@dataclass(frozen=True)
class Line:
    """One quota; `amount` is in the org's currency, and nothing where no rate is known."""

    owner: str
    since: date
    until: date | None
    amount: Decimal | None
    kind: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Total:
    """`owners` have one of the kind that counts; other kinds are unlike it, and not added."""

    amount: Decimal | None
    owners: frozenset[str] = frozenset()
    kind: str = ""
    other_kinds: tuple[str, ...] = ()
    without_rate: int = 0


def with_ends(lines: Iterable[Line]) -> list[Line]:
    """Of one without an end, until the next of the same owner and kind, or as long as is usual."""
    rows = list(lines)
    starts = starts_of(rows)
    months = usual_months(starts.values())
    found = []
    for one in rows:
        until = one.until
        if until is None:
            own = starts[one.owner, one.kind]
            following = own[bisect_right(own, one.since) :]
            until = min([later(one.since, months), *following[:1]])
        if until > one.since:
            found.append(replace(one, until=until))
    return found


def starts_of(lines: Iterable[Line]) -> dict[tuple[str, str], list[date]]:
    found: dict[tuple[str, str], set[date]] = defaultdict(set)
    for one in lines:
        found[one.owner, one.kind].add(one.since)
    return {key: sorted(days) for key, days in found.items()}


def usual_months(starts: Iterable[Sequence[date]]) -> int:
    """Between one quota and the next of the same owner; a quarter where nothing says it."""
    gaps: Counter[int] = Counter()
    for days in starts:
        for one, other in pairwise(days):
            apart = (other - one).days / DAYS_A_MONTH
            gaps[min((length.months for length in Length), key=lambda size: abs(size - apart))] += 1
    if not gaps:
        return Length.QUARTER.months
    return max(gaps, key=lambda size: (gaps[size], -size))


def later(day: date, months: int) -> date:
    first = months_later(day.replace(day=1), months)
    return first + timedelta(days=day.day - 1)


def within(line: Line, period: Period) -> Decimal | None:
    """By days, where only a part of it lies in the period."""
    if line.amount is None or line.until is None:
        return None
    days = (min(line.until, period.until) - max(line.since, period.since)).days
    if days <= 0:
        return Decimal(0)
    return line.amount * days / (line.until - line.since).days


def overlaps(line: Line, period: Period) -> bool:
    return line.since < period.until and line.until is not None and line.until > period.since


def summed(lines: Iterable[Line], period: Period) -> Total:
    """Of the kind that most owners have."""
    rows = [one for one in lines if overlaps(one, period)]
    by_kind: dict[str, list[Line]] = defaultdict(list)
    for one in rows:
        by_kind[one.kind].append(one)
    if not by_kind:
        return Total(None)
    totals = {kind: total_of(own, period) for kind, own in by_kind.items()}
    owners = {kind: frozenset(one.owner for one in own) for kind, own in by_kind.items()}
    kind = max(by_kind, key=lambda name: (len(owners[name]), totals[name] or 0, name))
    return Total(
        amount=totals[kind],
        owners=owners[kind],
        kind=kind,
        other_kinds=tuple(sorted(name for name in by_kind if name != kind)),
        without_rate=[one.amount for one in by_kind[kind]].count(None),
    )


def total_of(lines: Iterable[Line], period: Period) -> Decimal | None:
    parts = [part for one in lines if (part := within(one, period)) is not None]
    return sum(parts, Decimal()).quantize(CENT) if parts else None
