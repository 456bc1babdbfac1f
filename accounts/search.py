"""Search over an org's records: candidates from an index of words, shown as far as one may see.

A first look takes words as they begin; only where it shows its reader nothing, a second one takes
words that are written alike. Both counts and rows come after `visible_to`: what is hidden moves
neither.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, Min
from django.db.models.expressions import RawSQL

from accounts.models import (
    Account,
    Contact,
    Fact,
    FactQuerySet,
    Lead,
    Opportunity,
    Product,
    SearchEntry,
    SyncRun,
)
from revenue.users.models import Membership, Org

MAX_TEXT = 200
CANDIDATES = 500
COUNTED = 100
Kind = SearchEntry.Kind


@dataclass(frozen=True)
class Source:
    """What of a kind of record is searched, and which relations its line of a result names."""

    model: type[Fact]
    columns: tuple[str, ...]
    shown_with: tuple[str, ...] = ()

    def visible_to(self, reader: Membership) -> FactQuerySet:
        return self.model.objects.visible_to(reader)


SOURCES: dict[Kind, Source] = {
    Kind.ACCOUNT: Source(Account, ("name", "website", "external_id"), ("owner",)),
    Kind.CONTACT: Source(Contact, ("name", "email", "external_id")),
    Kind.DEAL: Source(Opportunity, ("name", "external_id"), ("account",)),
    Kind.LEAD: Source(Lead, ("name", "company", "email", "website", "external_id")),
    Kind.PRODUCT: Source(Product, ("name", "code", "external_id")),
}


@dataclass(frozen=True)
class Found:
    """Records of one kind, the closest first; `count` stops at `COUNTED`."""

    kind: Kind
    rows: Sequence[Any]
    count: int

    @property
    def is_more(self) -> bool:
        return self.count >= COUNTED


def search(
    *, reader: Membership, text: str, kinds: Collection[Kind] = tuple(Kind), most: int
) -> list[Found]:
    """Up to `most` of each kind that this reader may open; a kind without any is left out."""
    asked = text.replace("\0", " ").strip()[:MAX_TEXT]
    if not asked:
        return []
    exact = look(reader=reader, text=asked, kinds=kinds, widen=False, most=most)
    return exact or look(reader=reader, text=asked, kinds=kinds, widen=True, most=most)


def look(
    *, reader: Membership, text: str, kinds: Collection[Kind], widen: bool, most: int
) -> list[Found]:
    candidates = candidates_of(org=reader.org, text=text, kinds=kinds, widen=widen)
    found = []
    for kind in kinds:
        close = candidates[kind]
        ids = visible_ids(kind=kind, reader=reader, ids=close)
        if len(close) >= CANDIDATES and len(ids) < COUNTED:
            ids |= ids_within_sight(kind=kind, reader=reader, text=text, widen=widen)
        if ids:
            rows = rows_of(kind=kind, ids=ids, close=close, most=most)
            found.append(Found(kind=kind, rows=rows, count=min(len(ids), COUNTED)))
    return found


def candidates_of(
    *, org: Org, text: str, kinds: Collection[Kind], widen: bool
) -> dict[Kind, dict[int, int]]:
    """By kind, ids and how close each is: 0 the name, 1 its beginning, 2 within it, 3 else."""
    found: dict[Kind, dict[int, int]] = {kind: {} for kind in kinds}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, record_id, closeness FROM accounts_search(%s, %s, %s, %s, %s)",
            [org.pk, [str(kind) for kind in kinds], text, widen, CANDIDATES],
        )
        for kind, record_id, closeness in cursor.fetchall():
            found[Kind(kind)][record_id] = closeness
    return found


def visible_ids(*, kind: Kind, reader: Membership, ids: Collection[int]) -> set[int]:
    if not ids:
        return set()
    rows = SOURCES[kind].visible_to(reader).filter(pk__in=ids)
    return set(rows.values_list("pk", flat=True))


def ids_within_sight(*, kind: Kind, reader: Membership, text: str, widen: bool) -> set[int]:
    """For who sees few of an org's many matches: its own records are looked through one by one."""
    visible = SOURCES[kind].visible_to(reader).order_by().values("pk")
    matches = RawSQL(
        "words @@ accounts_search_query(%s, %s, %s, %s)",
        [reader.org_id, str(kind), text, widen],
        BooleanField(),
    )
    entries = SearchEntry.objects.filter(matches, kind=kind, record_id__in=visible)
    return set(entries.values_list("record_id", flat=True)[:COUNTED])


def rows_of(*, kind: Kind, ids: set[int], close: dict[int, int], most: int) -> list[Any]:
    """The ids were seen to be visible a moment ago."""
    source = SOURCES[kind]
    nearest = sorted(ids, key=lambda pk: (close.get(pk, 3), -pk))
    first = nearest[:most]
    rows = source.model.objects.select_related(*source.shown_with).in_bulk(first)
    return [rows[pk] for pk in first if pk in rows]


REFRESH = """
    INSERT INTO accounts_searchentry AS entry (org_id, kind, record_id, name, words)
    SELECT org_id, %(kind)s, id, accounts_folded(name),
           accounts_search_words(org_id, %(kind)s, concat_ws(' ', {columns}))
    FROM {table}
    WHERE org_id = %(org)s AND deleted_at IS NULL AND synced_at >= %(since)s
    ON CONFLICT (kind, record_id) DO UPDATE SET name = excluded.name, words = excluded.words
    WHERE (entry.name, entry.words) IS DISTINCT FROM (excluded.name, excluded.words)
"""
FORGET = """
    DELETE FROM accounts_searchentry AS entry USING {table} AS record
    WHERE entry.kind = %(kind)s AND entry.org_id = %(org)s AND entry.record_id = record.id
      AND record.org_id = %(org)s AND record.deleted_at IS NOT NULL
      AND record.synced_at >= %(since)s
"""
LEARN = """
    INSERT INTO accounts_searchword (org_id, word)
    SELECT DISTINCT %(org)s, word
    FROM {table}, string_to_table(
        accounts_folded(name) || ' ' || accounts_folded(translate(name, E'\\'\\u2019', '')), ' '
    ) AS word
    WHERE org_id = %(org)s AND deleted_at IS NULL AND synced_at >= %(since)s
      AND length(word) BETWEEN 3 AND 60 AND word !~ '[0-9]'
    ON CONFLICT (org_id, word) DO NOTHING
"""


def refresh_search(
    *, org: Org, since: datetime | None, models: Collection[type[Fact]] | None = None
) -> int:
    """Takes over what changed here since a moment (None: all), of some models or of every one."""
    written = 0
    for kind, source in SOURCES.items():
        if models is None or source.model in models:
            with transaction.atomic():
                written += refresh_kind(org=org, since=since, kind=kind, source=source)
    return int(written)


def refresh_after_sync(*, org: Org) -> int:
    """What came in since the last sync that ended well; those between wrote rows, too."""
    runs = SyncRun.objects.filter(org=org).order_by("-started_at", "-id")
    done = runs.filter(state=SyncRun.State.SUCCEEDED).first()
    if done is None:
        return refresh_search(org=org, since=None)
    later = runs.filter(started_at__gt=done.started_at).aggregate(first=Min("started_at"))["first"]
    return refresh_search(org=org, since=later) if later else 0


def refresh_kind(*, org: Org, since: datetime | None, kind: Kind, source: Source) -> int:
    table = source.model._meta.db_table
    columns = ", ".join(source.columns)
    values: dict[str, Any] = {"org": org.pk, "kind": str(kind), "since": since or "-infinity"}
    with connection.cursor() as cursor:
        cursor.execute(REFRESH.format(table=table, columns=columns), values)
        written = int(cursor.rowcount)
        cursor.execute(FORGET.format(table=table), values)
        written += cursor.rowcount
        cursor.execute(LEARN.format(table=table), values)
    return int(written)
