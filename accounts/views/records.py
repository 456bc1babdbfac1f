"""What the pages of all kinds of records share."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone

from accounts.about.extra import extra_fields
from accounts.about.timeline import timeline
from accounts.models import Activity, Connection, Fact
from accounts.panels import panels_of
from revenue.users.access import OrgRequest
from revenue.users.models import Org
from revenue.web.rendering import render_page
from revenue.web.tables import BoundTable

TIMELINE = "timeline-more"


def record_or_404(model: type[Fact], pk: int, request: OrgRequest, *related: str) -> Any:
    """Not there, another org's, or not for this reader: all the same answer."""
    rows = model.objects.visible_to(request.membership).select_related("org", *related)
    record = rows.filter(pk=pk).first()
    if record is None:
        raise Http404
    return record


def asks_for_timeline(request: OrgRequest) -> bool:
    return bool(request.htmx) and request.htmx.target == TIMELINE


def timeline_of(request: OrgRequest, **about: str) -> Any:
    rows = Activity.objects.visible_to(request.membership).filter(**about)
    return timeline(
        rows, cursor=request.GET.get("before", ""), path=request.path, at=timezone.now()
    )


def frame_of(record: Any, *, kind: str, object_name: str) -> dict[str, Any]:
    return {
        "record": record,
        "panels": panels_of(kind, org_slug=record.org.slug, pk=record.pk),
        "extra": extra_fields(record, object_name=object_name),
        "crm_url": crm_url(record),
        "today": record.org.today(at=timezone.now()),
    }


def crm_url(record: Fact) -> str:
    """Of the record in the CRM itself, where that has an address."""
    if record.org.kind != Org.Kind.SALESFORCE:
        return ""
    found = Connection.objects.filter(org=record.org).values_list("instance_url", flat=True).first()
    return f"{found}/{record.external_id}" if found else ""


def render_list(
    request: OrgRequest, template: str, table: BoundTable, **context: Any
) -> HttpResponse:
    return render_page(
        request, template, {"table": table, **context}, partial=table.id, push_url=table.url
    )
