"""What else could be said of the period, each with how far it is from P50."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from forecasting.calls.board import both_of
from forecasting.calls.rolling import Rolled
from forecasting.calls.seats import seats_of
from forecasting.models import Forecast, ForecastCall
from forecasting.quarter_pages.words import difference
from revenue.periods import Period
from revenue.users.models import Membership
from revenue.web.templatetags import web

CATEGORIES = {
    "pipeline": "Pipeline",
    "best_case": "Best case",
    "commit": "Commit",
    "closed": "Closed",
}
SUBMISSION, ADJUSTMENT = (kind.value for kind in ForecastCall.Kind)


@dataclass(frozen=True)
class Said:
    amount: Decimal
    hint: str
    is_partial: bool = False  # a sum of some of those below: P50 is of them all


Calls = Mapping[tuple[str, str], Said]


@dataclass(frozen=True)
class Beside:
    label: str
    amount: Decimal | None
    difference: str
    hint: str = ""


def beside_of(node: Any, *, calls: Calls, period: Period, currency: str) -> list[Beside]:
    def line(label: str, amount: Decimal | None, hint: str = "") -> Beside:
        return Beside(label, amount, difference(amount, to=node.p50, currency=currency), hint)

    before = period.year_before().label
    found = [
        line("Stage-weighted", node.stage_weighted, "Won, and each amount times its stage's share"),
        line("Category-weighted", node.category_weighted, "Won, and each by its category's share"),
        line("Same period last year", node.year_before, f"Won in {before}"),
    ]
    for kind in ForecastCall.Kind:
        call = calls.get((node.key, kind.value))
        if call is not None:
            told = line(kind.label, call.amount, call.hint)
            found.append(replace(told, difference="") if call.is_partial else told)
        else:
            found.append(Beside(kind.label, None, "", "Nobody has made one"))
    return found


def categories_of(node: Any) -> list[tuple[str, str, Decimal]]:
    """By name, label and amount; of deals that are due in the period."""
    said = node.categories or {}
    return [
        (name, label, Decimal(str(said[name])))
        for name, label in CATEGORIES.items()
        if said.get(name) is not None
    ]


def calls_seen_by(reader: Membership, *, period: Period, forecast: Forecast) -> Calls:
    """By node and kind: what was said of it, else the sum of what was said below."""
    seats = seats_of(reader, period=period, forecast=forecast)
    both = both_of(seats)
    found = {}
    for kind, rolled in ((SUBMISSION, both.submitted), (ADJUSTMENT, both.adjusted)):
        for key, one in rolled.items():
            is_changed = kind == SUBMISSION or one != both.submitted[key]
            if one.amount is not None and is_changed:
                hint = hint_of(one, seats.said.get((key, kind)))
                found[key, kind] = Said(one.amount, hint, one.said < one.asked and not one.is_own)
    return found


def hint_of(rolled: Rolled, call: ForecastCall | None) -> str:
    if rolled.is_own and call is not None:
        return f"{call.by_name}, {web.day(call.made_at)}"
    return f"Summed: {rolled.said:,} of {rolled.asked:,} have said a number"


@dataclass(frozen=True)
class Line:
    """A row of the table of those below."""

    name: str
    url: str
    deals_url: str
    closed_url: str
    amounts: Mapping[str, Decimal | None]

    def cells(self, columns: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        return [
            {
                "label": label,
                "amount": self.amounts[name],
                "url": self.closed_url if name == "closed" else self.deals_url,
            }
            for name, label in columns
        ]


AMOUNTS = (
    ("closed", "Closed"),
    ("p10", "P10"),
    ("p50", "P50"),
    ("p90", "P90"),
    ("mean", "Mean"),
    ("stage_weighted", "Stage-weighted"),
    ("category_weighted", "Category-weighted"),
    ("year_before", "Last year"),
)
SAID = tuple((kind.value, kind.label) for kind in ForecastCall.Kind)
USUAL_SORT = "-p50"


def amounts_of(node: Any, *, calls: Calls) -> dict[str, Decimal | None]:
    found = {name: getattr(node, name) for name, _ in AMOUNTS}
    for kind, _ in SAID:
        call = calls.get((node.key, kind)) if node.is_total else None
        found[kind] = call.amount if call else None
    return found


def columns_for(lines: Iterable[Line]) -> list[tuple[str, str]]:
    """Calls have a column where anybody has made one."""
    told = {name for line in lines for name, _ in SAID if line.amounts[name] is not None}
    return [*AMOUNTS, *((name, label) for name, label in SAID if name in told)]


def sorted_lines(lines: Sequence[Line], *, spec: str) -> list[Line]:
    """What is not known comes last either way."""
    name, down = spec.removeprefix("-"), spec.startswith("-")
    if name == "name":
        return sorted(lines, key=lambda line: line.name.lower(), reverse=down)
    known = [line for line in lines if line.amounts[name] is not None]
    rest = [line for line in lines if line.amounts[name] is None]
    known.sort(key=lambda line: line.name.lower())
    known.sort(key=lambda line: line.amounts[name] or Decimal(0), reverse=down)
    return known + rest


def sort_of(asked: str) -> str:
    names = {"name", *(name for name, _ in (*AMOUNTS, *SAID))}
    return asked if asked.removeprefix("-") in names else USUAL_SORT
