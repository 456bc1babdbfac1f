"""Which scale and which weights: the simplest that is not surely worse on the validation window."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.members import Member
from revenue.ml.rank.blending import (
    Bench,
    Blended,
    Scale,
    bench_of,
    fit_weights,
    named,
    scaled,
    starting,
)
from revenue.ml.rank.interactions import Matrix
from revenue.ml.rank.judging import standard_error
from revenue.ml.rank.learning import RankSettings, margins_of
from revenue.ml.rank.lists import Lists

SCALES: tuple[Scale, ...] = ("whole", "list")
SINGLES = ("boosted", "ranker", "forest", "network")  # easiest to explain first


@dataclass(frozen=True, eq=False)
class Weighed:
    """The members, and what was found of ways to weigh them."""

    members: Mapping[str, Member]
    scale: Scale
    middle: Floats
    spread: Floats
    options: dict[str, Floats]  # members alone, equal, starting and fitted: the weights of each
    ndcg: dict[str, float]  # of each on the validation window; of the fitted ones crosswise
    scales: dict[str, float]
    kind: str  # the one that was chosen
    said: Floats  # of the rows of the validation window, by weights fitted on other customers

    @property
    def weights(self) -> Floats:
        return self.options[self.kind]

    def as_json(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "scales": self.scales,
            "weights": {name: named(one, self.members) for name, one in self.options.items()},
            "ndcg": self.ndcg,
            "chosen": self.kind,
        }


def blended(weighed: Weighed) -> Blended:
    return Blended(weighed.members, weighed.weights, weighed.scale, weighed.middle, weighed.spread)


def member_scores(
    members: Mapping[str, Member],
    train: Lists,
    validate: Lists,
    wanted: Matrix,
    settings: RankSettings,
) -> Weighed:
    learned = margins_of(members, train.frame)
    middle = learned.mean(axis=0)
    spread = np.where(learned.std(axis=0) > 0, learned.std(axis=0), 1.0)
    margins = margins_of(members, validate.frame)
    found = {}
    for scale in SCALES:
        by = scaled(margins, validate.of, scale, (middle, spread))
        bench, customer = bench_of(by.margins, validate, wanted, k=settings.k)
        bench, customer = drawn(bench, customer, settings)
        found[scale] = (by, tried(bench, customer, members), customer)
    scale = scale_of({name: (one[1], one[2]) for name, one in found.items()})
    by, options, customer = found[scale]
    kind = simplest(options, customer)
    weights = {name: one[0] for name, one in options.items()}
    said = floats(by.margins @ weights[kind])
    if kind == "fitted":
        told_by = drawn(*bench_of(by.margins, validate, wanted, k=settings.k), settings)
        said = told_apart(by.margins, validate, *told_by)
    return Weighed(
        members=members,
        scale=scale,
        middle=floats(middle),
        spread=floats(spread),
        options=weights,
        ndcg={name: mean(one[1]) for name, one in options.items()},
        scales={name: mean(one[1]["fitted"][1]) for name, one in found.items()},
        kind=kind,
        said=said,
    )


Options = dict[str, tuple[Floats, Floats]]  # weights, and the NDCG of each list


def mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def drawn(bench: Bench, customer: Ints, settings: RankSettings) -> tuple[Bench, Ints]:
    if len(bench) <= settings.most_lists:
        return bench, customer
    rng = np.random.default_rng(settings.seed)
    kept = np.zeros(len(bench), dtype=np.bool_)
    kept[rng.choice(len(bench), settings.most_lists, replace=False)] = True
    return bench.part(kept), customer[kept]


def tried(bench: Bench, customer: Ints, members: Mapping[str, Member]) -> Options:
    names = list(members)
    one_of = {name: floats(np.eye(len(names))[at]) for at, name in enumerate(names)}
    ways = {name: one_of[name] for name in SINGLES if name in one_of}
    if len(ways) > 1:
        ways["equal"] = floats([name in ways for name in names]) / len(ways)
        ways["starting"] = starting(members)
    found = {name: (one, bench.by_list(one)) for name, one in ways.items()}
    found["fitted"] = (fit_weights(bench, members=len(names)), crossed(bench, customer))
    return found


def crossed(bench: Bench, customer: Ints) -> Floats:
    """Each half of the customers by the weights of the other: what was fitted on is no judge."""
    found = np.zeros(len(bench))
    for half in (0, 1):
        here = customer % 2 == half
        if here.any():
            found[here] = bench.part(here).by_list(weights_of_others(bench, here))
    return found


def weights_of_others(bench: Bench, here: Flags) -> Floats:
    other = bench.part(~here) if (~here).any() else bench
    return fit_weights(other, members=bench.margins.shape[2])


def told_apart(margins: Floats, validate: Lists, bench: Bench, customer: Ints) -> Floats:
    """Scores of all rows, as `crossed` judges: each half by the weights of the other."""
    half_of = validate.customer[validate.of] % 2
    found = np.zeros(len(margins))
    for half in (0, 1):
        rows = half_of == half
        found[rows] = margins[rows] @ weights_of_others(bench, customer % 2 == half)
    return floats(found)


def scale_of(found: dict[Scale, tuple[Options, Ints]]) -> Scale:
    """One scale for all rows, unless one for each list is surely better."""
    options, customer = found["whole"]
    off = found["list"][0]["fitted"][1] - options["fitted"][1]
    return "list" if mean(off) > standard_error(off, customer) else "whole"


def simplest(options: Options, customer: Ints) -> str:
    best = max(options, key=lambda name: mean(options[name][1]))
    for name, (_, by_list) in options.items():
        off = options[best][1] - by_list
        if mean(off) <= standard_error(off, customer):
            return name
    return best
