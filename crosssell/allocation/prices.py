"""What one more of each scarce thing would bring: of an hour, of a quota, of the total.

The price is the dual of the linear relaxation: the slope at the limit as it stands. Where a limit
stands at a corner, the slope behind it is not the one ahead, so the relaxation is solved again with
one more of it, and that difference is what is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from crosssell.allocation.model import INFINITE
from crosssell.allocation.problem import Problem
from crosssell.allocation.relaxation import Relaxed

MOST_SELLERS = 60
LEAST = 1e-6


@dataclass(frozen=True)
class Price:
    kind: str  # hours, quota, total or cover
    place: int  # of the seller or the type
    slope: float
    worth: float  # of one more; of a cover, what it costs to have it


def prices_of(problem: Problem, relaxed: Relaxed) -> list[Price]:
    """The scarce ones alone, what brings most first within its kind."""
    found = [
        Price(kind, place, slope, one_more(relaxed, row, limit))
        for kind, place, slope, row, limit in scarce(problem, relaxed)
    ]
    if problem.covered.any():
        found.append(Price("cover", 0, 0.0, cost_of_cover(problem, relaxed)))
    return [price for price in found if price.worth > LEAST * abs(relaxed.bound) / 1000]


def scarce(problem: Problem, relaxed: Relaxed) -> Iterator[tuple[str, int, float, int, float]]:
    prices, sellers, types = relaxed.prices, problem.sellers, problem.types
    if prices.total > 0:
        yield "total", 0, prices.total, sellers + types, problem.most
    for action in (-prices.quota).argsort(kind="stable").tolist():
        if prices.quota[action] > 0:
            limit = float(problem.quota[action])
            yield "quota", action, float(prices.quota[action]), sellers + action, limit
    for seller in (-prices.hours).argsort(kind="stable").tolist()[:MOST_SELLERS]:
        if prices.hours[seller] > 0:
            limit = float(problem.capacity[seller])
            yield "hours", seller, float(prices.hours[seller]), seller, limit


def one_more(relaxed: Relaxed, row: int, limit: float) -> float:
    model = relaxed.model
    before = relaxed.objective
    model.solver.changeRowBounds(row, -INFINITE, limit + 1.0)
    model.run()
    found = model.objective - before
    model.solver.changeRowBounds(row, -INFINITE, limit)
    return max(0.0, found)


def cost_of_cover(problem: Problem, relaxed: Relaxed) -> float:
    """What the plan would be worth more if no account had to be covered."""
    model = relaxed.model
    rows = [int(row) for row in model.row_of[problem.covered > 0]]
    for row in rows:
        model.solver.changeRowBounds(row, 0.0, float(problem.each))
    model.run()
    found = model.objective - relaxed.objective
    for row, least in zip(rows, problem.covered[problem.covered > 0].tolist(), strict=True):
        model.solver.changeRowBounds(row, float(least), float(problem.each))
    return max(0.0, found)
