"""A list taken out as a file: made, written down in the audit log, and never kept by a proxy."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from revenue.users import audit
from revenue.users.access import OrgRequest
from revenue.users.models import AuditEvent
from revenue.web import exporting
from revenue.web.tables import BoundTable


def export_answer(
    request: OrgRequest,
    table: BoundTable,
    *,
    kind: str,
    subject: str,
    file: str,
    made_at: datetime | None = None,
    dated: str = "",
    detail: dict[str, Any] | None = None,
) -> HttpResponseBase:
    """`file` is what its name begins with; `dated` stands there in place of today."""
    answer: HttpResponseBase
    if kind == "csv":
        answer = StreamingHttpResponse(exporting.csv_lines(table))
    else:
        try:
            answer = FileResponse(exporting.workbook(table, made_at=made_at))
        except exporting.TooManyRowsError as error:
            messages.error(request, str(error))
            return redirect(table.url)
    audit.record(
        AuditEvent.Action.EXPORT_TAKEN,
        by=request.user,
        org=request.org,
        subject=subject,
        detail={
            "format": kind,
            "rows": table.count,
            "columns": [each.label for each in table.columns],
            "query": table.address().partition("?")[2],
            **(detail or {}),
        },
        request=request,
    )
    day = dated or f"{timezone.localdate():%Y-%m-%d}"
    answer.headers["Content-Type"] = exporting.TYPES[kind]
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{file}-{request.org.slug}-{day}.{kind}"'
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
