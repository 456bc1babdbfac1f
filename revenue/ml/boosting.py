"""Boosted trees of XGBoost. The same rows, seed and number of threads give the same bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import xgboost as xgb

from revenue.ml.arrays import Floats, floats
from revenue.ml.encode import Encoder
from revenue.ml.frames import Frame
from revenue.ml.members import Contributions

Task = Literal["classification", "regression", "ranking", "amount", "size"]
OBJECTIVES = {
    "classification": ("binary:logistic", "logloss"),
    "regression": ("reg:squarederror", "rmse"),
    "ranking": ("rank:ndcg", "ndcg"),
    "amount": ("reg:tweedie", "tweedie-nloglik@1.5"),  # many of nought, a few large
    "size": ("reg:gamma", "gamma-nloglik"),  # above nought
}
# From careful to bold. Sales data is small and noisy: shallow trees and strong leaves come first.
SHAPES: tuple[dict[str, float], ...] = (
    {"max_depth": 2, "min_child_weight": 5, "reg_lambda": 5, "eta": 0.08},
    {"max_depth": 3, "min_child_weight": 20, "reg_lambda": 10, "eta": 0.05},
    {"max_depth": 4, "min_child_weight": 10, "reg_lambda": 5, "eta": 0.05},
    {"max_depth": 6, "min_child_weight": 30, "reg_lambda": 10, "eta": 0.05},
)


@dataclass(frozen=True)
class Boosting:
    """How to grow: the shape of a tree, how many, and what holds it still."""

    shape: Mapping[str, float]
    trees: int
    seed: int
    threads: int
    task: Task = "classification"
    stop_after: int | None = None
    subsample: float = 0.8
    colsample: float = 0.8

    def parameters(self, encoder: Encoder) -> dict[str, Any]:
        objective, metric = OBJECTIVES[self.task]
        return {
            **self.shape,
            "max_depth": int(self.shape["max_depth"]),
            "objective": objective,
            "eval_metric": metric,
            "tree_method": "hist",
            "subsample": self.subsample,
            "colsample_bytree": self.colsample,
            "seed": self.seed,
            "nthread": self.threads,
            "monotone_constraints": tuple(one.monotone for one in encoder.features),
            "max_cat_to_onehot": 8,
            "verbosity": 0,
        }


@dataclass(frozen=True, eq=False)
class Boosted:
    encoder: Encoder
    booster: xgb.Booster
    trees: int
    threads: int = 1
    kind: str = "boosted"
    name: str = field(default="trees.ubj")

    def matrix(self, frame: Frame) -> xgb.DMatrix:
        return matrix_of(self.encoder, frame, threads=self.threads)

    def margin(self, frame: Frame) -> Floats:
        return floats(self.booster.predict(self.matrix(frame), output_margin=True))

    def contributions(self, frame: Frame) -> Contributions:
        parts = floats(self.booster.predict(self.matrix(frame), pred_contribs=True))
        return Contributions(parts[:, -1], parts[:, :-1])

    def interactions(self, frame: Frame) -> Floats:
        """By row, feature and feature; the sums over the last axis are the contributions."""
        parts = floats(self.booster.predict(self.matrix(frame), pred_interactions=True))
        return parts[:, :-1, :-1]

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "encoder": self.encoder.as_json(),
            "trees": self.trees,
            "threads": self.threads,
            "blob": self.name,
        }

    def blobs(self) -> dict[str, bytes]:
        return {self.name: bytes(self.booster.save_raw("ubj"))}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> "Boosted":
        booster = xgb.Booster({"nthread": data["threads"]})
        booster.load_model(bytearray(blobs[data["blob"]]))
        encoder = Encoder.from_json(data["encoder"])
        return cls(encoder, booster, data["trees"], data["threads"], name=data["blob"])


def matrix_of(
    encoder: Encoder, frame: Frame, *, threads: int, labelled: bool = False, task: str = ""
) -> xgb.DMatrix:
    given: dict[str, Any] = {}
    if labelled:
        given = {"label": frame.label, "weight": frame.weight}
    if task == "ranking":
        # XGBoost weighs lists, not rows; rows of a list must stand together.
        _, starts, place = np.unique(frame.group, return_index=True, return_inverse=True)
        given = {"label": frame.label, "qid": place, "weight": frame.weight[starts]}
    return xgb.DMatrix(
        encoder.encode(frame),
        feature_types=encoder.types,
        enable_categorical=True,
        nthread=threads,
        **given,
    )


def fit_boosted(frame: Frame, how: Boosting, *, check: Frame | None = None) -> Boosted:
    """With rows to check on and `stop_after`, stops when they have not gained for so many trees."""
    if how.task == "ranking":
        frame = frame.take(np.argsort(frame.group, kind="stable"))
        check = check.take(np.argsort(check.group, kind="stable")) if check is not None else None
    encoder = Encoder.fit(frame)
    given: dict[str, Any] = {"threads": how.threads, "labelled": True, "task": how.task}
    evals = [(matrix_of(encoder, check, **given), "check")] if check is not None else []
    booster = xgb.train(
        how.parameters(encoder),
        matrix_of(encoder, frame, **given),
        num_boost_round=how.trees,
        evals=evals,
        early_stopping_rounds=how.stop_after if evals else None,
        verbose_eval=False,
    )
    trees = int(booster.best_iteration) + 1 if evals and how.stop_after else how.trees
    return Boosted(encoder, booster[:trees], trees, how.threads)
