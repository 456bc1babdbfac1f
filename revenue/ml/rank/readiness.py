"""May people be shown this order? The answer, and why."""

from collections.abc import Mapping
from typing import Any

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


def readiness_of(
    kind: str, figures: Mapping[str, Any], gains: Mapping[str, Gain], settings: RankSettings
) -> Readiness:
    """The gate is what sold lately: who cannot beat it knows nothing of a customer."""
    plainest = gains["recent"]
    measured = (
        f"NDCG@{settings.k} {plainest.value:+.4f}"
        f" (90 % interval {plainest.low:+.4f} to {plainest.high:+.4f})"
    )
    if kind in PLAIN or plainest.chance < NEARLY or plainest.value <= 0:
        why = f"No usable signal: nothing is surely better than what sold lately: {measured}."
        return Readiness(State.NOT_READY, (why,))
    said = f"Against what sold lately, on {figures['groups']} later {settings.noun}: {measured}."
    ready = Readiness(State.READY, (said,))
    if plainest.low <= 0:
        ready = ready.with_doubt("It may be no better than what sold lately.")
    if kind in TITLES:
        speaks = f"{TITLES[kind]} orders: no learned ranking was surely better where it was chosen."
        ready = Readiness(ready.state, (*ready.reasons, speaks))
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
