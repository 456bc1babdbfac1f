"""The list of customers by value at risk: its columns, filters and what they offer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    CharField,
    Exists,
    F,
    Func,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse

from forecasting.health_pages.standing import CHANGES, changed_by, region, size, stake
from forecasting.health_pages.weeks import bars_of_row, said_lately
from forecasting.health_pages.why import reasons_of
from forecasting.health_pages.words import band_kind, chance_note
from forecasting.models import AccountAction, AccountHealth, LifetimeValue
from forecasting.models.health import Band
from forecasting.tables.outlooks import column, several
from revenue.users.models import Membership
from revenue.web import filters as f
from revenue.web.tables import Column, Table
from revenue.web.templatetags import web

SHOWN_WITH = ("org", "account__owner")
AGAINST = "$[*] ? (@.points < 0)"


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What the filters hold of this reader's customers."""

    owners: f.Choices = ()
    teams: Sequence[tuple[str, str, Q]] = ()
    industries: f.Choices = ()
    regions: f.Choices = ()
    sizes: f.Choices = ()
    drivers: f.Choices = ()


def rows_for(reader: Membership, *, by_hand: bool) -> QuerySet[Any]:
    """With what they are cut by; what only the list says is added there."""
    return rows_ever(reader, by_hand=by_hand).filter(is_latest=True)


def rows_ever(reader: Membership, *, by_hand: bool) -> QuerySet[Any]:
    """Of the past, too, and so of customers who have left since."""
    rows = AccountHealth.objects.visible_to(reader).filter(org=reader.org)
    against = Func(
        F("reasons"), Value(AGAINST), function="jsonb_path_query_first", output_field=JSONField(),
        template="%(function)s(%(expressions)s::jsonpath)",
    )  # fmt: skip
    found: QuerySet[Any] = rows.annotate(
        industry=F("account__industry"),
        region=region(),
        size=size(),
        stake=stake(by_hand=by_hand),
        driver=KeyTextTransform("title", against, output_field=CharField()),
    )
    return found


def listed(rows: QuerySet[Any]) -> QuerySet[Any]:
    worth = LifetimeValue.objects.filter(org=OuterRef("org"), account_ref=OuterRef("account_ref"))
    found: QuerySet[Any] = rows.select_related(*SHOWN_WITH).annotate(
        said_lately=said_lately(),
        lifetime=Subquery(worth.values("value")),
        lifetime_low=Subquery(worth.values("low")),
        lifetime_high=Subquery(worth.values("high")),
    )
    return found


def account_page(row: Any) -> str:
    return reverse("accounts:account-show", args=[row.org.slug, row.account.pk])


def owner_name(row: Any) -> str:
    owner = row.account.owner
    return owner.name if owner is not None and owner.deleted_at is None else ""


def change_kind(row: Any) -> str:
    change = row.change or 0
    return "" if not change else "good" if change > 0 else "bad"


def driver_words(row: Any) -> str:
    """What speaks against it most."""
    against = [one for one in reasons_of(row.reasons) if not one.is_good]
    if not against:
        return ""
    first = against[0]
    return f"{first.title}: {first.words}" if first.title and first.words else first.title


def with_plays(state: str) -> Q:
    rows = AccountAction.objects.filter(
        org=OuterRef("org"), account_ref=OuterRef("account_ref"), state=state
    )
    return Q(Exists(rows))


def filters_of(offered: Offered, *, border: int) -> tuple[f.Filter, ...]:
    changes = changed_by(border=border)
    found: list[f.Filter] = [
        f.TextFilter(
            name="q", label="Customer or owner", paths=("account__name", "account__owner__name")
        ),
        f.MultiChoiceFilter(name="band", label="Health", path="band", choices=Band.choices),
        f.ConditionFilter(
            name="change",
            label="Within four weeks",
            options=[(name, label, changes[name]) for name, label in CHANGES.items()],
        ),
        f.ConditionFilter(
            name="plays",
            label="Plays",
            options=[
                ("accepted", "Under way", with_plays(AccountAction.State.ACCEPTED)),
                ("suggested", "Waiting for a decision", with_plays(AccountAction.State.SUGGESTED)),
            ],
        ),
        *several("driver", "Above all", "driver", offered.drivers),
    ]
    if offered.teams:
        found.append(f.ConditionFilter(name="team", label="Team", options=offered.teams))
    return (
        *found,
        *several("owner", "Owner", "account__owner_ref", offered.owners),
        *several("industry", "Industry", "industry", offered.industries),
        *several("region", "Region", "region", offered.regions),
        *several("size", "Size", "size", offered.sizes),
        f.NumberRangeFilter(name="value", label="Value, a year", path="value"),
        f.NumberRangeFilter(name="score", label="Score", path="score"),
    )


def columns_of(*, currency: str) -> tuple[Column, ...]:
    def money(name: str, label: str, **more: Any) -> Column:
        return column(name, label, kind="money", currency=currency, **more)

    def lifetime_note(row: Any) -> str:
        if row.lifetime is None:
            return ""
        low, high = (web.compact_money(v, currency) for v in (row.lifetime_low, row.lifetime_high))
        return f"{low} to {high}"

    return (
        column("account", "Customer", value="account__name", href=account_page),
        column("score", "Score", kind="number"),
        column(
            "band",
            "Health",
            kind="badge",
            value="get_band_display",
            sort="score",
            badge=lambda row: band_kind(row.band),
        ),
        column("weeks", "18 weeks", kind="bars", value=bars_of_row),
        column("change", "In 4 weeks", kind="change", badge=change_kind),
        column("chance", "May leave", kind="percent", value="probability", note=chance_note),
        money("value", "Value, a year", total=Sum("value")),
        money("at_risk", "At risk", value="stake", total=Sum("stake")),
        column("driver", "Above all", value=driver_words),
        column("owner", "Owner", value=owner_name, sort="account__owner__name"),
        money("lifetime", "Lifetime value", note=lifetime_note),
        column("low", "May leave, low", kind="percent", shown=False),
        column("high", "May leave, high", kind="percent", shown=False),
        money("lifetime_low", "Lifetime value, low", shown=False),
        money("lifetime_high", "Lifetime value, high", shown=False),
        column("industry", "Industry", shown=False),
        column("region", "Region", shown=False),
        column("country", "Country", value="account__country", shown=False),
        column("size", "Size", shown=False),
        column("source", "Said by", value="get_source_display", sort="source", shown=False),
        column("as_of", "As of", kind="moment", shown=False),
    )


def health_table(
    *,
    currency: str,
    offered: Offered,
    border: int,
    by_hand: bool,
    detail_of: Callable[[Any], Any],
) -> Table:
    return Table(
        id="customers-at-risk",
        noun="customers",
        caption="Customers at risk",
        default_sort="-at_risk,score" if by_hand else "-at_risk",
        columns=columns_of(currency=currency),
        filters=filters_of(offered, border=border),
        detail="forecasting/health_why.html",
        detail_of=detail_of,
        detail_label="Why",
        empty_title="No customer is yours to see",
        empty_text="Customers come with their owners from the CRM: a manager sees those of the"
        " team. An account is a customer once it has bought something.",
    )
