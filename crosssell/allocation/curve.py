"""What more or fewer actions, or hours, would bring: the plan anew for each budget."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crosssell.allocation.model import SolverError
from crosssell.allocation.plan import Plan
from crosssell.allocation.problem import Problem
from crosssell.allocation.relaxation import CannotBeMetError
from crosssell.allocation.solving import solve

SHARES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
GAP, SECONDS = 2e-3, 5.0


@dataclass(frozen=True)
class Point:
    budget: float
    value: float | None  # nothing where the limits clash at it, or no plan was found in time
    greedy: float | None
    bound: float | None


def budget_of(problem: Problem, plan: Plan) -> tuple[str, float]:
    """Actions where the plan uses up their number, else hours."""
    if problem.total is not None and plan.actions >= problem.total:
        return "total", float(problem.total)
    return "hours", float(problem.capacity.sum())


def at_budget(problem: Problem, of: str, share: float) -> Problem:
    if of == "total" and problem.total is not None:
        return replace(problem, total=round(problem.total * share))
    return replace(problem, capacity=problem.capacity * share)


def curve(problem: Problem, plan: Plan) -> Iterator[Point]:
    of, whole = budget_of(problem, plan)
    for share in SHARES:
        yield point(at_budget(problem, of, share), budget=whole * share)


def point(problem: Problem, *, budget: float) -> Point:
    try:
        found = solve(problem, gap=GAP, seconds=SECONDS)
    except (CannotBeMetError, SolverError):
        return Point(budget, None, None, None)
    greedy = None if found.greedy is None else found.greedy.value(problem)
    return Point(budget, found.value, greedy, found.bound)
