"""What every embedder takes and gives."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from assistant.search.asking import Asked
from assistant.search.vectors import Vectors

BATCH = 2_000
MOST_DIMENSIONS = 4_000  # of halves, as pgvector keeps them in one row


class EmbeddingError(Exception):
    """Why there are no vectors; the message says what to do, and holds no key."""


class Embedding(Protocol):
    @property
    def is_far(self) -> bool:
        """Whether a question goes out of this process, so that its vector is worth keeping."""

    def of_texts(self, ids: Sequence[int], *, group: str) -> tuple[Sequence[int], Vectors]:
        """Those of the texts that have one, each of length one."""

    def of_query(self, asked: Asked) -> Vectors | None: ...


def as_vectors(found: Any, *, count: int, who: str) -> Vectors:
    """What a model gave, if it is what was asked for."""
    try:
        vectors: Vectors = np.asarray(found, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise EmbeddingError(f"{who} gave something that is no list of vectors.") from error
    if vectors.ndim != 2 or len(vectors) != count or not vectors.shape[1]:
        shape = "×".join(map(str, vectors.shape))
        raise EmbeddingError(f"{who} gave vectors of shape {shape} for {count} texts.")
    if vectors.shape[1] > MOST_DIMENSIONS:
        raise EmbeddingError(
            f"{who} gives {vectors.shape[1]:,} numbers a text, and {MOST_DIMENSIONS:,} can be kept."
            " Choose a smaller model."
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-9).any():
        raise EmbeddingError(f"{who} gave a vector that is zero or no number.")
    unit: Vectors = vectors / lengths
    return unit
