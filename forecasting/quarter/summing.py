"""From the worlds of a period to the rows that pages read: one for each number in the tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from forecasting.models import Forecast, ForecastDeal, ForecastNode
from forecasting.quarter.alternatives import Beside, beside
from forecasting.quarter.curves import week_ends
from forecasting.quarter.looking import Look
from forecasting.quarter.tree import WHOLE, Place
from forecasting.quarter.worlds import Band, Inputs, band, by_week, inputs_from, run, teams_of
from revenue.ml.arrays import Floats, Ints, floats

CENTS = 100


@dataclass(frozen=True, eq=False)
class Summed:
    """The worlds of one period, by owner, and who they are."""

    inputs: Inputs
    owners: Sequence[str]
    cents: Floats
    weeks: Floats  # of the open deals

    def places(self, refs: Sequence[str]) -> Ints:
        at = {ref: place for place, ref in enumerate(self.owners)}
        return np.array([at[ref] for ref in refs if ref in at], dtype=np.int64)

    def total(self, refs: Sequence[str]) -> Floats:
        """In units of the currency, by draw."""
        return floats(self.cents[self.places(refs)].sum(axis=0) / CENTS)


def summed(
    method: Mapping[str, Any],
    deals: Sequence[ForecastDeal],
    places: Sequence[Place],
    *,
    weeks: int,
) -> Summed:
    teams = teams_by_owner(places)
    inputs, owners, refs = inputs_from(method, deals=deals, teams=teams)
    by_ref = {row.opportunity_ref: row.weeks for row in deals}
    shares = floats([by_ref[ref] for ref in refs]).reshape(len(refs), weeks)
    return Summed(inputs, owners, run(inputs).cents, shares)


def teams_by_owner(places: Sequence[Place]) -> dict[str, str]:
    return teams_of(place.row for place in places)


def node_rows(
    forecast: Forecast, found: Summed, look: Look, places: Sequence[Place]
) -> list[ForecastNode]:
    parts = mean_parts(found)
    above = {place.parent for place in places}
    return [
        node_row(
            forecast,
            place,
            found,
            look,
            parts,
            with_weeks=place.is_total and (place.key in above or place.key == WHOLE),
        )
        for place in places
    ]


def node_row(
    forecast: Forecast,
    place: Place,
    found: Summed,
    look: Look,
    parts: Mapping[str, tuple[Decimal, Decimal]],
    *,
    with_weeks: bool,
) -> ForecastNode:
    total = band(found.total(place.owners))
    said = beside(look.moment.state, look.period, owners=place.owners)
    from_open = sum((parts[ref][0] for ref in place.owners if ref in parts), Decimal(0))
    from_new = sum((parts[ref][1] for ref in place.owners if ref in parts), Decimal(0))
    closed = closed_of(found, place.owners)
    return ForecastNode(
        org=forecast.org,
        forecast=forecast,
        key=place.key,
        parent=place.parent,
        name=place.name,
        depth=place.depth,
        is_total=place.is_total,
        owners=list(place.owners),
        closed=closed,
        from_open=from_open,
        from_new=from_new,
        mean=closed + from_open + from_new,
        weeks=weeks_of(found, look, place, total) if with_weeks else [],
        **bands_of(total),
        **besides_of(said),
    )


def bands_of(total: Band) -> dict[str, Decimal]:
    return {"p10": total.p10, "p50": total.p50, "p90": total.p90}


def besides_of(said: Beside) -> dict[str, Any]:
    return {
        "stage_weighted": cents(said.stage_weighted),
        "category_weighted": cents(said.category_weighted),
        "year_before": cents(said.year_before),
        "categories": {name: round(value, 2) for name, value in said.categories.items()},
        "pipeline": cents(said.pipeline),
        "open_deals": said.open_deals,
    }


def mean_parts(found: Summed) -> dict[str, tuple[Decimal, Decimal]]:
    """By owner, what open deals and new ones bring on average: together the mean of the worlds."""
    deals, method = found.inputs.deals, found.inputs.method
    opened = np.zeros(len(found.owners))
    np.add.at(opened, deals.owner, deals.chance * deals.amount)
    new = found.inputs.new.expected * method.each.mean
    known = opened + new
    drawn = found.cents.mean(axis=1) / CENTS - found.inputs.closed
    parts = {}
    for at, ref in enumerate(found.owners):
        whole = cents(max(drawn[at], 0.0)) or Decimal(0)
        share = opened[at] / known[at] if known[at] > 0 else 1.0
        of_open = cents(float(whole) * share) or Decimal(0)
        parts[ref] = (of_open, whole - of_open)
    return parts


def closed_of(found: Summed, owners: Sequence[str]) -> Decimal:
    closed = found.inputs.closed[found.places(owners)]
    return cents(float(closed.sum())) or Decimal(0)


def weeks_of(found: Summed, look: Look, place: Place, total: Band) -> list[list[Any]]:
    """What is won by the end of each week: known of those that are over, a band of the rest."""
    period, today = look.period, look.moment.state.today
    ends = week_ends(period)
    draws = by_week(
        found.inputs,
        weeks=found.weeks,
        new_weeks=look.new.weeks,
        owners=found.places(place.owners),
    )
    rows: list[list[Any]] = []
    wanted = set(place.owners)
    mine = np.array([owner in wanted for owner in look.won.owner.tolist()], dtype=np.bool_)
    won = look.won.take(mine)
    for at, end in enumerate(ends):
        if end <= today:
            by_then = won.won_in(period.since, end)
            value = round(float(np.nansum(won.amount[by_then])), 2)
            rows.append([end.isoformat(), value, value, value])
            continue
        said = total if end == period.until else band(draws[at])
        rows.append([end.isoformat(), float(said.p10), float(said.p50), float(said.p90)])
    return rows


def cents(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 2))).quantize(Decimal("0.01"))
