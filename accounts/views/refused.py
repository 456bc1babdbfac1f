"""Refused rows as a file to take away: of a sync as filtered, of an import to be put right."""

import csv
import io
from collections.abc import Iterable, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any

from django.http import FileResponse

from revenue.users import audit
from revenue.users.access import OrgRequest
from revenue.users.models import AuditEvent

IN_MEMORY = 4 * 2**20


def refused_file(
    request: OrgRequest, rows: Iterable[Sequence[Any]], *, of: object, name: str, **detail: Any
) -> FileResponse:
    """The first of the rows is the heading."""
    # Written before it is answered: the database is open to this person only until then.
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer, count = csv.writer(text), -1
    for row in rows:
        writer.writerow(row)
        count += 1
    text.detach()
    file.seek(0)
    audit.record(
        AuditEvent.Action.EXPORT_TAKEN,
        by=request.user,
        org=request.org,
        subject=f"Refused rows of {of}",
        detail={"rows": count, **detail},
        request=request,
    )
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"refused-{name}.csv",
        content_type="text/csv; charset=utf-8",
        headers={"Cache-Control": "private, no-store"},
    )
