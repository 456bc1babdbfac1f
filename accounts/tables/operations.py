from typing import Any

from django.urls import reverse

from revenue.users.models import Org
from revenue.web import filters as f
from revenue.web.tables import Column, Table

KINDS = [(str(value), str(label)) for value, label in Org.Kind.choices]


def operations_of(org: Any) -> str:
    return reverse("accounts:operations-show", args=[org.slug])


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
