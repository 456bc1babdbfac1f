"""What people say to a suggestion: accepted, dismissed, taken back. All of it is kept.

Nothing of it goes to the CRM; the next training learns from it. The moment of a decision is by the
clock of its org, as that of each scoring: old files live in their own time.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction

from crosssell.models import Recommendation
from revenue.ml.tasks import moment_for
from revenue.users.models import Org, User

State = Recommendation.State
UNDONE = "undone"
MOST_WORDS = 200
OTHER = "other"
WHY_NOT = {
    "owned": "They have it already",
    "need": "No need for it",
    "time": "Not now",
    "price": "Too expensive for them",
    "rival": "They use somebody else's",
    "fit": "Does not fit this customer",
    OTHER: "Something else",
}


class FeedbackError(Exception):
    """Says why not, to be shown to whoever tried."""


@dataclass(frozen=True)
class Event:
    words: str
    name: str
    at: datetime
    reason: str


def accept(row: Recommendation, *, by: User, at: datetime) -> Recommendation:
    return decide(row, state=State.ACCEPTED, among=(State.SUGGESTED,), by=by, at=at)


def dismiss(
    row: Recommendation, *, why: str, words: str = "", by: User, at: datetime
) -> Recommendation:
    reason = reason_of(why, words)
    return decide(
        row, state=State.DISMISSED, among=Recommendation.OPEN, by=by, at=at, reason=reason
    )


def reason_of(why: str, words: str) -> str:
    words = " ".join(words.replace("\0", "").split())[:MOST_WORDS]
    if why not in WHY_NOT:
        raise FeedbackError("Choose why not: what is dismissed without a reason teaches nothing.")
    if why == OTHER:
        if not words:
            raise FeedbackError("Say in your own words why not.")
        return words
    return f"{WHY_NOT[why]}: {words}" if words else WHY_NOT[why]


@transaction.atomic
def decide(
    row: Recommendation,
    *,
    state: State,
    among: tuple[State, ...],
    by: User,
    at: datetime,
    reason: str = "",
) -> Recommendation:
    row = locked(row)
    at = moment_for(row.org, at=at)
    if row.state not in among:
        raise FeedbackError(f"It is {row.get_state_display().lower()} already{who(row)}.")
    row.state, row.reason = state, reason
    row.decided_at, row.decided_by = at, by
    row.ended_at = at if state == State.DISMISSED else None
    row.past = [*row.past, entry(row, state=state, by=by, at=at)]
    return written(row)


@transaction.atomic
def take_back(row: Recommendation, *, by: User, at: datetime) -> Recommendation:
    """Back to where it was before the last decision; that it was taken stays in its past."""
    row = locked(row)
    at = moment_for(row.org, at=at)
    standing = standing_of(row.past)
    if row.state not in (State.ACCEPTED, State.DISMISSED) or not standing:
        raise FeedbackError("There is no decision about it to take back.")
    if row.state == State.DISMISSED:
        reopen_or_refuse(row, at=at)
    before = standing[-2] if len(standing) > 1 else None
    row.past = [*row.past, entry(row, state=UNDONE, by=by, at=at)]
    row.state = State(before["state"]) if before else State.SUGGESTED
    row.reason = before["reason"] if before else ""
    row.decided_at = datetime.fromisoformat(before["at"]) if before else None
    row.decided_by = User.objects.filter(pk=before["by"]).first() if before else None
    row.ended_at = None
    return written(row)


def written(row: Recommendation) -> Recommendation:
    row.save(update_fields=["state", "reason", "decided_at", "decided_by", "ended_at", "past"])
    transaction.on_commit(lambda: cache.set(mark_of(row.org), uuid.uuid4().hex, timeout=None))
    return row


def mark_of(org: Org) -> str:
    """Under which it is known when somebody last decided: figures that are kept are older."""
    return f"suggestions:{org.pk}:decided"


def reopen_or_refuse(row: Recommendation, *, at: datetime) -> None:
    if row.bought_at is not None:
        raise FeedbackError("It was bought meanwhile: there is nothing to suggest any more.")
    if row.expires_on < row.org.today(at=at):
        raise FeedbackError("Its time has run out meanwhile: it comes again if it still fits.")
    same = Recommendation.objects.filter(
        org=row.org_id, account_ref=row.account_ref, product_ref=row.product_ref
    )
    if same.open().exists():
        raise FeedbackError("The same was suggested anew meanwhile: decide about that one.")


def standing_of(past: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The decisions that still hold, the last one last: each taking back takes one away."""
    found: list[dict[str, Any]] = []
    for each in past:
        if each["state"] == UNDONE:
            del found[-1:]
        else:
            found.append(each)
    return found


def entry(row: Recommendation, *, state: str, by: User, at: datetime) -> dict[str, Any]:
    return {
        "state": str(state),
        "at": at.isoformat(),
        "by": by.pk,
        "name": str(by),
        "reason": row.reason if state != UNDONE else "",
    }


def locked(row: Recommendation) -> Recommendation:
    """As it is now: two people may look at the same suggestion."""
    rows = Recommendation.objects.select_for_update(of=("self",)).select_related("org")
    found: Recommendation = rows.get(pk=row.pk)
    return found


def who(row: Recommendation) -> str:
    last = next(reversed(standing_of(row.past)), None)
    return f", by {last['name']}" if last and last["state"] == row.state else ""


def events_of(row: Recommendation) -> list[Event]:
    said = {**dict(State.choices), UNDONE: "Taken back"}
    return [
        Event(
            words=str(said[each["state"]]),
            name=each["name"],
            at=datetime.fromisoformat(each["at"]),
            reason=each["reason"],
        )
        for each in row.past
    ]
