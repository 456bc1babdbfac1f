"""How good an order of answers is, question by question, and how sure that is."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

SEED = 11
DRAWS = 2_000
PLACES = 10


def ndcg(found: Sequence[str], grades: Mapping[str, int], *, places: int = PLACES) -> float:
    """1 where the best answers stand first, as TREC reckons it; 0 where none is found."""
    gained = gain([grades.get(key, 0) for key in found[:places]])
    best = gain(sorted(grades.values(), reverse=True)[:places])
    return gained / best if best else 0.0


def gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(place + 2) for place, grade in enumerate(grades) if grade > 0)


def recall(found: Sequence[str], grades: Mapping[str, int], *, places: int = PLACES) -> float:
    wanted = {key for key, grade in grades.items() if grade > 0}
    return len(wanted.intersection(found[:places])) / len(wanted) if wanted else 0.0


def reciprocal(found: Sequence[str], grades: Mapping[str, int], *, places: int = PLACES) -> float:
    for place, key in enumerate(found[:places], start=1):
        if grades.get(key, 0) > 0:
            return 1 / place
    return 0.0


MEASURES = {"ndcg@10": ndcg, "recall@10": recall, "mrr@10": reciprocal}


def between(values: Sequence[float]) -> list[float]:
    """95 % of the means of as many questions, drawn again and again."""
    held = np.asarray(values, dtype=float)
    drawn = np.random.default_rng(SEED).choice(held, size=(DRAWS, len(held)))
    low, high = np.quantile(drawn.mean(axis=1), [0.025, 0.975])
    return [round(float(low), 4), round(float(high), 4)]
