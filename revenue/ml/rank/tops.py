"""The best few of each list. Ties go to the first place, so that the answer is always the same."""

import numpy as np

from revenue.ml.arrays import Floats, Ints

CELLS = 4_000_000  # of a table that is held at once


def top_places(scores: Floats, k: int) -> Ints:
    """Of each row the places of its k largest, largest first; -1 where nothing is left."""
    k_here = min(k, scores.shape[1])
    found = np.full((len(scores), k), -1, dtype=np.int64)
    if not k_here or not len(scores):
        return found
    low = -scores
    edge = np.partition(low, k_here - 1, axis=1)[:, k_here - 1 : k_here]
    better, level = low < edge, low == edge
    room = k_here - better.sum(axis=1, keepdims=True)
    kept = better | (level & (np.cumsum(level, axis=1, dtype=np.int32) <= room))
    places = np.nonzero(kept)[1].reshape(len(scores), k_here)
    said = np.take_along_axis(scores, places, axis=1)
    order = np.argsort(-said, axis=1, kind="stable")
    places = np.take_along_axis(places, order, axis=1)
    is_none = np.isneginf(np.take_along_axis(said, order, axis=1))
    found[:, :k_here] = np.where(is_none, -1, places)
    return found


def top_rows(score: Floats, of: Ints, *, lists: int, k: int) -> Ints:
    """Of lists of any length: the rows of the k best of each; -1 where the list is shorter."""
    found = np.full((lists, k), -1, dtype=np.int64)
    if not len(score):
        return found
    order, starts = laid_out(of, lists=lists)
    width = int(np.diff(starts).max())
    step = max(CELLS // width, 1)
    for first in range(0, lists, step):
        last = min(first + step, lists)
        rows = order[starts[first] : starts[last]]
        table = np.full((last - first, width), -np.inf)
        column = np.arange(starts[first], starts[last]) - starts[of[rows]]
        table[of[rows] - first, column] = score[rows]
        places = top_places(table, k)
        at = np.minimum(starts[first:last, None] + places, len(order) - 1)
        found[first:last] = np.where(places < 0, -1, order[at])
    return found


def laid_out(of: Ints, *, lists: int) -> tuple[Ints, Ints]:
    """Rows list by list, and where each list begins."""
    ends = np.cumsum(np.bincount(of, minlength=lists))
    return np.argsort(of, kind="stable"), np.concatenate([[0], ends])


def padded(of: Ints, *, lists: int) -> Ints:
    """Of each list its rows, side by side; -1 where it is shorter than the longest."""
    order, starts = laid_out(of, lists=lists)
    found = np.full((lists, int(np.diff(starts).max(initial=0))), -1, dtype=np.int64)
    found[of[order], np.arange(len(order)) - starts[of[order]]] = order
    return found


def top_items(score: Floats, of: Ints, item: Ints, *, lists: int, k: int) -> Ints:
    rows = top_rows(score, of, lists=lists, k=k)
    return np.where(rows < 0, -1, item[rows]) if len(item) else rows
