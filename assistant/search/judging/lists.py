"""The same questions asked of the search, of each of its halves alone, and of plain BM25."""

from collections.abc import Mapping, Sequence

import numpy as np

from assistant.models import SearchIndex
from assistant.search.asking import ask, read
from assistant.search.finding import keys, vector_or_why_not
from assistant.search.fitting import counts_of
from assistant.search.fusing import MEANING, WORDS, Key, Ranked, fuse
from assistant.search.hits import DOCUMENTS, GROUPS
from assistant.search.ranking import Scope, rank

HYBRID, BM25 = "hybrid", "bm25"
K1, B = 1.2, 0.75


def answers_of(index: SearchIndex, *, text: str, plain: "PlainBM25") -> dict[str, Sequence[Key]]:
    """By method, the best first. Of documents: nobody's sight limits them here."""
    question = read(index=index, text=text)
    asked = ask(index=index, question=question, group=DOCUMENTS)
    if asked.is_empty:
        return {HYBRID: (), WORDS: (), MEANING: (), BM25: ()}
    vector, _ = vector_or_why_not(index=index, asked=asked)
    scope = Scope(None, GROUPS[DOCUMENTS])
    lists = rank(index=index, asked=asked, vector=vector, scope=scope)
    words, meaning = keys(lists.words), keys(lists.meaning)
    fused = fuse([Ranked(WORDS, words), Ranked(MEANING, meaning)])
    return {
        HYBRID: [each.key for each in fused],
        WORDS: words,
        MEANING: meaning,
        BM25: plain.found(question.counts),
    }


class PlainBM25:
    """As textbooks have it, over the very same words: what any search has to beat."""

    def __init__(self, index: SearchIndex) -> None:
        kinds = GROUPS[DOCUMENTS]
        counts = counts_of(index, kinds=kinds, is_plain=True)
        rows = dict(index.texts.filter(kind__in=kinds).values_list("pk", "record_id"))
        self.keys = [(kinds[0], rows[pk]) for pk in counts.ids.tolist()]
        self.place = {term: at for at, term in enumerate(counts.terms)}
        self.matrix = counts.matrix.tocsc()
        self.sizes = np.asarray(counts.matrix.sum(axis=1)).ravel()
        self.average = float(self.sizes.mean()) if len(self.sizes) else 1.0

    def found(self, counts: Mapping[str, float], *, most: int = 100) -> list[Key]:
        scores = np.zeros(len(self.keys))
        for term, times in counts.items():
            if term not in self.place:
                continue
            column = self.matrix[:, [self.place[term]]].tocoo()
            texts, amounts = column.row, column.data
            weight = np.log1p((len(scores) - len(texts) + 0.5) / (len(texts) + 0.5))
            damped = amounts + K1 * (1 - B + B * self.sizes[texts] / self.average)
            scores[texts] += times * weight * amounts * (K1 + 1) / damped
        best = np.argsort(-scores, kind="stable")[:most]
        return [self.keys[at] for at in best if scores[at] > 0]
