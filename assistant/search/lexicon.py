"""What words weigh in an org's texts, and where each lies in the space of meaning.

As PostgreSQL cuts them: the same words find, weigh and mean. Weights are those of the last fitting,
so that what came in since, seen or not, moves no rank.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.models import SearchIndex
from assistant.search.vectors import Vectors
from revenue.ml.artefact import pack, unpack

ALIKE = 0.45


@dataclass(frozen=True)
class Lexicon:
    """`frequency`: in how many of `text_count` texts, of `average` words; `basis`: a row a term."""

    terms: tuple[str, ...]
    frequency: NDArray[np.float32]
    text_count: int
    average: float = 1.0
    basis: NDArray[np.float16] | None = None
    place: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        places = {term: number for number, term in enumerate(self.terms)}
        object.__setattr__(self, "place", places)

    def texts_with(self, term: str) -> float:
        number = self.place.get(term)
        return 0.5 if number is None else float(self.frequency[number])

    def weight(self, term: str) -> float:
        """BM25's: a word in every text weighs next to nothing."""
        found = self.texts_with(term)
        return float(np.log1p((self.text_count - found + 0.5) / (found + 0.5)))

    @property
    def weights(self) -> NDArray[np.float32]:
        """Of every term, for meaning: never nothing."""
        found: NDArray[np.float32] = np.log((1 + self.text_count) / (1 + self.frequency)) + 1
        return found.astype(np.float32)

    def vector_of(self, counts: Mapping[str, float]) -> Vectors | None:
        """Of length one; None where no word of it is known."""
        if self.basis is None:
            return None
        known = {self.place[term]: count for term, count in counts.items() if term in self.place}
        if not known:
            return None
        rows = np.fromiter(known, dtype=np.int64)
        amounts = np.fromiter(known.values(), dtype=np.float32)
        weighed = (1 + np.log(amounts)) * self.weights[rows]
        found: Vectors = weighed.astype(np.float32) @ self.basis[rows].astype(np.float32)
        length = float(np.linalg.norm(found))
        return found / length if length > 1e-6 else None

    @cached_property
    def by_trigram(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, term in enumerate(self.terms):
            if term.isalpha():
                for part in trigrams(term):
                    found[part].append(number)
        return found

    def alike(self, term: str, *, most: int = 3) -> list[str]:
        """Known words that are written much like one that is not known, the likest first."""
        asked = trigrams(term)
        shared: dict[int, int] = defaultdict(int)
        for part in asked:
            for number in self.by_trigram.get(part, ()):
                shared[number] += 1
        scored = (
            (count / (len(asked) + len(trigrams(self.terms[number])) - count), number)
            for number, count in shared.items()
            if count > 1
        )
        best = sorted(((score, -n) for score, n in scored if score >= ALIKE), reverse=True)
        return [self.terms[-number] for _, number in best[:most]]


def trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def packed(lexicons: Mapping[str, Lexicon]) -> bytes:
    document, blobs = {}, {}
    for group, lexicon in lexicons.items():
        blobs[f"{group}.terms"] = "\n".join(lexicon.terms).encode()
        blobs[f"{group}.frequency"] = lexicon.frequency.astype("<f4").tobytes()
        width = 0
        if lexicon.basis is not None:
            blobs[f"{group}.basis"] = lexicon.basis.astype("<f2").tobytes()
            width = lexicon.basis.shape[1]
        document[group] = {
            "texts": lexicon.text_count,
            "average": lexicon.average,
            "width": width,
        }
    return pack(document, blobs)


def unpacked(data: bytes, *, sha256: str) -> dict[str, Lexicon]:
    document, blobs = unpack(data, sha256=sha256)
    found = {}
    for group, said in document.items():
        text = blobs[f"{group}.terms"].decode()
        basis = None
        if said["width"]:
            basis = np.frombuffer(blobs[f"{group}.basis"], "<f2").reshape(-1, said["width"])
        found[group] = Lexicon(
            terms=tuple(text.split("\n")) if text else (),
            frequency=np.frombuffer(blobs[f"{group}.frequency"], dtype="<f4"),
            text_count=said["texts"],
            average=said["average"],
            basis=basis,
        )
    return found


@lru_cache(maxsize=4)
def read(index_id: int, sha256: str) -> dict[str, Lexicon]:
    """Some megabytes an org: the orgs that were asked last are kept."""
    data = SearchIndex.objects.values_list("artefact", flat=True).get(pk=index_id)
    return unpacked(bytes(data or b""), sha256=sha256)


def lexicon_of(index: SearchIndex, group: str) -> Lexicon:
    return read(index.pk, index.sha256)[group] if index.sha256 else EMPTY


EMPTY = Lexicon(terms=(), frequency=np.zeros(0, dtype=np.float32), text_count=0)
