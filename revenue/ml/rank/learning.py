"""The four that learn to put lists in order, each from the same rows."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import xgboost as xgb

from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.boosting import Boosted, matrix_of
from revenue.ml.encode import Encoder, as_numbers
from revenue.ml.frames import Frame, group_totals
from revenue.ml.members import Contributions, Member
from revenue.ml.rank.judging import K
from revenue.ml.rank.lists import Lists
from revenue.ml.rank.network import Network, fit_network

NAMES = ("network", "ranker", "forest", "boosted")
TITLES = {
    "network": "Neural network",
    "ranker": "Ranking trees (XGBoost)",
    "forest": "Random forest",
    "boosted": "Boosted trees (XGBoost)",
}
CHUNK = 200_000  # rows that are scored at once
CHECK = 5  # one customer in so many tells when to stop


@dataclass(frozen=True)
class RankSettings:
    """What a task decides of its ranking; kept with each run."""

    task: str
    tested: int = 1  # moments that judge, and that choose
    validated: int = 1
    members: tuple[str, ...] = NAMES
    beside: tuple[str, ...] = ("ease", "ease_recent")  # features weighed beside them as they are
    most_rows: int = 300_000  # to learn from; lists beyond them are left out by chance
    most_lists: int = 3_000  # to weigh members by
    most_trees: int = 300
    stop_after: int = 25
    rounds: int = 40  # of the network
    k: int = K
    bootstraps: int = 400
    error_rate: float = 0.1
    seed: int = 20_240_917
    threads: int = 1
    positive: str = "bought"
    negative: str = "did not buy"
    noun: str = "accounts"
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "members": list(self.members), "beside": list(self.beside)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "RankSettings":
        return cls(**{**data, **{name: tuple(data[name]) for name in ("members", "beside")}})


def drawn_lists(lists: Lists, *, most_rows: int, seed: int) -> Lists:
    """By chance and whole, so that as many of them found something as among all."""
    if len(lists.of) <= most_rows:
        return lists
    sizes = np.bincount(lists.of, minlength=len(lists))
    order = np.random.default_rng(seed).permutation(len(lists))
    taken = np.cumsum(sizes[order]) <= most_rows
    kept = np.zeros(len(lists), dtype=np.bool_)
    kept[order[taken]] = True
    return lists.only(kept)


def parted(lists: Lists) -> tuple[Frame, Frame]:
    """Rows to fit on and to stop by: of other customers."""
    is_check: Flags = (lists.customer % CHECK == 0)[lists.of]
    return lists.frame.take(~is_check), lists.frame.take(is_check)


def fit_members(lists: Lists, settings: RankSettings) -> dict[str, Member]:
    """And, beside them, features that are themselves an order of a kind."""
    fit, check = parted(lists)
    found = {name: FITS[name](fit, check, settings) for name in settings.members}
    there = [one.name for one in fit.features if one.name in settings.beside]
    return found | {name: Plain.of(fit, name) for name in there}


@dataclass(frozen=True)
class Plain:
    """A feature as it stands: it learns nothing, and so cannot learn anything wrong."""

    name: str
    usual: float
    kind: str = "plain"

    @classmethod
    def of(cls, frame: Frame, name: str) -> "Plain":
        return cls(name, float(np.nan_to_num(as_numbers(frame.values[name])).mean()))

    def margin(self, frame: Frame) -> Floats:
        return floats(np.nan_to_num(as_numbers(frame.values[self.name])))

    def contributions(self, frame: Frame) -> Contributions:
        parts = np.zeros((len(frame), len(frame.features)))
        place = [one.name for one in frame.features].index(self.name)
        parts[:, place] = self.margin(frame) - self.usual
        return Contributions(np.full(len(frame), self.usual), parts)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "usual": self.usual}

    def blobs(self) -> dict[str, bytes]:
        return {}


def with_finds(frame: Frame) -> Frame:
    """Lists in which something was bought: others have no order to learn."""
    order = np.argsort(frame.group, kind="stable")
    frame = frame.take(order)
    return frame.take(group_totals(frame.group, frame.label) > 0)


def the_network(fit: Frame, check: Frame, settings: RankSettings) -> Member:
    return fit_network(fit, check=check, seed=settings.seed, rounds=settings.rounds)


def the_ranker(fit: Frame, check: Frame, settings: RankSettings) -> Member:
    more = {
        "objective": "rank:ndcg",
        "eval_metric": f"ndcg@{settings.k}",
        "lambdarank_pair_method": "topk",
        "lambdarank_num_pair_per_sample": 2 * settings.k,
        "min_child_weight": 1,
    }
    return grown("ranker", with_finds(fit), with_finds(check), settings, more, task="ranking")


def the_boosted(fit: Frame, check: Frame, settings: RankSettings) -> Member:
    more = {"objective": "binary:logistic", "eval_metric": "logloss", "min_child_weight": 5}
    return grown("boosted", fit, check, settings, more, task="classification")


def the_forest(fit: Frame, _: Frame, settings: RankSettings) -> Member:
    """All trees side by side, of other rows and features each: none corrects another."""
    encoder = Encoder.fit(fit)
    more = {
        "objective": "binary:logistic",
        "num_parallel_tree": 80,
        "max_depth": 7,
        "eta": 1.0,
        "min_child_weight": 1,
        "colsample_bytree": 1.0,
        "colsample_bynode": 0.4,
        "subsample": 0.6,
    }
    booster = xgb.train(
        {**parameters(encoder, settings), **more},
        matrix_of(encoder, fit, threads=settings.threads, labelled=True),
        num_boost_round=1,
    )
    return Boosted(encoder, booster, 80, settings.threads, name="forest.ubj")


FITS: dict[str, Callable[[Frame, Frame, RankSettings], Member]] = {
    "network": the_network,
    "ranker": the_ranker,
    "forest": the_forest,
    "boosted": the_boosted,
}


def parameters(encoder: Encoder, settings: RankSettings) -> dict[str, Any]:
    return {
        "max_depth": 4,
        "eta": 0.08,
        "reg_lambda": 5,
        "tree_method": "hist",
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "seed": settings.seed,
        "nthread": settings.threads,
        "monotone_constraints": tuple(one.monotone for one in encoder.features),
        "max_cat_to_onehot": 8,
        "verbosity": 0,
    }


def grown(
    name: str, fit: Frame, check: Frame, settings: RankSettings, more: dict[str, Any], *, task: str
) -> Member:
    encoder = Encoder.fit(fit)
    given: dict[str, Any] = {"threads": settings.threads, "labelled": True, "task": task}
    evals = [(matrix_of(encoder, check, **given), "check")] if check.label.any() else []
    booster = xgb.train(
        {**parameters(encoder, settings), **more},
        matrix_of(encoder, fit, **given),
        num_boost_round=settings.most_trees,
        evals=evals,
        early_stopping_rounds=settings.stop_after if evals else None,
        verbose_eval=False,
    )
    trees = int(booster.best_iteration) + 1 if evals else settings.most_trees
    return Boosted(encoder, booster[:trees], trees, settings.threads, name=f"{name}.ubj")


def margins_of(members: Mapping[str, Member], frame: Frame) -> Floats:
    """Rows by members, so many rows at once that memory stays bounded."""
    found = np.zeros((len(frame), len(members)))
    for first in range(0, len(frame), CHUNK):
        rows: Ints = np.arange(first, min(first + CHUNK, len(frame)))
        part = frame.take(rows)
        for place, member in enumerate(members.values()):
            found[rows, place] = member.margin(part)
    return floats(found)


def member_from(data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Member:
    if data["kind"] == "network":
        return Network.from_json(data, blobs)
    if data["kind"] == "plain":
        return Plain(data["name"], data["usual"])
    return Boosted.from_json(data, blobs)
