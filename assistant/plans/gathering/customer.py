"""What is known of the customer as a whole: health, what to offer, cases, what it has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from accounts.about.account import products_of
from accounts.models import Account, Case
from assistant.claims import Unit, Value, change, count, day, days, money, score, share
from assistant.plans.gathering.dealings import day_of
from assistant.plans.gathering.known import Known, Offer, Ticket
from crosssell.models import Recommendation
from forecasting.models import AccountAction, AccountHealth
from revenue.users.models import Membership

MOST = 4


@dataclass(frozen=True)
class Health:
    key: str
    score: int
    band: str
    change: int | None
    probability: float | None
    reasons: list[dict[str, Any]]


@dataclass(frozen=True)
class Use:
    """Licences, and how many people work with them."""

    key: str
    active: int
    licensed: int

    @property
    def share(self) -> float:
        return self.active / self.licensed


@dataclass
class Customer:
    account: Account
    key: str
    health: Health | None = None
    use: Use | None = None
    owned: list[str] = field(default_factory=list)
    bought_for: Decimal | None = None
    acts: list[tuple[str, str, str]] = field(default_factory=list)  # key, title, advice


def read_customer(known: Known, account: Account, *, reader: Membership) -> Customer:
    url = reverse("accounts:account-show", args=[known.org.slug, account.pk])
    owned = products_of(account, reader=reader)
    total = sum((each.total or Decimal(0) for each in owned), Decimal(0))
    has = [each.name for each in owned]
    values = [count(len(owned)), money(total, known.org.currency)]
    if account.employees:
        values.append(count(account.employees))
    lasts = [day(each.last_date) for each in owned if each.last_date]
    active, licensed = used(account)
    if licensed:
        values += [count(active), count(licensed), share(active / licensed)]
    key = known.source(
        "account", account.name, url, [*values, *lasts],
        f"{account.industry} {account.city} {account.country} {account.description} "
        + " ".join(has),
        names=(account.name, *has),
    )  # fmt: skip
    customer = Customer(account, key, owned=has, bought_for=total or None)
    if licensed:
        customer.use = Use(key, active, licensed)
    customer.health = health_of(known, account, reader=reader)
    known.offers = offers_of(known, account, reader=reader)
    known.tickets = tickets_of(known, account, url=url, reader=reader)
    return customer


def used(account: Account) -> tuple[int, int]:
    """By the names that such fields commonly have."""

    def number(*parts: str) -> int:
        for name, value in account.extra.items():
            plain = name.lower().replace("_", "")
            if all(part in plain for part in parts) and isinstance(value, int | float):
                return int(value)
        return 0

    active, licensed = number("active", "user"), number("licensed", "user")
    return (active, licensed) if licensed > 0 and active <= licensed * 5 else (0, 0)


def health_of(known: Known, account: Account, *, reader: Membership) -> Health | None:
    row = (
        AccountHealth.objects.visible_to(reader)
        .newest()
        .filter(org=known.org, account_ref=account.external_id)
        .first()
    )
    if row is None:
        return None
    values: list[Value] = [score(row.score)]
    if row.change is not None:
        values += [change(row.change), change(row.change, unit=Unit.POINTS), days(28)]
    if row.probability is not None:
        values.append(share(row.probability))
    texts = [f"{each.get('title', '')}: {each.get('text', '')}" for each in row.reasons]
    key = known.source(
        "health",
        "Health",
        reverse("forecasting:health-panel", args=[known.org.slug, account.pk]),
        values,
        ". ".join(texts),
    )
    return Health(key, row.score, row.get_band_display(), row.change, row.probability, row.reasons)


def acts_of(known: Known, account: Account, *, reader: Membership) -> list[tuple[str, str, str]]:
    rows = AccountAction.objects.visible_to(reader).filter(
        org=known.org, account_ref=account.external_id, state__in=("suggested", "accepted")
    )
    url = reverse("forecasting:health-panel", args=[known.org.slug, account.pk])
    return [
        (
            known.source(f"act:{row.pk}", "Playbook", url, text=f"{row.title}. {row.advice}"),
            row.title,
            row.advice,
        )
        for row in rows.order_by("state", "id")[:MOST]
    ]


def offers_of(known: Known, account: Account, *, reader: Membership) -> list[Offer]:
    rows = (
        Recommendation.objects.visible_to(reader)
        .open()
        .filter(org=known.org, account_ref=account.external_id)
        .select_related("product")
        .order_by("rank", "id")[:MOST]
    )
    found = []
    for row in rows:
        if row.product is None:
            continue
        words = [each.get("words", "") for each in row.reasons]
        strongest, lift = strongest_of(row.reasons)
        values = [share(row.probability)]
        values += [money(row.price, known.org.currency)] if row.price is not None else []
        values += [money(row.value, known.org.currency)] if row.value is not None else []
        key = known.source(
            f"offer:{row.pk}",
            f"Suggestion: {row.product.name}",
            reverse("crosssell:recommendation-show", args=[known.org.slug, row.pk]),
            values,
            ". ".join(words),
            names=(row.product.name,),
        )
        found.append(Offer(key, row.product.name, row.probability, strongest, row.kind, lift))
    return found


def strongest_of(reasons: Sequence[dict[str, Any]]) -> tuple[str, float]:
    """The one that sets it apart from any customer, and by how much."""
    best, most = "", 0.0
    for each in reasons:
        numbers = each.get("numbers") or {}
        mine, usual = numbers.get("share"), numbers.get("of_all")
        lift = mine / usual if mine and usual else 1.5 if mine else 0.0
        if lift > most:
            best, most = str(each.get("words", "")), lift
    return best, most


def tickets_of(known: Known, account: Account, *, url: str, reader: Membership) -> list[Ticket]:
    rows = (
        Case.objects.visible_to(reader)
        .filter(org=known.org, account_ref=account.external_id, is_closed=False)
        .order_by("-is_escalated", "-opened_at", "-id")[: MOST + 1]
    )
    found = []
    for row in rows:
        on: date | None = day_of(row.opened_at) if row.opened_at else None
        since = [day(on), days((known.today - on).days, is_ahead=False)] if on else []
        key = known.source(
            f"case:{row.pk}", f"Case {row.number}".strip(), url, [*since, count(1)],
            f"{row.subject} {row.priority} {row.status}", names=(row.number, row.subject),
        )  # fmt: skip
        found.append(Ticket(key, row.subject, row.priority, on, row.is_escalated))
    return found
