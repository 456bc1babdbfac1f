"""Records that a page names beside its own: only those that its reader may open."""

from collections.abc import Collection
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Account, Fact
from revenue.users.models import Membership


def seen(model: type[Fact], refs: Collection[str | None], *, reader: Membership) -> dict[str, Any]:
    """By external id, in one question, however many are named."""
    wanted = {ref for ref in refs if ref}
    if not wanted:
        return {}
    rows = model.objects.visible_to(reader).filter(external_id__in=wanted)
    return {row.external_id: row for row in rows}


def one_seen(model: type[Fact], ref: str | None, *, reader: Membership) -> Any:
    return seen(model, [ref], reader=reader).get(ref or "")


def with_account_seen(rows: QuerySet[Any], *, reader: Membership) -> QuerySet[Any]:
    """A contact may be the reader's while its account is not."""
    account = Account.objects.visible_to(reader).filter(external_id=OuterRef("account_ref"))
    found: QuerySet[Any] = rows.annotate(
        account_seen=Subquery(account.values("pk")[:1]),
        account_name=Subquery(account.values("name")[:1]),
    )
    return found
