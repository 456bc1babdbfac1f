"""What sellers can do with an hour: as an org begins with, until somebody says otherwise."""

from dataclasses import dataclass

from django.db import transaction

from crosssell.models import ActionType
from revenue.users.models import Org


@dataclass(frozen=True)
class Usual:
    title: str
    hours: float
    lift: float
    fades: float
    quota: int | None = None


# Careful guesses of what the first one adds within a quarter; an org changes them on the page.
USUAL = {
    "call": Usual("Account review call", 1.0, 0.02, 0.55),
    "visit": Usual("Visit", 3.0, 0.05, 0.55),
    "demo": Usual("Product demo", 2.5, 0.045, 0.5),
    "executive": Usual("Executive call", 4.0, 0.06, 0.4, quota=40),
    "training": Usual("Training or workshop", 5.0, 0.055, 0.5),
}


@transaction.atomic
def types_of(org: Org) -> list[ActionType]:
    """The org's own, made of the usual ones the first time that anybody asks."""
    if not ActionType.objects.of(org).exists():
        ActionType.objects.bulk_create(
            [
                ActionType(
                    org=org,
                    key=key,
                    title=usual.title,
                    hours=usual.hours,
                    lift=usual.lift,
                    fades=usual.fades,
                    quota=usual.quota,
                    position=place,
                )
                for place, (key, usual) in enumerate(USUAL.items())
            ],
            ignore_conflicts=True,
        )
    return list(ActionType.objects.of(org).filter(is_active=True).order_by("position", "id"))
