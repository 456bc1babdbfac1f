"""The linear relaxation of all actions, solved among few of them.

It begins with those that are promising. The prices that HiGHS finds are asked of every account:
what they would take besides comes in, until nothing is left to gain. What remains is the optimum
over all actions, and the bound that proves it is counted over all of them.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from crosssell.allocation.columns import Columns, columns_of
from crosssell.allocation.model import Model, Prices, SolverError
from crosssell.allocation.pricing import Priced
from crosssell.allocation.problem import Problem
from revenue.ml.arrays import Floats, Ints

ROUNDS = 60
CLOSE = 1e-9


class CannotBeMetError(Exception):
    """No plan keeps to all limits."""


@dataclass(frozen=True)
class Relaxed:
    columns: Columns
    values: Floats
    prices: Prices
    bound: float
    model: Model
    objective: float


def relax(problem: Problem, keys: Ints) -> Relaxed:
    model = solved(problem, keys, before=None)
    best = (Priced.of(problem, model.prices()), model.prices())
    priced = best[0]
    for _ in range(ROUNDS):
        new = np.setdiff1d(priced.keys, keys)
        if not len(new) or priced.bound - model.objective <= CLOSE * abs(model.objective):
            break
        keys = np.concatenate([keys, new])
        model = solved(problem, keys, before=model)
        priced = Priced.of(problem, model.prices())
        best = min(best, (priced, model.prices()), key=lambda one: one[0].bound)
    values = model.values[: len(keys)]
    return Relaxed(model.columns, values, best[1], best[0].bound, model, model.objective)


def solved(problem: Problem, keys: Ints, *, before: Model | None) -> Model:
    columns = columns_of(problem, keys)
    if columns.is_locked.sum() != sum(problem.locked().values()):
        raise CannotBeMetError
    model = Model(problem, columns, lower=columns.is_locked, upper=np.ones(len(keys), bool))
    if before is not None:
        model.solver.setBasis(grown(before.solver.getBasis(), before, model))
    status = model.run()
    if status == highspy.HighsModelStatus.kInfeasible:
        raise CannotBeMetError
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolverError(f"HiGHS ended with {model.solver.modelStatusToString(status)}.")
    return model


def grown(basis: highspy.HighsBasis, before: Model, model: Model) -> highspy.HighsBasis:
    """Where the last round ended; what is new begins outside of it."""
    status, old = highspy.HighsBasisStatus, len(before.columns)
    new = len(model.columns) - old
    of_row = dict(zip(before.accounts.tolist(), basis.row_status[model.fixed_rows :], strict=True))
    found = highspy.HighsBasis()
    found.col_status = [
        *basis.col_status[:old],
        *[status.kLower] * new,
        *basis.col_status[old:],
    ]
    found.row_status = [
        *basis.row_status[: model.fixed_rows],
        *[of_row.get(account, status.kBasic) for account in model.accounts.tolist()],
    ]
    found.valid = True
    return found
