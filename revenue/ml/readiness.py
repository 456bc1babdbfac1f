"""May people be shown this? The answer, and why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from revenue.ml.judging import Skill
from revenue.ml.settings import Settings

WELL_CALIBRATED = 0.05
BADLY_CALIBRATED = 0.12
FEW = 60  # groups in the test window, below which a good figure may be luck
NEARLY = 0.9  # the chance of being better, from which it may be used with care


class State(StrEnum):
    READY = "ready"
    OK = "ok"
    NOT_READY = "not_ready"

    @property
    def words(self) -> str:
        return {"ready": "Ready", "ok": "OK", "not_ready": "Not ready"}[self.value]


@dataclass(frozen=True)
class Readiness:
    state: State
    reasons: tuple[str, ...]

    def with_doubt(self, doubt: str) -> "Readiness":
        state = State.OK if self.state is State.READY else self.state
        return Readiness(state, (*self.reasons, doubt))

    def as_json(self) -> dict[str, Any]:
        return {"state": self.state.value, "reasons": list(self.reasons)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Readiness":
        return cls(State(data["state"]), tuple(data["reasons"]))


def too_little(*, won: float, lost: float, settings: Settings) -> str:
    """Empty where there is enough."""
    if won >= settings.least_won and lost >= settings.least_lost:
        return ""
    return (
        f"Too little to learn from: {won:.0f} {settings.positive} and {lost:.0f}"
        f" {settings.negative} in the training window; at least {settings.least_won} and"
        f" {settings.least_lost} are needed."
        f" Until then the rate of each {settings.level} stands in."
    )


def not_learned(*reasons: str) -> Readiness:
    return Readiness(State.NOT_READY, reasons)


def readiness_of(
    *, metrics: dict[str, Any], skills: dict[str, Skill], settings: Settings, excluded: int = 0
) -> Readiness:
    """The gate is Brier and log loss against the best plain rate; AUC alone lets noise pass."""
    refused = refusals(metrics, skills, settings)
    if refused:
        return Readiness(State.NOT_READY, tuple(refused))
    good = "; ".join(f"{NAMES[name]} {value.value:.1%} better" for name, value in skills.items())
    doubts = doubts_of(metrics, skills, excluded, settings.noun)
    said = f"Against the plain rate on {metrics['groups']} later {settings.noun}: {good}."
    return Readiness(State.OK if doubts else State.READY, (said, *doubts))


NAMES = {"brier": "Brier score", "log_loss": "log loss"}


def refusals(metrics: dict[str, Any], skills: dict[str, Skill], settings: Settings) -> list[str]:
    found = []
    weak = [name for name, one in skills.items() if one.value <= 0 or one.chance < NEARLY]
    if weak:
        measured = ", ".join(
            f"{NAMES[name]} {skills[name].value:+.1%}"
            f" (90 % interval {skills[name].low:+.1%} to {skills[name].high:+.1%})"
            for name in weak
        )
        found.append(
            f"No usable signal: not surely better than the plain rate on later {settings.noun}:"
            f" {measured}."
        )
    if (metrics["auc"] or 0) > settings.suspect_model_auc:
        found.append(
            f"Too good to be true (AUC {metrics['auc']:.3f}): a feature probably tells the outcome."
            " Look for a field that is filled in only at the end."
        )
    if surely_off(metrics) > BADLY_CALIBRATED:
        found.append(f"What is scored does not come true: off by {metrics['ece']:.1%} on average.")
    return found


def surely_off(metrics: dict[str, Any]) -> float:
    """The error of calibration, where chance alone does not explain it."""
    return float(metrics["ece"]) if metrics["ece"] > metrics["ece_by_chance"] else 0.0


def doubts_of(
    metrics: dict[str, Any], skills: dict[str, Skill], excluded: int, noun: str
) -> list[str]:
    found, off = [], surely_off(metrics)
    for name, one in skills.items():
        if one.low <= 0:
            found.append(
                f"The {NAMES[name]} may be no better than the plain rate:"
                f" its 90 % interval begins at {one.low:+.1%}."
            )
    if off > WELL_CALIBRATED:
        found.append(f"Probabilities are off by {metrics['ece']:.1%} on average.")
    if metrics["groups"] < FEW:
        found.append(f"Judged on only {metrics['groups']} later {noun}.")
    if excluded:
        found.append(f"{excluded} of the features were left out as likely leaks.")
    return found
