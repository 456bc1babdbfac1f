"""The trust page of an org: what its source has, what is here, and how it came."""

from itertools import chain

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts import trust, trust_charts
from accounts.asking import admins_of
from accounts.connecting import why_not_synced
from accounts.models import Connection, ObjectSync, RefusedRow, SyncRun
from accounts.sync.starting import start_sync
from accounts.tables.refused import refused_table
from accounts.views.refused import refused_file
from revenue.jobs.listing import duration_in_words
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page
from revenue.web.tables import BoundTable

ENDED = "sync-ended"


@any_member
@require_safe
def sync_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    now, zone = timezone.now(), timezone.get_current_timezone()
    standing = trust.standing_of(org=request.org, at=now)
    is_admin = request.membership.role == Role.ADMIN
    context = {
        "standing": standing,
        "runs": [(run, took(run)) for run in standing.runs],
        "is_admin": is_admin,
        "admins": [] if is_admin else admins_of(request.org),
        "charts": trust_charts.charts_of(standing.runs, zone=zone),
    }
    answer = render_page(request, "accounts/sync_show.html", context, partial=("live", "past"))
    if request.htmx.target == "live" and standing.job is None:
        # What stands below the bar is fetched once, when there is something new to say.
        answer.headers["HX-Trigger"] = ENDED
    return answer


def took(run: SyncRun) -> str:
    return duration_in_words(run.finished_at - run.started_at) if run.finished_at else ""


@for_roles(Role.ADMIN)
@require_POST
def sync_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    connection = Connection.objects.select_related("org").filter(org=request.org).first()
    if reason := why_not_synced(connection):
        messages.error(request, reason)
    else:
        start_sync(
            org=request.org,
            by=request.user,
            trigger=SyncRun.Trigger.PERSON,
            full="full" in request.POST,
            request=request,
        )
    return redirect("accounts:sync-show", org_slug)


def refused_rows(request: OrgRequest) -> BoundTable:
    names = ObjectSync.objects.filter(org=request.org).order_by("object_name")
    table = refused_table(
        objects=[(name, name) for name in names.values_list("object_name", flat=True)]
    )
    rows = RefusedRow.objects.filter(org=request.org)
    return table.bind(request.GET, queryset=rows, path=request.path)


@for_roles(Role.ADMIN)
@require_safe
def refused_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    table = refused_rows(request)
    query = request.GET.urlencode()
    download = reverse("accounts:refused-download", args=[org_slug])
    context = {"table": table, "download_url": f"{download}?{query}" if query else download}
    return render_page(
        request,
        "accounts/sync_refused.html",
        context,
        partial=table.id,
        push_url=table.url,
    )


@for_roles(Role.ADMIN)
@require_GET
def refused_download(request: OrgRequest, org_slug: str) -> HttpResponseBase:
    """As filtered on the page, all columns; text that a spreadsheet would run is quoted."""
    table = refused_rows(request)
    columns = table.table.columns
    rows = chain([[each.label for each in columns]], table.rows(columns=columns))
    return refused_file(request, rows, of=request.org, name=request.org.slug)
