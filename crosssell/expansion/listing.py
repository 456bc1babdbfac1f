"""The list of what customers are expected to bring, as the address asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import (
    Count,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.http import QueryDict
from django.urls import reverse

from accounts.about.choices import MOST, owners_seen_by, values_of
from accounts.about.teams import teams_seen_by
from accounts.models import Account
from crosssell.expansion.training import TASK
from crosssell.expansion.words import Way, horizon_of, way_of
from crosssell.models import AllocationPlan, AllocationRow, ExpansionScore
from revenue.ml.models import ModelRun
from revenue.ml.registry import live_run
from revenue.users.models import Membership, Org
from revenue.web import filters as f
from revenue.web.tables import BoundTable, Column, Table
from revenue.web.templatetags import web

SHOWN_WITH = ("org", "account__owner")


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    hint: str = ""


@dataclass(frozen=True)
class Standing:
    """When it was foreseen, and by what."""

    as_of: datetime | None
    run: ModelRun | None

    @property
    def by_model(self) -> bool:
        return self.run is not None and not self.run.speaks_by_rates


def standing_of(org: Org) -> Standing:
    newest = ExpansionScore.objects.of(org).newest().order_by("-as_of", "-id")
    found = newest.values_list("as_of", "run_id").first()
    if found is None:
        return Standing(None, live_run(org=org, task=TASK))
    runs = ModelRun.objects.for_pages().defer("artefact", "comparison", "drift")
    return Standing(found[0], runs.filter(pk=found[1]).first())


def adopted_plan(org: Org) -> AllocationPlan | None:
    return AllocationPlan.objects.of(org).filter(is_adopted=True).first()


def number_of(name: str) -> Cast:
    return Cast(KeyTextTransform(name, "values"), FloatField())


def rows_for(reader: Membership, *, plan: AllocationPlan | None) -> QuerySet[Any]:
    allotted = (
        AllocationRow.objects.of(reader.org)
        .filter(plan=plan, account_ref=OuterRef("account_ref"))
        .order_by()
        .values("account_ref")
        .annotate(total=Sum("count"))
        .values("total")
    )
    rows = ExpansionScore.objects.visible_to(reader).newest().filter(org=reader.org)
    found: QuerySet[Any] = rows.annotate(
        owned=number_of("products"),
        brought=number_of("revenue_180"),
        allotted=Coalesce(Subquery(allotted, output_field=IntegerField()), 0),
    )
    return found


@dataclass(frozen=True)
class Board:
    reader: Membership
    asked: QueryDict
    path: str

    @property
    def currency(self) -> str:
        return self.reader.org.currency

    @cached_property
    def standing(self) -> Standing:
        return standing_of(self.reader.org)

    @cached_property
    def plan(self) -> AllocationPlan | None:
        return adopted_plan(self.reader.org)

    @property
    def horizon_days(self) -> int:
        return horizon_of(self.standing.run)

    def way(self, row: ExpansionScore) -> Way:
        features = self.standing.run.features if self.standing.run else []
        return way_of(row, features, currency=self.currency)

    @cached_property
    def table(self) -> BoundTable:
        declared = Table(
            id="expansion",
            noun="customers",
            caption="Expansion",
            default_sort="-value",
            columns=self.columns(),
            filters=self.filters(),
            detail="crosssell/expansion_why.html",
            detail_of=self.way,
            detail_label="Why",
            empty_title="No customer is yours to see",
            empty_text="Accounts come with their owners from the CRM: a manager sees those of the"
            " team. Only accounts that have bought something are foreseen.",
        )
        rows = rows_for(self.reader, plan=self.plan).select_related(*SHOWN_WITH)
        return declared.bind(self.asked, queryset=rows, path=self.path)

    def columns(self) -> tuple[Column, ...]:
        def money(name: str, label: str, **more: Any) -> Column:
            more.setdefault("sort", name)
            return Column(name=name, label=label, kind="money", currency=self.currency, **more)

        def account(name: str, label: str, **more: Any) -> Column:
            path = f"account__{name}"
            return Column(name=name, label=label, value=path, sort=path, **more)

        return (
            account("name", "Customer", href=page_of),
            money("value", "Expected", total=Sum("value"), note=self.between),
            Column(name="why", label="Above all", value=self.in_a_line),
            money("brought", "Won in 180 days", total=Sum("brought")),
            Column(name="owned", label="Products", kind="number", sort="owned"),
            Column(
                name="allotted",
                label="Actions allotted",
                kind="number",
                sort="allotted",
                total=Sum("allotted"),
                shown=self.plan is not None,
            ),
            Column(name="owner", label="Owner", value=owner_name, sort="account__owner__name"),
            money("low", "Low", shown=False),
            money("high", "High", shown=False),
            account("industry", "Industry", shown=False),
            account("country", "Country", shown=False),
            Column(name="as_of", label="Foreseen", kind="ago", sort="as_of", shown=False),
        )

    def between(self, row: ExpansionScore) -> str:
        low, high = (web.compact_money(one, self.currency) for one in (row.low, row.high))
        return f"{low} to {high}"

    def in_a_line(self, row: ExpansionScore) -> str:
        steps = self.way(row).steps
        return f"{steps[0].words} ({steps[0].said})" if steps else ""

    def filters(self) -> tuple[f.Filter, ...]:
        tree = teams_seen_by(self.reader)
        accounts = Account.objects.visible_to(self.reader)
        teams = [
            (node.key, node.name, Q(account__owner_ref__in=tree.owners_below(node)))
            for node in tree.teams[:MOST]
        ]
        found: list[f.Filter] = [f.TextFilter(name="q", label="Customer", paths=("account__name",))]
        if teams:
            found.append(f.ConditionFilter(name="team", label="Team", options=teams))
        for name, label, path, choices in (
            ("owner", "Owner", "account__owner_ref", owners_seen_by(self.reader)),
            ("industry", "Industry", "account__industry",
             values_of(accounts, "industry", reader=self.reader)),
            ("country", "Country", "account__country",
             values_of(accounts, "country", reader=self.reader)),
        ):  # fmt: skip
            if len(choices) > 1:
                found.append(
                    f.MultiChoiceFilter(name=name, label=label, path=path, choices=choices)
                )
        found.append(f.NumberRangeFilter(name="value", label="Expected", path="value"))
        found.append(f.NumberRangeFilter(name="owned", label="Products owned", path="owned"))
        if self.plan is not None:
            found.append(
                f.ConditionFilter(
                    name="allotted",
                    label="Actions",
                    options=[
                        ("yes", "With actions allotted", Q(allotted__gt=0)),
                        ("no", "Without", Q(allotted=0)),
                    ],
                )
            )
        return tuple(found)

    @cached_property
    def tiles(self) -> list[Tile]:
        """Of the rows as they are filtered."""
        rows = self.table.rows_queryset.order_by()
        sums = rows.aggregate(
            customers=Count("id"),
            expected=Sum("value"),
            won=Sum("brought"),
            actions=Sum("allotted"),
        )
        count = sums["customers"]
        best = list(rows.order_by("-value").values_list("value", flat=True)[: max(count // 10, 1)])
        whole = sums["expected"] or 0
        share = web.percent(sum(best) / whole) if whole else web.BLANK
        found = [
            Tile(
                "Expected",
                web.compact_money(whole, self.currency),
                f"in the next {self.horizon_days} days",
            ),
            Tile("Customers", web.number(count), "that have bought something"),
            Tile(
                "Won in 180 days",
                web.compact_money(sums["won"] or 0, self.currency),
                "by the same customers",
            ),
            Tile("The best tenth", share, "of all that is expected"),
        ]
        if self.plan is not None:
            found.append(Tile("Actions allotted", web.number(sums["actions"] or 0), self.plan.name))
        return found


def page_of(row: Any) -> str:
    return reverse("crosssell:expansion-show", args=[row.org.slug, row.account.pk])


def owner_name(row: Any) -> str:
    owner = row.account.owner
    return owner.name if owner is not None and owner.deleted_at is None else ""


def remarks_of(standing: Standing) -> Sequence[str]:
    """Where the model is not ready, why."""
    return [] if standing.by_model or standing.run is None else standing.run.reasons
