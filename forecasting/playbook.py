"""The playbook of an org: what to suggest where something holds of a deal."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest

from forecasting.models import Play
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

STEP = 1


@transaction.atomic
def save(
    play: Play, *, changed: dict[str, Any], by: User, request: HttpRequest | None = None
) -> Play:
    """A new one stands last."""
    if play.pk is None:
        last = Play.objects.filter(org=play.org).aggregate(last=Max("position"))["last"]
        play.position = 0 if last is None else last + STEP
    play.save()
    tell(play, by=by, request=request, detail=changed)
    return play


@transaction.atomic
def switch(play: Play, *, is_active: bool, by: User, request: HttpRequest | None = None) -> Play:
    if play.is_active != is_active:
        play.is_active = is_active
        play.save(update_fields=["is_active"])
        tell(play, by=by, request=request, detail={"active": is_active})
    return play


@transaction.atomic
def move(play: Play, *, up: bool, by: User, request: HttpRequest | None = None) -> bool:
    """Past its neighbour; the first of all does not rise."""
    # Suggestions that a scoring makes from a play meanwhile are not waited for.
    locked = Play.objects.select_for_update(no_key=True).filter(org=play.org)
    plays = list(locked.order_by("position", "id"))
    at = next(place for place, each in enumerate(plays) if each.pk == play.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(plays):
        return False
    plays[at], plays[to] = plays[to], plays[at]
    for place, each in enumerate(plays):
        each.position = place
    Play.objects.bulk_update(plays, ["position"])
    tell(play, by=by, request=request, detail={"moved": "up" if up else "down"})
    return True


def tell(play: Play, *, by: User, request: HttpRequest | None, detail: dict[str, Any]) -> None:
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=play.org,
        subject=f"Play: {play.title}",
        detail={"play": play.pk, **detail},
        request=request,
    )


def in_order(org: Org) -> Any:
    return Play.objects.filter(org=org).order_by("position", "id")
