"""Exact nearest neighbours in chunks: no more than a few megabytes at once, however many rows."""

import numpy as np
from numpy.typing import NDArray

from revenue.ml.arrays import Floats, Ints, floats

Space = NDArray[np.float32]
MOST_CELLS = 8_000_000  # distances that are held at once


def nearest(asked: Space, among: Space, *, count: int) -> tuple[Ints, Floats]:
    """Of each row that is asked for, the places of the nearest and how far they are."""
    count = min(count, len(among))
    places = np.zeros((len(asked), count), dtype=np.int64)
    far = np.zeros((len(asked), count))
    if not count:
        return places, far
    # Around their middle: squares of large numbers would swallow small distances.
    middle = among.mean(axis=0)
    asked, among = asked - middle, among - middle
    sizes = np.einsum("ij,ij->i", among, among)
    step = max(1, MOST_CELLS // len(among))
    for first in range(0, len(asked), step):
        rows = slice(first, first + step)
        beside = asked[rows] @ among.T
        beside *= -2
        beside += sizes
        found = np.argpartition(beside, count - 1, axis=1)[:, :count]
        exact = distances(asked[rows], among, found)
        order = np.lexsort((found, exact), axis=-1)
        places[rows] = np.take_along_axis(found, order, axis=1)
        far[rows] = np.take_along_axis(exact, order, axis=1)
    return places, far


def distances(asked: Space, among: Space, places: Ints) -> Floats:
    gaps = floats(asked)[:, None, :] - among[places]
    return floats(np.sqrt(np.einsum("ijk,ijk->ij", gaps, gaps)))
