"""What writing cost: one's own for everybody, the org's for its admins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum

from assistant.models import WriterPolicy, WriterSpend
from assistant.writers.budget import share_used, spent_on
from revenue.users.models import Membership
from revenue.users.roles import Role
from revenue.web import filters as f
from revenue.web.charts import Chart
from revenue.web.daily import Series, daily_chart, days_until
from revenue.web.tables import Column, Table
from revenue.web.templatetags import web

PURPOSES = {"plan": "Plans", "chat": "Answers", "test": "Tests", "search": "Search"}


def dollars(value: Decimal | None) -> str:
    """A call costs parts of a cent: as many places as it takes to tell it from nothing."""
    if value is None:
        return web.BLANK
    if not value or value >= 1:
        return f"${value:,.2f}"
    return f"${value:.4f}" if value >= Decimal("0.0001") else "under $0.0001"


def purpose_of(row: WriterSpend) -> str:
    return PURPOSES.get(row.purpose, row.purpose.replace("_", " ").capitalize())


def table_of(rows: QuerySet[WriterSpend], *, is_for_all: bool) -> Table:
    whole = [("person", "Person")] if is_for_all else []
    people = rows.order_by("person__full_name", "person_id").values_list(
        "person_id", "person__full_name", "person__email"
    )
    told = dict.fromkeys((str(pk), name or email) for pk, name, email in people) if whole else {}
    kinds = sorted(set(rows.values_list("purpose", flat=True)))
    return Table(
        id="spend",
        noun="entries",
        noun_of_one="entry",
        caption="What writing cost",
        default_sort="-day,-cost",
        page_size=25,
        columns=(
            Column(name="day", label="Day", kind="date", sort="day"),
            *(
                Column(name=name, label=label, value="person", sort="person__full_name")
                for name, label in whole
            ),
            Column(name="purpose", label="For", value=purpose_of, sort="purpose"),
            Column(name="calls", label="Calls", kind="number", sort="calls", total=Sum("calls")),
            Column(
                name="failed", label="Failed", kind="number", sort="failed", total=Sum("failed")
            ),
            Column(
                name="tokens_in",
                label="Tokens read",
                kind="number",
                sort="tokens_in",
                total=Sum("tokens_in"),
            ),
            Column(
                name="tokens_out",
                label="Tokens written",
                kind="number",
                sort="tokens_out",
                total=Sum("tokens_out"),
            ),
            Column(name="cost", label="Cost", value=lambda row: dollars(row.cost), sort="cost"),
        ),
        filters=(
            f.DateRangeFilter(name="day", label="Day", path="day"),
            f.MultiChoiceFilter(
                name="purpose",
                label="For",
                path="purpose",
                choices=[(kind, PURPOSES.get(kind, kind.capitalize())) for kind in kinds],
            ),
            *(
                f.MultiChoiceFilter(name=name, label=label, path="person", choices=list(told))
                for name, label in whole
            ),
        ),
        empty_title="Nothing was spent",
        empty_text="Whatever a writing service reads and writes is counted here, by day.",
    )


@dataclass(frozen=True)
class Standing:
    """Where the reader stands today, and what the last days came to."""

    tokens: str
    tokens_hint: str
    cost: str
    cost_hint: str
    share: float | None
    days: str
    days_hint: str

    @property
    def is_used_up(self) -> bool:
        return self.share is not None and self.share >= 1


def standing_of(
    reader: Membership, *, policy: WriterPolicy, rows: QuerySet[WriterSpend], today: date
) -> Standing:
    spent = spent_on(today, org=reader.org, person=reader.user)
    since = days_until(today)[0]
    lately = rows.filter(day__gte=since).aggregate(
        cost=Sum("cost"), tokens=Sum(F("tokens_in") + F("tokens_out"))
    )
    limit, money = policy.daily_tokens, policy.daily_cost
    return Standing(
        tokens=web.number(spent.tokens),
        tokens_hint=f"of {web.number(limit)} a day" if limit is not None else "no limit",
        cost=dollars(spent.cost),
        cost_hint=f"of {dollars(money)} a day" if money is not None else "no limit",
        share=share_used(policy, spent),
        days=dollars(lately["cost"] or Decimal(0)),
        days_hint=f"{web.number(lately['tokens'] or 0)} tokens",
    )


def chart_of(rows: QuerySet[WriterSpend], *, today: date) -> Chart:
    days = days_until(today)
    by_day = {
        each["day"]: each
        for each in rows.filter(day__gte=days[0])
        .values("day")
        .annotate(read=Sum("tokens_in"), written=Sum("tokens_out"))
    }
    read, written = counts(by_day, days, "read"), counts(by_day, days, "written")
    return daily_chart(
        chart_id="spend-by-day",
        title="Tokens a day",
        summary=summary_of(read, written, days=days),
        days=days if sum(read) + sum(written) else (),
        series=(
            Series("Read", "var(--chart-1)", read),
            Series("Written", "var(--chart-2)", written),
        ),
    )


def counts(by_day: dict[date, Any], days: Sequence[date], name: str) -> list[int]:
    return [by_day.get(day, {}).get(name) or 0 for day in days]


def summary_of(read: Sequence[int], written: Sequence[int], *, days: Sequence[date]) -> str:
    whole = sum(read) + sum(written)
    if not whole:
        return "Nothing was read or written."
    most = max(range(len(days)), key=lambda at: read[at] + written[at])
    return (
        f"{web.number(whole)} tokens in {len(days)} days, most of them on "
        f"{web.day(days[most])}: {web.number(read[most] + written[most])}."
    )


def sees_all(reader: Membership) -> bool:
    return reader.role == Role.ADMIN
