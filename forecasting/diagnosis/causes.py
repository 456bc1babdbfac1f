"""Why the win rate moved: causes with their parts of the change, the largest first."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forecasting.diagnosis.closed import Closed
from forecasting.diagnosis.expected import Expected, expect
from forecasting.diagnosis.mix import MixShares, shapley_mix, shapley_value
from forecasting.diagnosis.mix_scan import MixCause, mix_causes
from forecasting.diagnosis.scan import RateCause, rate_causes
from revenue.ml.arrays import Flags, Floats, floats, sigmoid

LEAST_DEALS = 60  # of either stretch
LEAST_POINTS = 0.005  # of the win rate: what is certain and this small is no reason to act


class TooLittleError(Exception):
    """Says what is missing."""


@dataclass(frozen=True)
class Cause:
    kind: str  # "rate" or "mix"
    levels: tuple[tuple[str, str], ...]
    step: str  # where, of a rate: empty where it is all the way
    points: float  # of the change of the win rate, as a share of one
    before: float  # a rate's, or a share of the mix
    now: float
    deals_before: int
    deals_now: int
    z: float
    p: float  # of anything so large by chance, anywhere


@dataclass(frozen=True)
class Diagnosis:
    before: float
    now: float
    causes: tuple[Cause, ...]
    slight: tuple[Cause, ...]  # beyond chance, and too small to matter
    unexplained: float
    shares: MixShares

    @property
    def change(self) -> float:
        return self.now - self.before


def diagnose(closed: Closed, *, steps: Closed | None = None, seed: int = 1) -> Diagnosis:
    """The parts of the causes and what is unexplained sum to the change.

    `steps` are those of all deals, by the day of the step: rates are asked of them, as deals that
    close come from an age of their own. Of many young deals the quick losses come first.
    """
    fewest = min(int(closed.now.sum()), int((~closed.now).sum()))
    if fewest < LEAST_DEALS:
        raise TooLittleError(
            f"One of the two stretches has {fewest} deals that closed; {LEAST_DEALS} are needed"
            " to tell a change from chance. Choose longer stretches, or fewer filters."
        )
    expected = expect(closed)
    moved = rate_causes(closed if steps is None else steps, seed=seed)
    found = [
        *rates_said(closed, expected, moved),
        *(mix_said(closed, one) for one in mix_causes(expected, seed=seed)),
    ]
    found.sort(key=lambda one: -abs(one.points))
    causes = tuple(one for one in found if abs(one.points) >= LEAST_POINTS)
    before, now = closed.rate(now=False), closed.rate(now=True)
    return Diagnosis(
        before=before,
        now=now,
        causes=causes,
        slight=tuple(one for one in found if one not in causes),
        unexplained=now - before - sum(one.points for one in causes),
        shares=shapley_mix(closed, expected.win),
    )


def rates_said(closed: Closed, expected: Expected, moved: list[RateCause]) -> list[Cause]:
    """Causes that overlap share what they do together by Shapley's values."""
    if not moved:
        return []
    margin, later = expected.margin[closed.now], closed.later[closed.now]
    shifts = []
    for one in moved:
        steps = slice(None) if one.step is None else slice(one.step, one.step + 1)
        rows = rows_of(one.cell.levels, closed)[closed.now]
        shift = np.zeros_like(margin)
        shift[rows, steps] = one.change * later[rows, steps]
        shifts.append(shift)
    # What is expected is of both stretches together: as far from either as it has deals.
    start = margin - sum(shifts) * closed.now.mean()
    worth = {
        chosen: float(wins(start + sum((shifts[at] for at in chosen), np.zeros_like(margin))))
        for size in range(len(shifts) + 1)
        for chosen in combinations(range(len(shifts)), size)
    }
    return [
        rate_said(
            closed, one, rows_of(one.cell.levels, closed), shapley_value(at, len(shifts), worth)
        )
        for at, one in enumerate(moved)
    ]


def rows_of(levels: tuple[tuple[str, str], ...], closed: Closed) -> Flags:
    rows = np.ones(len(closed), dtype=np.bool_)
    for name, level in levels:
        dimension = closed.dimension(name)
        rows &= dimension.codes == dimension.levels.index(level)
    return rows


def wins(margin: Floats) -> float:
    return float(sigmoid(floats(margin)).prod(axis=1).mean()) if len(margin) else 0.0


def rate_said(closed: Closed, one: RateCause, rows: np.ndarray, points: float) -> Cause:
    came = closed.won.astype(np.float64) if one.step is None else closed.passed[:, one.step]
    seen = rows & ~np.isnan(came)
    before, now = (came[seen & (closed.now == later)] for later in (False, True))
    return Cause(
        kind="rate",
        levels=one.cell.levels,
        step="" if one.step is None else closed.steps[one.step],
        points=points,
        before=float(before.mean()) if len(before) else 0.0,
        now=float(now.mean()) if len(now) else 0.0,
        deals_before=len(before),
        deals_now=len(now),
        z=one.z,
        p=one.p,
    )


def mix_said(closed: Closed, one: MixCause) -> Cause:
    found = closed.dimension(one.dimension)
    of_level = found.codes == found.levels.index(one.level)
    return Cause(
        kind="mix",
        levels=((one.dimension, one.level),),
        step="",
        points=one.points,
        before=one.share_before,
        now=one.share_now,
        deals_before=int((of_level & ~closed.now).sum()),
        deals_now=int((of_level & closed.now).sum()),
        z=one.z,
        p=one.p,
    )
