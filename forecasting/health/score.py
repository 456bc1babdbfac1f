"""From a chance of leaving to a score from 0 to 100, and each dimension alike; one open formula."""

from collections.abc import Mapping, Sequence

import numpy as np

from forecasting.health.dimensions import DIMENSIONS, dimension_of
from revenue.ml.arrays import Anything, Floats, floats, logit
from revenue.ml.frames import Frame, Kind

AT_USUAL = 3.0  # so that usual odds give 75, and three times these 50
EDGE = 1e-9


def score_of(chance: Floats, *, usual: float) -> Floats:
    """The higher the chance, the lower the score; `usual` is the rate that was learned from."""
    return score_by_odds(logit(np.clip(chance, EDGE, 1 - EDGE)) - float(logit(usual)))


def score_by_odds(more: Floats) -> Floats:
    """`more` is how far the odds of leaving are above the usual ones, as a logarithm."""
    return floats(100 * AT_USUAL / (AT_USUAL + np.exp(np.clip(more, -30.0, 30.0))))


def odds_of(score: Floats) -> Floats:
    """Back from a score to the logarithm."""
    inside = np.clip(score, EDGE, 100 - EDGE)
    return floats(np.log(AT_USUAL * (100 - inside) / inside))


def whole(score: Floats) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.asarray(np.rint(score), dtype=np.int64)


def deviations(by_feature: Floats, usual: Floats) -> Floats:
    """What each feature adds for a row, beside what it adds for a usual one."""
    return floats(by_feature - usual[None, :])


def parts_of(away: Floats, names: Sequence[str], known: Anything) -> dict[str, Floats]:
    """Of each dimension its score by row; none where no feature of it is known of the row."""
    keys = np.array([dimension_of(name) for name in names], dtype=object)
    found = {}
    for key in DIMENSIONS:
        here = np.flatnonzero(keys == key)
        if not len(here):
            found[key] = np.full(len(away), np.nan)
            continue
        score = score_by_odds(floats(away[:, here].sum(axis=1)))
        found[key] = floats(np.where(known[:, here].any(axis=1), score, np.nan))
    return found


def known_of(frame: Frame, names: Sequence[str]) -> Anything:
    """By row and feature, whether anything is known."""
    kinds = {one.name: one.kind for one in frame.features}
    columns = [
        frame.values[name].notna().to_numpy(dtype=bool)
        if kinds[name] is Kind.CATEGORY
        else ~np.isnan(floats(frame.values[name].astype(float)))
        for name in names
    ]
    return np.column_stack(columns) if columns else np.zeros((len(frame), 0), dtype=bool)


def plain_parts(parts: Mapping[str, Floats], row: int) -> dict[str, int | None]:
    """As a row keeps them."""
    return {
        key: None if np.isnan(one[row]) else round(float(one[row])) for key, one in parts.items()
    }
