"""The pairs that a person may decide on: both of their orgs are run by that person."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, DecimalField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Account, Match, Opportunity
from revenue.users.models import Org, User

PAGE = 25
SHOWN = {
    "doubtful": (Match.State.DOUBTFUL,),
    "joined": (Match.State.JOINED,),
    "apart": (Match.State.REFUSED, Match.State.UNDONE),
}
Ends = tuple[int, str]


@dataclass(frozen=True)
class Side:
    org: Org
    account: Account
    deals: int
    won: Decimal


@dataclass(frozen=True)
class Shown:
    match: Match
    sides: tuple[Side, Side]


def matches_of(*, org: Org, user: User, state: str = "") -> "QuerySet[Match]":
    mine = Org.objects.run_by(user).values("pk")
    found = Match.objects.filter(
        Q(org=org) | Q(other_org=org), org__in=mine, other_org__in=mine, group=org.group_id
    )
    return found.filter(state__in=SHOWN[state]) if state else found


def counts(*, org: Org, user: User) -> dict[str, int]:
    rows = matches_of(org=org, user=user).values_list("state").annotate(Count("pk"))
    by_state = dict(rows.order_by())
    return {name: sum(by_state.get(state, 0) for state in states) for name, states in SHOWN.items()}


def page_of(*, org: Org, user: User, state: str, after: str = "") -> tuple[list[Shown], str]:
    """The surest first; and from where the next page goes on, where there is one."""
    rows = matches_of(org=org, user=user, state=state).select_related(
        "org", "other_org", "account", "other", "decided_by"
    )
    confidence, _, last = after.partition("_")
    try:
        rows = rows.filter(
            Q(confidence__lt=float(confidence)) | Q(confidence=float(confidence), id__gt=int(last))
        )
    except ValueError:
        rows = rows.all()
    found = list(rows.order_by("-confidence", "id")[: PAGE + 1])
    further = ""
    if len(found) > PAGE:
        found = found[:PAGE]
        further = f"{found[-1].confidence!r}_{found[-1].pk}"
    return shown(found), further


def shown(matches: list[Match]) -> list[Shown]:
    """With what helps to decide: how much business each side has. One query for all."""
    refs = {ref for match in matches for ref in (match.account_ref, match.other_ref)}
    orgs = {org_id for match in matches for org_id in (match.org_id, match.other_org_id)}
    won = Coalesce(
        Sum("corporate_amount", filter=Q(is_won=True)), Decimal(0), output_field=DecimalField()
    )
    rows = (
        Opportunity.objects.present()
        .filter(org__in=orgs, account_ref__in=refs)
        .order_by()
        .values_list("org_id", "account_ref")
        .annotate(deals=Count("pk"), won=won)
    )
    business = {(org_id, ref): (deals, total) for org_id, ref, deals, total in rows}

    def side(org: Org, account: Account) -> Side:
        deals, total = business.get((org.pk, account.external_id), (0, Decimal(0)))
        return Side(org=org, account=account, deals=deals, won=total)

    return [
        Shown(match, (side(match.org, match.account), side(match.other_org, match.other)))
        for match in matches
        if match.account is not None and match.other is not None
    ]
