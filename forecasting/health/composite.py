"""Health weighted by hand, where nobody is known to have left: it tells no chance, and says so.

Each fact counts by how a customer stands in it among the org's customers, as a normal deviate of
its rank; the facts of a dimension count alike. A dimension in the middle has 75, as by the model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from forecasting.health.dimensions import DIMENSIONS, dimension_of
from forecasting.health.score import odds_of, score_by_odds
from revenue.ml.arrays import Floats, floats
from revenue.ml.frames import Frame

MOST_AWAY = 2.5
USUAL = 75
# More of it is worse (1) or better (-1). Of own numbers only how they move, and shares of licences.
SIGNS: Mapping[str, int] = {
    "cases_90": 1,
    "cases_open": 1,
    "cases_grave": 1,
    "cases_escalated": 1,
    "cases_resolve_days": 1,
    "days_since_activity": 1,
    "rhythm_silence": 1,
    "rhythm_change": -1,
    "incoming_90": -1,
    "open_expected": -1,
    "new_deals_90": -1,
    "days_since_deal": 1,
    "revenue_trend": -1,
    "revenue_365": -1,
    "days_since_won": 1,
    "people_left_180": 1,
    "people_met_share": -1,
    "contacts_met": -1,
}
OWN_ENDINGS = ("_share", "_change", "_month")


@dataclass(frozen=True, eq=False)
class Composite:
    names: tuple[str, ...]
    away: Floats  # by row and name, how far worse than the middle; not a number: not known
    parts: Mapping[str, Floats]
    score: Floats  # not a number where nothing is known

    def away_of(self, row: int) -> dict[str, float]:
        return dict(zip(self.names, self.away[row].tolist(), strict=True))

    def points_of(self, row: int, weights: Mapping[str, float]) -> dict[str, float]:
        """Points of single facts, so that those of all together are the score less 75."""
        found = self.points(row, weights)
        whole = sum(found.values())
        moved = float(self.score[row]) - USUAL
        same_way = whole * moved > 0
        return {k: v * moved / whole for k, v in found.items()} if same_way else found

    def points(self, row: int, weights: Mapping[str, float]) -> dict[str, float]:
        """What each known fact takes from or gives to 75, in proportion to its part's own."""
        known = [key for key, part in self.parts.items() if not np.isnan(part[row])]
        total = sum(weights.get(key, 0.0) for key in known) or 1.0
        found = {}
        for key in known:
            mine = [at for at, name in enumerate(self.names) if dimension_of(name) == key]
            size = sum(abs(self.away[row, at]) for at in mine if not np.isnan(self.away[row, at]))
            moved = (float(self.parts[key][row]) - USUAL) * weights.get(key, 0.0) / total
            for at in mine:
                share = abs(self.away[row, at]) / size if size else 0.0
                if share > 0 and (self.away[row, at] < 0) == (moved > 0):
                    found[self.names[at]] = moved * share
        return found


def composite_of(frame: Frame, weights: Mapping[str, float]) -> Composite:
    names = tuple(one.name for one in frame.features if sign_of(one.name))
    columns = [sign_of(name) * floats(frame.values[name].astype(float)) for name in names]
    away = (
        np.column_stack([deviate(one) for one in columns]) if names else np.zeros((len(frame), 0))
    )
    parts = {key: part_of(away, names, key) for key in DIMENSIONS}
    return Composite(names, floats(away), parts, weighted(parts, weights, rows=len(frame)))


def sign_of(name: str) -> int:
    if name.startswith("own_"):
        return -1 if name.endswith(OWN_ENDINGS) else 0
    return SIGNS.get(name, 0)


def deviate(values: Floats) -> Floats:
    """By rank among those known; alike, all in the middle."""
    known = ~np.isnan(values)
    found = np.full(len(values), np.nan)
    if known.any():
        ranks = (rankdata(values[known]) - 0.5) / known.sum()
        found[known] = np.clip(norm.ppf(ranks), -MOST_AWAY, MOST_AWAY)
    return floats(found)


def part_of(away: Floats, names: Sequence[str], key: str) -> Floats:
    here = away[:, [at for at, name in enumerate(names) if dimension_of(name) == key]]
    known = ~np.isnan(here)
    count = known.sum(axis=1)
    mean = np.where(known, here, 0.0).sum(axis=1) / np.maximum(count, 1)
    return floats(np.where(count > 0, score_by_odds(floats(mean)), np.nan))


def weighted(parts: Mapping[str, Floats], weights: Mapping[str, float], *, rows: int) -> Floats:
    """How far the parts are from 75 together, as one deviate: several that are bad are worse."""
    total, heavy = np.zeros(rows), np.zeros(rows)
    for key, part in parts.items():
        weight = weights.get(key, 0.0) * ~np.isnan(part)
        total += weight * np.nan_to_num(odds_of(part))
        heavy += weight**2
    away = total / np.sqrt(np.where(heavy > 0, heavy, 1.0))
    return floats(np.where(heavy > 0, score_by_odds(floats(away)), np.nan))
