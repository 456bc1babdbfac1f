"""What the filters offer: nothing that its reader could not meet in the list itself."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from accounts.about.choices import MOST, owners_seen_by
from accounts.about.hierarchy import Tree
from forecasting.models import DealOutlook
from forecasting.tables.outlooks import Offered
from revenue.users.models import Membership

COLUMNS = ("stage", "industry", "region", "size", "kind")


def offered_to(
    reader: Membership, *, tree: Tree, kept: Callable[[Callable[[], Any]], Any]
) -> Offered:
    rows = DealOutlook.objects.visible_to(reader)
    found = kept(lambda: list(rows.order_by().values_list(*COLUMNS, "stage_rank").distinct()))
    rank = {row[0]: row[-1] or 0.0 for row in found}
    seen = {name: {row[place] for row in found} - {""} for place, name in enumerate(COLUMNS)}
    stages = sorted(seen["stage"], key=lambda stage: (rank[stage], stage))
    industries, regions, sizes, kinds = (
        [(value, value) for value in sorted(seen[name])[:MOST]]
        for name in ("industry", "region", "size", "kind")
    )
    return Offered(
        stages=[(stage, stage) for stage in stages[:MOST]],
        owners=owners_seen_by(reader),
        teams=[
            (node.key, node.name, Q(owner_ref__in=tree.owners_below(node)))
            for node in tree.teams[:MOST]
        ],
        industries=industries,
        regions=regions,
        sizes=sizes,
        kinds=kinds,
    )
