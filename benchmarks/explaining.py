"""Exact reasons for many rows: XGBoost's own, against shap.TreeExplainer on a random forest.

`python -m benchmarks.explaining [ROWS]`. Both models learn the same deals and explain the same
later ones; how good each is stands beside its time. The explainer of the forest is slow, so it is
timed on a part of the rows (`theirs_rows`) and its time is scaled up to all of them.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shap
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import brier_score_loss, roc_auc_score

from revenue.ml.arrays import Floats, sigmoid
from revenue.ml.boosting import SHAPES, Boosting, fit_boosted
from revenue.ml.frames import Feature, Frame, make_frame

ROWS, LEARNED, FEATURES, TREES, BACKGROUND = 100_000, 20_000, 20, 100, 50
MOST_OF_THEIRS = 60
START = np.datetime64("2025-01-01T00:00:00", "s")


def deals(rows: int, *, seed: int) -> Frame:
    """Straight lines, a curve and an interaction, in noise."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, FEATURES))
    truth = values[:, 0] + 0.8 * np.abs(values[:, 1]) - 0.7 + values[:, 2] * values[:, 3]
    label = (rng.random(rows) < sigmoid(truth)).astype(float)
    names = [f"feature_{at}" for at in range(FEATURES)]
    when = np.full(rows, START)
    return make_frame(
        pd.DataFrame(values, columns=names),
        features=[Feature(name) for name in names],
        as_of=when,
        label=label,
        label_known_at=when,
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def quality(label: Floats, said: Floats) -> dict[str, float]:
    return {
        "auc": round(float(roc_auc_score(label, said)), 4),
        "brier": round(float(brier_score_loss(label, said)), 4),
    }


def main(rows: int) -> dict[str, Any]:
    learned, asked = deals(LEARNED, seed=1), deals(rows, seed=2)
    ours = fit_boosted(learned, Boosting(SHAPES[2], TREES, seed=1, threads=2))
    ours_s, reasons = timed(lambda: ours.contributions(asked))
    margin = ours.margin(asked)
    assert np.abs(reasons.margin - margin).max() < 1e-4

    forest = RandomForestClassifier(TREES, n_jobs=2, random_state=1)
    forest.fit(learned.values.to_numpy(), learned.label)
    few = min(rows, MOST_OF_THEIRS)
    explainer = shap.TreeExplainer(forest, learned.values.to_numpy()[:BACKGROUND])
    part_s, _ = timed(
        lambda: explainer.shap_values(asked.values.to_numpy()[:few], check_additivity=False)
    )
    theirs_s = part_s * rows / few
    return {
        "name": "explaining",
        "rows": rows,
        "ratio": round(theirs_s / ours_s, 1),
        "against": f"shap.TreeExplainer, random forest of {TREES} trees, {BACKGROUND} rows behind",
        "ours_s": round(ours_s, 2),
        "theirs_s": round(theirs_s, 1),
        "theirs_rows": few,
        "ours_quality": quality(asked.label, sigmoid(margin)),
        "theirs_quality": quality(asked.label, forest.predict_proba(asked.values.to_numpy())[:, 1]),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)))
