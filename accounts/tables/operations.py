from typing import Any

from django.urls import reverse

from accounts.models import Connection, SyncRun
from revenue.users.models import Org
from revenue.web import filters as f
from revenue.web.tables import Column, Table

KINDS = [(str(value), str(label)) for value, label in Org.Kind.choices]


CONNECTIONS = {
    Connection.State.WORKING: ("Working", "positive"),
    Connection.State.UNTESTED: ("Not tried yet", "warning"),
    Connection.State.NEEDS_SIGN_IN: ("Needs sign-in", "negative"),
    Connection.State.STOPPED: ("Stopped", "negative"),
}
SYNCS = {
    SyncRun.State.SUCCEEDED: ("Done", "positive"),
    SyncRun.State.PARTIAL: ("Partly done", "warning"),
    SyncRun.State.FAILED: ("Failed", "negative"),
    SyncRun.State.RUNNING: ("Running", "accent"),
}


def connection_of(org: Any) -> tuple[str, str]:
    if org.kind == Org.Kind.CSV:
        return ("Files", "")
    return CONNECTIONS.get(org.connection_state, ("Not connected", ""))


def sync_of(org: Any) -> tuple[str, str]:
    return SYNCS.get(org.sync_state, ("Never", ""))


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
        Column(name="group", label="Group", value="group__name", sort="group__name", shown=False),
        Column(
            name="connection",
            label="Connection",
            kind="badge",
            value=lambda org: connection_of(org)[0],
            badge=lambda org: connection_of(org)[1],
            sort="connection_state",
        ),
        Column(
            name="sync",
            label="Last sync",
            kind="badge",
            value=lambda org: sync_of(org)[0],
            badge=lambda org: sync_of(org)[1],
            sort="sync_state",
        ),
        Column(name="as_of", label="Data as of", kind="ago", value="data_as_of", sort="data_as_of"),
        Column(
            name="synced",
            label="Synced",
            kind="ago",
            value="synced_at",
            sort="synced_at",
            shown=False,
        ),
        Column(
            name="refused",
            label="Refused rows",
            kind="number",
            value="refused_count",
            sort="refused_count",
        ),
        Column(
            name="people",
            label="People",
            kind="number",
            value="people_count",
            sort="people_count",
            shown=False,
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
    ),
    filters=(
        f.TextFilter(name="q", label="Name", paths=("name", "slug")),
        f.MultiChoiceFilter(name="kind", label="Source", path="kind", choices=KINDS),
    ),
)
