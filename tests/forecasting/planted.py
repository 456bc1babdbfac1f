"""Companies in which it is known why the win rate moved."""

from dataclasses import dataclass

import numpy as np

from forecasting.diagnosis.closed import Closed
from revenue.ml.arrays import sigmoid

STEPS = ("Discovery", "Qualification", "Proposal", "Negotiation")
CAUSES = ("segment", "mix", "sellers", "stage", "none")
LEVELS = {
    "region": {"EMEA": (0.4, 0.0), "AMER": (0.4, 0.1), "APAC": (0.2, -0.1)},
    "industry": {
        "Health": (0.2, 0.1),
        "Finance": (0.25, 0.0),
        "Retail": (0.2, -0.1),
        "Tech": (0.2, 0.2),
        "Energy": (0.15, 0.0),
    },
    "size": {"Small": (0.33, 0.4), "Medium": (0.34, 0.0), "Large": (0.33, -0.45)},
    "source": {
        "Web": (0.35, 0.0),
        "Partner": (0.2, 0.6),
        "Outbound": (0.3, -0.5),
        "Event": (0.15, 0.0),
    },
    "kind": {"New": (0.75, -0.2), "Renewal": (0.25, 1.0)},
}
# What the mix becomes: deals of a kind that is won less.
WORSE = {
    "source": (0.2, 0.05, 0.6, 0.15),
    "kind": (0.97, 0.03),
    "size": (0.1, 0.2, 0.7),
}
SELLERS, TEAMS = 40, 8
FALL = 1.0  # of the log-odds of each step
STAGE_FALL = 0.8


@dataclass(frozen=True)
class Planted:
    closed: Closed
    cause: str
    levels: frozenset[tuple[str, str]]  # of a rate
    dimension: str = ""  # of a mix
    step: str = ""


def a_company(seed: int, *, cause: str, deals: int = 3_600) -> Planted:
    rng = np.random.default_rng([seed, CAUSES.index(cause)])
    now = np.arange(deals) >= deals * 2 // 3
    values = {
        name: rng.choice(list(levels), deals, p=[share for share, _ in levels.values()])
        for name, levels in LEVELS.items()
    }
    dimension = ""
    if cause == "mix":
        dimension = str(rng.choice(list(WORSE)))
        worse = rng.choice(list(LEVELS[dimension]), deals, p=WORSE[dimension])
        values[dimension] = np.where(now, worse, values[dimension])
    seller = rng.integers(0, SELLERS, deals)
    values |= {"seller": seller.astype(str), "team": (seller % TEAMS).astype(str)}
    liked = rng.normal(0, 0.35, SELLERS)[seller]
    for name, levels in LEVELS.items():
        liked = liked + np.array([levels[str(one)][1] for one in values[name]])
    margin = np.array([1.2, 0.9, 0.6, 0.9])[None, :] + 0.45 * liked[:, None]
    of_rate, step = worsened(margin, values, now, cause, rng)
    came = rng.random(margin.shape) < sigmoid(margin)
    won = np.asarray(came.all(axis=1), dtype=np.bool_)
    closed = Closed.of(
        now=now,
        won=won,
        value=rng.lognormal(10, 1, deals),
        values=values,
        reached=np.where(won, len(STEPS), (~came).argmax(axis=1)),
        steps=STEPS,
    )
    return Planted(closed, cause, of_rate, dimension, step)


def worsened(
    margin: np.ndarray,
    values: dict[str, np.ndarray],
    now: np.ndarray,
    cause: str,
    rng: np.random.Generator,
) -> tuple[frozenset[tuple[str, str]], str]:
    if cause == "stage":
        step = int(rng.integers(0, len(STEPS)))
        margin[now, step] -= STAGE_FALL
        return frozenset(), STEPS[step]
    levels: dict[str, str] = {}
    if cause == "segment":
        levels = {"industry": str(rng.choice(list(LEVELS["industry"])))}
        if rng.random() < 0.5:
            levels["region"] = str(rng.choice(["EMEA", "AMER"]))
    elif cause == "sellers":
        levels = {"team": str(rng.integers(0, TEAMS))}
    if levels:
        chosen = np.logical_and.reduce([values[name] == level for name, level in levels.items()])
        margin[chosen & now] -= FALL
    return frozenset(levels.items()), ""
