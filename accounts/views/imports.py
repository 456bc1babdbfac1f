"""Files of an org that is fed by files: uploaded, imported, and what became of their rows."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.models import Upload
from accounts.records import OBJECTS
from accounts.tables.imports import REFUSED, UPLOADS
from accounts.uploading import keeping, receiving, refused, starting
from accounts.uploading.performing import refusals_of
from accounts.uploading.starting import files_with_mappings, is_ready
from accounts.views.refused import refused_file
from revenue.users.access import OrgRequest, for_roles
from revenue.users.models import Org
from revenue.users.roles import Role
from revenue.web.rendering import render_page

ENDED = "import-ended"
TAKES_NO_FILES = "This org is fed by another source, and files would mix with it."


def upload_of(request: OrgRequest, pk: int) -> Upload:
    rows = Upload.objects.filter(org=request.org).select_related("org", "job", "uploaded_by")
    found: Upload = get_object_or_404(rows, pk=pk)
    return found


@for_roles(Role.ADMIN)
@require_safe
def import_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    return listed(request)


def listed(request: OrgRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    rows = Upload.objects.filter(org=request.org).select_related("org", "job", "uploaded_by")
    table = UPLOADS.bind(
        request.GET, queryset=rows.prefetch_related("files").distinct(), path=request.path
    )
    context = {
        "table": table,
        "problem": problem,
        "takes_files": request.org.kind == Org.Kind.CSV,
        "most_mb": settings.CSV_MAX_UPLOAD_MB,
        "accepts": ",".join((*receiving.WANTED, ".gz")),
    }
    return render_page(
        request,
        "accounts/import_list.html",
        context,
        partial=table.id,
        push_url=table.url,
        status=status,
    )


@for_roles(Role.ADMIN)
@require_POST
def import_upload(request: OrgRequest, org_slug: str) -> HttpResponse:
    if request.org.kind != Org.Kind.CSV:
        messages.error(request, TAKES_NO_FILES)
        return redirect("accounts:import-list", org_slug)
    try:
        receiving.refuse_too_large(request)
        upload = receiving.keep_upload(
            org=request.org,
            received=request.FILES.getlist("files"),
            by=request.user,
            at=timezone.now(),
            request=request,
        )
    except receiving.UploadRefused as problem:
        return listed(request, problem=str(problem), status=422)
    files = list(files_with_mappings(upload))
    if len(files) == 1 and not is_ready(files[0]) and not files[0].problem:
        return redirect("accounts:import-map", org_slug, files[0].pk)
    return redirect("accounts:import-show", org_slug, upload.pk)


@for_roles(Role.ADMIN)
@require_safe
def import_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    upload = upload_of(request, pk)
    context = {"upload": upload, **(done(request, upload) if upload.finished_at else {})}
    if not upload.finished_at:
        files = files_with_mappings(upload)
        context |= {
            "files": files,
            "ready": sum(is_ready(each) for each in files),
            "unknown": sum(not each.problem and not is_ready(each) for each in files),
            "kept_days": keeping.KEEP_FILES.days,
            "has_mapping": any(each.is_mapped for each in files),
        }
    answer = render_page(
        request, "accounts/import_show.html", context, partial=("live", REFUSED.id)
    )
    if request.htmx.target == "live" and upload.finished_at:
        # Buttons and heading stand outside of what is asked for each second.
        answer.headers["HX-Refresh"] = "true"
    return answer


def done(request: OrgRequest, upload: Upload) -> dict[str, Any]:
    table = REFUSED.bind(request.GET, queryset=refusals_of(upload), path=request.path)
    objects = [
        {
            **counts,
            "label": OBJECTS[name].record.capitalize() if name in OBJECTS else name,
            "unchanged": max(counts["read"] - counts["written"] - counts["refused"], 0),
        }
        for name, counts in upload.result.get("objects", {}).items()
    ]
    return {
        "objects": objects,
        "results": upload.result.get("files", []),
        "table": table,
        "still_refused": table.count if upload.rows_refused else 0,
        "changed_nothing": not upload.rows_written and upload.rows_accepted,
    }


@for_roles(Role.ADMIN)
@require_POST
def import_start(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    try:
        starting.start_import(upload_of(request, pk), by=request.user, request=request)
    except starting.NotStarted as problem:
        messages.error(request, str(problem))
    return redirect("accounts:import-show", org_slug, pk)


@for_roles(Role.ADMIN)
@require_POST
def import_discard(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    upload = upload_of(request, pk)
    if keeping.discard(upload, by=request.user, at=timezone.now(), request=request):
        messages.success(request, "The files are discarded. Nothing of them was kept.")
        return redirect("accounts:import-list", org_slug)
    messages.error(request, "These files are being imported, or were imported already.")
    return redirect("accounts:import-show", org_slug, pk)


@for_roles(Role.ADMIN)
@require_GET
def import_mapping(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    text = starting.as_yaml(upload_of(request, pk))
    if not text:
        raise Http404("Nothing has been said of the columns of these files.")
    return HttpResponse(
        text,
        content_type="application/yaml; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="mapping.yaml"',
            "Cache-Control": "private, no-store",
        },
    )


@for_roles(Role.ADMIN)
@require_GET
def import_refused(request: OrgRequest, org_slug: str, pk: int) -> HttpResponseBase:
    """With the file's own columns, to be put right; text that a spreadsheet would run is quoted."""
    upload = upload_of(request, pk)
    name = f"{request.org.slug}-{upload.pk}"
    return refused_file(request, refused.rows_of(upload), of=upload, name=name, upload=upload.pk)
