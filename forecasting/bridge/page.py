"""What the page of changes shows: which two forecasts, whose number, and what moved it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Abs
from django.utils import timezone

from forecasting.bridge.making import kept, usual_pair
from forecasting.bridge.reading import OWN
from forecasting.bridge.steps import BY_NAME, Kind
from forecasting.models import BridgeDeal, BridgeNode, Forecast, ForecastBridge
from forecasting.owners import owned_by
from forecasting.quarter_pages.asked import Asked
from revenue.users.models import Membership, Org
from revenue.web.charts import Chart, waterfall
from revenue.web.templatetags import web

Address = Callable[[str], str]
MOST_KEPT = 120
SHARE_SHOWN = 4  # the axis begins above nought where the bars would be smaller than one in so many
METHOD = "model"


@dataclass(frozen=True)
class Pair:
    """`choices` are the forecasts of the period that can be held side by side."""

    choices: Sequence[Forecast]
    before: Forecast | None
    after: Forecast | None
    problem: str = ""

    @property
    def query(self) -> dict[str, str]:
        if self.before is None or self.after is None:
            return {}
        return {"before": str(self.before.pk), "after": str(self.after.pk)}


def pair_of(org: Org, asked: Asked, data: Mapping[str, str]) -> Pair:
    """A week ago and now, where nothing is asked for or nothing that can be."""
    period = asked.period
    rows = kept(org, length=period.length.value, since=period.since).defer("worlds", "method")
    choices = list(rows[:MOST_KEPT])
    usual = usual_pair(choices)
    if usual is None:
        return Pair(choices, None, None)
    by_pk = {str(one.pk): one for one in choices}
    said = [data.get(name, "") for name in ("before", "after")]
    before, after = (by_pk.get(one, other) for one, other in zip(said, usual, strict=True))
    if any(one and one not in by_pk for one in said):
        return Pair(choices, *usual, "One of these forecasts is not kept: others are shown.")
    if before.as_of >= after.as_of:
        return Pair(choices, *usual, "Choose a first forecast that is before the second.")
    return Pair(choices, before, after)


@dataclass(frozen=True)
class Line:
    kind: Kind
    delta: Decimal
    deals: int

    @property
    def direction(self) -> str:
        return "up" if self.delta > 0 else "down" if self.delta < 0 else ""


@dataclass(frozen=True)
class Moved:
    """Of one team: from the one number to the other."""

    node: BridgeNode
    pair: Pair
    name: str
    currency: str

    @cached_property
    def lines(self) -> list[Line]:
        """What changed nothing is left out."""
        found = [
            Line(BY_NAME[step["name"]], Decimal(step["delta"]), step["deals"])
            for step in self.node.steps
            if step["name"] in BY_NAME
        ]
        return [one for one in found if one.delta or one.deals]

    @property
    def then(self) -> Decimal:
        return self.node.then or Decimal(0)

    @property
    def now(self) -> Decimal:
        return self.node.now or Decimal(0)

    @property
    def change(self) -> Decimal:
        return self.now - self.then

    @property
    def headline(self) -> str:
        said = [web.compact_money(one, self.currency) for one in (self.then, self.now)]
        if not self.change:
            return f"The likely number (P50) is what it was: {said[1]}"
        way = "rose" if self.change > 0 else "fell"
        by = web.compact_money(abs(self.change), self.currency)
        told = f"The likely number (P50) {way} by {by}, from {said[0]} to {said[1]}"
        most = max(self.lines, key=lambda one: one.delta * (1 if self.change > 0 else -1))
        part = web.compact_money(most.delta, self.currency)
        return f"{told}; the most by: {most.kind.title.lower()}, {part}"

    def chart(self, days: tuple[str, str], address: Address) -> Chart:
        shown = [one for one in self.lines if one.delta]
        amounts = [self.then, *(one.delta for one in shown), self.now]
        prefix = web.with_currency("0", self.currency).removesuffix("0")
        first = axis_begins(self.then, [one.delta for one in shown])
        begins = f" The axis begins at {web.compact_money(first, self.currency)}." if first else ""
        return Chart(
            id="forecast-walk",
            title="From then to now",
            summary=f"What each kind of change added to P50, or took from it.{begins}",
            data=[
                waterfall(
                    [days[0], *(one.kind.title for one in shown), days[1]],
                    amounts,
                    texts=[web.compact_money(one, self.currency) for one in amounts],
                    addresses=[
                        address(""),
                        *(address(one.kind.name) for one in shown),
                        address(""),
                    ],
                )
            ],
            layout={
                "yaxis": {
                    "tickprefix": prefix,
                    "tickformat": "~s",
                    "showgrid": True,
                    "nticks": 5,
                    **({"range": axis_range(first, self.then, shown)} if first else {}),
                },
                "showlegend": False,
                "margin": {"t": 24, "r": 10, "b": 40, "l": 56},
            },
            columns=("Step", "Change of P50"),
            rows=[
                (days[0], web.money(self.then, self.currency)),
                *((one.kind.title, web.money(one.delta, self.currency)) for one in shown),
                (days[1], web.money(self.now, self.currency)),
            ],
        )


def walked(then: Decimal, deltas: Sequence[Decimal]) -> list[Decimal]:
    found = [then]
    for delta in deltas:
        found.append(found[-1] + delta)
    return found


def axis_begins(then: Decimal, deltas: Sequence[Decimal]) -> Decimal:
    """Nought, unless the steps would then be too small to be told apart."""
    way = walked(then, deltas)
    spread = max(way) - min(way)
    if not spread or spread * SHARE_SHOWN > max(way):
        return Decimal(0)
    return max(min(way) - spread, Decimal(0))


def axis_range(first: Decimal, then: Decimal, shown: Sequence[Line]) -> list[float]:
    way = walked(then, [one.delta for one in shown])
    return [float(first), float(max(way) + (max(way) - first) / 8)]


def node_of(
    reader: Membership, bridge: ForecastBridge, keys: Sequence[str]
) -> dict[str, BridgeNode]:
    """Those of these keys that the reader sees; somebody's own deals stand in for all below."""
    rows = BridgeNode.objects.visible_to(reader).filter(
        bridge=bridge, key__in=[*keys, *(key + OWN for key in keys)]
    )
    found = {row.key: row for row in rows}
    whole = ((key, found.get(key) or found.get(key + OWN)) for key in keys)
    return {key: row for key, row in whole if row is not None}


def deals_of(reader: Membership, node: BridgeNode) -> QuerySet[Any]:
    """Of the whole org, those of nobody too."""
    rows = BridgeDeal.objects.visible_to(reader).filter(bridge=node.bridge_id)
    if node.key:
        then, now = (owned_by(node.owners, column=one) for one in ("owner_then", "owner_now"))
        rows = rows.filter(then | now)
    found: QuerySet[Any] = rows.select_related("org", "owner", "former_owner").annotate(
        name=F("opportunity__name"),
        deal_id=F("opportunity__id"),
        account_name=F("opportunity__account__name"),
        size=Abs("delta"),
    )
    return found


def moments(pair: Pair) -> tuple[str, str]:
    """Days; with the time of day where both are of one."""
    sides = [one for one in (pair.before, pair.after) if one is not None]
    days = [web.day(timezone.localtime(one.as_of)) for one in sides]
    if len(set(days)) < len(days):
        days = [web.moment(one.as_of) for one in sides]
    return days[0], days[1]
