"""The forecast of a group of orgs: those whose whole number the reader sees, and what they make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.urls import reverse

from accounts.visibility import WHOLE_ORG
from forecasting.models import BacktestRow, Forecast, ForecastNode
from forecasting.quarter.clock import local_day
from forecasting.quarter.league import Standing, league
from forecasting.quarter.together import Part, total_of, worth_of
from forecasting.quarter.worlds import Band
from forecasting.quarter_pages.asked import Asked
from forecasting.quarter_pages.pictures import MARGIN, money_axis
from forecasting.quarter_pages.record import CUTS, METHODS
from revenue.users.models import Membership, Org
from revenue.web.charts import Chart
from revenue.web.templatetags import web

MODEL, STAGE = BacktestRow.Method.MODEL.value, BacktestRow.Method.STAGE.value
NOT_MADE = "Not forecast yet for this period."
OTHER_YEAR = "Its fiscal year begins in another month: its period is not this one."
NO_RATE = "Its currency is {own}, and neither CRM knows what that is worth in {shown}."
OTHER_WAY = "Forecast in another way than the others: forecast it anew."
SUMS = ("closed", "from_open", "from_new", "mean")


@dataclass(frozen=True)
class Line:
    name: str
    url: str
    amounts: Mapping[str, Decimal]
    band: Band
    own: str = ""  # P50 in the org's own currency, where that is another

    @property
    def cells(self) -> list[tuple[str, Decimal]]:
        of_band = {"P10": self.band.p10, "P50": self.band.p50, "P90": self.band.p90}
        named = {"Closed": self.amounts["closed"], "Open deals": self.amounts["from_open"]}
        return [
            *named.items(),
            ("New business", self.amounts["from_new"]),
            ("Mean", self.amounts["mean"]),
            *of_band.items(),
        ]


@dataclass(frozen=True)
class LeftOut:
    name: str
    why: str


@dataclass(frozen=True)
class Summed:
    """A row of the record, as of one org that were all of them."""

    method: str
    cut: str
    since: Any
    said: Decimal
    actual: Decimal
    p10: Decimal | None = None
    p90: Decimal | None = None


@dataclass(frozen=True)
class Group:
    reader: Membership
    asked: Asked

    @property
    def currency(self) -> str:
        return str(self.reader.org.currency)

    @cached_property
    def memberships(self) -> list[Membership]:
        """Of orgs of the group of which the reader sees the whole number."""
        own = Membership.objects.active().filter(user=self.reader.user_id, role__in=WHOLE_ORG)
        joined = own.filter(org__group=self.reader.org.group_id, org__group__isnull=False)
        return list(joined.select_related("org").order_by("org__name", "org_id"))

    @cached_property
    def parts(self) -> dict[int, Part]:
        found, _ = self.sorted_out
        return found

    @property
    def left_out(self) -> list[LeftOut]:
        _, others = self.sorted_out
        return others

    @cached_property
    def sorted_out(self) -> tuple[dict[int, Part], list[LeftOut]]:
        found, others = dict[int, Part](), list[LeftOut]()
        latest = self.forecasts
        for org in self.orgs:
            forecast = latest.get(org.pk)
            if org.fiscal_month != self.reader.org.fiscal_month:
                others.append(LeftOut(org.name, OTHER_YEAR))
            elif forecast is None:
                others.append(LeftOut(org.name, NOT_MADE))
            elif (part := self.part_of(org, forecast)) is None:
                why = NO_RATE.format(own=org.currency or "not known", shown=self.currency)
                others.append(LeftOut(org.name, why))
            else:
                found[org.pk] = part
        return same_draws(found, others, names={org.pk: org.name for org in self.orgs})

    @property
    def orgs(self) -> list[Org]:
        return [one.org for one in self.memberships]

    @cached_property
    def forecasts(self) -> dict[int, Forecast]:
        period = self.asked.period
        rows = Forecast.objects.visible_to(self.reader.user).filter(
            org__in=self.orgs, length=period.length.value, since=period.since, is_latest=True
        )
        return {one.org_id: one for one in rows if one.worlds}

    def part_of(self, org: Org, forecast: Forecast) -> Part | None:
        day = local_day(org, forecast.as_of)
        worth = worth_of(org, to=self.reader.org, on=day)
        return Part(forecast, worth) if worth is not None else None

    @cached_property
    def lines(self) -> list[Line]:
        nodes = {
            one.org_id: one
            for one in ForecastNode.objects.visible_to(self.reader.user)
            .filter(forecast__in=[part.forecast.pk for part in self.parts.values()], key="")
            .defer("weeks", "owners")
        }
        return [
            self.line_of(org, self.parts[org.pk], nodes[org.pk])
            for org in self.orgs
            if org.pk in self.parts and org.pk in nodes
        ]

    def line_of(self, org: Org, part: Part, node: Any) -> Line:
        url = reverse("forecasting:forecast-show", args=[org.slug])
        amounts = {name: (getattr(node, name) or Decimal(0)) * part.worth for name in SUMS}
        is_other = org.currency != self.currency
        own = web.compact_money(node.p50, org.currency) if is_other else ""
        return Line(org.name, f"{url}?{self.asked.query(team='')}", amounts, part.band, own)

    @cached_property
    def whole(self) -> Line | None:
        """Only of several: one org's own page says more of it."""
        if len(self.lines) < 2:
            return None
        sums = {name: sum((one.amounts[name] for one in self.lines), Decimal(0)) for name in SUMS}
        return Line(str(self.reader.org.group), "", sums, total_of(list(self.parts.values())))

    @property
    def oldest(self) -> Any:
        return min((one.forecast.as_of for one in self.parts.values()), default=None)

    @property
    def evened_out(self) -> float | None:
        """How much narrower the whole's band is than those of its orgs laid end to end."""
        if self.whole is None:
            return None
        apart = sum(one.band.p90 - one.band.p10 for one in self.lines)
        width = self.whole.band.p90 - self.whole.band.p10
        return float(1 - width / apart) if apart > 0 else None

    @cached_property
    def standings(self) -> list[dict[str, Any]]:
        """Of periods that every org of the sum has a record of."""
        rows = self.past_rows()
        found = league(rows)
        return [
            {"label": label, "places": places}
            for cut, label in CUTS.items()
            if (places := [named(one) for one in found if one.cut == cut])
        ]

    def past_rows(self) -> list[Summed]:
        if self.whole is None:
            return []
        rows = (
            BacktestRow.objects.visible_to(self.reader.user)
            .filter(
                org__in=list(self.parts),
                length=self.asked.period.length.value,
                key="",
                method__in=[MODEL, STAGE],
                said__isnull=False,
                actual__isnull=False,
            )
            .order_by("since", "id")
        )
        grouped: dict[tuple[str, str, Any], dict[int, Any]] = {}
        for row in rows.defer("raw", "owners"):
            grouped.setdefault((row.method, row.cut, row.since), {})[row.org_id] = row
        return [
            Summed(method, cut, since, self.added(own, "said"), self.added(own, "actual"))
            for (method, cut, since), own in grouped.items()
            if len(own) == len(self.parts)
        ]

    def added(self, own: Mapping[int, Any], name: str) -> Decimal:
        """At the rates of today in both, so that no rate makes an error."""
        found = (getattr(row, name) * self.parts[org].worth for org, row in own.items())
        return sum(found, Decimal(0))

    @property
    def chart(self) -> Chart:
        lines = [*self.lines, *([self.whole] if self.whole else [])][::-1]
        mids = [float(one.band.p50) for one in lines]
        return Chart(
            id="group-bands",
            title="Who brings what",
            summary="The likely number of each org, with the band from P10 to P90 about it.",
            data=[
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": mids,
                    "y": [one.name for one in lines],
                    "customdata": [one.url for one in lines],
                    "marker": {"size": 12, "color": "var(--chart-1)"},
                    "error_x": {
                        "type": "data",
                        "symmetric": False,
                        "array": [float(one.band.p90 - one.band.p50) for one in lines],
                        "arrayminus": [float(one.band.p50 - one.band.p10) for one in lines],
                        "color": "var(--chart-1)",
                        "thickness": 3,
                        "width": 8,
                    },
                    "hovertemplate": "%{y}: %{x:,.0f}<extra></extra>",
                }
            ],
            layout={
                "xaxis": {**money_axis(self.currency), "rangemode": "tozero"},
                "yaxis": {"automargin": True, "type": "category"},
                "margin": MARGIN,
                "showlegend": False,
            },
            columns=("Who", "P10", "P50", "P90"),
            rows=[
                (
                    one.name,
                    *(
                        web.money(amount, self.currency)
                        for amount in (one.band.p10, one.band.p50, one.band.p90)
                    ),
                )
                for one in lines[::-1]
            ],
        )


def same_draws(
    found: dict[int, Part], others: list[LeftOut], *, names: Mapping[int, str]
) -> tuple[dict[int, Part], list[LeftOut]]:
    """Worlds are added one by one, so that there have to be as many of each."""
    counts = {pk: int(one.forecast.method.get("draws", 0)) for pk, one in found.items()}
    most = most_common(counts.values())
    odd = [pk for pk, count in counts.items() if count != most]
    left = [*others, *(LeftOut(names[pk], OTHER_WAY) for pk in odd)]
    return {pk: one for pk, one in found.items() if pk not in odd}, left


def most_common(counts: Iterable[int]) -> int:
    known = list(counts)
    return max(known, key=lambda one: (known.count(one), one), default=0)


def named(one: Standing) -> dict[str, Any]:
    return {"label": METHODS.get(one.method, one.method), "standing": one}
