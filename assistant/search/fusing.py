"""Several lists of one question as one: a place counts, a score does not (reciprocal rank)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Key = tuple[str, int]

NAME, WORDS, MEANING = "name", "words", "meaning"
# Chosen on half of the judged questions; docs/search.md has the figures of the other half.
DAMPING = 10
WEIGHTS = {NAME: 4.0, WORDS: 1.0, MEANING: 0.4}


@dataclass(frozen=True)
class Fused:
    key: Key
    score: float
    found_by: tuple[str, ...]


@dataclass(frozen=True)
class Ranked:
    """One list; `weight`: of the texts that it is of, beside those of other lists."""

    name: str
    keys: Sequence[Key]
    weight: float = 1.0


def fuse(
    lists: Sequence[Ranked],
    *,
    weights: Mapping[str, float] = WEIGHTS,
    damping: int = DAMPING,
) -> list[Fused]:
    """The best first; equal ones by their key, so that the order is always the same."""
    scores: dict[Key, float] = defaultdict(float)
    found_by: dict[Key, list[str]] = defaultdict(list)
    for ranked in lists:
        for place, key in enumerate(ranked.keys, start=1):
            scores[key] += ranked.weight * weights[ranked.name] / (damping + place)
            found_by[key].append(ranked.name)
    order = sorted(scores, key=lambda key: (-scores[key], key))
    return [Fused(key, scores[key], tuple(found_by[key])) for key in order]
