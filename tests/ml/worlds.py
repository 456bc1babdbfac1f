"""Worlds whose truth is known: the kit is judged by what it finds in them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from revenue.ml.arrays import Floats, sigmoid
from revenue.ml.frames import Feature, Frame, Kind, make_frame

START = np.datetime64("2023-01-02T00:00:00", "s")
FEATURES = (
    Feature("meetings", Kind.NUMBER, "Meetings", monotone=1),
    Feature("silence", Kind.NUMBER, "Days without activity"),
    Feature("amount", Kind.NUMBER, "Amount"),
    Feature("source", Kind.CATEGORY, "Source"),
    Feature("has_next_step", Kind.FLAG, "Next step"),
    Feature("noise", Kind.NUMBER, "Noise"),
)
SOURCES = ("Web", "Partner", "Referral", "Event")
STAGES = ("Open", "Proposal", "Contract")


def world(*, deals: int = 600, moments: int = 3, signal: str = "linear", seed: int = 0) -> Frame:
    """Deals opened over two years, each seen at some moments of its open life.

    `signal`: "linear", "curved" (an interaction that no line can follow) or "none".
    """
    rng = np.random.default_rng(seed)
    rows = deals * moments
    group = np.repeat(np.arange(deals), moments)
    opened = np.sort(rng.integers(0, 700, deals))[group]
    life = rng.integers(30, 90, deals)[group]
    passed = (np.tile(np.arange(moments), deals) * life) // moments
    values = pd.DataFrame(
        {
            "meetings": rng.poisson(2.0, deals)[group].astype(float),
            "silence": rng.exponential(10, rows),
            "amount": rng.lognormal(9, 1.2, deals)[group],
            "source": np.array(SOURCES)[rng.integers(0, 4, deals)[group]],
            "has_next_step": rng.integers(0, 2, deals)[group].astype(float),
            "noise": rng.normal(size=rows),
        }
    )
    truth = truth_of(values.iloc[::moments], signal)
    won = (rng.random(deals) < sigmoid(truth)).astype(float)[group]
    values.loc[rng.random(rows) < 0.1, "silence"] = np.nan
    stage = np.array(STAGES)[np.minimum(np.tile(np.arange(moments), deals), 2)]
    days = np.timedelta64(1, "D")
    bent = signal == "curved"
    return make_frame(
        values,
        features=[replace(one, monotone=0) if bent else one for one in FEATURES],
        as_of=START + (opened + passed) * days,
        label=won,
        label_known_at=START + (opened + life) * days,
        ids=np.arange(rows),
        group=group,
        segments=pd.DataFrame(
            {"stage": stage, "region": np.array(["EMEA", "Americas"])[group % 2]}
        ),
    ).balanced()


def truth_of(values: pd.DataFrame, signal: str) -> Floats:
    meetings, step = values["meetings"].to_numpy(), values["has_next_step"].to_numpy()
    referral = (values["source"] == "Referral").to_numpy()
    if signal == "linear":
        return np.asarray(1.1 * (meetings - 2) + 1.2 * (step - 0.5) + 1.0 * referral - 0.2)
    if signal == "curved":
        high = meetings > 1
        return np.asarray(np.where(high == (step > 0), 2.2, -2.2), dtype=np.float64)
    return np.zeros(len(values))


def closing(deals: int = 400, seed: int = 0, *, weeks: int = 36, seen: int = 40) -> Frame:
    """Warm deals are won in a week with a chance of 9 %, cold ones with 2 %; all lost with 4 %."""
    rng = np.random.default_rng(seed)
    warm = rng.integers(0, 2, deals)
    won_in = rng.geometric(np.where(warm == 1, 0.09, 0.02))
    lost_in = rng.geometric(0.04, deals)
    week = np.timedelta64(7, "D")
    opened = START + rng.integers(0, weeks, deals) * week
    closed = opened + np.minimum(won_in, lost_in) * week
    known = closed < START + seen * week
    values = pd.DataFrame(
        {
            "warm": warm.astype(float),
            "age": 0.0,
            "due": rng.integers(0, 90, deals).astype(float),
            "month": (pd.DatetimeIndex(opened).month % 3).astype(str),
            "noise": rng.normal(size=deals),
        }
    )
    return make_frame(
        values,
        features=[
            Feature("warm"),
            Feature("age"),
            Feature("due"),
            Feature("month", Kind.CATEGORY),
            Feature("noise"),
        ],
        as_of=opened,
        label=np.where(known, (won_in <= lost_in).astype(float), np.nan),
        label_known_at=np.where(known, closed, np.datetime64("NaT")),
        segments=pd.DataFrame({"stage": np.array(STAGES)[rng.integers(0, 3, deals)]}),
    )
