"""Why so much is expected of a customer: the way from the base to it, in money and in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from crosssell.models import ExpansionScore
from revenue.ml.models import ModelRun
from revenue.web.templatetags import web

TOP = 5
IN_MONEY = ("revenue_", "usual_won", "biggest_won", "open_amount", "open_expected", "seller_rate")
NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Step:
    name: str
    title: str
    value: str
    adds: Decimal
    currency: str

    @property
    def is_good(self) -> bool:
        return self.adds > 0

    @property
    def said(self) -> str:
        return signed_money(self.adds, self.currency)

    @property
    def words(self) -> str:
        return f"{self.title}: {self.value}"


@dataclass(frozen=True)
class Way:
    """`base` plus what the steps and the rest add is the total, to the cent."""

    base: Decimal
    steps: tuple[Step, ...]
    further: tuple[Step, ...]
    total: Decimal

    @property
    def rest(self) -> Decimal:
        return sum((one.adds for one in self.further), Decimal(0))

    @cached_property
    def every(self) -> tuple[Step, ...]:
        return (*self.steps, *self.further)


def way_of(score: ExpansionScore, features: Sequence[Mapping[str, Any]], *, currency: str) -> Way:
    titles = {one["name"]: one.get("title") or one["name"] for one in features}
    adds = {name: Decimal(str(part)) for name, part in score.contributions.items()}
    order = sorted(adds, key=lambda name: (-abs(adds[name]), name))
    steps = [
        Step(
            name,
            titles.get(name, name),
            value_said(name, score.values.get(name), currency=currency),
            adds[name],
            currency,
        )
        for name in order
        if adds[name]
    ]
    return Way(
        base=score.base or Decimal(0),
        steps=tuple(steps[:TOP]),
        further=tuple(steps[TOP:]),
        total=score.value or Decimal(0),
    )


def value_said(name: str, value: Any, *, currency: str) -> str:
    match value:
        case None | "":
            return NOT_KNOWN
        case bool():
            return "yes" if value else "no"
        case str():
            return value
    return number_said(name, float(value), currency=currency)


def number_said(name: str, number: float, *, currency: str) -> str:
    """As people write it: money as money, shares as shares, a change with its sign."""
    if name == "seller_rate":
        return f"{signed_money(number, currency)} a customer"
    if name.startswith(IN_MONEY):
        return web.money(number, currency)
    if name.endswith("_share"):
        return web.percent(number)
    if name.startswith("own_") and name.endswith("_change"):
        return f"{math.expm1(number):+.0%}".replace("-", "−")
    places = 0 if number == round(number) or "days" in name.split("_") else 1
    return web.number(number, places)


def signed_money(amount: Decimal | float, currency: str) -> str:
    said = web.money(abs(amount), currency)
    return f"+{said}" if amount > 0 else f"−{said}" if amount < 0 else said


def horizon_of(run: ModelRun | None) -> int:
    return int((run.report if run else {}).get("horizon_days") or 180)
