"""The deals behind a change of the forecast."""

from collections.abc import Callable
from typing import Any

from django.db.models import Sum

from accounts.about.choices import owners_seen_by
from forecasting.bridge.steps import BY_NAME, KINDS
from forecasting.tables.changes import moved, owner_moved
from forecasting.tables.outlooks import deal_page
from revenue.users.models import Membership
from revenue.web import filters as f
from revenue.web.tables import Column, Table
from revenue.web.templatetags import web

OF_DEALS = [one for one in KINDS if one.name != "new_business"]


def either(then: str, now: str) -> str:
    """What is known of one side alone is no change."""
    return moved(then, now) if now else then


def amount_moved(currency: str) -> Callable[[Any], str]:
    def said(row: Any) -> str:
        ends = (row.amount_then, row.amount_now)
        return either(*("" if one is None else web.money(one, currency) for one in ends))

    return said


def chance_moved(row: Any) -> str:
    """Of a deal that was not there, or is not any more, there is no chance."""
    return moved(*(web.percent(one or 0) for one in (row.chance_then, row.chance_now)))


def close_moved(row: Any) -> str:
    return either(*(web.day(day) if day else "" for day in (row.close_then, row.close_now)))


def step_kind(row: Any) -> str:
    if not row.delta:
        return ""
    return "positive" if row.delta > 0 else "negative"


def bridge_table(*, reader: Membership) -> Table:
    currency = reader.org.currency
    money: dict[str, Any] = {"kind": "money", "currency": currency}
    owners = owners_seen_by(reader)
    owner = f.MultiChoiceFilter(name="owner", label="Owner", path="owner_now", choices=owners)
    return Table(
        id="bridge-deals",
        noun="changes",
        caption="Deals behind the change",
        default_sort="-size,name",
        columns=(
            Column(name="name", label="Deal", sort="name", href=deal_page),
            Column(name="account", label="Account", value="account_name", sort="account_name"),
            Column(
                name="step",
                label="What changed",
                kind="badge",
                value=lambda row: BY_NAME[row.step].title,
                badge=step_kind,
                sort="step",
            ),
            Column(name="delta", label="Expected value", sort="delta", total=Sum("delta"), **money),
            Column(name="amount", label="Amount", value=amount_moved(currency), sort="amount_now"),
            Column(name="chance", label="Chance", value=chance_moved, sort="chance_now"),
            Column(name="close", label="Close date", value=close_moved, sort="close_now"),
            Column(name="owner", label="Owner", value=owner_moved),
            Column(name="size", label="Size of the change", sort="size", shown=False, **money),
        ),
        filters=(
            f.TextFilter(name="q", label="Deal or account", paths=("name", "account_name")),
            f.MultiChoiceFilter(
                name="step",
                label="What changed",
                path="step",
                choices=[(one.name, one.title) for one in OF_DEALS],
            ),
            *((owner,) if len(owners) > 1 else ()),
        ),
        empty_title="No deal of yours changed like that",
        empty_text="Choose another step or two other forecasts, or clear the filters.",
    )
