"""What people do about a deal or a customer: suggested, accepted, dismissed, done, taken back.

All of it is kept. Nothing of it goes to the CRM.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction

from forecasting.models import (
    AccountAction,
    AccountHealth,
    DealAction,
    DealNote,
    DealOutlook,
    Play,
)
from revenue.users.models import Org, User

State = DealAction.State
Action = TypeVar("Action", DealAction, AccountAction)
OPEN = (State.SUGGESTED, State.ACCEPTED)
UNDONE = "undone"
# A play that was dismissed or done is not suggested for the same deal again until then.
QUIET = timedelta(days=30)

SUGGEST = """
    INSERT INTO forecasting_dealaction
        (org_id, opportunity_ref, play_id, title, advice, trigger, state, reason, past,
         suggested_at)
    SELECT o.org_id, o.opportunity_ref, p.id, p.title, p.advice, p.trigger, 'suggested', '', '[]',
           %(at)s
    FROM forecasting_dealoutlook o
    JOIN forecasting_play p ON p.org_id = o.org_id AND p.is_active
    LEFT JOIN forecasting_dealanalysis a
         ON a.org_id = o.org_id AND a.opportunity_ref = o.opportunity_ref
    WHERE o.org_id = %(org)s AND (%(play)s::bigint IS NULL OR p.id = %(play)s)
      AND (p.trigger = ANY (o.warnings)
           OR a.moves @> jsonb_build_array(jsonb_build_object('name', p.trigger)))
      AND NOT EXISTS (
          SELECT FROM forecasting_dealaction x
          WHERE x.org_id = o.org_id AND x.opportunity_ref = o.opportunity_ref AND x.play_id = p.id
            AND (x.state IN ('suggested', 'accepted') OR x.decided_at > %(quiet)s)
      )
    ON CONFLICT DO NOTHING
"""
# Whatever nobody has decided about goes when its reason goes, or its play.
WITHDRAW = """
    DELETE FROM forecasting_dealaction x
    WHERE x.org_id = %(org)s AND x.state = 'suggested'
      AND (%(play)s::bigint IS NULL OR x.play_id = %(play)s)
      AND NOT EXISTS (
          SELECT FROM forecasting_dealoutlook o
          JOIN forecasting_play p ON p.org_id = o.org_id AND p.is_active AND p.id = x.play_id
          LEFT JOIN forecasting_dealanalysis a
               ON a.org_id = o.org_id AND a.opportunity_ref = o.opportunity_ref
          WHERE o.org_id = x.org_id AND o.opportunity_ref = x.opportunity_ref
            AND (p.trigger = ANY (o.warnings)
                 OR a.moves @> jsonb_build_array(jsonb_build_object('name', p.trigger)))
      )
"""


class ActingError(Exception):
    """Says why not, to be shown to whoever tried."""


@dataclass(frozen=True)
class Suggested:
    made: int
    withdrawn: int


@transaction.atomic
def suggest(*, org: Org, at: datetime, play: Play | None = None) -> Suggested:
    """For all open deals of the org at once, from its playbook or one line of it.

    Doing it again adds nothing.
    """
    params: dict[str, Any] = {"org": org.pk, "at": at, "quiet": at - QUIET}
    params["play"] = play.pk if play else None
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, params)
        withdrawn = cursor.rowcount
        cursor.execute(SUGGEST, params)
        return Suggested(made=cursor.rowcount, withdrawn=withdrawn)


def accept(action: Action, *, by: User, at: datetime) -> Action:
    return decide(action, state=State.ACCEPTED, among=(State.SUGGESTED,), by=by, at=at)


def dismiss(action: Action, *, reason: str, by: User, at: datetime) -> Action:
    reason = " ".join(reason.replace("\0", "").split())
    if not reason:
        raise ActingError("Say why not: what is dismissed without a reason teaches nothing.")
    return decide(action, state=State.DISMISSED, among=OPEN, by=by, at=at, reason=reason[:255])


def finish(action: Action, *, by: User, at: datetime) -> Action:
    return decide(action, state=State.DONE, among=OPEN, by=by, at=at)


@transaction.atomic
def decide(
    action: Action,
    *,
    state: State,
    among: tuple[State, ...],
    by: User,
    at: datetime,
    reason: str = "",
) -> Action:
    action = locked(action)
    if action.state not in among:
        raise ActingError(f"It is {action.get_state_display().lower()} already{who(action)}.")
    action.state, action.reason = state, reason
    action.decided_at, action.decided_by = at, by
    note_measure(action, measured_now(action))
    action.past = [*action.past, entry(action, state=state, by=by, at=at)]
    action.save()
    return action


@transaction.atomic
def undo(action: Action, *, by: User, at: datetime) -> Action:
    """Back to where it was before the last decision; that it was taken stays in its past."""
    action = locked(action)
    standing = standing_of(action.past)
    if action.state not in (State.ACCEPTED, State.DISMISSED, State.DONE) or not standing:
        raise ActingError("Nothing has been decided about it yet.")
    before = standing[-2] if len(standing) > 1 else None
    reopens = action.state in (State.DISMISSED, State.DONE)
    if reopens and has_twin(action):
        raise ActingError("The same was suggested anew meanwhile: decide about that one.")
    action.past = [*action.past, entry(action, state=UNDONE, by=by, at=at)]
    action.state = State(before["state"]) if before else State.SUGGESTED
    action.reason = before["reason"] if before else ""
    action.decided_at = datetime.fromisoformat(before["at"]) if before else None
    action.decided_by = User.objects.filter(pk=before["by"]).first() if before else None
    note_measure(action, before[measure_of(action)] if before else None)
    action.save()
    return action


def standing_of(past: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The decisions that still hold, the last one last: each undoing takes one away."""
    found: list[dict[str, Any]] = []
    for each in past:
        if each["state"] == UNDONE:
            del found[-1:]
        else:
            found.append(each)
    return found


def entry(
    action: DealAction | AccountAction, *, state: str, by: User, at: datetime
) -> dict[str, Any]:
    measure = measure_of(action)
    return {
        "state": str(state),
        "at": at.isoformat(),
        "by": by.pk,
        "name": str(by),
        measure: getattr(action, measure),
        "reason": action.reason if state != UNDONE else "",
    }


def locked(action: Action) -> Action:
    """As it is now: two people may look at the same deal."""
    model: Any = type(action)
    found: Action = model.objects.select_for_update().get(pk=action.pk)
    return found


def has_twin(action: DealAction | AccountAction) -> bool:
    """The same for the same deal or customer, and open."""
    if isinstance(action, AccountAction):
        same: Any = AccountAction.objects.filter(
            org=action.org_id,
            account_ref=action.account_ref,
            trigger=action.trigger,
            title=action.title,
        )
    elif action.play_id is None:
        return False
    else:
        same = DealAction.objects.filter(
            org=action.org_id, opportunity_ref=action.opportunity_ref, play=action.play_id
        )
    return bool(same.filter(state__in=OPEN).exists())


def who(action: DealAction | AccountAction) -> str:
    name = action.past[-1]["name"] if action.past else ""
    return f", by {name}" if name else ""


def measure_of(action: DealAction | AccountAction) -> str:
    """What is noted beside each decision: the chance of a deal, the health of a customer."""
    return "score" if isinstance(action, AccountAction) else "probability"


def note_measure(action: DealAction | AccountAction, value: float | None) -> None:
    setattr(action, measure_of(action), value)


def measured_now(action: DealAction | AccountAction) -> float | None:
    if isinstance(action, AccountAction):
        rows: Any = AccountHealth.objects.newest().filter(
            org=action.org_id, account_ref=action.account_ref
        )
    else:
        rows = DealOutlook.objects.filter(org=action.org_id, opportunity_ref=action.opportunity_ref)
    found: float | None = rows.values_list(measure_of(action), flat=True).first()
    return found


def add_note(*, org: Org, opportunity_ref: str, text: str, by: User, at: datetime) -> DealNote:
    return DealNote.objects.create(
        org=org, opportunity_ref=opportunity_ref, text=text, author=by, written_at=at
    )


def rewrite_note(note: DealNote, *, text: str) -> DealNote:
    note.text = text
    note.save(update_fields=["text"])
    return note
