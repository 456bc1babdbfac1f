"""Figures of a whole org, which many read: counted once, until data or scores are newer."""

import hashlib
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.core.cache import cache

from accounts.visibility import sees_whole_org
from revenue.users.models import Membership, Org

KEPT_S = 6 * 3600
KEPT_WHILE_SCORING_S = 10


def kept(
    reader: Membership, *, about: Iterable[Any], scored_at: datetime | None, is_scoring: bool
) -> Callable[[Callable[[], Any]], Any]:
    """Whoever reads the whole org reads the same: counted once, until data or scores are newer.

    The few rows of a rep or a manager are counted each time.
    """
    if not sees_whole_org(reader):
        return lambda count: count()
    since = cache.get(mark_of(reader.org))
    said = repr((*about, reader.org.data_as_of, scored_at, since))
    key = f"standing:{reader.org_id}:{hashlib.sha256(said.encode()).hexdigest()}"
    timeout = KEPT_WHILE_SCORING_S if is_scoring else KEPT_S

    def answer(count: Callable[[], Any]) -> Any:
        found = cache.get(key)
        if found is None:
            found = count()
            cache.set(key, found, timeout=timeout)
        return found

    return answer


def forget(org: Org) -> None:
    """After each scoring: under another policy or model, even one of the same moment differs."""
    cache.set(mark_of(org), uuid.uuid4().hex, timeout=None)


def mark_of(org: Org) -> str:
    return f"standing:{org.pk}:since"
