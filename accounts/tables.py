from typing import Any

from django.urls import reverse

from revenue.users.models import Org
from revenue.users.roles import Role
from revenue.web import filters as f
from revenue.web.tables import Column, Table

SELLING_ROLES = [(role.value, str(role.label)) for role in (Role.REP, Role.MANAGER, Role.EXECUTIVE)]


def operations_of(org: Any) -> str:
    return reverse("accounts:operations-show", args=[org.slug])


KINDS = [(str(value), str(label)) for value, label in Org.Kind.choices]

TEAM = Table(
    id="team",
    noun="people",
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

ORGS = Table(
    id="orgs",
    noun="orgs",
    caption="Orgs that you run",
    default_sort="name",
    columns=(
        Column(name="name", label="Org", sort="name", href=operations_of),
        Column(name="kind", label="Source", value="get_kind_display", sort="kind"),
        Column(name="group", label="Group", value="group__name", sort="group__name"),
        Column(
            name="people", label="People", kind="number", value="people_count", sort="people_count"
        ),
        Column(
            name="running",
            label="Jobs running",
            kind="number",
            value="running_count",
            sort="running_count",
        ),
        Column(
            name="failed",
            label="Failed in 24 h",
            kind="number",
            value="failed_count",
            sort="failed_count",
        ),
        Column(name="as_of", label="Data as of", kind="ago", value="data_as_of", sort="data_as_of"),
    ),
    filters=(
        f.TextFilter(name="q", label="Name", paths=("name", "slug")),
        f.MultiChoiceFilter(name="kind", label="Source", path="kind", choices=KINDS),
    ),
)
