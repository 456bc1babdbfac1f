"""Where the rate moved: every level, pair of levels and step is asked, and chance is allowed for.

Each candidate is a set of deals at one step, or at all of them. Its change of log-odds comes from
what was passed beyond what was expected, in either stretch. The stretches' labels are shuffled
many times over: what is called a change must stand out from the largest that shuffling gives
anywhere. Candidates of larger families pay for having had more chances.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse

from forecasting.diagnosis.closed import Closed
from forecasting.diagnosis.expected import Expected, expect
from revenue.ml.arrays import Flags, Floats, floats

LEAST = 20  # deals of a candidate in either stretch
SHUFFLES = 300
ALARM = 0.01  # of either family of causes, rate and mix: together well below 5 %
MOST = 6
LEAST_INFORMATION = 2.0
AT_ONCE = 50  # shuffles, so that memory is bounded


@dataclass(frozen=True)
class Cell:
    """Levels by dimension; none at all is every deal."""

    levels: tuple[tuple[str, str], ...] = ()

    @property
    def family(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.levels)


@dataclass(frozen=True, eq=False)
class Cells:
    cells: tuple[Cell, ...]
    members: sparse.csr_matrix  # (deals, cells)

    def rows(self, place: int) -> Flags:
        return np.asarray(self.members[:, [place]].toarray().ravel() > 0, dtype=np.bool_)


@dataclass(frozen=True)
class RateCause:
    cell: Cell
    step: int | None  # none: all the way
    change: float  # of log-odds
    z: float
    p: float  # of the largest of all candidates being so large by chance


def cells_of(closed: Closed) -> Cells:
    found: list[Cell] = []
    columns: list[sparse.csr_matrix] = []
    for cell, rows in candidates(closed):
        if min(np.count_nonzero(rows & closed.now), np.count_nonzero(rows & ~closed.now)) >= LEAST:
            found.append(cell)
            columns.append(sparse.csc_matrix(rows[:, None].astype(np.float64)))
    if not found:
        return Cells((), sparse.csr_matrix((len(closed), 0)))
    return Cells(tuple(found), sparse.hstack(columns, format="csr"))


def candidates(closed: Closed) -> Iterator[tuple[Cell, Flags]]:
    yield Cell(), np.ones(len(closed), dtype=np.bool_)
    for one in closed.dimensions:
        for at, level in enumerate(one.levels):
            yield Cell(((one.name, level),)), one.codes == at
    for one, other in combinations(closed.dimensions, 2):
        both = one.codes.astype(np.int64) * len(other.levels) + other.codes
        for code, many in zip(*np.unique(both, return_counts=True), strict=True):
            if many >= 2 * LEAST:
                first, second = divmod(int(code), len(other.levels))
                levels = ((one.name, one.levels[first]), (other.name, other.levels[second]))
                yield Cell(levels), both == code


def rate_causes(closed: Closed, *, seed: int = 1, shuffles: int = SHUFFLES) -> list[RateCause]:
    """One after another, each beside what those before it have explained."""
    cells = cells_of(closed)
    if not cells.cells:
        return []
    penalty = family_penalty(cells, steps=len(closed.steps))
    expected, found = expect(closed), list[RateCause]()
    most = largest_by_chance(expected, cells, penalty, shuffles=shuffles, seed=seed)
    while len(found) < MOST:
        change, z = moved(expected, cells)
        score = z**2 - penalty
        place, column = (int(one) for one in np.unravel_index(score.argmax(), score.shape))
        p = float((1 + (most >= score.max()).sum()) / (1 + shuffles))
        if p > ALARM:
            break
        step = None if column == len(closed.steps) else column
        size = float(change[place, column])
        found.append(RateCause(cells.cells[place], step, size, float(z[place, column]), p))
        expected = explained(expected, cells.rows(place), step, size)
    return found


def family_penalty(cells: Cells, *, steps: int) -> Floats:
    """By cell and column of steps, the last of which is all of them: the price of many chances."""
    members = Counter(cell.family for cell in cells.cells)
    families = Counter(len(family) for family in members)
    of_cell = [
        2 * np.log(members[cell.family] * families[len(cell.levels)]) for cell in cells.cells
    ]
    of_step = [2 * np.log(max(steps, 1))] * steps + [0.0]
    return floats(floats(of_cell)[:, None] + floats(of_step)[None, :])


def shuffled(now: Flags, shuffles: int, seed: int) -> Flags:
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(now) for _ in range(shuffles)], axis=1)


def moved(expected: Expected, cells: Cells) -> tuple[Floats, Floats]:
    """Change of log-odds and its z, by cell and step; the last column is all steps together."""
    now, members = expected.closed.later, cells.members.T.tocsr()
    beyond, known = expected.residual, expected.information
    later, weight = members @ with_all(now * beyond), members @ with_all(now * known)
    earlier, before = members @ with_all(beyond) - later, members @ with_all(known) - weight
    enough = np.minimum(weight, before) >= LEAST_INFORMATION
    with np.errstate(divide="ignore", invalid="ignore"):
        change = later / weight - earlier / before
        z = change / np.sqrt(1 / weight + 1 / before)
    return floats(np.where(enough, change, 0.0)), floats(np.where(enough, z, 0.0))


def with_all(by_step: Floats) -> Floats:
    return floats(np.concatenate([by_step, by_step.sum(axis=1, keepdims=True)], axis=1))


def largest_by_chance(
    expected: Expected, cells: Cells, penalty: Floats, *, shuffles: int, seed: int
) -> Floats:
    """Of each shuffling of the stretches, step by step, the largest score anywhere.

    A labelling at random parts what is known of a cell as it parts all deals, near enough.
    """
    members = cells.members.T.tocsr().astype(np.float32)
    beyond, known = expected.residual.astype(np.float32), members @ expected.information
    reached = ~np.isnan(expected.closed.passed)
    rng = np.random.default_rng(seed)
    most = np.full(shuffles, -np.inf)
    share = np.array(
        [now[seen].mean() for now, seen in zip(expected.closed.later.T, reached.T, strict=True)]
    )
    for first in range(0, shuffles, AT_ONCE):
        some = slice(first, min(first + AT_ONCE, shuffles))
        number, total, spread = some.stop - some.start, 0.0, 0.0
        for step in range(beyond.shape[1]):
            seen = reached[:, step]
            label = np.zeros((len(seen), number), dtype=np.float32)
            label[seen] = rng.permuted(
                np.repeat(expected.closed.later[seen, step][:, None], number, axis=1), axis=0
            )
            gone = members @ ((label - share[step]) * beyond[:, [step]])
            around = share[step] * (1 - share[step]) * known[:, [step]]
            total, spread = total + gone, spread + around
            best = scores(gone, around, known[:, [step]], share[step], penalty[:, [step]])
            most[some] = np.maximum(most[some], best)
        every = known.sum(axis=1, keepdims=True)
        best = scores(total, spread, every, float(share.mean()), penalty[:, [-1]])
        most[some] = np.maximum(most[some], best)
    return floats(most)


def scores(gone: Any, around: Any, known: Floats, share: float, penalty: Floats) -> Floats:
    """The largest of all cells, by shuffling."""
    enough = min(share, 1 - share) * known >= LEAST_INFORMATION
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(enough, gone**2 / around, 0.0) - penalty
    return floats(score.max(axis=0))


def explained(expected: Expected, rows: Flags, step: int | None, change: float) -> Expected:
    """With the change put in: the mean of both stretches stays where it was."""
    steps = slice(None) if step is None else slice(step, step + 1)
    later, weight = expected.closed.later[rows, steps], expected.information[rows, steps]
    share = float((weight * later).sum() / max(weight.sum(), 1e-9))
    return expected.shifted(rows, steps, floats(change * (later - share)))
