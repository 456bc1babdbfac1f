"""The texts of an index: taken over by sets, in SQL, and only where they differ."""

from datetime import datetime
from typing import Any

from django.db import connection

from assistant.models import SearchIndex, SearchText
from assistant.search.sources import SOURCES, Source, parameters

TAKE_OVER = """
    INSERT INTO assistant_searchtext
        (org_id, index_id, kind, record_id, title, context, body, words, size, digest)
    SELECT %(org)s, %(index)s, %(kind)s, s.record_id, s.title, s.context, s.body,
        w.words, assistant_size(w.words), s.digest
    FROM (
        SELECT x.*, md5(concat_ws(E'\\x1f', x.title, x.context, x.body))::uuid AS digest
        FROM (
            SELECT record_id, left(title, 1000) AS title, left(context, 1000) AS context,
                left(body, 20000) AS body
            FROM ({source}) given
        ) x
    ) s
    LEFT JOIN assistant_searchtext t
        ON t.index_id = %(index)s AND t.kind = %(kind)s AND t.record_id = s.record_id
    CROSS JOIN LATERAL (
        SELECT assistant_words(%(index)s, %(config)s, s.title, s.context, s.body) AS words
        OFFSET 0
    ) w
    WHERE t.digest IS DISTINCT FROM s.digest
    ON CONFLICT (index_id, kind, record_id) DO UPDATE SET
        title = excluded.title, context = excluded.context, body = excluded.body,
        words = excluded.words, size = excluded.size, digest = excluded.digest
"""
FORGET = """
    DELETE FROM assistant_searchtext t
    WHERE t.index_id = %(index)s AND t.kind = %(kind)s
        AND NOT EXISTS (SELECT FROM ({source}) s WHERE s.record_id = t.record_id)
"""
NEXT = """
    SELECT max(id) FROM (
        SELECT id FROM {table} WHERE org_id = %(org)s AND id > %(after)s ORDER BY id LIMIT %(most)s
    ) found
"""
NEWEST = "SELECT max(synced_at) FROM {table} WHERE org_id = %(org)s"


def values_of(index: SearchIndex, *, kind: str, as_of: datetime) -> dict[str, Any]:
    return parameters(index, as_of=as_of) | {"kind": kind, "config": index.config}


def take_over_some(
    index: SearchIndex, source: Source, *, as_of: datetime, after: int, most: int
) -> int | None:
    """The next `most` records by id; returns the last of them, or None where there are no more."""
    values = values_of(index, kind=source.kind, as_of=as_of) | {"after": after, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(NEXT.format(table=source.table), values)
        until = cursor.fetchone()[0]
        if until is None:
            return None
        rows = f"{source.select} AND r.id > %(after)s AND r.id <= %(until)s"
        cursor.execute(TAKE_OVER.format(source=rows), values | {"until": until})
    return int(until)


def take_over_changed(
    index: SearchIndex, source: Source, *, as_of: datetime, since: datetime
) -> int:
    """What changed since then, and what is gone; returns how many texts differ now."""
    values = values_of(index, kind=source.kind, as_of=as_of) | {"since": since}
    with connection.cursor() as cursor:
        rows = f"{source.select} AND {source.changed}"
        cursor.execute(TAKE_OVER.format(source=rows), values)
        changed = int(cursor.rowcount)
        cursor.execute(FORGET.format(source=source.select), values)
        return changed + int(cursor.rowcount)


def newest_change(index: SearchIndex) -> datetime | None:
    """Of the records that are here; no sync of the org runs while this is asked."""
    newest = []
    with connection.cursor() as cursor:
        for source in SOURCES.values():
            if source.changed != "TRUE":
                cursor.execute(NEWEST.format(table=source.table), {"org": index.org_id})
                newest.append(cursor.fetchone()[0])
    return max((moment for moment in newest if moment), default=None)


def record_count(index: SearchIndex) -> int:
    """How many records may give a text, for the bar."""
    return sum(source.model.objects.filter(org=index.org_id).count() for source in SOURCES.values())


def text_count(index: SearchIndex) -> int:
    return SearchText.objects.filter(index=index).count()
