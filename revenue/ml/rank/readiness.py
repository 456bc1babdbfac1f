"""May people be shown this order? The answer, and why."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from revenue.ml.rank.judging import Gain
from revenue.ml.rank.learning import RankSettings
from revenue.ml.rank.rivals import PLAIN, TITLES
from revenue.ml.readiness import FEW, NEARLY, WELL_CALIBRATED, Readiness, State


def too_little(horizon_days: int) -> str:
    return (
        f"Too little to learn from: purchases of at least two stretches of {horizon_days} days are"
        " needed, to choose by and to judge by, and one before them to learn from. Until then what"
        " sold lately is offered."
    )


def measure(value: float, low: float, high: float, *, k: int) -> str:
    return f"NDCG@{k} {value:+.4f} (90 % interval {low:+.4f} to {high:+.4f})"


def decided_by(report: Mapping[str, Any], settings: RankSettings) -> str:
    """Which window chose between what is learned and the best plain way, and by how much."""
    choice, counts = report["choice"], report["counts"]["calibrate"]
    beats, kind = choice["beats_best_way"], report["kind"]
    since = np.datetime_as_string(np.datetime64(report["windows"]["calibrate_from"]), unit="D")
    where = f"on {counts['groups']:,} {settings.noun} from {since} on"
    if beats is None:
        return f"{TITLES[kind]} orders: too little was bought to learn a ranking from."
    by = measure(beats["value"], beats["low"], beats["high"], k=settings.k)
    if kind in TITLES:
        return (
            f"{TITLES[kind]} orders: no learned ranking was surely better where it was chosen,"
            f" {where}: {by}."
        )
    return f"It was chosen over {TITLES[choice['best_way']]} {where}: {by}."


def readiness_of(
    report: Mapping[str, Any],
    figures: Mapping[str, Any],
    gains: Mapping[str, Gain],
    settings: RankSettings,
) -> Readiness:
    """The gate is what sold lately: who cannot beat it knows nothing of a customer."""
    kind, plainest = report["kind"], gains["recent"]
    measured = measure(plainest.value, plainest.low, plainest.high, k=settings.k)
    if kind in PLAIN or plainest.chance < NEARLY or plainest.value <= 0:
        why = f"No usable signal: nothing is surely better than what sold lately: {measured}."
        return Readiness(State.NOT_READY, (why,))
    said = f"Against what sold lately, on {figures['groups']} later {settings.noun}: {measured}."
    ready = Readiness(State.READY, (said, decided_by(report, settings)))
    if plainest.low <= 0:
        ready = ready.with_doubt("It may be no better than what sold lately.")
    for name, one in gains.items():
        if name != kind and one.chance < NEARLY:
            ready = ready.with_doubt(f"{TITLES[name]} is as good on later {settings.noun}.")
    if figures.get("ece") is not None and figures["ece"] > max(
        WELL_CALIBRATED, figures["ece_by_chance"] or 0
    ):
        ready = ready.with_doubt(f"Probabilities are off by {figures['ece']:.1%} on average.")
    if figures["groups"] < FEW:
        ready = ready.with_doubt(f"Judged on only {figures['groups']} later {settings.noun}.")
    return ready
