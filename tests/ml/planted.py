"""A file of leads in which twenty fields tell the outcome with hindsight and twenty do not."""

from typing import Any

import numpy as np
import pandas as pd

from revenue.ml.arrays import Floats
from revenue.ml.frames import Feature, Frame, Kind, make_frame

START = np.datetime64("2024-01-01T00:00:00", "s")
RATE = 0.3
ENDS = ("Signed", "Meeting held", "Demo booked", "Wrong number", "Not eligible", "Junk")
SIDES = {1: [0.5, 0.3, 0.15, 0.02, 0.02, 0.01], 0: [0.01, 0.02, 0.07, 0.4, 0.3, 0.2]}


def planted(*, leads: int = 3_000, seed: int = 0, rate: float = RATE) -> tuple[Frame, set[str]]:
    """The frame, and the names of its leaky fields."""
    rng = np.random.default_rng(seed)
    label = (rng.random(leads) < rate).astype(float)
    leaky, honest = leaks_of(label, rng), honest_of(label, rng)
    order = [*leaky, *honest]
    rng.shuffle(order)
    values = pd.DataFrame({name: {**leaky, **honest}[name] for name in order})
    at = START + np.arange(leads) * np.timedelta64(3_600, "s")
    features = [Feature(name, kind_of(values[name])) for name in order]
    return make_frame(values, features=features, as_of=at, label=label, label_known_at=at), {*leaky}


def kind_of(column: "pd.Series[Any]") -> Kind:
    return Kind.NUMBER if pd.api.types.is_numeric_dtype(column) else Kind.CATEGORY


def leaks_of(label: Floats, rng: np.random.Generator) -> dict[str, Any]:
    size, won = len(label), label == 1
    noise = rng.normal(size=size)

    def copied(wrong: float) -> Floats:
        return np.where(rng.random(size) < wrong, 1 - label, label)

    def only(some: Any, values: Any) -> Any:
        column = np.empty(size, dtype=object)
        column[some] = np.broadcast_to(np.asarray(values, dtype=object), size)[some]
        return column

    scored = rng.random(size) < 0.5
    judged = np.where(won, 60, 45) + 14 * noise
    filled = rng.random(size)
    return {
        "copy": label,
        "copy_5_wrong": copied(0.05),
        "copy_10_wrong": copied(0.10),
        "copy_15_wrong": np.where(copied(0.15) == 1, "yes", "no"),
        "copy_in_words": np.where(won, "Kunde", "kein Kunde"),
        "index_of_outcome": 50 + 20 * (label - 0.5) + 6 * noise,
        "likelihood": np.clip(0.2 + 0.5 * label + 0.15 * noise, 0, 1),
        "grade": np.array(list("ABCDE"))[
            np.clip(np.round(2 - 3 * (label - 0.5) + 0.8 * noise), 0, 4).astype(int)
        ],
        "contract_days": np.where(won & (filled < 0.9), rng.integers(1, 90, size), np.nan),
        "date_of_end": np.where(filled < np.where(won, 0.97, 0.08), 19_800 + noise, np.nan),
        "loss_note": only(~won & (filled < 0.45), "gone elsewhere"),
        "lost_to": only(~won & (filled < 0.15), rng.choice(["Acme", "Other"], size)),
        "rare_mark": only(won & (rng.random(size) < 0.12), "set"),
        "steps": [rng.choice(ENDS, p=SIDES[int(one)]) for one in label],
        "remarks": only(
            rng.random(size) < 0.5, [rng.choice(ENDS, p=SIDES[int(one)]) for one in label]
        ),
        "pure_few": np.where(
            won & (filled < 0.3),
            "onboarded",
            np.where(~won & (filled < 0.12), "bounced", rng.choice(["x", "y", "z"], size)),
        ),
        "calls_after": rng.poisson(np.where(won, 6.0, 1.0)).astype(float),
        "Lead Score": np.where(scored, judged, np.nan),
        "Lead Segment": only(scored, np.where(judged > 50, "high", "low")),
        "LastTouch": [
            rng.choice(["mail", "call", "visit"], p=[0.2, 0.3, 0.5] if one else [0.6, 0.3, 0.1])
            for one in label
        ],
    }


def honest_of(label: Floats, rng: np.random.Generator) -> dict[str, Any]:
    size = len(label)

    def moved(by: float) -> Floats:
        """A number that alone has an AUC of about Φ(by / √2)."""
        return np.asarray(by * label + rng.normal(size=size))

    def named(weights: list[float]) -> Any:
        """Levels whose odds are as given."""
        chance = np.ones((size, len(weights))) * np.where(
            label[:, None] == 1, np.array(weights), 1.0
        )
        drawn = (chance / chance.sum(axis=1, keepdims=True)).cumsum(axis=1)
        place = (rng.random(size)[:, None] > drawn).sum(axis=1)
        return np.array([f"level {one}" for one in range(len(weights))])[place]

    def missing(column: Any, of_won: float, of_lost: float) -> Any:
        gone = rng.random(size) < np.where(label == 1, of_won, of_lost)
        if np.asarray(column).dtype.kind == "f":
            return np.where(gone, np.nan, column)
        said = np.array(column, dtype=object)
        said[gone] = None
        return said

    return {
        "minutes_on_site": np.exp(5 + moved(0.95)),
        "budget": np.exp(9 + moved(0.9)),
        "visits": rng.poisson(2 + 1.5 * label).astype(float),
        "employees": np.exp(4 + 1.5 * moved(0.3)),
        "age_of_firm": np.abs(moved(0.1)) * 20,
        "noise": rng.normal(size=size),
        "small_number": rng.integers(0, 5, size).astype(float),
        "Credit score": 500 + 60 * moved(0.2),
        "Quality of the list": named([1.0, 1.2, 0.9]),
        "industry": named([1.0, 2.0, 0.6, 1.3, 0.8]),
        "role": named([3.0, 1.0, 0.5]),
        "country": rng.choice([f"c{one}" for one in range(40)], size),
        "campaign": named([1.0, 4.0, 0.4, 1.0, 1.0, 2.0]),
        "source": named([6.0, 1.0, 1.0, 0.5]),
        "wants_mail": np.where(rng.random(size) < 0.3 + 0.15 * label, 1.0, 0.0),
        "phone": missing(np.full(size, "there", dtype=object), 0.2, 0.35),
        "occupation": missing(named([3.0, 1.0, 0.7]), 0.2, 0.4),
        "specialty": missing(named([1.0, 1.4, 0.9]), 0.3, 0.45),
        "revenue": missing(np.exp(10 + moved(0.5)), 0.35, 0.45),
        "last_name_length": rng.integers(2, 14, size).astype(float),
    }
