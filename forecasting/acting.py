"""What people do about a deal: suggested, accepted, dismissed, done, taken back. All of it is kept.

Nothing of it goes to the CRM.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from forecasting.models import DealAction, DealNote, DealOutlook, Play
from revenue.users.models import Org, User

State = DealAction.State
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


def accept(action: DealAction, *, by: User, at: datetime) -> DealAction:
    return decide(action, state=State.ACCEPTED, among=(State.SUGGESTED,), by=by, at=at)


def dismiss(action: DealAction, *, reason: str, by: User, at: datetime) -> DealAction:
    reason = " ".join(reason.split())
    if not reason:
        raise ActingError("Say why not: what is dismissed without a reason teaches nothing.")
    among = (State.SUGGESTED, State.ACCEPTED)
    return decide(action, state=State.DISMISSED, among=among, by=by, at=at, reason=reason[:255])


def finish(action: DealAction, *, by: User, at: datetime) -> DealAction:
    among = (State.SUGGESTED, State.ACCEPTED)
    return decide(action, state=State.DONE, among=among, by=by, at=at)


@transaction.atomic
def decide(
    action: DealAction,
    *,
    state: State,
    among: tuple[State, ...],
    by: User,
    at: datetime,
    reason: str = "",
) -> DealAction:
    action = locked(action)
    if action.state not in among:
        raise ActingError(f"It is {action.get_state_display().lower()} already{who(action)}.")
    action.state, action.reason = state, reason
    action.decided_at, action.decided_by = at, by
    action.probability = chance_now(action)
    action.past = [*action.past, entry(action, state=state, by=by, at=at)]
    action.save()
    return action


@transaction.atomic
def undo(action: DealAction, *, by: User, at: datetime) -> DealAction:
    """Back to where it was before the last decision; that it was taken stays in its past."""
    action = locked(action)
    standing = standing_of(action.past)
    if action.state == State.SUGGESTED or not standing:
        raise ActingError("Nothing has been decided about it yet.")
    before = standing[-2] if len(standing) > 1 else None
    reopens = action.state in (State.DISMISSED, State.DONE)
    if reopens and twin_of(action) is not None:
        raise ActingError("The same was suggested anew meanwhile: decide about that one.")
    action.past = [*action.past, entry(action, state=UNDONE, by=by, at=at)]
    action.state = State(before["state"]) if before else State.SUGGESTED
    action.reason = before["reason"] if before else ""
    action.decided_at = datetime.fromisoformat(before["at"]) if before else None
    action.decided_by = User.objects.filter(pk=before["by"]).first() if before else None
    action.probability = before["probability"] if before else None
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


def entry(action: DealAction, *, state: str, by: User, at: datetime) -> dict[str, Any]:
    return {
        "state": str(state),
        "at": at.isoformat(),
        "by": by.pk,
        "name": str(by),
        "probability": action.probability,
        "reason": action.reason if state != UNDONE else "",
    }


def locked(action: DealAction) -> DealAction:
    """As it is now: two people may look at the same deal."""
    found: DealAction = DealAction.objects.select_for_update().get(pk=action.pk)
    return found


def twin_of(action: DealAction) -> DealAction | None:
    """Of the same play and deal, and open."""
    if action.play_id is None:
        return None
    same = DealAction.objects.filter(
        org=action.org_id, opportunity_ref=action.opportunity_ref, play=action.play_id
    )
    found: DealAction | None = same.filter(state__in=[State.SUGGESTED, State.ACCEPTED]).first()
    return found


def who(action: DealAction) -> str:
    name = action.past[-1]["name"] if action.past else ""
    return f", by {name}" if name else ""


def chance_now(action: DealAction) -> float | None:
    of_deal = DealOutlook.objects.filter(org=action.org_id, opportunity_ref=action.opportunity_ref)
    return of_deal.values_list("probability", flat=True).first()


def add_note(*, org: Org, opportunity_ref: str, text: str, by: User, at: datetime) -> DealNote:
    return DealNote.objects.create(
        org=org, opportunity_ref=opportunity_ref, text=text, author=by, written_at=at
    )


def rewrite_note(note: DealNote, *, text: str) -> DealNote:
    note.text = text
    note.save(update_fields=["text"])
    return note
