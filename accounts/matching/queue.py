"""The pairs that a person may decide on: both of their orgs are run by that person."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, DecimalField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.about.websites import bare
from accounts.matching.likeness import is_against
from accounts.matching.traits import plain
from accounts.models import Account, Match, Opportunity
from revenue.users.models import Org, User
from revenue.web.templatetags import web

PAGE = 25
SHOWN = {
    "doubtful": (Match.State.DOUBTFUL,),
    "joined": (Match.State.JOINED,),
    "apart": (Match.State.REFUSED, Match.State.UNDONE),
}
SHOWN_WITH = ("org", "other_org", "account__owner", "other__owner", "decided_by")


@dataclass(frozen=True)
class Side:
    org: Org
    account: Account
    deals: int
    won: Decimal


@dataclass(frozen=True)
class Why:
    text: str
    is_against: bool


@dataclass(frozen=True)
class Compared:
    """One fact of both sides."""

    label: str
    values: tuple[str, str]

    @property
    def is_equal(self) -> bool:
        one, other = (plain(value) for value in self.values)
        return bool(one) and one == other


@dataclass(frozen=True)
class Shown:
    match: Match
    sides: tuple[Side, Side]

    @property
    def reasons(self) -> list[Why]:
        return [Why(text, is_against(text)) for text in self.match.reasons]

    @property
    def facts(self) -> list[Compared]:
        told = [
            Compared(label, (value(self.sides[0]), value(self.sides[1]))) for label, value in FACTS
        ]
        return [each for each in told if any(each.values)]


def place_of(side: Side) -> str:
    account = side.account
    town = " ".join(part for part in (account.postal_code, account.city) if part)
    return ", ".join(part for part in (account.street, town, account.country) if part)


def business_of(side: Side) -> str:
    deals = "1 deal" if side.deals == 1 else f"{side.deals:,} deals"
    return f"{deals}, {web.compact_money(side.won, side.org.currency)} won" if side.won else deals


FACTS: tuple[tuple[str, Callable[[Side], str]], ...] = (
    ("Website", lambda side: bare(side.account.website)),
    ("Phone", lambda side: side.account.phone),
    ("Address", place_of),
    ("Industry", lambda side: side.account.industry),
    ("Owner", lambda side: side.account.owner.name if side.account.owner else ""),
    ("Business", business_of),
)


def matches_of(*, org: Org, user: User, state: str = "") -> "QuerySet[Match]":
    mine = Org.objects.run_by(user).values("pk")
    found = Match.objects.filter(
        Q(org=org) | Q(other_org=org), org__in=mine, other_org__in=mine, group=org.group_id
    )
    return found.filter(state__in=SHOWN[state]) if state else found


def list_of(match: Match) -> str:
    """In which of the three lists a pair stands."""
    return next(name for name, states in SHOWN.items() if match.state in states)


def counts(*, org: Org, user: User) -> dict[str, int]:
    rows = matches_of(org=org, user=user).values_list("state").annotate(Count("pk"))
    by_state = dict(rows.order_by())
    return {name: sum(by_state.get(state, 0) for state in states) for name, states in SHOWN.items()}


def page_of(*, org: Org, user: User, state: str, after: str = "") -> tuple[list[Shown], str]:
    """The surest first; and from where the next page goes on, where there is one."""
    rows = matches_of(org=org, user=user, state=state).select_related(*SHOWN_WITH)
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
