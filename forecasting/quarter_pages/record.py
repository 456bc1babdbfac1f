"""What past periods say of each way to forecast: which rows, which tables, which picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Max
from django.urls import reverse

from accounts.visibility import sees_whole_org
from forecasting.calls.lines import line_of
from forecasting.models import BacktestRow
from forecasting.quarter.league import WANTED, Standing, best_of, league
from forecasting.quarter_pages.asked import Asked
from forecasting.quarter_pages.pictures import BAND, LEGEND, LINE, MARGIN, money_axis
from revenue.periods import Length, Period
from revenue.users.models import Membership
from revenue.web.charts import Chart
from revenue.web.templatetags import web

CUTS = {cut.value: cut.label for cut in BacktestRow.Cut}
METHODS = {method.value: method.label for method in BacktestRow.Method}
USUAL_CUT = BacktestRow.Cut.WEEK_4.value
MODEL, STAGE = BacktestRow.Method.MODEL.value, BacktestRow.Method.STAGE.value


@dataclass(frozen=True)
class Place:
    """A line of the league table."""

    label: str
    standing: Standing
    is_best: bool


@dataclass(frozen=True)
class Record:
    reader: Membership
    asked: Asked
    cut: str = USUAL_CUT

    @property
    def currency(self) -> str:
        return str(self.reader.org.currency)

    @cached_property
    def visible(self) -> Any:
        """Whose owners are read is asked once."""
        rows = BacktestRow.objects.visible_to(self.reader).filter(
            length=self.asked.period.length.value
        )
        # Among them is what those above have said.
        whole = sees_whole_org(self.reader)
        return rows if whole else rows.filter(key__in=line_of(self.reader).keys)

    @cached_property
    def teams(self) -> list[tuple[str, str]]:
        """The one with the most owners first, which is the reader's own top."""
        rows = self.visible.order_by().values("key")
        found = rows.annotate(named=Max("name"), size=Max("owners__len"))
        pairs = sorted(found, key=lambda one: (one["key"] != "", -(one["size"] or 0), one["named"]))
        org = self.reader.org.name
        return [(one["key"], one["named"] if one["key"] else org) for one in pairs]

    @cached_property
    def team(self) -> tuple[str, str] | None:
        first = self.teams[0] if self.teams else None
        return next((one for one in self.teams if one[0] == self.asked.team), first)

    @property
    def is_of_another(self) -> bool:
        """A team was asked for that has no record of its own."""
        return bool(self.asked.team) and self.asked.team not in dict(self.teams)

    @cached_property
    def rows(self) -> list[BacktestRow]:
        if self.team is None:
            return []
        rows = self.visible.filter(key=self.team[0]).order_by("since", "id")
        return list(rows.defer("owners", "raw"))

    @cached_property
    def standings(self) -> list[Standing]:
        return league(self.rows)

    @property
    def tables(self) -> list[dict[str, Any]]:
        """By cut-off, the one that loses least first."""
        found = []
        for cut, label in CUTS.items():
            own = [one for one in self.standings if one.cut == cut]
            best = best_of(own)
            places = [
                Place(METHODS.get(one.method, one.method), one, one is best and len(own) > 1)
                for one in own
            ]
            if places:
                found.append({"cut": cut, "label": label, "places": places})
        return found

    @property
    def periods(self) -> int:
        return len({row.since for row in self.rows if row.actual is not None})

    @property
    def is_short(self) -> bool:
        return self.periods < WANTED

    @property
    def wanted(self) -> int:
        return WANTED

    @property
    def options(self) -> list[dict[str, Any]]:
        team = self.team[0] if self.team else ""
        return [{"key": key, "name": name, "chosen": key == team} for key, name in self.teams]

    @property
    def cuts(self) -> list[dict[str, Any]]:
        path = reverse("forecasting:forecast-record", args=[self.reader.org.slug])
        there = {row.cut for row in self.rows}
        return [
            {
                "label": label,
                "url": f"{path}?{self.asked.query(cut=cut)}#past-periods",
                "active": cut == self.cut,
            }
            for cut, label in CUTS.items()
            if cut in there
        ]

    @property
    def chart(self) -> Chart:
        rows = [row for row in self.rows if row.cut == self.cut]
        return past_chart(
            rows,
            cut=self.cut,
            currency=self.currency,
            first_month=self.asked.period.first_month,
        )


def cut_of(asked: str) -> str:
    return asked if asked in CUTS else USUAL_CUT


def past_chart(rows: Sequence[BacktestRow], *, cut: str, currency: str, first_month: int) -> Chart:
    """Each period: what was foreseen as a bar from P10 to P90, and what came of it."""
    model = {row.since: row for row in rows if row.method == MODEL and row.said is not None}
    stage = {row.since: row for row in rows if row.method == STAGE and row.said is not None}
    sinces = sorted(model)
    named = [
        Period.of(since, length=Length(model[since].length), first_month=first_month).label
        for since in sinces
    ]
    lows, highs = (
        [float(getattr(model[since], end) or model[since].said or 0) for since in sinces]
        for end in ("p10", "p90")
    )
    met = sum(
        low <= float(model[since].actual or 0) <= high
        for since, low, high in zip(sinces, lows, highs, strict=True)
    )
    noun = "period" if len(sinces) == 1 else "periods"
    return Chart(
        id="past-periods",
        title=f"Past periods as of {CUTS[cut]}",
        summary=f"{met} of {len(sinces)} {noun} came between P10 and P90; 8 of 10 should.",
        data=drawn(sinces, named, lows, highs, model=model, stage=stage) if sinces else [],
        layout={
            "xaxis": {"type": "category"},
            "yaxis": money_axis(currency),
            "legend": LEGEND,
            "margin": MARGIN,
            "bargap": 0.5,
        },
        columns=("Period", "P10", "P50", "P90", "Stage-weighted", "Came of it"),
        rows=[
            (
                name,
                *(
                    web.money(amount, currency)
                    for amount in (
                        low,
                        model[since].said,
                        high,
                        stage[since].said if since in stage else None,
                        model[since].actual,
                    )
                ),
            )
            for since, name, low, high in zip(sinces, named, lows, highs, strict=True)
        ],
    )


def drawn(
    sinces: Sequence[Any],
    named: Sequence[str],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    model: dict[Any, BacktestRow],
    stage: dict[Any, BacktestRow],
) -> list[dict[str, Any]]:
    def marks(name: str, amounts: Sequence[Any], **marker: Any) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": named,
            "y": amounts,
            "marker": {"size": 10, **marker},
            "hovertemplate": f"%{{x}}: %{{y:,.0f}}<extra>{name}</extra>",
        }

    spans = [
        {
            "type": "bar",
            "name": "P10 to P90",
            "x": named,
            "base": lows,
            "y": [high - low for low, high in zip(lows, highs, strict=True)],
            "marker": {"color": BAND, "line": {"color": LINE, "width": 1}},
            "hoverinfo": "skip",
        },
        marks(
            "P50",
            [model[one].said for one in sinces],
            symbol="line-ew",
            size=18,
            line={"color": LINE, "width": 3},
        ),
        marks("Came of it", [model[one].actual for one in sinces], color="var(--text)"),
    ]
    if stage:
        points = [stage[one].said if one in stage else None for one in sinces]
        spans.append(marks("Stage-weighted", points, color="var(--chart-2)", symbol="diamond-open"))
    return spans
