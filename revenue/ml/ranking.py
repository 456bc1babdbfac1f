"""How good an order is, list by list."""

import numpy as np

from revenue.ml.arrays import Floats, Ints, floats


def metrics(relevance: Floats, score: Floats, lists: Ints, *, k: int = 10) -> dict[str, float]:
    """Means over the lists that hold anything to find."""
    rows = [
        of_one(relevance[lists == one], score[lists == one], k=k)
        for one in np.unique(lists)
        if relevance[lists == one].max() > 0
    ]
    if not rows:
        return {"ndcg": float("nan"), "recall": float("nan"), "mrr": float("nan"), "lists": 0}
    ndcg, recall, mrr = floats(rows).mean(axis=0)
    return {"ndcg": float(ndcg), "recall": float(recall), "mrr": float(mrr), "lists": len(rows)}


def of_one(relevance: Floats, score: Floats, *, k: int) -> tuple[float, float, float]:
    order = np.argsort(-score, kind="stable")
    found = relevance[order]
    best = np.sort(relevance)[::-1]
    hits = np.flatnonzero(found > 0)
    recall = (found[:k] > 0).sum() / (relevance > 0).sum()
    return gain(found[:k]) / gain(best[:k]), float(recall), 1 / (hits[0] + 1)


def gain(relevance: Floats) -> float:
    return float(((2**relevance - 1) / np.log2(np.arange(2, len(relevance) + 2))).sum())
