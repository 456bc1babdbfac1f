"""The list of what to sell next: its columns, filters and what they offer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.urls import reverse

from crosssell.listing.words import GONE, KIND_KINDS, STATE_KINDS
from crosssell.models import Recommendation
from revenue.web import filters as f
from revenue.web.tables import Column, Table

State = Recommendation.State
STATES = [
    ("suggested", "Not decided yet", Q(state=State.SUGGESTED)),
    ("accepted", "Accepted", Q(state=State.ACCEPTED)),
    ("dismissed", "Dismissed", Q(state=State.DISMISSED)),
    ("bought", "Bought after it was suggested", Q(bought_at__isnull=False)),
    ("expired", "Expired", Q(state=State.EXPIRED)),
    ("all", "All that there ever were", Q()),
]
EMPTY = "Nothing to suggest now"
NOBODY = "Suggestions are of accounts that are yours to see: a manager sees those of the team."


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What the filters hold of this reader's suggestions."""

    kinds: f.Choices = ()
    products: f.Choices = ()
    families: f.Choices = ()
    owners: f.Choices = ()
    teams: Sequence[tuple[str, str, Q]] = ()
    industries: f.Choices = ()


def account_page(row: Any) -> str:
    return reverse("accounts:account-show", args=[row.org.slug, row.account.pk])


def product_name(row: Any) -> str:
    """What the CRM has deleted is shown to nobody, by its name either."""
    product = row.product
    return product.name if product is not None and product.deleted_at is None else GONE


def owner_name(row: Any) -> str:
    owner = row.account.owner
    return owner.name if owner is not None and owner.deleted_at is None else ""


def top_reason(row: Any) -> str:
    """What speaks for it most; a share below that of all only where there is nothing else."""
    speaking = sorted(filter(speaks_for, row.reasons), key=is_below_all)
    return said(speaking[0]) if speaking else ""


def speaks_for(reason: dict[str, Any]) -> bool:
    """By its weight; where none was learned, a share that is not above that of all is no reason."""
    points = float(reason.get("points") or 0)
    return points > 0 or (points == 0 and not is_below_all(reason))


def is_below_all(reason: Mapping[str, Any]) -> bool:
    """As people read it: shares that are the same to the per cent are the same."""
    numbers = reason.get("numbers") or {}
    here, of_all = numbers.get("share"), numbers.get("of_all")
    return here is not None and of_all is not None and round(here, 2) <= round(of_all, 2)


def said(reason: dict[str, Any]) -> str:
    title, words = str(reason.get("title") or ""), str(reason.get("words") or "")
    return f"{title}: {words}" if title and words else title or words


def endings(today: date) -> list[tuple[str, str, Q]]:
    def within(days: int) -> Q:
        return Q(expires_on__range=(today, today + timedelta(days=days)))

    return [("week", "Within 7 days", within(7)), ("month", "Within 30 days", within(30))]


def filters_of(offered: Offered, *, today: date) -> tuple[f.Filter, ...]:
    found: list[f.Filter] = [
        f.TextFilter(
            name="q", label="Account or product", paths=("account__name", "product__name")
        ),
        f.MultiChoiceFilter(name="kind", label="Kind", path="kind", choices=offered.kinds),
        f.ConditionFilter(name="state", label="State, if not open", options=STATES),
        *f.several("product", "Product", "product_ref", offered.products),
        *f.several("family", "Product family", "product__family", offered.families),
    ]
    if offered.teams:
        found.append(f.ConditionFilter(name="team", label="Team", options=offered.teams))
    return (
        *found,
        *f.several("owner", "Owner", "account__owner_ref", offered.owners),
        *f.several("industry", "Industry", "account__industry", offered.industries),
        f.NumberRangeFilter(name="value", label="Value", path="value"),
        f.ConditionFilter(name="ends", label="Expiring", options=endings(today)),
    )


def column(name: str, label: str, **more: Any) -> Column:
    return Column(name=name, label=label, **more)


def product_columns() -> tuple[Column, ...]:
    return (
        column("product", "Product", value=product_name, sort="product__name"),
        column(
            "kind",
            "Kind",
            kind="badge",
            value="get_kind_display",
            sort="kind",
            badge=lambda row: KIND_KINDS.get(row.kind, ""),
        ),
    )


def columns_of(*, currency: str, with_owner: bool) -> tuple[Column, ...]:
    def money(name: str, label: str, **more: Any) -> Column:
        return column(name, label, kind="money", sort=name, currency=currency, **more)

    return (
        column(
            "account",
            "Account",
            value="account__name",
            sort="account__name",
            href=account_page,
        ),
        *product_columns(),
        column("probability", "Chance", kind="percent", sort="probability"),
        money("value", "Value", total=Sum("value")),
        column(
            "state",
            "State",
            kind="badge",
            value="get_state_display",
            sort="state",
            badge=lambda row: STATE_KINDS.get(row.state, ""),
        ),
        column("reason", "Why, above all", value=top_reason),
        column("expires", "Until", kind="date", value="expires_on", sort="expires_on"),
        column(
            "owner", "Owner", value=owner_name, sort="account__owner__name", shown=with_owner
        ),
        money("price", "Price", shown=False),
        column("quantity", "Quantity", kind="number", sort="quantity", shown=False),
        column("family", "Product family", value="product__family", shown=False),
        column("industry", "Industry", value="account__industry", shown=False),
        column("rank", "Place at the account", kind="number", sort="rank", shown=False),
        column(
            "suggested", "Suggested", kind="ago", value="suggested_at", sort="suggested_at",
            shown=False,
        ),
        column("answer", "Why not", value="reason", shown=False),
        column("bought", "Bought", kind="moment", value="bought_at", sort="bought_at", shown=False),
        money("bought_for", "Bought for", total=Sum("bought_for"), shown=False),
    )  # fmt: skip


def suggestions_table(
    *,
    currency: str,
    offered: Offered,
    today: date,
    detail_of: Callable[[Any], Any],
    with_owner: bool,
) -> Table:
    return Table(
        id="suggestions",
        noun="suggestions",
        caption="What to sell next",
        default_sort="-value",
        columns=columns_of(currency=currency, with_owner=with_owner),
        filters=filters_of(offered, today=today),
        detail="crosssell/_why.html",
        detail_of=detail_of,
        detail_label="Why",
        empty_title=EMPTY,
        empty_text=NOBODY,
    )


def accounts_table(
    *,
    currency: str,
    offered: Offered,
    today: date,
    detail_of: Callable[[Any], Any],
    with_owner: bool,
) -> Table:
    """A row an account: its best suggestion, and beside it what all of them come to."""
    return Table(
        id="suggested-accounts",
        noun="accounts",
        caption="What to sell next, by account",
        default_sort="-best",
        columns=(
            column(
                "account",
                "Account",
                value="account__name",
                sort="account__name",
                href=account_page,
            ),
            column(
                "owner", "Owner", value=owner_name, sort="account__owner__name", shown=with_owner
            ),
            *product_columns(),
            column("best", "Its value", kind="money", value="value", sort="value",
                   currency=currency),
            column("count", "Suggestions", kind="number", value=lambda row: row.of_account.count),
            column("together", "Value together", kind="money",
                   value=lambda row: row.of_account.value, currency=currency),
            column("industry", "Industry", value="account__industry", shown=False),
        ),
        filters=filters_of(offered, today=today),
        detail="crosssell/_of_account.html",
        detail_of=detail_of,
        detail_label="All suggestions",
        empty_title=EMPTY,
        empty_text=NOBODY,
    )  # fmt: skip
