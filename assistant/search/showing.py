"""What was found as it is shown: where it leads, and the place in it that was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.urls import reverse

from assistant.models import SearchIndex
from assistant.search.asking import Question
from assistant.search.fusing import Fused
from assistant.search.hits import ACTIVITY, PASSAGE, Hit
from assistant.search.sources import SOURCES
from revenue.users.models import Membership

SHORT = 280
OPEN, CLOSE = "\ue000", "\ue001"  # of the private use area: no text that is indexed means them
HEADLINE = """
    SELECT t.kind, t.record_id, t.title, t.context, ts_headline(
        %(config)s, translate(t.body, %(marks)s, ''), %(query)s::tsquery,
        'StartSel=' || %(open)s || ', StopSel=' || %(close)s
        || ', MaxWords=45, MinWords=25, ShortWord=2, MaxFragments=0'
    )
    FROM assistant_searchtext t
    JOIN unnest(%(kinds)s::text[], %(ids)s::bigint[]) AS one (kind, record_id)
        ON t.kind = one.kind AND t.record_id = one.record_id
    WHERE t.index_id = %(index)s
"""


@dataclass(frozen=True)
class Text:
    title: str
    context: str
    excerpt: str
    marks: tuple[tuple[int, int], ...]


def as_hits(
    fused: Sequence[Fused],
    *,
    reader: Membership,
    index: SearchIndex | None,
    question: Question | None,
) -> list[Hit]:
    """Read once more as the reader sees them: what vanished a moment ago is left out."""
    rows = rows_of(fused, reader=reader)
    texts = texts_of(fused, index=index, question=question) if index and question else {}
    return [
        hit_of(rows[each.key], each, texts.get(each.key), reader=reader)
        for each in fused
        if each.key in rows
    ]


def rows_of(fused: Sequence[Fused], *, reader: Membership) -> dict[tuple[str, int], Any]:
    found: dict[tuple[str, int], Any] = {}
    for kind in {each.key[0] for each in fused}:
        rows = SOURCES[kind].visible_to(reader).filter(pk__in=ids_of(kind, fused))
        if kind == PASSAGE:
            rows = rows.select_related("version__document")
        found |= {(kind, row.pk): row for row in rows}
    return found


def ids_of(kind: str, fused: Sequence[Fused]) -> list[int]:
    return [each.key[1] for each in fused if each.key[0] == kind]


def texts_of(
    fused: Sequence[Fused], *, index: SearchIndex, question: Question
) -> Mapping[tuple[str, int], Text]:
    query = " | ".join(quoted(term) for term in question.counts)
    with connection.cursor() as cursor:
        cursor.execute(
            HEADLINE,
            {
                "config": index.config,
                "index": index.pk,
                "query": query,
                "marks": OPEN + CLOSE,
                "open": OPEN,
                "close": CLOSE,
                "kinds": [each.key[0] for each in fused],
                "ids": [each.key[1] for each in fused],
            },
        )
        return {
            (kind, pk): Text(title, context, *unmarked(headline))
            for kind, pk, title, context, headline in cursor.fetchall()
        }


def quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def unmarked(headline: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Plain text, and from where to where it was asked for."""
    plain, marks, begun = [], [], 0
    length = 0
    for piece in " ".join(headline.split()).replace(CLOSE, OPEN).split(OPEN):
        begun, length = length, length + len(piece)
        plain.append(piece)
        if len(plain) % 2 == 0:
            marks.append((begun, length))
    return "".join(plain), tuple(marks)


def hit_of(row: Any, fused: Fused, text: Text | None, *, reader: Membership) -> Hit:
    kind, pk = fused.key
    org_slug = reader.org.slug
    is_passage = kind == PASSAGE
    heading = row.path if is_passage else (text.context if text else "")
    excerpt, marks = (text.excerpt, text.marks) if text else ("", ())
    return Hit(
        kind=kind,
        ref=pk,
        title=str(row.version.document) if is_passage else str(row) or kind.capitalize(),
        excerpt=excerpt,
        url=reverse(PAGES.get(kind, f"accounts:{kind}-show"), args=[org_slug, pk]),
        page=row.page if is_passage else None,
        score=round(fused.score, 6),
        heading=heading,
        marks=marks,
        found_by=fused.found_by,
    )


PAGES = {PASSAGE: "assistant:passage-show", ACTIVITY: "assistant:search-activity"}
