"""Deals that held the same product and came to nothing: those alone that the reader may open."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import LineItem, Opportunity
from revenue.users.models import Membership

MOST = 3


@dataclass(frozen=True)
class LostDeal:
    name: str
    url: str
    close_date: date | None


def lost_deals_of(rows: Sequence[Any], *, reader: Membership) -> Mapping[int, list[LostDeal]]:
    """By suggestion, the newest first."""
    if not rows:
        return {}
    wanted = Q()
    for row in rows:
        wanted |= Q(opportunity__account_ref=row.account_ref, product_ref=row.product_ref)
    lines = (
        LineItem.objects.visible_to(reader)
        .filter(wanted, org=reader.org, opportunity__is_closed=True, opportunity__is_won=False)
        .values_list("opportunity__account_ref", "product_ref", "opportunity_ref")
    )
    pairs = defaultdict(set)
    for account, product, deal in lines:
        pairs[deal].add((account, product))
    deals = Opportunity.objects.visible_to(reader).filter(org=reader.org, external_id__in=pairs)
    found = defaultdict(list)
    for deal in deals.order_by("-close_date", "-id"):
        url = reverse("accounts:deal-show", args=[reader.org.slug, deal.pk])
        for pair in pairs[deal.external_id]:
            found[pair].append(LostDeal(deal.name, url, deal.close_date))
    return {row.pk: found[row.account_ref, row.product_ref][:MOST] for row in rows}
