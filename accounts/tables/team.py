from django.db.models import Sum

from accounts.sellers import deals_page
from revenue.periods import Period
from revenue.users.roles import Role
from revenue.web import filters as f
from revenue.web.tables import Column, Table

SELLING_ROLES = [(role.value, str(role.label)) for role in (Role.REP, Role.MANAGER, Role.EXECUTIVE)]

TEAM = Table(
    id="team",
    noun="people",
    noun_of_one="person",
    caption="People who report to you",
    default_sort="name",
    columns=(
        Column(name="name", label="Name", value="user__full_name", sort="user__full_name"),
        Column(name="role", label="Role", value="get_role_display", sort="role"),
        Column(
            name="manager",
            label="Reports to",
            value="reports_to__user__full_name",
            sort="reports_to__user__full_name",
        ),
        Column(name="email", label="E-mail", value="user__email", sort="user__email"),
        Column(
            name="seen", label="Last here", kind="ago", value="last_seen_at", sort="last_seen_at"
        ),
        Column(
            name="since", label="Member since", kind="date", value="created_at", sort="created_at"
        ),
    ),
    filters=(
        f.TextFilter(name="q", label="Name or e-mail", paths=("user__full_name", "user__email")),
        f.MultiChoiceFilter(name="role", label="Role", path="role", choices=SELLING_ROLES),
    ),
    empty_title="Nobody reports to you yet",
    empty_text="An admin of your org says who reports to whom, on the page Members.",
)


def sellers_table(*, currency: str, quarter: Period) -> Table:
    """Each name leads to the seller's open deals."""
    return Table(
        id="sellers",
        prefix="s_",
        noun="people",
        noun_of_one="person",
        caption="Sellers and their deals",
        default_sort="-pipeline",
        columns=(
            Column(name="name", label="Name", sort="name", href=deals_page),
            Column(name="title", label="Title", sort="title"),
            Column(name="team", label="Team", sort="team"),
            Column(
                name="deals",
                label="Open deals",
                kind="number",
                value="open_deals",
                sort="open_deals",
                total=Sum("open_deals"),
            ),
            Column(
                name="pipeline",
                label="Open pipeline",
                kind="money",
                value="open_pipeline",
                sort="open_pipeline",
                currency=currency,
                total=Sum("open_pipeline"),
            ),
            Column(
                name="won",
                label=f"Won since {quarter.since:%-d %b}",
                kind="money",
                value="won_total",
                sort="won_total",
                currency=currency,
                total=Sum("won_total"),
            ),
        ),
        filters=(
            f.TextFilter(name="q", label="Name, title or team", paths=("name", "title", "team")),
        ),
        empty_title="No sellers yet",
        empty_text="Sellers come from the CRM, together with who stands above whom there.",
    )
