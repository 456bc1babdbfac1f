"""From the rate of all to the chance of one deal, step by step, in points of probability."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.reasons.base_rates import Rates, base_rate
from forecasting.reasons.counting import counted, share
from forecasting.reasons.told import Told
from forecasting.reasons.topics import Topic, drawn_together, leads
from forecasting.reasons.words import reason_in_words
from revenue.ml.arrays import Floats, Ints
from revenue.ml.baselines import Rates as StageRates
from revenue.ml.calibration import Calibrator
from revenue.ml.frames import Feature
from revenue.ml.members import Contributions

TOP = 5
EVERYTHING_ELSE = "Everything else"


@dataclass(frozen=True, eq=False)
class Walk:
    """Of each deal: which topics come first, and where the chance stands after each of them."""

    base: Floats  # margins
    order: Ints  # by deal, its largest topics
    parts: Floats  # by deal, their contributions
    rest: Floats
    lead: Ints  # by deal and topic, the feature that speaks for it
    along: Floats  # by deal: the base, after each step, and the total


@dataclass(frozen=True)
class Speaker:
    """Whom the words are about, and what they are compared with."""

    features: tuple[Feature, ...]
    topics: tuple[Topic, ...]
    rates: Rates
    currency: str


def walk(
    contributions: Contributions,
    probability: Floats,
    topics: Sequence[Topic],
    calibrator: Calibrator,
    *,
    top: int = TOP,
) -> Walk:
    """The last stop is what is shown, to the last digit: what a sum loses is the rest's."""
    drawn = drawn_together(contributions.by_feature, topics)
    order = np.argsort(-np.abs(drawn), axis=1, kind="stable")[:, :top]
    parts = np.take_along_axis(drawn, order, axis=1)
    base = contributions.base
    stops = np.column_stack([base, base[:, None] + parts.cumsum(axis=1)])
    along = calibrator(stops.ravel()).reshape(stops.shape)
    return Walk(
        base=base,
        order=order.astype(np.int64),
        parts=parts,
        rest=drawn.sum(axis=1) - parts.sum(axis=1),
        lead=leads(contributions.by_feature, topics),
        along=np.column_stack([along, probability]),
    )


def steps_of(
    found: Walk, row: int, values: dict[str, Any], speaker: Speaker, *, seller: str
) -> dict[str, Any]:
    along = found.along[row]
    steps = [
        step(found, row, at, values, speaker, seller=seller)
        for at in range(found.order.shape[1])
        if found.parts[row, at] != 0
    ]
    return {
        "source": "model",
        "base": float(along[0]),
        "base_margin": float(found.base[row]),
        "steps": steps,
        "rest": rest(float(found.rest[row]), float(along[-1] - along[-2])),
        "total": float(along[-1]),
        "margin": float(found.base[row] + found.parts[row].sum() + found.rest[row]),
    }


def step(
    found: Walk, row: int, at: int, values: dict[str, Any], speaker: Speaker, *, seller: str
) -> dict[str, Any]:
    place = int(found.order[row, at])
    topic, feature = speaker.topics[place], speaker.features[int(found.lead[row, place])]
    contribution = float(found.parts[row, at])
    told = Told(
        values,
        feature,
        raises=contribution > 0,
        seller=seller,
        currency=speaker.currency,
        won_of_all=speaker.rates.get("whole"),
        usual=usual_days(speaker.rates),
    )
    value = values.get(feature.name)
    return {
        "name": feature.name,
        "topic": topic.name,
        "title": topic.title,
        "features": [speaker.features[one].name for one in topic.places],
        "words": reason_in_words(told),
        "value": value,
        "contribution": contribution,
        "points": float(found.along[row, at + 1] - found.along[row, at]),
        "base_rate": beside_the_rest(base_rate(speaker.rates, feature, value), contribution),
    }


def beside_the_rest(rate: dict[str, Any] | None, contribution: float) -> dict[str, Any] | None:
    """What such deals came to by themselves may point the other way: then both are said."""
    if rate is None or (rate["won"] - rate["against"]) * contribution > 0:
        return rate
    side = "for" if contribution > 0 else "against"
    said = f"Taken alone, {rate['words']}; with the rest of this deal it speaks {side} it"
    return {**rate, "words": said}


def rest(contribution: float, points: float) -> dict[str, Any]:
    return {"title": EVERYTHING_ELSE, "contribution": contribution, "points": points}


def usual_days(rates: Rates) -> dict[str, float]:
    return {
        name: float(np.expm1(one["usual"]))
        for name, one in rates.get("stages", {}).items()
        if "usual" in one
    }


def steps_of_rate(stage: str, probability: float, rates: StageRates) -> dict[str, Any]:
    """Where a rate speaks it has no reasons: said is what the rate is of."""
    deals = rates.counts.get(stage, 0.0)
    whole = f"{share(rates.whole)} of {counted(rates.deals, 'closed deal')}"
    if stage in rates.rates:
        words = (
            f"The share won of deals that were in {stage}, drawn toward the {whole}"
            f" ({counted(deals, 'deal')} were there)"
        )
    else:
        words = f"The share won of all: {whole}"
    return {
        "source": "rates",
        "base": rates.whole,
        "steps": [],
        "rest": rest(0.0, probability - rates.whole),
        "total": probability,
        "rate": {
            "of": stage if stage in rates.rates else "",
            "won": probability,
            "against": rates.whole,
            "deals": round(deals if stage in rates.rates else rates.deals),
            "words": words,
        },
    }
