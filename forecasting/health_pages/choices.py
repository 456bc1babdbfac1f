"""What the filters offer: nothing that its reader could not meet in the list itself."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from accounts.about.choices import MOST, owners_seen_by
from accounts.about.hierarchy import Tree
from forecasting.deals.sizes import LARGEST, SIZES
from forecasting.health_pages.table import Offered
from revenue.users.models import Membership

COLUMNS = ("industry", "region", "size", "driver")
IN_ORDER = [*(name for _, name in SIZES), LARGEST]


def offered_to(
    reader: Membership,
    *,
    rows: QuerySet[Any],
    tree: Tree,
    kept: Callable[[Callable[[], Any]], Any],
) -> Offered:
    found = kept(lambda: list(rows.order_by().values_list(*COLUMNS).distinct()))
    seen = {name: {row[place] for row in found} - {"", None} for place, name in enumerate(COLUMNS)}
    industries, regions, drivers = (
        [(value, value) for value in sorted(seen[name])[:MOST]]
        for name in ("industry", "region", "driver")
    )
    return Offered(
        owners=owners_seen_by(reader),
        teams=[
            (node.key, node.name, Q(account__owner_ref__in=tree.owners_below(node)))
            for node in tree.teams[:MOST]
        ],
        industries=industries,
        regions=regions,
        sizes=[(value, value) for value in IN_ORDER if value in seen["size"]],
        drivers=drivers,
    )
