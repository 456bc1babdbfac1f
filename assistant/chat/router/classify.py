"""Which agent a question is for: ridge regression on words and parts of words, in closed form.

It learns from `examples.json` when it is first asked, in under a second; nothing is downloaded or
unpickled. Names, periods and other slots stand as marks in what it learns from and is asked.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from assistant.chat.router.examples import examples, prepared
from revenue.ml.arrays import Floats

RIDGE, SHARPNESS, PARTS = 2.0, 12.0, 1.5
ROUNDS, TINY = 200, 1e-9


def features(text: str) -> tuple[Counter[str], Counter[str]]:
    """Runs of up to three words, and parts of three to five letters within each word."""
    words = text.split()
    runs = Counter(
        " ".join(words[at : at + length])
        for length in (1, 2, 3)
        for at in range(len(words) - length + 1)
    )
    parts: Counter[str] = Counter()
    for word in words:
        edged = f" {word} "
        for length in (3, 4, 5):
            parts.update(edged[at : at + length] for at in range(len(edged) - length + 1))
    return runs, parts


@dataclass
class Weighing:
    """Which feature is which column, and how telling it is: seldom ones tell more."""

    columns: dict[str, int]
    idf: Floats

    @classmethod
    def of(cls, counted: Sequence[Counter[str]], *, least: int) -> "Weighing":
        held: Counter[str] = Counter()
        for each in counted:
            held.update(each.keys())
        names = sorted(name for name, number in held.items() if number >= least)
        idf = np.log((1 + len(counted)) / (1 + np.array([held[name] for name in names]))) + 1
        return cls({name: at for at, name in enumerate(names)}, idf)

    def row(self, counted: Counter[str]) -> tuple[list[int], Floats]:
        known = [
            (self.columns[name], number) for name, number in counted.items() if name in self.columns
        ]
        places = [place for place, _ in known]
        values = (1 + np.log(np.array([number for _, number in known], dtype=float))) * self.idf[
            places
        ]
        length = float(np.sqrt((values**2).sum()))
        return places, values / length if length else values


class Classifier:
    """Scores of a one-against-all ridge, made chances by a softmax."""

    def __init__(self) -> None:
        texts, agents = [], []
        for agent, phrases in examples().items():
            for phrase in phrases:
                plain = prepared(phrase)
                bare = " ".join(word for word in plain.split() if not word.startswith("zz"))
                for text in sorted({plain, bare} - {""}):
                    texts.append(text)
                    agents.append(agent)
        self.agents = sorted(set(agents))
        counted = [features(text) for text in texts]
        self.runs = Weighing.of([runs for runs, _ in counted], least=1)
        self.parts = Weighing.of([parts for _, parts in counted], least=2)
        rows = [self.row(text) for text in texts]
        place = np.concatenate([places for places, _ in rows])
        value = np.concatenate([values for _, values in rows])
        begins = np.cumsum([0, *(len(places) for places, _ in rows)])
        width = len(self.runs.columns) + len(self.parts.columns)
        matrix = csr_matrix((value, place, begins), shape=(len(texts), width))
        wanted = np.array([[float(one == agent) for agent in self.agents] for one in agents])
        self.mean = wanted.mean(axis=0)
        self.weights: Floats = np.asarray(matrix.T @ solved(matrix, wanted - self.mean))

    def row(self, text: str) -> tuple[list[int], Floats]:
        runs, parts = features(text)
        first, weights = self.runs.row(runs)
        second, more = self.parts.row(parts)
        shift = len(self.runs.columns)
        return [*first, *(shift + at for at in second)], np.concatenate([weights, PARTS * more])

    def chances(self, text: str) -> dict[str, float]:
        places, values = self.row(text)
        scores = SHARPNESS * (values @ self.weights[places] + self.mean)
        odds = np.exp(scores - scores.max())
        return dict(zip(self.agents, (odds / odds.sum()).tolist(), strict=True))


def solved(matrix: Any, wanted: Floats) -> Floats:
    """(XX' + ridge) a = y for each column, by conjugate gradients: one thread suffices."""

    def times(block: Floats) -> Floats:
        return np.asarray(matrix @ (matrix.T @ block)) + RIDGE * block

    found, rest = np.zeros_like(wanted), wanted.copy()
    way, size = rest.copy(), (rest**2).sum(axis=0)
    for _ in range(ROUNDS):
        ahead = times(way)
        step = size / np.maximum((way * ahead).sum(axis=0), TINY)
        found += step * way
        rest -= step * ahead
        before, size = size, (rest**2).sum(axis=0)
        if float(size.max()) < TINY:
            break
        way = rest + size / np.maximum(before, TINY) * way
    return found


@cache
def classifier() -> Classifier:
    return Classifier()
