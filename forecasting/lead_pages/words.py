"""What tiers, trends and answers of leads are called, and how they look."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

TIER_KINDS = {"A": "positive", "B": "accent", "C": "warning", "D": ""}
TREND_KINDS = {"improving": "positive", "declining": "negative"}
ANSWER_KINDS = {"in_time": "positive", "slow": "warning", "waiting": "accent", "late": "negative"}
NOT_KNOWN = "Not known"
UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))
FIRST_DAYS = timedelta(hours=48)


def took_said(took: timedelta | None) -> str:
    """ "40 min", "5 h", "3 days": as roughly as people speak."""
    if took is None:
        return NOT_KNOWN
    for unit, name in UNITS[0 if took >= FIRST_DAYS else 1 :]:
        if took >= unit:
            count = took // unit
            return f"{count:,} {name}{'s' if name == 'day' else ''}"
    return "under a minute"


def hours_said(hours: float | None) -> str:
    return NOT_KNOWN if hours is None else took_said(timedelta(hours=hours))


def minutes_said(minutes: int) -> str:
    """A goal, exactly: "45 min", "1 h", "1 h 30 min", "2 days"."""
    if minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return f"{days:,} day{'' if days == 1 else 's'}"
    hours, rest = divmod(minutes, 60)
    return " ".join(
        said for count, said in ((hours, f"{hours:,} h"), (rest, f"{rest} min")) if count
    )


def answer_said(row: Any) -> str:
    if row.answer_took is None:
        return ""
    took = took_said(row.answer_took)
    return f"After {took}" if row.answered_at else f"Waits {took}"


def reason_said(reason: Mapping[str, Any]) -> str:
    title, words = str(reason.get("title") or ""), str(reason.get("words") or "")
    return f"{title}: {words}" if title and words else title or words


def top_reason(row: Any) -> str:
    """The strongest, whichever way it points."""
    reasons: Sequence[Mapping[str, Any]] = row.reasons
    return reason_said(reasons[0]) if reasons else ""


def signed(change: int | None) -> str:
    if not change:
        return ""
    return f"{'+' if change > 0 else '−'}{abs(change)} in a week"
