"""The documents of an org as a list."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from assistant.models import Audience, Document, DocumentVersion
from revenue.users.models import Membership
from revenue.users.roles import Role
from revenue.web import filters as f
from revenue.web.tables import Column, Table

EDITORS = (Role.EXECUTIVE, Role.ADMIN)
State = DocumentVersion.State
KINDS_OF_STATE = {
    State.READY: "positive",
    State.REFUSED: "negative",
    State.WAITING: "accent",
    State.READING: "accent",
}


def rows_for(reader: Membership) -> QuerySet[Document]:
    """Those who look after the documents see also what is being read, and what was refused."""
    newest = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")
    mine = Document.objects
    rows = mine.listed_for(reader) if reader.role in EDITORS else mine.visible_to(reader)
    found: QuerySet[Document] = (
        rows.filter(org_id=reader.org_id)
        .select_related("org", "current", "current__made_by", "made_by")
        .annotate(newest_state=Subquery(newest.values("state")[:1]))
    )
    return found


def state_of(row: Any) -> str:
    """In words; of what serves while a newer version is read, both."""
    state = State(row.newest_state or State.WAITING)
    if row.current is None or state == State.READY:
        return str(state.label)
    return f"Ready; new version {state.label.lower()}"


def badge_of(row: Any) -> str:
    return KINDS_OF_STATE[State(row.newest_state or State.WAITING)]


def of_current(name: str) -> Any:
    return lambda row: getattr(row.current, name) if row.current else None


DOCUMENTS = Table(
    id="documents",
    noun="documents",
    caption="Documents",
    default_sort="-updated",
    page_size=50,
    columns=(
        Column(
            name="title",
            label="Title",
            sort="title",
            href=lambda row: reverse("assistant:knowledge-show", args=[row.org.slug, row.pk]),
        ),
        Column(name="kind", label="Kind", value="get_kind_display", sort="kind"),
        Column(name="state", label="State", kind="badge", value=state_of, badge=badge_of),
        Column(name="pages", label="Pages", kind="number", value=of_current("pages")),
        Column(name="passages", label="Passages", kind="number", value=of_current("passage_count")),
        Column(name="audience", label="For", value="get_audience_display", sort="audience"),
        Column(name="version", label="Version", kind="number", value=of_current("number")),
        Column(name="updated", label="Updated", kind="ago", value="changed_at", sort="changed_at"),
        Column(
            name="by",
            label="By",
            value=lambda row: row.current.made_by if row.current else row.made_by,
        ),
    ),
    filters=(
        f.TextFilter(name="q", label="Search titles", paths=("title", "current__file_name")),
        f.ChoiceFilter(name="kind", label="Kind", path="kind", choices=Document.Kind.choices),
        f.ChoiceFilter(name="for", label="For", path="audience", choices=Audience.choices),
    ),
    empty_title="Nothing is known yet",
    empty_text="What is brought here is found by search, and quoted in answers and call plans.",
)
