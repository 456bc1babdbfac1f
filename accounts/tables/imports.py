from typing import Any

from django.urls import reverse

from accounts.models import Upload
from accounts.tables.refused import row_as_text, where
from revenue.web import filters as f
from revenue.web.tables import Column, Table

STATES = {
    Upload.State.WAITING: "accent",
    Upload.State.RUNNING: "accent",
    Upload.State.STOPPED: "negative",
    Upload.State.DONE: "positive",
    Upload.State.DISCARDED: "",
    Upload.State.EXPIRED: "",
}
NAMES_SHOWN = 3


def files_in_words(row: Any) -> str:
    names = [each.name for each in sorted(row.files.all(), key=lambda each: each.position)]
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def of_done(name: str) -> Any:
    return lambda row: getattr(row, name) if row.finished_at else None


UPLOADS = Table(
    id="uploads",
    noun="imports",
    caption="Imports",
    default_sort="-uploaded",
    page_size=20,
    columns=(
        Column(
            name="files",
            label="Files",
            value=files_in_words,
            href=lambda row: reverse("accounts:import-show", args=[row.org.slug, row.pk]),
        ),
        Column(
            name="state",
            label="State",
            kind="badge",
            value=lambda row: row.state.label,
            badge=lambda row: STATES[row.state],
        ),
        Column(
            name="uploaded",
            label="Uploaded",
            kind="ago",
            value="uploaded_at",
            sort="uploaded_at",
        ),
        Column(name="by", label="By", value="uploaded_by__full_name"),
        Column(name="accepted", label="Accepted", kind="number", value=of_done("rows_accepted")),
        Column(
            name="written", label="New or changed", kind="number", value=of_done("rows_written")
        ),
        Column(name="refused", label="Refused", kind="number", value=of_done("rows_refused")),
    ),
    filters=(
        f.TextFilter(name="q", label="Search files", paths=("files__name",)),
        f.DateRangeFilter(name="uploaded", label="Uploaded", path="uploaded_at", moments=True),
    ),
    empty_title="No file has been uploaded yet",
    empty_text="Choose files above; nothing is imported before you say so.",
)

REFUSED = Table(
    id="refused",
    noun="refused rows",
    caption="Refused rows",
    default_sort="file,line",
    page_size=20,
    columns=(
        Column(name="where", label="Where", value=where),
        Column(name="reason", label="Why", kind="long"),
        Column(name="object", label="Object", value="object_name", sort="object_name"),
        Column(name="row", label="The row", value=row_as_text),
        Column(name="file", label="File", value="source", sort="source", shown=False),
        Column(name="line", label="Line", kind="number", sort="line", shown=False),
    ),
    filters=(f.TextFilter(name="q", label="Search reasons", paths=("reason", "field_name")),),
    empty_title="No row is refused any more",
    empty_text="Rows that came later in a form that could be kept have left this list.",
)
