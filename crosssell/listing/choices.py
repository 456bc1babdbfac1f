"""What the filters offer: nothing that its reader could not meet in the list itself."""

from django.db.models import Q

from accounts.about.choices import MOST, owners_seen_by, values_of
from accounts.about.hierarchy import Tree
from accounts.models import Account, Product
from crosssell.listing.table import Offered
from crosssell.models import Recommendation
from revenue.users.models import Membership


def offered_to(reader: Membership, *, tree: Tree) -> Offered:
    products = Product.objects.visible_to(reader)
    named = products.order_by("name", "id").values_list("external_id", "name")
    return Offered(
        kinds=list(Recommendation.Kind.choices),
        products=list(named[:MOST]),
        families=values_of(products, "family", reader=reader),
        owners=owners_seen_by(reader),
        teams=[
            (node.key, node.name, Q(account__owner_ref__in=tree.owners_below(node)))
            for node in tree.teams[:MOST]
        ],
        industries=values_of(Account.objects.visible_to(reader), "industry", reader=reader),
    )
