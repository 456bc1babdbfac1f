"""Why a lead is likely: the strongest parts of its chance, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forecasting.leads.groups import HOURS, MISSING, told_of
from revenue.ml.frames import Feature, Kind
from revenue.web.templatetags import web

TOP = 6
LEAST_POINTS = 0.05
NOT_KNOWN = "not known"
SHARES = ("completeness",)
BESIDE = ("source_rate", "seller_rate")


def value_said(feature: Feature, value: Any) -> str:
    if value is None:
        return NOT_KNOWN
    match feature.kind:
        case Kind.CATEGORY:
            return str(value)
        case Kind.FLAG:
            return "yes" if value else "no"
    return number_said(feature.name, float(value))


def number_said(name: str, value: float) -> str:
    if name in HOURS:
        return hours_said(float(np.expm1(value)))
    if name in SHARES:
        return str(web.percent(value))
    if name in BESIDE:
        return f"{value * 100:+.0f} points".replace("-", "−")
    places = 0 if value == round(value) or "days" in name.split("_") else 1
    return str(web.number(value, places))


def hours_said(hours: float) -> str:
    """As people round it: the share that follows is of all that are within the same hours."""
    for limit, said in (
        (1, "within an hour"),
        (4, "within 4 hours"),
        (24, "within a day"),
        (72, "within 3 days"),
    ):
        if hours < limit:
            return said
    return f"more than {int(hours // 24)} days"


def reason_of(feature: Feature, value: Any, points: float, group: Mapping[str, Any]) -> Any:
    name, shares = told_of(group, value)
    said = value_said(feature, value)
    if shares is not None:
        such = (
            "leads of which it is not known" if name == MISSING or value is None else "such leads"
        )
        rate, others = f"{shares[0]:.0%}", f"{shares[1]:.0%}"
        beside = "as of the others" if rate == others else f"against {others}"
        said += f": {rate} of {such} converted, {beside}"
    return {"name": feature.name, "title": feature.title, "words": said, "points": points}


def reasons_of(
    steps: Sequence[tuple[Feature, Any, float]], groups: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """`steps` are a feature, what it held and its points of the chance, the strongest first."""
    return [
        reason_of(feature, value, round(points, 1), groups.get(feature.name, {}))
        for feature, value, points in steps[:TOP]
        if abs(points) >= LEAST_POINTS
    ]
