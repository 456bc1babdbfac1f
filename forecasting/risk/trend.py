"""Where a deal's chance is going: a line through its weekly scores, held against their noise."""

import numpy as np

from forecasting.models import DealOutlook
from revenue.ml.arrays import Anything, Floats, floats

Trend = DealOutlook.Trend
WEEKS = 4
LEAST_SCORES = 3
LEAST_WEEKS = 2
LEAST_CHANGE = 0.05  # of the chance, from the line's beginning to its end
# Student's t for one in twenty by chance, by scores less the two that a line takes: of three
# points a line misses little, whatever they are.
T_OF_FREEDOM = np.array([np.inf, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306])


def trends_of(scores: Floats) -> Anything:
    """`scores` are by deal and week, the newest first; NaN where there is none."""
    change, error, enough = changes_of(scores)
    free = np.clip(np.isfinite(scores).sum(axis=1) - 2, 0, len(T_OF_FREEDOM) - 1)
    with np.errstate(invalid="ignore"):
        moved = (np.abs(change) >= LEAST_CHANGE) & (np.abs(change) >= T_OF_FREEDOM[free] * error)
    found = np.full(len(scores), str(Trend.STEADY), dtype=object)
    found[moved & (change > 0)] = str(Trend.IMPROVING)
    found[moved & (change < 0)] = str(Trend.DECLINING)
    found[~enough] = str(Trend.UNKNOWN)
    return found


def changes_of(scores: Floats) -> tuple[Floats, Floats, Anything]:
    """By the line of least squares: how far it went, the standard error of that, and whether
    there are scores enough to say so.
    """
    at = -floats(np.arange(scores.shape[1]))
    seen = np.isfinite(scores)
    count = seen.sum(axis=1)
    first = np.where(seen, at, np.inf).min(axis=1, initial=np.inf)
    last = np.where(seen, at, -np.inf).max(axis=1, initial=-np.inf)
    span = last - first
    enough = (count >= LEAST_SCORES) & (span >= LEAST_WEEKS)
    least = np.maximum(count, 1)
    value = np.where(seen, scores, 0.0)
    middle_at = np.where(seen, at, 0.0).sum(axis=1) / least
    middle = value.sum(axis=1) / least
    apart = np.where(seen, at - middle_at[:, None], 0.0)
    off = np.where(seen, scores - middle[:, None], 0.0)
    spread = np.maximum((apart**2).sum(axis=1), 1e-12)
    slope = (apart * off).sum(axis=1) / spread
    rest = ((off - slope[:, None] * apart) ** 2).sum(axis=1)
    error = np.sqrt(rest / np.maximum(count - 2, 1) / spread)
    span = np.where(enough, span, 0.0)
    return slope * span, error * span, enough
