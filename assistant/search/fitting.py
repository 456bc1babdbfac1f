"""Latent semantic vectors, learned from an org's own texts: no model is fetched from anywhere.

Words that stand in the same texts come to lie near each other: TF-IDF with sublinear counts, cut
down by a truncated SVD. The seed is stated, so that the same texts give the same vectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from accounts.frames import read_table
from accounts.history.relation import Relation
from assistant.models import SearchIndex
from assistant.search.hits import DOCUMENTS, RECORDS
from assistant.search.lexicon import Lexicon
from assistant.search.vectors import Vectors

SEED = 7
FEWEST_TEXTS = 4
MOST_TEXTS = 60_000
MOST_TERMS = 30_000
DIMENSIONS = {DOCUMENTS: 256, RECORDS: 128}  # notes are short, and many
FEW_TERMS = 1_200
CONTEXT = 2.0  # what a word there counts beyond one in the body

# Of the newest texts where there are too many: what is written now is what is asked about.
COUNTS = """
    SELECT t.id, substr(u.lexeme, %(prefix)s) AS term,
        cardinality(u.positions) AS all_of_it,
        cardinality(array_positions(u.weights, 'B')) AS in_context
    FROM assistant_searchtext t CROSS JOIN LATERAL unnest(t.words) u
    WHERE t.index_id = %(index)s AND t.kind = ANY (%(kinds)s) AND {texts}
"""
NEWEST = """t.id IN (
    SELECT id FROM assistant_searchtext WHERE index_id = %(index)s AND kind = ANY (%(kinds)s)
    ORDER BY id DESC LIMIT %(most)s
)"""
THESE = "t.id = ANY (%(ids)s)"


@dataclass(frozen=True)
class Counts:
    """A row a text, a column a term."""

    ids: NDArray[np.int64]
    terms: Sequence[str]
    matrix: Any


def counts_of(
    index: SearchIndex,
    *,
    kinds: Sequence[str],
    ids: Sequence[int] | None = None,
    is_plain: bool = False,
) -> Counts:
    """`is_plain`: each word counts one, wherever it stands."""
    values = {
        "index": index.pk,
        "prefix": len(f"{index.pk}:") + 1,
        "kinds": list(kinds),
        "most": MOST_TEXTS,
        "ids": list(ids or ()),
    }
    which = NEWEST if ids is None else THESE
    table = read_table(Relation(COUNTS.format(texts=which), values))
    terms = pc.dictionary_encode(table["term"]).combine_chunks()
    texts, rows = np.unique(table["id"].to_numpy(), return_inverse=True)
    amounts = table["all_of_it"].to_numpy()
    if not is_plain:
        amounts = amounts + CONTEXT * table["in_context"].to_numpy()
    columns = terms.indices.to_numpy() if len(terms) else np.zeros(0, dtype=np.int64)
    names = terms.dictionary.to_pylist() if len(terms) else []
    shape = (len(texts), len(names))
    return Counts(texts, names, csr_matrix((amounts.astype(np.float32), (rows, columns)), shape))


def fit(counts: Counts, *, average: float, dimensions: int) -> Lexicon:
    """The words that stand in most texts, in order: a word of one text alone is asked for, too."""
    texts = counts.matrix.shape[0]
    frequency = np.bincount(counts.matrix.indices, minlength=len(counts.terms))
    order = sorted(range(len(counts.terms)), key=lambda at: (-frequency[at], counts.terms[at]))
    kept = order[:MOST_TERMS]
    found = Lexicon(
        terms=tuple(counts.terms[at] for at in kept),
        frequency=frequency[kept].astype(np.float32),
        text_count=texts,
        average=average,
    )
    if not dimensions or texts < FEWEST_TEXTS or not kept:
        return found
    weighed = weigh(counts.matrix[:, kept], found)
    return replace(found, basis=basis_of(weighed, dimensions))


def weigh(matrix: Any, lexicon: Lexicon) -> Any:
    weighed = matrix.astype(np.float32).copy()
    weighed.data = (1 + np.log(weighed.data)) * lexicon.weights[weighed.indices]
    return normalize(weighed, copy=False)


def basis_of(weighed: Any, dimensions: int) -> NDArray[np.float16] | None:
    """Half as many as there are texts: more would learn them by heart. None of too few texts."""
    rank = min(dimensions, weighed.shape[0] // 2, weighed.shape[1] - 1)
    if rank < 2:
        return None
    with threadpool_limits(limits=1):  # one order of adding up: the same texts, the same bytes
        right = directions(weighed, rank)
    found: NDArray[np.float16] = right.astype(np.float16)
    return found


def directions(weighed: Any, rank: int) -> NDArray[np.float64]:
    """A column each, the strongest first."""
    if weighed.shape[1] <= FEW_TERMS:
        # The same vectors as those of the words among themselves, and far sooner.
        together = np.asarray((weighed.T @ weighed).todense(), dtype=np.float64)
        size = len(together)
        found: NDArray[np.float64] = eigh(together, subset_by_index=(size - rank, size - 1))[1]
        return found[:, ::-1]
    _, _, rows = randomized_svd(weighed, n_components=rank, n_iter=2, random_state=SEED)
    turned: NDArray[np.float64] = rows.T
    return turned


def vectors_of(counts: Counts, lexicon: Lexicon) -> Vectors:
    """In the order of the texts, each of length one, or zero where no word of it is known."""
    basis = lexicon.basis
    if basis is None:
        return np.zeros((counts.matrix.shape[0], 0), dtype=np.float32)
    known = [(at, lexicon.place[t]) for at, t in enumerate(counts.terms) if t in lexicon.place]
    columns = [at for at, _ in known]
    rows = basis[[place for _, place in known]].astype(np.float32)
    matrix = counts.matrix[:, columns].astype(np.float32)
    weights = lexicon.weights[[place for _, place in known]]
    matrix.data = (1 + np.log(matrix.data)) * weights[matrix.indices]
    found: Vectors = normalize(np.asarray(matrix @ rows, dtype=np.float32), copy=False)
    return found
