"""What a reader may see of the texts that answer a question."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from django.core.cache import cache

from assistant.models import SearchIndex
from assistant.search.asking import Asked, Question, ask, cleaned, read
from assistant.search.embedders import EmbeddingError, embedding_of
from assistant.search.fusing import MEANING, NAME, WORDS, Key, Ranked, fuse
from assistant.search.hits import GROUPS, KINDS, AccountOrDeal, Hit
from assistant.search.live import live_index
from assistant.search.naming import named
from assistant.search.ranking import Lists, Place, Scope, rank
from assistant.search.showing import as_hits
from assistant.search.sources import concerning
from assistant.search.vectors import Vectors
from revenue.users.models import Membership

KEPT_S = 3_600
LEAST_WEIGHT = 0.5
NO_INDEX = "Texts are being indexed for the first time. Until then, names alone are searched."
NO_MEANING = "The model that reads questions does not answer: this was searched by words alone."


@dataclass(frozen=True)
class Found:
    """`hits`: the best first; `notice`: what this search could not do, in a sentence."""

    hits: list[Hit] = field(default_factory=list)
    notice: str = ""
    corrected: tuple[tuple[str, str], ...] = ()


def find(
    *,
    reader: Membership,
    text: str,
    kinds: Collection[str] | None = None,
    most: int = 10,
    about: AccountOrDeal | None = None,
) -> list[Hit]:
    """Up to `most`, the best first; of an account or a deal, records of it and any passage."""
    return look(reader=reader, text=text, kinds=kinds, most=most, about=about).hits


def look(
    *,
    reader: Membership,
    text: str,
    kinds: Collection[str] | None = None,
    most: int = 10,
    about: AccountOrDeal | None = None,
) -> Found:
    typed = cleaned(text)
    wanted = [kind for kind in KINDS if kinds is None or kind in kinds]
    if not typed or most < 1 or not wanted:
        return Found()
    index = live_index(reader.org)
    names = named(reader=reader, text=typed, kinds=wanted) if about is None else []
    lists = [Ranked(NAME, names)]
    if index is None:
        lists = lists if names or about else [Ranked(NAME, alike(reader, typed, wanted))]
        hits = as_hits(fuse(lists)[:most], reader=reader, index=None, question=None)
        return Found(hits, NO_INDEX)
    question = read(index=index, text=typed)
    concerns = None if about is None else concerning(about)
    texts = searched(
        index=index,
        question=question,
        scope=lambda kinds: Scope(reader, kinds, concerns),
        kinds=wanted,
    )
    if not names and about is None and not any(found.keys for found in texts.lists):
        lists = [Ranked(NAME, alike(reader, typed, wanted))]
    hits = as_hits(
        fuse([*lists, *texts.lists])[:most], reader=reader, index=index, question=texts.question
    )
    return Found(hits, texts.notice, texts.corrected)


def alike(reader: Membership, text: str, kinds: Collection[str]) -> list[Key]:
    """Names that are written much like it: only where nothing else is found."""
    return named(reader=reader, text=text, kinds=kinds, widen=True)


@dataclass(frozen=True)
class Searched:
    lists: list[Ranked]
    question: Question
    notice: str = ""
    corrected: tuple[tuple[str, str], ...] = ()


def searched(
    *,
    index: SearchIndex,
    question: Question,
    scope: Callable[[Collection[str]], Scope],
    kinds: Collection[str],
) -> Searched:
    """Each group of texts by itself: the many notes of sellers must not drown the few documents."""
    found: list[tuple[Lists, float]] = []
    notice, counts = "", dict(question.counts)
    corrected: dict[str, str] = {}
    for group, of_group in GROUPS.items():
        asked = ask(index=index, question=question, group=group)
        some = [kind for kind in of_group if kind in kinds]
        if asked.is_empty or not some:
            continue
        vector, said = vector_or_why_not(index=index, asked=asked)
        lists = rank(index=index, asked=asked, vector=vector, scope=scope(some))
        found.append((lists, coverage(lists, asked)))
        notice = notice or said
        corrected |= asked.corrected
        counts |= asked.terms
    best = max((covered for _, covered in found), default=1.0) or 1.0
    ranked = [
        Ranked(name, keys(places), weight=max(LEAST_WEIGHT, covered / best))
        for lists, covered in found
        for name, places in ((WORDS, lists.words), (MEANING, lists.meaning))
    ]
    return Searched(ranked, replace(question, counts=counts), notice, tuple(corrected.items()))


def coverage(lists: Lists, asked: Asked) -> float:
    """How much of the question the best of the texts has."""
    return lists.words[0].score / (sum(asked.weights.values()) or 1.0) if lists.words else 0.0


def vector_or_why_not(*, index: SearchIndex, asked: Asked) -> tuple[Vectors | None, str]:
    """Without a vector of the question, it is searched by words alone."""
    if not index.dimensions:
        return None, ""
    try:
        return vector_of(index=index, asked=asked), ""
    except EmbeddingError:
        return None, NO_MEANING


def vector_of(*, index: SearchIndex, asked: Asked) -> Vectors | None:
    """A question that went out of the house once is not sent again within the hour."""
    embedding = embedding_of(index)
    if not embedding.is_far:
        return embedding.of_query(asked)
    mark = hashlib.sha256(asked.text.encode()).hexdigest()
    key = f"assistant-question-{index.pk}-{mark}"
    kept: Vectors | None = cache.get(key)
    if kept is None:
        kept = embedding.of_query(asked)
        cache.set(key, kept, KEPT_S)
    return kept


def keys(places: Sequence[Place]) -> list[Key]:
    return [(place.kind, place.record_id) for place in places]
