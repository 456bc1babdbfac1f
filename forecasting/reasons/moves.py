"""What would move a deal: the chance that the model would give it, one move within reach at a time.

It tells what goes together with winning, not what causes it: a customer who likes the offer also
comes to meetings.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from forecasting.reasons.reach import Changes, Deals, Move, changed, moves_for
from forecasting.reasons.told import Told
from forecasting.reasons.words import reason_in_words
from revenue.ml.arrays import Floats, Ints
from revenue.ml.frames import Frame
from revenue.ml.trained import Model

NOTE = (
    "Scores that the model would give, were this so. It shows what goes together with winning"
    " in past deals, not what causes it."
)
MOST = 5
LEAST_GAIN = 0.005


def moves_of(
    frame: Frame,
    model: Model,
    probability: Floats,
    *,
    values: list[dict[str, Any]],
    stages: Mapping[str, Mapping[str, float]],
    first_month: int = 1,
) -> list[list[dict[str, Any]]]:
    """Of each row the moves that would help, the best first; `frame` is in the model's order."""
    tried = attempts(Deals(frame, stages, first_month), moves_for(frame))
    found: list[list[dict[str, Any]]] = [[] for _ in range(len(frame))]
    if not tried:
        return found
    scores = rescored(frame, model, tried)
    for (move, places, changes), scored in zip(tried, scores, strict=True):
        gains = scored - probability[places]
        for at in np.flatnonzero(gains >= LEAST_GAIN):
            row = int(places[at])
            found[row].append(
                {
                    "name": move.name,
                    "title": move.title,
                    "change": now_in_words(frame, move, values[row]),
                    "probability": float(scored[at]),
                    "points": float(gains[at]),
                    "changes": {name: plain(column[row]) for name, column in changes.items()},
                }
            )
    return [sorted(one, key=lambda move: -move["points"])[:MOST] for one in found]


Attempt = tuple[Move, Ints, Changes]


def attempts(deals: Deals, moves: tuple[Move, ...]) -> list[Attempt]:
    found = []
    for move in moves:
        change = move.change(deals)
        if change is None:
            continue
        which, changes = change
        if which.any() and changes:
            found.append((move, np.flatnonzero(which), changes))
    return found


def rescored(frame: Frame, model: Model, tried: list[Attempt]) -> list[Floats]:
    """All moves of all deals through the model at once."""
    rows = np.concatenate([places for _, places, _ in tried])
    values = pd.concat(
        [changed(frame, places, changes) for _, places, changes in tried], ignore_index=True
    )
    probability = model.probability(replace(frame.take(rows), values=values))
    ends = np.cumsum([len(places) for _, places, _ in tried])[:-1]
    return list(np.split(probability, ends))


def now_in_words(frame: Frame, move: Move, values: Mapping[str, Any]) -> str:
    """How it is now; nothing where the model does not look at it."""
    about = next((one for one in frame.features if one.name == move.about), None)
    return reason_in_words(Told(values, about, raises=False)) if about else ""


def plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return None if np.isnan(number) else round(number, 4)
