"""How near a model is to whoever knows the hidden chances, of a simulated company alone."""

from typing import Any

import numpy as np
from sklearn.linear_model import RidgeCV

from revenue.ml.arrays import Floats, Ints, floats, logit, sigmoid, weighted_mean
from revenue.ml.encode import Design, Encoder
from revenue.ml.frames import Frame
from revenue.ml.judging import Outcomes, draws, metrics

BOOTSTRAPS = 400
FOLDS = 5
NONE = (None, None)
STRENGTHS = np.logspace(-1, 5, 13)


def beside_truth(
    label: Floats, ours: Floats, truth: Floats, group: Ints, *, seed: int = 0
) -> dict[str, Any]:
    """On what came: both Brier skills, and the share of one in the other, nine times of ten."""
    outcomes = Outcomes(label, ours, np.ones(len(label)), group)
    rate = outcomes.saying(weighted_mean(label, outcomes.weight))
    oracle = outcomes.saying(truth)
    brier = [floats(one.brier) for one in (outcomes, oracle, rate)]
    skills = [float(1 - one.mean() / brier[2].mean()) for one in brier[:2]]
    drawn = draws(len(np.unique(group)), bootstraps=BOOTSTRAPS, seed=seed)
    _, codes = np.unique(group, return_inverse=True)
    sums = [drawn @ np.bincount(codes, weights=one) for one in brier]
    gains = [sums[2] - one for one in sums[:2]]
    some = gains[1] > 0
    low, high = np.quantile(gains[0][some] / gains[1][some], [0.05, 0.95]) if some.any() else NONE
    return {
        "rows": len(label),
        "model": metrics(outcomes),
        "oracle": metrics(oracle),
        "brier_skill": {"model": skills[0], "oracle": skills[1]},
        "share_of_skill": skills[0] / skills[1] if skills[1] > 0 else None,
        "share_of_skill_low": low,
        "share_of_skill_high": high,
    }


def expected_skill(ours: Floats, truth: Floats) -> dict[str, float]:
    """What both are worth over all futures that could have come, and not the one that did."""
    rate = float(truth.mean())
    chance = float((truth * (1 - truth)).mean())
    whole = chance + float(((truth - rate) ** 2).mean())
    model = 1 - (chance + float(((truth - ours) ** 2).mean())) / whole
    oracle = 1 - chance / whole
    return {"model": model, "oracle": oracle, "share_of_skill": model / oracle}


def visible(frame: Frame, truth: Floats) -> Floats:
    """What a line says that was told the hidden chances themselves, of others, from the same facts.

    No one who learns from what came can be expected to see more in these facts along a line.
    """
    encoder = Encoder.fit(frame)
    encoded = encoder.encode(frame)
    design = Design.fit(encoder, encoded, frame.weight).apply(encoded)
    fold = np.unique(frame.group, return_inverse=True)[1] % FOLDS
    said = np.zeros(len(frame))
    for one in range(FOLDS):
        here = fold == one
        line = RidgeCV(STRENGTHS).fit(design[~here], logit(truth)[~here])
        said[here] = line.predict(design[here])
    return sigmoid(floats(said))
