"""Which texts are nearest to a question, by their words and by their meaning, for one reader.

Two ways to the same answer. Who sees little has all of it looked through. For who sees the org, the
nearest of all are taken in order and the visible of them kept: where those are enough, no other
visible text can be nearer; where they are not, everything visible is looked through.
"""

# ruff: noqa: S608  put together from the querysets' own SQL; values are given apart
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from assistant.models import SearchIndex
from assistant.search.asking import Asked, marked
from assistant.search.sources import SOURCES
from assistant.search.vectors import Vectors, written
from revenue.users.models import Membership
from revenue.users.roles import Role

DEPTH = 50
CANDIDATES = 500
BY_PLACE = re.compile("(?<!%)%s")


class Place(NamedTuple):
    """Of a text in one list; the closer, the higher the score."""

    text_id: int
    kind: str
    record_id: int
    score: float


@dataclass(frozen=True)
class Lists:
    words: Sequence[Place]
    meaning: Sequence[Place]


@dataclass(frozen=True)
class Scope:
    """Whose eyes it is for, of which kinds, and about what; no reader: all of the index."""

    reader: Membership | None
    kinds: Collection[str]
    about: Callable[[str], Q] | None = None

    def rows(self, kind: str) -> QuerySet[Any]:
        source = SOURCES[kind]
        if self.reader is None:
            everything: QuerySet[Any] = source.model.objects.all()
            return everything
        rows = source.visible_to(self.reader)
        return rows if self.about is None else rows.filter(self.about(kind))

    @property
    def is_narrow(self) -> bool:
        return self.about is not None or (self.reader is not None and self.reader.role == Role.REP)


SEEN = """
    WITH seen (kind, record_id) AS MATERIALIZED ({seen}),
    held AS MATERIALIZED (
        SELECT t.id, t.kind, t.record_id,
            CASE WHEN t.words @@ %(wanted)s::tsquery THEN assistant_score(
                t.words, t.size, %(terms)s::tsquery[], %(weights)s::float8[], %(average)s
            ) END AS score,
            {nearness} AS nearness
        FROM seen
        JOIN assistant_searchtext t ON t.index_id = %(index)s
            AND t.kind = seen.kind AND t.record_id = seen.record_id
        {vectors}
        WHERE %(must)s = '' OR t.words @@ %(must)s::tsquery
    )
    (SELECT 'words' AS list, id, kind, record_id, score FROM held
        WHERE score IS NOT NULL ORDER BY score DESC, id LIMIT %(most)s)
    UNION ALL
    (SELECT 'meaning', id, kind, record_id, nearness FROM held
        WHERE nearness IS NOT NULL ORDER BY nearness DESC, id LIMIT %(most)s)
"""
VECTORS = "LEFT JOIN assistant_searchvector v ON v.text_id = t.id AND v.index_id = %(index)s"
WORDS_OF_ALL = """
    SELECT text_id, kind, record_id, score FROM assistant_candidates(
        %(org)s, %(index)s, %(kinds)s::text[], %(wanted)s::tsquery, %(must)s::tsquery,
        %(terms)s::tsquery[], %(weights)s::float8[], %(average)s, %(most)s
    )
"""
# Every vector is compared: an index of neighbours would lose those that its filter lets through.
MEANING_OF_ALL = """
    SELECT t.id, t.kind, t.record_id, near.nearness
    FROM (
        SELECT v.text_id, 1 - (v.embedding <=> %(vector)s::halfvec) AS nearness
        FROM assistant_searchvector v {texts}
        WHERE v.index_id = %(index)s AND v.kind = ANY (%(kinds)s::text[]) {limits}
        ORDER BY v.embedding <=> %(vector)s::halfvec, v.text_id LIMIT %(most)s
    ) near JOIN assistant_searchtext t ON t.id = near.text_id
    ORDER BY near.nearness DESC, t.id
"""
SOME_TEXTS = "JOIN assistant_searchtext t ON t.id = v.text_id"
SOME_LIMITS = "AND t.words @@ %(must)s::tsquery"


def rank(*, index: SearchIndex, asked: Asked, vector: Vectors | None, scope: Scope) -> Lists:
    values = values_of(index=index, asked=asked, vector=vector, scope=scope)
    if scope.is_narrow:
        return within_sight(values, scope)
    words = visible(words_of_all(values), scope)
    meaning = visible(meaning_of_all(values, asked), scope) if vector is not None else []
    if words is None or meaning is None:
        return within_sight(values, scope)
    return Lists(words, meaning)


def values_of(
    *, index: SearchIndex, asked: Asked, vector: Vectors | None, scope: Scope
) -> dict[str, Any]:
    return {
        "org": index.org_id,
        "index": index.pk,
        "kinds": sorted(scope.kinds),
        "wanted": " | ".join(marked(term, index=index) for term in asked.rare),
        "must": asked.must,
        "terms": [marked(term, index=index) for term in asked.terms],
        "weights": [asked.weights[term] for term in asked.terms],
        "average": asked.average,
        "vector": None if vector is None else written(vector),
        "most": CANDIDATES,
    }


def words_of_all(values: dict[str, Any]) -> list[Place]:
    return places(WORDS_OF_ALL, values) if values["wanted"] else []


def meaning_of_all(values: dict[str, Any], asked: Asked) -> list[Place]:
    texts, limits = (SOME_TEXTS, SOME_LIMITS) if asked.must else ("", "")
    return places(MEANING_OF_ALL.format(texts=texts, limits=limits), values)


def places(sql: str, values: dict[str, Any]) -> list[Place]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [Place(*row) for row in cursor.fetchall()]


def visible(found: Sequence[Place], scope: Scope) -> list[Place] | None:
    """Those of them that the reader sees; None where nearer ones may be missing among the rest."""
    kept = list(found)
    if scope.reader is not None:
        seen = {
            (kind, pk)
            for kind in {place.kind for place in found}
            for pk in scope.rows(kind)
            .filter(pk__in=[place.record_id for place in found if place.kind == kind])
            .values_list("pk", flat=True)
        }
        kept = [place for place in found if (place.kind, place.record_id) in seen]
    if len(kept) < DEPTH and len(found) >= CANDIDATES:
        return None
    return kept[:DEPTH]


def within_sight(values: dict[str, Any], scope: Scope) -> Lists:
    parts, params = [], []
    for kind in sorted(scope.kinds):
        sql, given = scope.rows(kind).order_by().values("pk").query.sql_with_params()
        parts.append(f"SELECT '{kind}'::text, found.pk FROM ({sql}) AS found (pk)")
        params += list(given)
    has_vector = values["vector"] is not None
    nearness = "1 - (v.embedding <=> %(vector)s::halfvec)" if has_vector else "NULL::float8"
    # The querysets' parameters stand by place, those of this query by name: psycopg takes one kind.
    named = {f"seen_{number}": value for number, value in enumerate(params)}
    names = iter(named)
    seen = BY_PLACE.sub(lambda _: f"%({next(names)})s", " UNION ALL ".join(parts))
    sql = SEEN.format(seen=seen, nearness=nearness, vectors=VECTORS if has_vector else "")
    lists: dict[str, list[Place]] = {"words": [], "meaning": []}
    with connection.cursor() as cursor:
        cursor.execute(sql, values | named | {"most": DEPTH})
        for name, *place in cursor.fetchall():
            lists[name].append(Place(*place))
    return Lists(lists["words"], lists["meaning"])
