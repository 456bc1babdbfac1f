from typing import Any

from django.urls import reverse

from accounts.mapping import COLUMN, EXTRA, SKIP, destination_of
from accounts.models import SourceField
from revenue.web import filters as f
from revenue.web.tables import Column, Table

STATES = {
    SourceField.State.CURRENT: ("In use", "positive"),
    SourceField.State.STALE: ("Gone from the source", ""),
    SourceField.State.QUARANTINED: ("Type changed", "warning"),
}


def field_url(row: Any) -> str:
    return reverse("accounts:mapping-change", args=[row.org.slug, row.object_name, row.pk])


def in_words(destination: str) -> str:
    if destination.startswith(COLUMN):
        return destination.removeprefix(COLUMN).removesuffix("_ref").replace("_", " ").capitalize()
    return {EXTRA: "Other fields", SKIP: "Not read"}[destination]


def goes_to(row: SourceField) -> str:
    return in_words(destination_of(row))


FIELDS = Table(
    id="fields",
    noun="fields",
    caption="Fields",
    default_sort="name",
    drawer=True,
    columns=(
        Column(name="name", label="Field", sort="name", href=field_url),
        Column(name="label", label="Label", sort="label"),
        Column(name="type", label="Type", sort="type"),
        Column(name="goes", label="Goes to", value=goes_to),
        Column(
            name="state",
            label="State",
            kind="badge",
            value=lambda row: STATES[row.state][0],
            badge=lambda row: STATES[row.state][1],
            sort="state",
        ),
        Column(
            name="by", label="Chosen by an admin", kind="yes", value="is_set_by_admin", shown=False
        ),
        Column(name="custom", label="Custom", kind="yes", value="is_custom", shown=False),
        Column(name="formula", label="Formula", kind="yes", value="is_formula", shown=False),
        Column(
            name="seen", label="Last seen", kind="ago", value="last_seen_at", sort="last_seen_at"
        ),
    ),
    filters=(
        f.TextFilter(name="q", label="Search fields", paths=("name", "label")),
        f.MultiChoiceFilter(
            name="state",
            label="State",
            path="state",
            choices=[(str(state), words) for state, (words, _) in STATES.items()],
        ),
        f.BooleanFilter(
            name="skipped", label="Reading", path="is_skipped", yes="Not read", no="Read"
        ),
        f.BooleanFilter(name="custom", label="Kind", path="is_custom", yes="Custom", no="Standard"),
    ),
    empty_title="No field is known yet",
    empty_text="The first sync asks the source for its fields.",
)
