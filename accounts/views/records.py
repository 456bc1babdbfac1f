"""What the pages of all kinds of records share."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.about.account import done_with
from accounts.about.clock import moment_of
from accounts.about.extra import extra_fields
from accounts.about.rhythm import rhythm_of
from accounts.about.sight import one_seen
from accounts.about.timeline import timeline
from accounts.models import Activity, Connection, Fact
from accounts.panels import panels_of
from revenue.users.access import OrgRequest
from revenue.users.models import Org
from revenue.web.rendering import render_page
from revenue.web.tables import BoundTable

TIMELINE, FURTHER = "timeline", "timeline-more"
FRAGMENTS = (TIMELINE, FURTHER)
# What activities call a record that pages call otherwise.
NAMED = {"deal": "opportunity"}


def record_or_404(model: type[Fact], pk: int, request: OrgRequest, *related: str) -> Any:
    """Not there, deleted, another org's, or not for this reader: all the same answer."""
    rows = model.objects.visible_to(request.membership).select_related("org", *related)
    record = rows.filter(pk=pk).first()
    if record is None:
        raise Http404
    return record


def record_or_survivor(model: Any, pk: int, request: OrgRequest, *, kind: str) -> Any:
    """The record; of one that the CRM has merged into another, the way to that one's page."""
    reader = request.membership
    try:
        return record_or_404(model, pk, request, "owner")
    except Http404:
        gone = model.objects.of(reader.org).filter(pk=pk, deleted_at__isnull=False)
        ref = gone.values_list("merged_into_ref", flat=True).first()
        survivor = one_seen(model, ref, reader=reader)
        if survivor is None:
            raise
    return redirect(f"accounts:{kind}-show", reader.org.slug, survivor.pk)


def asks_for_timeline(request: OrgRequest) -> bool:
    return bool(request.htmx) and request.htmx.target in FRAGMENTS


def activity_of(request: OrgRequest, about: Q) -> dict[str, Any]:
    """The timeline; and for a whole page how lively it was."""
    at = moment_of(request.org, at=timezone.now())
    rows = Activity.objects.visible_to(request.membership).filter(about)
    found: dict[str, Any] = {
        "timeline": timeline(
            rows,
            cursor=request.GET.get("before", ""),
            kind=request.GET.get("kind", ""),
            path=request.path,
            at=at,
            choices=not (request.htmx and request.htmx.target == FURTHER),
        )
    }
    return found if asks_for_timeline(request) else found | {"rhythm": rhythm_of(rows, at=at)}


def frame_of(record: Any, *, kind: str, object_name: str) -> dict[str, Any]:
    return {
        "record": record,
        "panels": panels_of(kind, org_slug=record.org.slug, pk=record.pk),
        "extra": extra_fields(record, object_name=object_name),
        "crm_url": crm_url(record),
        "today": record.org.today(at=timezone.now()),
    }


def render_record(
    request: OrgRequest,
    record: Any,
    *,
    kind: str,
    object_name: str,
    contents: Callable[..., dict[str, Any]],
) -> HttpResponse:
    """A record's page, or more of its timeline alone; where it was merged, the way on."""
    if isinstance(record, HttpResponse):
        return record
    context = {kind: record} | activity_of(request, about_of(record, kind=kind))
    if not asks_for_timeline(request):
        context |= frame_of(record, kind=kind, object_name=object_name)
        context |= contents(record, reader=request.membership)
    return render_page(request, f"accounts/{kind}_show.html", context, partial=FRAGMENTS)


def about_of(record: Any, *, kind: str) -> Q:
    """Which activities are about it; with an account is what was done for a deal of it, too."""
    if kind == "account":
        return done_with(record)
    return Q(**{f"{NAMED.get(kind, kind)}_ref": record.external_id})


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
