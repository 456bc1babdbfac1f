"""The list of deals of one reader, as an address asks for it: a page's, or an answer's."""

from datetime import date

from django.db.models import Q
from django.http import QueryDict

from accounts.about.choices import owners_seen_by, values_of
from accounts.models import Account, Opportunity
from accounts.tables.records import by_name, deals_table
from revenue.users.models import Membership
from revenue.web.tables import BoundTable

STATES = {"": "Open", "overdue": "Overdue", "won": "Won", "lost": "Lost", "all": "All"}


def of_state(state: str, *, today: date) -> Q:
    conditions = {
        "overdue": Q(is_closed=False, close_date__lt=today),
        "won": Q(is_won=True),
        "lost": Q(is_closed=True, is_won=False),
        "all": Q(),
    }
    return conditions.get(state, Q(is_closed=False))


def bound_deals(*, reader: Membership, asked: QueryDict, path: str, today: date) -> BoundTable:
    org = reader.org
    visible = Opportunity.objects.visible_to(reader)
    accounts = Account.objects.visible_to(reader)
    declared = deals_table(
        currency=org.currency,
        today=today,
        owners=owners_seen_by(reader),
        stages=values_of(visible, "stage", reader=reader),
        kinds=values_of(visible, "kind", reader=reader),
        industries=values_of(accounts, "industry", reader=reader),
        others=[
            code
            for code, _ in values_of(visible, "currency", reader=reader)
            if code != org.currency
        ],
    )
    rows = visible.filter(of_state(asked.get("state", ""), today=today))
    return declared.bind(
        asked,
        queryset=by_name(rows).select_related("org", "account", "owner"),
        path=path,
    )
