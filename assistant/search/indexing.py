"""An index is built beside the one that answers, and takes its place when it is whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Avg

from assistant.models import Embedder, SearchIndex, SearchPolicy, SearchText
from assistant.search import vectors
from assistant.search.embedders import BATCH, Embedding, embedding_of
from assistant.search.fitting import DIMENSIONS, counts_of, fit
from assistant.search.hits import GROUPS
from assistant.search.lexicon import packed
from assistant.search.sources import SOURCES
from assistant.search.texts import newest_change, take_over_changed, text_count
from revenue.ml.artefact import digest
from revenue.users.models import Org

State = SearchIndex.State
GROWN = 1.3
FEW = 200
PENDING = """
    SELECT t.id, t.digest::text, t.kind FROM assistant_searchtext t
    WHERE t.index_id = %(index)s AND t.id > %(after)s AND NOT EXISTS (
        SELECT FROM assistant_searchvector v WHERE v.text_id = t.id AND v.digest = t.digest
    )
    ORDER BY t.id LIMIT %(most)s
"""


class Pending(NamedTuple):
    """A text without a vector of what it says now."""

    id: int
    digest: str
    kind: str


def policy_of(org: Org) -> SearchPolicy:
    return SearchPolicy.objects.filter(org=org).first() or SearchPolicy(org=org)


def begin(*, org: Org, at: datetime) -> SearchIndex:
    """What was left half built is given up; what failed stays as a line that says why."""
    policy = policy_of(org)
    for given_up in SearchIndex.objects.filter(org=org, state=State.BUILDING).defer("artefact"):
        discard(given_up)
    SearchIndex.objects.filter(org=org, state=State.FAILED).delete()
    has_vectors = vectors.make_table()
    return SearchIndex.objects.create(
        org=org,
        embedder=policy.embedder,
        model=policy.model,
        base_url=policy.base_url,
        key=policy.key,
        language=policy.language,
        activity_months=policy.activity_months,
        notice="" if has_vectors else vectors.NOT_HERE,
        made_at=at,
    )


def discard(index: SearchIndex) -> None:
    SearchText.objects.filter(index=index).delete()
    index.delete()


def fail(index: SearchIndex, *, why: str) -> None:
    """The index that answers goes on answering."""
    SearchText.objects.filter(index=index).delete()
    SearchIndex.objects.filter(pk=index.pk).update(state=State.FAILED, notice=why[:500])


def learn(index: SearchIndex) -> None:
    """What words weigh here; and, for the embedder that is built in, what they mean."""
    learns_meaning = index.embedder == Embedder.BUILTIN and index.notice != vectors.NOT_HERE
    lexicons = {
        group: fit(
            counts_of(index, kinds=kinds),
            average=average_size(index, kinds=kinds),
            dimensions=DIMENSIONS[group] if learns_meaning else 0,
        )
        for group, kinds in GROUPS.items()
    }
    data = packed(lexicons)
    index.artefact, index.sha256 = data, digest(data)
    index.fitted_on = text_count(index)
    index.figures = {
        group: {"words": len(lexicon.terms), "learned_from": lexicon.text_count}
        for group, lexicon in lexicons.items()
    }
    widths = [each.basis.shape[1] for each in lexicons.values() if each.basis is not None]
    if learns_meaning:
        index.dimensions = max(widths, default=None)
    index.save(update_fields=["artefact", "sha256", "fitted_on", "figures", "dimensions"])


def average_size(index: SearchIndex, *, kinds: Sequence[str]) -> float:
    sizes = SearchText.objects.filter(index=index, kind__in=kinds)
    return max(1.0, float(sizes.aggregate(mean=Avg("size"))["mean"] or 1.0))


def has_vectors(index: SearchIndex) -> bool:
    """The built-in embedder knows its width once it has learned; others say it with the first."""
    return index.notice != vectors.NOT_HERE and (
        index.embedder != Embedder.BUILTIN or bool(index.dimensions)
    )


def pending(index: SearchIndex, *, after: int = 0, most: int = BATCH) -> list[Pending]:
    """Texts whose vector is missing, or is of what they said before."""
    with connection.cursor() as cursor:
        cursor.execute(PENDING, {"index": index.pk, "after": after, "most": most})
        return [Pending(*row) for row in cursor.fetchall()]


def embed(index: SearchIndex, embedding: Embedding, texts: Sequence[Pending]) -> None:
    digests = {text.id: text.digest for text in texts}
    for group, kinds in GROUPS.items():
        some = [text.id for text in texts if text.kind in kinds]
        ids, found = embedding.of_texts(some, group=group) if some else ((), None)
        if found is None or not len(ids):
            continue
        if index.dimensions is None:
            index.dimensions = found.shape[1]
            index.save(update_fields=["dimensions"])
        vectors.store(texts=[(pk, digests[pk]) for pk in ids], vectors=found)


def take_over(index: SearchIndex, *, as_of: datetime) -> int:
    """What changed since it was last read; the caller holds the lock and a transaction."""
    newest = newest_change(index)
    since = index.read_until or datetime.min.replace(tzinfo=as_of.tzinfo, year=1900)
    changed = sum(
        take_over_changed(index, source, as_of=as_of, since=since) for source in SOURCES.values()
    )
    index.read_until, index.text_count = newest, text_count(index)
    index.save(update_fields=["read_until", "text_count"])
    return changed


def take_over_documents(index: SearchIndex, *, as_of: datetime) -> int:
    changed = take_over_changed(index, SOURCES["passage"], as_of=as_of, since=as_of)
    index.text_count = text_count(index)
    index.save(update_fields=["text_count"])
    return changed


def embed_pending(index: SearchIndex) -> int:
    """In batches, each kept by itself; returns how many there were."""
    if not has_vectors(index):
        return 0
    embedding, after, done = embedding_of(index), 0, 0
    while texts := pending(index, after=after):
        with transaction.atomic():
            embed(index, embedding, texts)
        after, done = texts[-1].id, done + len(texts)
    return done


def switch(index: SearchIndex, *, at: datetime) -> None:
    """In one transaction: whoever searches meanwhile reads the old one or the new one, whole."""
    with transaction.atomic():
        for old in SearchIndex.objects.filter(org=index.org_id, state=State.LIVE).defer("artefact"):
            discard(old)
        index.state, index.live_at, index.text_count = State.LIVE, at, text_count(index)
        index.save(update_fields=["state", "live_at", "text_count"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE assistant_searchtext")
        if index.dimensions:
            cursor.execute("ANALYZE assistant_searchvector")


def has_outgrown(index: SearchIndex) -> bool:
    """Its words were weighed when there were far fewer texts, or vectors have become possible."""
    if index.notice == vectors.NOT_HERE and vectors.make_table():
        return True
    return index.text_count > FEW + GROWN * index.fitted_on
