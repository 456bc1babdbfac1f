"""The first thing that is read: how likely, how risky, worth what, and what warns."""

from dataclasses import dataclass

from forecasting.deal_page.reasons import in_points
from forecasting.models import DealOutlook
from revenue.ml.models import ModelRun
from revenue.web.templatetags import web

GRADES = {"A": "positive", "B": "accent", "C": "warning", "D": "negative"}
TRENDS = {"improving": "positive", "steady": "", "declining": "negative", "unknown": ""}
READINESS = {"ready": "positive", "ok": "warning", "not_ready": "negative"}
HALF_A_POINT = 0.005


@dataclass(frozen=True)
class Delta:
    text: str
    kind: str
    direction: str


@dataclass(frozen=True)
class Head:
    outlook: DealOutlook
    chance: str
    interval: str
    risk: str
    grade_kind: str
    trend_kind: str
    chance_delta: Delta
    risk_delta: Delta
    speaks_by_rates: bool


def head_of(outlook: DealOutlook) -> Head:
    return Head(
        outlook=outlook,
        chance=web.percent(outlook.probability),
        interval=f"{web.percent(outlook.low)} to {web.percent(outlook.high)}",
        risk=web.number(outlook.risk),
        grade_kind=GRADES[outlook.grade],
        trend_kind=TRENDS[outlook.trend],
        chance_delta=chance_delta(outlook),
        risk_delta=risk_delta(outlook),
        speaks_by_rates=outlook.source != "model",
    )


NONE = Delta("", "", "")


def chance_delta(outlook: DealOutlook) -> Delta:
    if outlook.probability_before is None:
        return NONE
    moved = outlook.probability - outlook.probability_before
    if abs(moved) < HALF_A_POINT:
        return NONE
    up = moved > 0
    said = f"{in_points(abs(moved)).removeprefix('+')} in a week"
    return Delta(said, "good" if up else "bad", "up" if up else "down")


def risk_delta(outlook: DealOutlook) -> Delta:
    if outlook.risk_before is None:
        return NONE
    moved = round(outlook.risk) - round(outlook.risk_before)
    if not moved:
        return NONE
    up = moved > 0
    return Delta(f"{abs(moved)} in a week", "bad" if up else "good", "up" if up else "down")


def when_scored(*, has_model: bool) -> tuple[str, str]:
    """What is told of an open deal without a score: when there will be one."""
    if has_model:
        return (
            "This deal has not been scored yet.",
            "Open deals are scored after each sync and every six hours: look again then.",
        )
    return (
        "No deal of this company has been scored yet.",
        "Scores begin when the first model has been trained on deals that have closed.",
    )


def readiness_kind(run: ModelRun) -> str:
    return READINESS[run.readiness]
