"""How well one customer is: score, weeks, dimensions, reasons, what it is worth, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.models import Account
from forecasting.health.dimensions import DIMENSIONS
from forecasting.health.policy import band_of, policy_of
from forecasting.health_pages.acts import Acting, Acts
from forecasting.health_pages.freshness import UNREAD, Freshness, freshness_of
from forecasting.health_pages.pictures import WEEK_OF
from forecasting.health_pages.way import way_of
from forecasting.health_pages.weeks import WEEK, WEEKS, Week, weeks_of
from forecasting.health_pages.why import Why, why_of
from forecasting.health_pages.words import COLOURS, band_kind, chance_note, is_by_hand
from forecasting.models import AccountHealth, LifetimeValue
from forecasting.models.health import Band
from revenue.users.models import Membership
from revenue.web.charts import Chart
from revenue.web.templatetags import web

HORIZON_DAYS = 180


@dataclass(frozen=True)
class Part:
    """A dimension; nothing is known of one without a score."""

    title: str
    asks: str
    score: int | None
    kind: str


@dataclass(frozen=True)
class Panel:
    account: Account
    reader: Membership

    @property
    def currency(self) -> str:
        return self.reader.org.currency

    @cached_property
    def row(self) -> AccountHealth | None:
        rows = self.own(AccountHealth).newest().select_related("run", "org")
        found = rows.defer(*(f"run__{name}" for name in UNREAD)).first()
        if found is not None:
            found.account = self.account
        row: AccountHealth | None = found
        return row

    def own(self, model: Any) -> Any:
        rows = model.objects.visible_to(self.reader)
        return rows.filter(org=self.reader.org, account_ref=self.account.external_id)

    @cached_property
    def freshness(self) -> Freshness:
        return freshness_of(self.reader.org)

    @cached_property
    def why(self) -> Why | None:
        return why_of(self.row, acts=self.acts, most=None) if self.row else None

    @cached_property
    def acts(self) -> Acts:
        return Acting.of(self.reader, [self.account]).acts_of(self.account)

    @property
    def way(self) -> Chart | None:
        return way_of(self.row) if self.row else None

    @property
    def band_kind(self) -> str:
        return band_kind(self.row.band) if self.row else ""

    @property
    def interval(self) -> str:
        return chance_note(self.row) if self.row else ""

    @property
    def run(self) -> Any:
        return self.row.run if self.row else None

    @property
    def base_rate(self) -> float | None:
        """How many of the customers that the model learned from left or shrank."""
        return self.run.report.get("health", {}).get("usual") if self.run else None

    @property
    def horizon_days(self) -> int:
        """None where the model tells who is like those who are gone, and not when they go."""
        return int((self.run.report if self.run else {}).get("horizon_days", HORIZON_DAYS))

    @property
    def change_kind(self) -> str:
        change = (self.row.change if self.row else None) or 0
        return "good" if change > 0 else "bad" if change < 0 else ""

    @cached_property
    def weeks(self) -> list[Week]:
        if self.row is None:
            return []
        since = self.row.as_of - (WEEKS + 1) * WEEK
        rows = self.own(AccountHealth).filter(as_of__gt=since, as_of__lte=self.row.as_of)
        said = list(rows.order_by("as_of").values_list("as_of", "score", "band"))
        return weeks_of(said, until=self.row.as_of)

    @cached_property
    def chart(self) -> Chart | None:
        """One week alone is the number above it."""
        known = [week for week in self.weeks if week.is_known]
        return chart_of(self.weeks, known) if len(known) > 1 else None

    @cached_property
    def parts(self) -> list[Part]:
        return parts_of(self.row, self.reader) if self.row else []

    @cached_property
    def lifetime(self) -> LifetimeValue | None:
        found: LifetimeValue | None = self.own(LifetimeValue).first()
        return found


def parts_of(row: AccountHealth, reader: Membership) -> list[Part]:
    """In their usual order; of a composite those that weigh something."""
    raw: Mapping[str, Any] = row.parts
    policy = policy_of(reader.org)
    return [
        Part(
            title=one.title,
            asks=one.asks,
            score=None if raw[key] is None else round(raw[key]),
            kind="" if raw[key] is None else band_kind(band_of(raw[key], policy)),
        )
        for key, one in DIMENSIONS.items()
        if key in raw and (one.weight or not is_by_hand(row))
    ]


def chart_of(weeks: Sequence[Week], known: Sequence[Week]) -> Chart:
    first, last = known[0], known[-1]
    return Chart(
        id="health-weeks",
        title=f"The last {WEEKS} weeks",
        summary=f"{first.score} in the week of {web.day(first.monday)}, {last.score} now.",
        data=[
            {
                "type": "bar",
                "name": str(band.label),
                "x": [week.monday for week in own],
                "y": [week.score for week in own],
                "marker": {"color": COLOURS[band]},
                "hovertemplate": f"{WEEK_OF}: %{{y}}<extra>{band.label}</extra>",
            }
            for band in Band
            if (own := [week for week in known if week.band == band])
        ],
        layout={
            "barmode": "stack",
            "bargap": 0.25,
            "showlegend": True,
            "xaxis": {
                "tickformat": "%-d %b",
                "nticks": 6,
                "range": [
                    weeks[0].monday - WEEK / 2,
                    weeks[-1].monday + WEEK / 2,
                ],
            },
            "yaxis": {"range": [0, 100], "tickvals": [0, 25, 50, 75, 100]},
            "margin": {"t": 10, "r": 10, "b": 28, "l": 34},
        },
        columns=("Week of", "Score", "Health"),
        rows=[(web.day(one.monday), one.score, Band(one.band).label) for one in known],
    )
