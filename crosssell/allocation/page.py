"""A plan as a reader may see it: all of it for whoever reads the whole org, else own sellers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet, Sum
from django.urls import reverse

from accounts.visibility import owners_visible_to, sees_whole_org
from crosssell.allocation.limits import Limits
from crosssell.allocation.pictures import budget_chart, seller_chart, type_chart
from crosssell.models import ActionType, AllocationPlan, AllocationRow
from revenue.users.models import Membership
from revenue.web import filters as f
from revenue.web.charts import Chart
from revenue.web.tables import Column, Table

PAGE_SIZE = 50
NOT_ALL = "Limits clash. Whoever reads the whole org sees which: ask an executive or an admin."
MOST_DIFFERENT = 30
OF_A_TEAM, OF_A_SELLER = "team", "hours"


@dataclass(frozen=True)
class Seen:
    plan: AllocationPlan
    reader: Membership

    @cached_property
    def is_whole(self) -> bool:
        return sees_whole_org(self.reader)

    @cached_property
    def owners(self) -> set[str]:
        found = owners_visible_to(self.reader).values_list("external_id", flat=True)
        return set(found)

    @property
    def figures(self) -> dict[str, Any]:
        return dict(self.plan.figures)

    @cached_property
    def sellers(self) -> list[dict[str, Any]]:
        """Each with what one more hour is worth: nothing where it would change nothing."""
        found: list[dict[str, Any]] = self.figures.get("by_seller", [])
        hours = {one["ref"]: one["worth"] for one in self.plan.prices if one["kind"] == OF_A_SELLER}
        return [
            {**one, "hour": hours.get(one["ref"])} for one in found if one["ref"] in self.owners
        ]

    @property
    def prices(self) -> list[dict[str, Any]]:
        """Of limits that all share, to everybody alike; of teams, to whom leads who is scarcest."""
        return [
            one
            for one in self.plan.prices
            if one["kind"] != OF_A_SELLER
            and (one["kind"] != OF_A_TEAM or self.is_whole or one.get("ref") in self.owners)
        ]

    @property
    def problem(self) -> str:
        hidden = self.plan.state == AllocationPlan.State.INFEASIBLE and not self.is_whole
        return NOT_ALL if hidden else self.plan.problem

    @property
    def rows(self) -> QuerySet[AllocationRow]:
        """Of whom the reader sees, at customers that the reader may read."""
        found = AllocationRow.objects.visible_to(self.reader).filter(plan=self.plan)
        if not self.is_whole:
            found = found.filter(owner_ref__in=self.owners)
        return found.select_related("account", "owner", "org").order_by("-gain", "id")

    def page(self, number: str) -> Page[AllocationRow]:
        return Paginator(self.rows, PAGE_SIZE).get_page(number)

    @property
    def charts(self) -> list[Chart]:
        currency = self.plan.org.currency
        found = [seller_chart(self.sellers, currency=currency)]
        if self.is_whole:
            found.append(type_chart(self.figures.get("by_type", [])))
            if curve := self.figures.get("curve"):
                found.append(budget_chart(curve, currency=currency))
        return found

    @property
    def totals(self) -> dict[str, Any]:
        """Of the sellers that the reader sees."""
        names = ("gain", "greedy", "actions", "hours", "capacity")
        return {name: sum(one[name] for one in self.sellers) for name in names}

    @property
    def limits(self) -> Limits:
        return Limits.from_json(self.plan.limits)


def table_of(types: Sequence[ActionType]) -> Table:
    titles = {one.key: one.title for one in types}
    choices = list(titles.items())
    return Table(
        id="allocation-rows",
        noun="actions",
        noun_of_one="action",
        caption="Who does what where",
        default_sort="-gain",
        page_size=PAGE_SIZE,
        empty_title="No action here",
        empty_text="The plan that sellers follow has none at the customers that you see.",
        columns=(
            Column(
                name="account",
                label="Customer",
                sort="account__name",
                value=lambda row: row.account.name,
                href=account_page,
            ),
            Column(
                name="action",
                label="Action",
                sort="action",
                value=lambda row: titles.get(row.action, row.action),
            ),
            Column(name="count", label="How many", kind="number", sort="count"),
            Column(name="hours", label="Hours", kind="number", sort="hours"),
            Column(
                name="owner",
                label="Seller",
                sort="owner__name",
                value=lambda row: row.owner.name if row.owner else "",
            ),
            Column(
                name="gain",
                label="Expected to add",
                kind="money",
                sort="gain",
                currency=lambda row: row.org.currency,
            ),
            Column(name="kept", label="Kept by a person", kind="yes", value="is_locked"),
        ),
        filters=(
            f.TextFilter(name="q", label="Customer", paths=("account__name",)),
            f.MultiChoiceFilter(name="action", label="Action", path="action", choices=choices),
        ),
    )


def account_page(row: Any) -> str:
    return reverse("accounts:account-show", args=[row.org.slug, row.account.pk])


def side_by_side(one: AllocationPlan, other: AllocationPlan) -> list[dict[str, Any]]:
    """Figures of two plans that are solved, and what lies between them."""
    names = (
        ("expected", "Expected to add", "money"),
        ("greedy", "Best first would add", "money"),
        ("actions", "Actions", "number"),
        ("customers_served", "Customers", "number"),
        ("hours", "Hours", "number"),
    )
    rows = [(label, kind, one.figures.get(n), other.figures.get(n)) for n, label, kind in names]
    for title, key in (("by_type", "title"), ("by_seller", "name")):
        of_other = {each[key]: each for each in other.figures.get(title, [])}
        for each in one.figures.get(title, []):
            match = of_other.get(each[key])
            rows.append((each[key], "number", each["actions"], match and match["actions"]))
    return [
        {
            "label": label,
            "kind": kind,
            "one": first,
            "other": second,
            "between": None
            if first is None or second is None
            else Decimal(str(second)) - Decimal(str(first)),
        }
        for label, kind, first, second in rows
    ]


def customers_apart(one: AllocationPlan, other: AllocationPlan) -> list[dict[str, Any]]:
    """Where the plans differ, customer by customer: the largest difference first."""
    found: dict[str, dict[str, Any]] = {}
    for place, plan in (("one", one), ("other", other)):
        rows = AllocationRow.objects.filter(plan=plan).values("account_ref", "account__name")
        for row in rows.annotate(actions=Sum("count"), adds=Sum("gain")).order_by("account_ref"):
            line = found.setdefault(row["account_ref"], {"name": row["account__name"]})
            line[place], line[f"{place}_adds"] = row["actions"], row["adds"]
    lines = [
        {**line, "between": line.get("other_adds", Decimal(0)) - line.get("one_adds", Decimal(0))}
        for line in found.values()
        if line.get("one") != line.get("other") or line.get("one_adds") != line.get("other_adds")
    ]
    return sorted(lines, key=lambda line: (-abs(line["between"]), line["name"]))[:MOST_DIFFERENT]
