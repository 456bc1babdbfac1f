"""The deals behind a change of the pipeline."""

from typing import Any

from django.db.models import Sum

from forecasting.pipeline.categories import BY_NAME, CATEGORIES
from forecasting.pipeline.pictures import NO_STAGE
from forecasting.tables.outlooks import deal_page
from revenue.web import filters as f
from revenue.web.tables import Column, Table
from revenue.web.templatetags import web

KINDS = {True: "positive", False: "negative", None: ""}
WON = "won"


def category_kind(row: Any) -> str:
    return "positive" if row.category == WON else KINDS[BY_NAME[row.category].gains]


def moved(then: str, now: str) -> str:
    return now if then == now or not then else f"{then} → {now}"


def stage_moved(row: Any) -> str:
    ends = []
    for side in ("then", "now"):
        standing = getattr(row, f"standing_{side}")
        stage = getattr(row, f"stage_{side}") or NO_STAGE
        ends.append({"open": stage, "none": ""}.get(standing, standing.capitalize()))
    return moved(*ends)


def close_moved(row: Any) -> str:
    ends = [web.day(day) if day else "" for day in (row.close_then, row.close_now)]
    return moved(*ends)


def days_pushed(row: Any) -> int | None:
    if row.close_then is None or row.close_now is None or row.close_then == row.close_now:
        return None
    return int((row.close_now - row.close_then).days)


def owner_moved(row: Any) -> str:
    names = [getattr(who, "name", "") or "" for who in (row.former_owner, row.owner)]
    return moved(*names)


def changes_table(*, currency: str, owners: f.Choices) -> Table:
    money: dict[str, Any] = {"kind": "money", "currency": currency}
    owner = f.MultiChoiceFilter(name="owner", label="Owner", path="owner_now", choices=owners)
    return Table(
        id="changes",
        noun="deals",
        caption="Deals behind the change",
        default_sort="-size,name",
        columns=(
            Column(name="name", label="Deal", sort="name", href=deal_page),
            Column(name="account", label="Account", value="account_name", sort="account_name"),
            Column(
                name="category",
                label="What happened",
                kind="badge",
                value=lambda row: BY_NAME[row.category].title,
                badge=category_kind,
            ),
            Column(
                name="delta",
                label="Change",
                value="delta",
                sort="delta",
                total=Sum("delta"),
                **money,
            ),
            Column(
                name="then",
                label="Amount then",
                value="amount_then",
                sort="amount_then",
                shown=False,
                **money,
            ),
            Column(name="now", label="Amount", value="amount_now", sort="amount_now", **money),
            Column(name="stage", label="Stage", value=stage_moved),
            Column(name="close", label="Close date", value=close_moved, sort="close_now"),
            Column(name="pushed", label="Days pushed", kind="number", value=days_pushed),
            Column(name="owner", label="Owner", value=owner_moved),
            Column(
                name="size",
                label="Size of the change",
                value="size",
                sort="size",
                shown=False,
                **money,
            ),
        ),
        filters=(
            f.TextFilter(name="q", label="Deal or account", paths=("name", "account_name")),
            f.MultiChoiceFilter(
                name="category",
                label="What happened",
                path="category",
                choices=[(one.name, one.title) for one in CATEGORIES],
            ),
            *((owner,) if len(owners) > 1 else ()),
        ),
        empty_title="No deal of yours changed like that",
        empty_text="Choose other days, another window of closing, or clear the filters.",
    )
