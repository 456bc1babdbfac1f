"""Plays suggested for customers who are not well, by what drives it; kept with what people decide.

Nothing of it goes to the CRM.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from forecasting.health.plays import HealthPlay, plays_of
from forecasting.health.policy import Policy, policy_of
from forecasting.models.health import AccountAction, AccountHealth, Band
from revenue.users.models import Org

State = AccountAction.State
QUIET = timedelta(days=30)  # after a play was dismissed or done
MOST_PLAYS = 3
CHUNK = 2_000


@dataclass(frozen=True)
class Suggested:
    made: int
    withdrawn: int


@transaction.atomic
def suggest(*, org: Org, at: datetime, policy: Policy | None = None) -> Suggested:
    """For all customers of the org at once; doing it again adds nothing."""
    plays = plays_of(policy or policy_of(org))
    rows = AccountHealth.objects.of(org).newest().filter(band__in=[Band.RED, Band.YELLOW])
    wanted: dict[tuple[str, str], tuple[HealthPlay, int]] = {}
    for ref, score, reasons in rows.values_list("account_ref", "score", "reasons").iterator(CHUNK):
        for trigger in triggers_of(reasons, plays):
            wanted[ref, trigger] = (plays[trigger], score)
    withdrawn = withdraw(org, wanted, at=at)
    tell_anew(org, plays)
    taken = open_or_quiet(org, at=at)
    made = [
        AccountAction(
            org=org,
            account_ref=ref,
            trigger=trigger,
            title=play.title,
            advice=play.advice,
            score=score,
            suggested_at=at,
        )
        for (ref, trigger), (play, score) in wanted.items()
        if (ref, trigger) not in taken
    ]
    AccountAction.objects.bulk_create(made, batch_size=CHUNK, ignore_conflicts=True)
    return Suggested(made=len(made), withdrawn=withdrawn)


def triggers_of(reasons: Sequence[dict[str, object]], plays: dict[str, HealthPlay]) -> list[str]:
    """The strongest drivers that take points, and that something can be done about."""
    named = (str(one.get("trigger") or "") for one in reasons)
    found = [name for name in dict.fromkeys(named) if name in plays and plays[name].is_on]
    return found[:MOST_PLAYS]


def withdraw(
    org: Org, wanted: dict[tuple[str, str], tuple[HealthPlay, int]], *, at: datetime
) -> int:
    """What nobody has decided about goes when its driver has gone."""
    open_ones = AccountAction.objects.of(org).filter(state=State.SUGGESTED)
    gone = [
        pk
        for pk, ref, trigger in open_ones.values_list("pk", "account_ref", "trigger")
        if (ref, trigger) not in wanted
    ]
    return open_ones.filter(pk__in=gone).update(state=State.WITHDRAWN, decided_at=at)


def tell_anew(org: Org, plays: dict[str, HealthPlay]) -> None:
    """In the words of the policy as it is now; what somebody decided about keeps its own."""
    rows = AccountAction.objects.of(org)
    for trigger, play in plays.items():
        beside = rows.filter(
            Q(title=play.title) | Q(pk__gt=OuterRef("pk")),
            account_ref=OuterRef("account_ref"),
            trigger=trigger,
            state__in=[State.SUGGESTED, State.ACCEPTED],
        ).exclude(pk=OuterRef("pk"))
        old = rows.filter(state=State.SUGGESTED, trigger=trigger).exclude(
            title=play.title, advice=play.advice
        )
        old.exclude(Exists(beside)).update(title=play.title, advice=play.advice)


def open_or_quiet(org: Org, *, at: datetime) -> set[tuple[str, str]]:
    rows = AccountAction.objects.of(org)
    standing = rows.filter(state__in=[State.SUGGESTED, State.ACCEPTED])
    decided = rows.filter(state__in=[State.DISMISSED, State.DONE], decided_at__gt=at - QUIET)
    return {
        (ref, trigger)
        for some in (standing, decided)
        for ref, trigger in some.values_list("account_ref", "trigger")
    }
