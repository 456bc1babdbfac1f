"""The limits as rows and the actions as columns of a linear or a whole-numbered model for HiGHS."""

from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from crosssell.allocation.columns import Columns
from crosssell.allocation.problem import NOBODY, Problem
from revenue.ml.arrays import Flags, Floats, Ints

THREADS = 1
INFINITE = highspy.kHighsInf
FEASIBLE = highspy.SolutionStatus.kSolutionStatusFeasible


class SolverError(RuntimeError):
    """HiGHS came to no end that can be used."""


@dataclass(frozen=True)
class Prices:
    """What one more of each is worth: of a seller's hours, of a type's quota, of the total."""

    hours: Floats
    quota: Floats
    total: float

    def of_pools(self, problem: Problem) -> Floats:
        """What an action of each type costs in each pool, by the seller whose hour is cheapest."""
        sellers = problem.pools.sellers
        hour = np.array([self.hours[list(who)].min() for who in sellers]).reshape(-1, 1)
        return np.asarray(hour * problem.hours + self.quota + self.total)

    @property
    def scale(self) -> float:
        return float(max(self.hours.max(initial=0), self.quota.max(initial=0), self.total, 1.0))


@dataclass(frozen=True)
class Ended:
    """How a search in whole numbers ended; without a plan that is better, the bound is below."""

    has_plan: bool
    is_impossible: bool
    bound: float


@dataclass
class Entries:
    """Of the matrix, a coefficient each."""

    rows: list[Ints] = field(default_factory=list)
    columns: list[Ints] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)

    def add(self, rows: Ints, columns: Ints, values: Floats | float) -> None:
        self.rows.append(rows)
        self.columns.append(columns)
        self.values.append(np.broadcast_to(np.asarray(values, np.float64), rows.shape))


@dataclass(frozen=True)
class Shared:
    """Pools of several sellers: who of them does how many of each type is a column of its own."""

    pool: Ints
    action: Ints
    seller: Ints
    row_of_pool: Ints  # of the first type; nothing for a seller alone

    @classmethod
    def of(cls, problem: Problem) -> "Shared":
        first, found = np.full(len(problem.pools.sellers), NOBODY), []
        row = 0
        for pool, sellers in enumerate(problem.pools.sellers):
            if len(sellers) == 1:
                continue
            first[pool], row = row, row + problem.types
            found += [(pool, action, who) for action in range(problem.types) for who in sellers]
        parts = np.array(found, np.int64).reshape(-1, 3)
        return cls(parts[:, 0], parts[:, 1], parts[:, 2], first)

    def __len__(self) -> int:
        return len(self.pool)

    def least(self, problem: Problem) -> Floats:
        """What has been kept for a seller by name."""
        found = np.zeros(len(self))
        pools = problem.pools.of_account
        for lock in problem.locks:
            here = (self.pool == pools[lock.account]) & (self.action == lock.action)
            found[here & (self.seller == lock.seller)] += lock.count
        return found


@dataclass(frozen=True)
class Limits:
    """Most and least of each row that is not an account's."""

    hours: Floats
    quota: Floats
    total: float

    @classmethod
    def of(cls, problem: Problem) -> "Limits":
        return cls(problem.capacity, problem.quota, problem.most)


class Model:
    """Rows: hours of each seller, quota of each type, the total, shared pools, then accounts."""

    def __init__(
        self, problem: Problem, columns: Columns, *, lower: Flags, upper: Flags, whole: bool = False
    ) -> None:
        self.problem, self.columns, self.whole = problem, columns, whole
        self.lower, self.upper = lower, upper
        self.shared = Shared.of(problem)
        self.scale = float(columns.gain.max(initial=0)) / 1000 or 1.0
        self.solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("threads", THREADS),
            ("random_seed", 0),
            ("mip_feasibility_tolerance", 1e-7),
        ):
            self.solver.setOptionValue(option, value)
        self.accounts, self.row_of = self.account_rows()
        self.solver.passModel(self.linear())

    @property
    def fixed_rows(self) -> int:
        shared = self.problem.types * int((self.shared.row_of_pool != NOBODY).sum())
        return self.problem.sellers + self.problem.types + 1 + shared

    def account_rows(self) -> tuple[Ints, Ints]:
        """Only of accounts that could get too many or too few."""
        problem, columns = self.problem, self.columns
        number = np.bincount(columns.account[self.upper], minlength=problem.accounts)
        wanted = np.flatnonzero((number > problem.each) | (problem.covered > 0))
        row_of = np.full(problem.accounts, NOBODY)
        row_of[wanted] = np.arange(len(wanted)) + self.fixed_rows
        return wanted, row_of

    def linear(self) -> highspy.HighsLp:
        problem, columns, shared = self.problem, self.columns, self.shared
        sellers, types = problem.sellers, problem.types
        number = len(columns)
        entries, every = Entries(), np.arange(number)
        pool_row = shared.row_of_pool[columns.pool] + sellers + types + 1
        is_shared = shared.row_of_pool[columns.pool] != NOBODY
        alone = ~is_shared
        firsts = np.array([who[0] for who in problem.pools.sellers], np.int64)
        hours = problem.hours[columns.action]
        entries.add(firsts[columns.pool[alone]], every[alone], hours[alone])
        entries.add((pool_row + columns.action)[is_shared], every[is_shared], 1.0)
        entries.add(sellers + columns.action, every, 1.0)
        entries.add(np.full(number, sellers + types), every, 1.0)
        row = self.row_of[columns.account]
        entries.add(row[row != NOBODY], every[row != NOBODY], 1.0)
        places = np.arange(len(shared)) + number
        entries.add(shared.seller, places, problem.hours[shared.action])
        base = shared.row_of_pool[shared.pool] + sellers + types + 1
        entries.add(base + shared.action, places, -1.0)
        return self.assembled(entries)

    def assembled(self, entries: Entries) -> highspy.HighsLp:
        problem, number = self.problem, len(self.columns) + len(self.shared)
        rows, cols = (np.concatenate(one) for one in (entries.rows, entries.columns))
        order = np.argsort(cols, kind="stable")
        limits = Limits.of(problem)
        pooled = self.fixed_rows - problem.sellers - problem.types - 1
        upper = np.concatenate(
            [
                limits.hours,
                limits.quota,
                [limits.total],
                np.zeros(pooled),
                np.full(len(self.accounts), float(problem.each)),
            ]
        )
        lower = np.full(len(upper), -INFINITE)
        lower[self.fixed_rows :] = problem.covered[self.accounts]
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = number, len(upper)
        lp.col_cost_ = np.concatenate([self.columns.gain / self.scale, np.zeros(len(self.shared))])
        least = self.shared.least(problem)
        lp.col_lower_ = np.concatenate([self.lower.astype(np.float64), least])
        lp.col_upper_ = np.concatenate(
            [self.upper.astype(np.float64), np.full(len(self.shared), INFINITE)]
        )
        lp.row_lower_, lp.row_upper_ = lower, upper
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.concatenate([[0], np.bincount(cols, minlength=number).cumsum()])
        lp.a_matrix_.index_ = rows[order]
        lp.a_matrix_.value_ = np.concatenate(entries.values)[order]
        if self.whole:
            lp.integrality_ = [highspy.HighsVarType.kInteger] * number
        return lp

    def run(self) -> highspy.HighsModelStatus:
        """HiGHS says nothing of a model without columns, which has the empty plan alone."""
        if not len(self.columns) and not len(self.shared):
            status = highspy.HighsModelStatus
            return status.kInfeasible if self.problem.covered.any() else status.kOptimal
        self.solver.run()
        ended: highspy.HighsModelStatus = self.solver.getModelStatus()
        return ended

    def finish(self, *, gap: float, seconds: float) -> "Ended":
        self.solver.setOptionValue("mip_rel_gap", gap)
        self.solver.setOptionValue("mip_abs_gap", 1e-9)
        self.solver.setOptionValue("time_limit", seconds)
        status, info = self.run(), self.solver.getInfo()
        is_impossible = status == highspy.HighsModelStatus.kInfeasible
        has_plan = info.primal_solution_status == FEASIBLE
        bound = -np.inf if is_impossible else float(info.mip_dual_bound) * self.scale
        return Ended(has_plan, is_impossible, bound)

    @property
    def values(self) -> Floats:
        return np.asarray(self.solver.getSolution().col_value)

    @property
    def objective(self) -> float:
        return float(self.solver.getInfo().objective_function_value) * self.scale

    def prices(self) -> Prices:
        dual = np.abs(np.asarray(self.solver.getSolution().row_dual)) * self.scale
        if not len(dual):
            dual = np.zeros(self.fixed_rows)
        sellers, types = self.problem.sellers, self.problem.types
        return Prices(dual[:sellers], dual[sellers : sellers + types], float(dual[sellers + types]))
