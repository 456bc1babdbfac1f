"""Deals that were like this one and how they ended, and the record against whoever competes."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zlib import crc32

from django.db.models import CharField, Count, F, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse

from accounts.about.clock import moment_of
from accounts.about.sight import seen
from accounts.models import Account, Opportunity
from assistant.claims import count, day, days, money, share
from assistant.plans.gathering.known import Known, Like, Rival
from revenue.users.models import Membership

COMPETES = re.compile(r"compet", re.IGNORECASE)
CHAMPIONS = re.compile(r"champion", re.IGNORECASE)
MOST = 3
LEAST = 8  # closed deals against a name, before anything is said of how they ended
WITHIN = timedelta(days=2 * 365)


def own_field(deal: Any, pattern: "re.Pattern[str]") -> tuple[str, str]:
    """The CRM's own field whose name says it, and what it holds."""
    for name, value in deal.extra.items():
        if pattern.search(name):
            return name, value if isinstance(value, str) else ""
    return "", ""


def likes_of(
    known: Known, similar: dict[str, Any], *, outcome: str, reader: Membership
) -> list[Like]:
    refs = [str(ref) for ref in similar.get(outcome) or ()]
    deals = seen(Opportunity, refs, reader=reader)
    rows = [deals[ref] for ref in refs if ref in deals][:MOST]
    accounts = seen(Account, [row.account_ref for row in rows], reader=reader)
    return [like_of(known, row, accounts.get(row.account_ref or "")) for row in rows]


def like_of(known: Known, row: Any, account: Any) -> Like:
    took = None
    if row.close_date and row.created_at:
        took = max(0, (row.close_date - row.created_at.date()).days)
    currency = row.currency or known.org.currency
    values = [count(1)]
    values += [money(row.amount, currency)] if row.amount is not None else []
    values += [days(took)] if took is not None else []
    values += [day(row.close_date)] if row.close_date else []
    rival = own_field(row, COMPETES)[1]
    name = account.name if account else ""
    key = known.source(
        f"like:{row.pk}",
        f"{'Won' if row.is_won else 'Lost'}: {row.name}",
        reverse("accounts:deal-show", args=[known.org.slug, row.pk]),
        values,
        f"{row.description} {rival} {account.industry if account else ''} {loss_of(row)}",
        names=(row.name, name),
    )
    industry = account.industry if account else ""
    return Like(key, row.name, name, row.amount, currency, took, row.close_date, industry, rival)


def loss_of(row: Any) -> str:
    return " ".join(
        str(value) for name, value in row.extra.items() if re.search(r"loss|lost", name, re.I)
    )


def rivals_named(known: Known, *, field: str, reader: Membership) -> dict[str, tuple[int, int]]:
    """By name, won and lost of the closed deals that the reader sees; the whole as an empty one."""
    if not field:
        return {}
    since = moment_of(known.org, at=known.at) - WITHIN
    rows = (
        Opportunity.objects.visible_to(reader)
        .filter(org=known.org, is_closed=True, close_date__gte=since.date())
        .annotate(rival=Cast(KeyTextTransform(field, F("extra")), CharField()))
        .order_by()
        .values_list("rival")
        .annotate(won=Count("pk", filter=Q(is_won=True)), lost=Count("pk", filter=Q(is_won=False)))
    )
    found: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for rival, won, gone in rows:
        name = str(rival or "").strip()
        for each in {name, ""}:
            found[each] += won
            lost[each] += gone
    return {name: (found[name], lost[name]) for name in {*found, *lost}}


def rival_of(
    known: Known, name: str, record: dict[str, tuple[int, int]], *, url: str
) -> Rival | None:
    won, lost = record.get(name, (0, 0))
    all_won, all_lost = record.get("", (0, 0))
    if not name or won + lost < LEAST:
        return None
    key = known.source(
        f"rival:{crc32(name.encode())}",
        f"Deals against {name}",
        url,
        [
            count(won), count(lost), count(won + lost), share(won / (won + lost)),
            count(all_won + all_lost), share(all_won / max(1, all_won + all_lost)),
        ],
        names=(name,),
    )  # fmt: skip
    return Rival(key, name, won, lost, all_won, all_lost)


def mentioned(texts: Sequence[tuple[str, str]], names: Sequence[str]) -> list[tuple[str, str]]:
    """Which of the names stand in which of the texts, the newest text first: name, key."""
    return [
        (name, key)
        for key, text in texts
        for name in names
        if name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    ]
