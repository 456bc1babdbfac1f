"""Saying a number: each time a new row, and none while the week is locked; none goes to the CRM."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.about.hierarchy import Node
from forecasting.calls.locking import Lock, lock_of
from forecasting.calls.seats import Seats
from forecasting.models import ForecastCall
from revenue.periods import Period
from revenue.users.models import Membership

Kind = ForecastCall.Kind


class CallError(Exception):
    """Says why not, to be shown to whoever tried."""


class NotForThemError(CallError):
    """It is as if the node were not there."""


class LockedError(CallError):
    """Until when stands in the words."""


@dataclass(frozen=True)
class Wish:
    """No amount takes back what was said."""

    kind: str
    amount: Decimal | None = None
    commit: Decimal | None = None
    best_case: Decimal | None = None
    note: str = ""


def make_call(
    wish: Wish, *, node: Node, seats: Seats, period: Period, by: Membership, at: datetime
) -> ForecastCall:
    if wish.kind not in Kind.values or not seats.may(by, node, wish.kind):
        raise NotForThemError("This number is not yours to say.")
    lock = lock_of(by.org, at=at)
    if lock.holds(at):
        raise LockedError(told(lock, zone=by.org.timezone))
    if by.org.today(at=at) >= period.until:
        raise CallError(f"{period.label} is over: what was said of it stays as it was.")
    if wish.amount is None and stood(seats, node, wish.kind) is None:
        raise CallError("There is nothing to take back.")
    return ForecastCall.objects.create(
        org=by.org,
        length=period.length,
        since=period.since,
        key=node.key,
        kind=wish.kind,
        owners=seats.owners(node),
        by=by,
        by_name=str(by.user)[:255],
        made_at=at,
        currency=by.org.currency,
        amount=wish.amount,
        commit=wish.commit,
        best_case=wish.best_case,
        note=wish.note,
    )


def stood(seats: Seats, node: Node, kind: str) -> ForecastCall | None:
    call = seats.said.get((node.key, kind))
    return call if call is not None and call.amount is not None else None


def told(lock: Lock, *, zone: str) -> str:
    until = said_at(lock.until, zone=zone)
    return f"The calls of this week are locked until {until}. Nothing was changed: say it then."


def said_at(moment: datetime, *, zone: str) -> str:
    """By the clock of the org, whatever the reader's own is."""
    return f"{moment.astimezone(ZoneInfo(zone)):%A %-d %B, %H:%M (%Z)}"


def left_of(until: datetime, *, at: datetime) -> str:
    """How long until then, in the two largest parts of it."""
    minutes = max(-(-(until - at) // timedelta(minutes=1)), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day"), (hours, "hour"), (rest, "minute")]
    shown = [f"{size} {word}{'' if size == 1 else 's'}" for size, word in parts if size][:2]
    return " ".join(shown) or "less than a minute"
