"""A plan worked out: its rows, its figures, what is scarce, or which limits clash."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from crosssell.allocation.clashes import clashing
from crosssell.allocation.curve import Point, budget_of
from crosssell.allocation.curve import curve as curve_of
from crosssell.allocation.lifts import past_of
from crosssell.allocation.plan import Plan
from crosssell.allocation.prices import prices_of
from crosssell.allocation.reading import SOURCES, Asked
from crosssell.allocation.relaxation import CannotBeMetError
from crosssell.allocation.solving import Solution, solve
from crosssell.allocation.words import clash_words, price_words, problem_words, team_words
from crosssell.models import AllocationPlan, AllocationRow

Tell = Callable[[str], None]
ROWS_AT_ONCE = 2000


@dataclass
class Worked:
    """As it will be kept; `found` is nothing where the limits clash."""

    asked: Asked
    found: Solution | None
    figures: dict[str, Any] = field(default_factory=dict)
    prices: list[dict[str, Any]] = field(default_factory=list)
    clashes: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""


def worked_out(asked: Asked) -> Worked:
    try:
        found = solve(asked.problem)
    except CannotBeMetError:
        clashes = clashing(asked.problem)
        said = [{"kind": limit.kind, "words": clash_words(asked, limit)} for limit in clashes]
        words = problem_words(asked, clashes)
        return Worked(asked, None, clashes=said, problem=words, figures=around(asked))
    return Worked(asked, found, figures=around(asked) | figures_of(asked, found))


def around(asked: Asked) -> dict[str, Any]:
    problem = asked.problem
    return {
        "customers": problem.accounts,
        "sellers": problem.sellers,
        "capacity": float(problem.capacity.sum()),
        "source": asked.source,
        "source_words": SOURCES[asked.source],
    }


def figures_of(asked: Asked, found: Solution) -> dict[str, Any]:
    problem, plan = asked.problem, found.plan
    greedy = found.greedy
    greedy_value = None if greedy is None else greedy.value(problem)
    return {
        "expected": round(found.value, 2),
        "greedy": None if greedy_value is None else round(greedy_value, 2),
        "over_greedy": None if greedy_value is None else round(found.value - greedy_value, 2),
        "bound": round(found.bound, 2),
        "gap": found.gap,
        "actions": plan.actions,
        "customers_served": len(np.unique(plan.account)),
        "hours": float(plan.hours_by_seller(problem).sum()),
        "seconds": round(found.seconds, 2),
        "by_seller": by_seller(asked, plan, greedy),
        "by_type": by_type(asked, plan, greedy),
    }


def by_seller(asked: Asked, plan: Plan, greedy: Plan | None) -> list[dict[str, Any]]:
    problem = asked.problem
    hours = plan.hours_by_seller(problem)
    gain = gains_by(plan, plan.seller, problem, problem.sellers)
    other = np.zeros(problem.sellers)
    if greedy is not None:
        other = gains_by(greedy, greedy.seller, problem, problem.sellers)
    actions = np.bincount(plan.seller, weights=plan.count, minlength=problem.sellers)
    return [
        {
            "ref": asked.sellers[place],
            "name": asked.seller_names[place],
            "team": asked.teams[place],
            "actions": int(actions[place]),
            "hours": round(float(hours[place]), 2),
            "capacity": float(problem.capacity[place]),
            "gain": round(float(gain[place]), 2),
            "greedy": round(float(other[place]), 2),
        }
        for place in np.argsort(-gain, kind="stable").tolist()
    ]


def by_type(asked: Asked, plan: Plan, greedy: Plan | None) -> list[dict[str, Any]]:
    problem = asked.problem
    counts = plan.by_type(problem)
    others = counts * 0 if greedy is None else greedy.by_type(problem)
    gain = gains_by(plan, plan.action, problem, problem.types)
    return [
        {
            "key": one.key,
            "title": one.title,
            "actions": int(counts[place]),
            "greedy": int(others[place]),
            "hours": round(float(counts[place] * problem.hours[place]), 2),
            "quota": None if np.isinf(problem.quota[place]) else int(problem.quota[place]),
            "gain": round(float(gain[place]), 2),
        }
        for place, one in enumerate(asked.types)
    ]


def gains_by(plan: Plan, of: Any, problem: Any, number: int) -> Any:
    return np.bincount(of, weights=plan.row_gains(problem), minlength=number)


def add_prices(worked: Worked) -> None:
    if worked.found is None:
        return
    asked, prices = worked.asked, prices_of(worked.asked.problem, worked.found.relaxed)
    general = [one for one in prices if one.kind != "hours"]
    single = [one for one in prices if one.kind == "hours"]
    worked.prices = [
        *(
            {"kind": one.kind, "words": price_words(asked, one), "worth": round(one.worth, 2)}
            for one in general
        ),
        *team_words(asked, prices),
        *(
            {
                "kind": "hours",
                "ref": asked.sellers[one.place],
                "words": price_words(asked, one),
                "worth": round(one.worth, 2),
            }
            for one in single
        ),
    ]


def budgets(worked: Worked) -> Iterator[Point]:
    if worked.found is not None:
        yield from curve_of(worked.asked.problem, worked.found.plan)


def add_curve(worked: Worked, points: list[Point]) -> None:
    if worked.found is None:
        return
    kind, chosen = budget_of(worked.asked.problem, worked.found.plan)
    worked.figures["curve"] = {
        "of": kind,
        "chosen": chosen,
        "points": [
            {"budget": one.budget, "value": one.value, "greedy": one.greedy} for one in points
        ],
    }


def add_past(worked: Worked, *, as_of: datetime) -> None:
    found = past_of(worked.asked.org, as_of=as_of)
    worked.figures["past"] = [asdict(one) for one in found]


def rows_of(plan: AllocationPlan, worked: Worked) -> list[AllocationRow]:
    if worked.found is None:
        return []
    asked, found = worked.asked, worked.found.plan
    hours = found.count * asked.problem.hours[found.action]
    locked = asked.problem.locked()
    lists = (found.account, found.action, found.seller, found.count, hours)
    gains = found.row_gains(asked.problem).tolist()
    return [
        AllocationRow(
            org_id=plan.org_id,
            plan=plan,
            account_ref=asked.accounts[account],
            owner_ref=asked.sellers[seller],
            action=asked.types[action].key,
            count=count,
            hours=spent,
            gain=Decimal(f"{gain:.4f}"),
            is_locked=(account, action) in locked,
        )
        for account, action, seller, count, spent, gain in zip(
            *(one.tolist() for one in lists), gains, strict=True
        )
    ]


def keep(plan: AllocationPlan, worked: Worked) -> None:
    """All of it or nothing: what is called within a transaction."""
    AllocationRow.objects.filter(plan=plan).delete()
    AllocationRow.objects.bulk_create(rows_of(plan, worked), batch_size=ROWS_AT_ONCE)
    state = AllocationPlan.State
    plan.state = state.SOLVED if worked.found is not None else state.INFEASIBLE
    plan.as_of = worked.asked.as_of
    plan.figures, plan.prices = worked.figures, worked.prices
    plan.clashes, plan.problem = worked.clashes, worked.problem
    plan.save(update_fields=["state", "as_of", "figures", "prices", "clashes", "problem"])
