"""Vectors of an org's own words, learned here."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from assistant.models import SearchIndex
from assistant.search.asking import Asked
from assistant.search.hits import GROUPS
from assistant.search.lexicon import lexicon_of
from assistant.search.vectors import Vectors


@dataclass(frozen=True)
class BuiltIn:
    index: SearchIndex
    is_far = False

    def of_texts(self, ids: Sequence[int], *, group: str) -> tuple[Sequence[int], Vectors]:
        # Pages ask for a question's vector alone, and shall not load scipy for that.
        fitting = import_module("assistant.search.fitting")
        counts = fitting.counts_of(self.index, kinds=GROUPS[group], ids=ids)
        vectors: Vectors = fitting.vectors_of(counts, lexicon_of(self.index, group))
        has_one = np.linalg.norm(vectors, axis=1) > 0
        return counts.ids[has_one].tolist(), vectors[has_one]

    def of_query(self, asked: Asked) -> Vectors | None:
        return lexicon_of(self.index, asked.group).vector_of(asked.terms)
