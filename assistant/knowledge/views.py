"""The documents of an org: listed, brought, read, changed; and a passage of one, marked."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from assistant.knowledge import changing, receiving, showing
from assistant.knowledge.download import original
from assistant.knowledge.forms import DocumentForm, UploadForm
from assistant.knowledge.receiving import Brought, NotTakenError, Said
from assistant.knowledge.table import DOCUMENTS, EDITORS, rows_for
from assistant.models import Document, DocumentVersion, Passage
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.web.rendering import render_page

State = DocumentVersion.State
ON_A_PAGE = 40
BESIDE = 2


def documents(request: OrgRequest) -> Any:
    return rows_for(request.membership)


def document_of(request: OrgRequest, pk: int) -> Document:
    found: Document = get_object_or_404(documents(request), pk=pk)
    return found


def version_of(request: OrgRequest, pk: int, version_pk: int) -> DocumentVersion:
    document = document_of(request, pk)
    rows = document.versions.select_related("document__org", "org", "job")
    found: DocumentVersion = get_object_or_404(rows, pk=version_pk)
    return found


def may_edit(request: OrgRequest) -> bool:
    return request.membership.role in EDITORS


@any_member
@require_safe
def knowledge_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    return listed(request)


def listed(
    request: OrgRequest, *, form: UploadForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    rows = documents(request)
    table = DOCUMENTS.bind(request.GET, queryset=rows, path=request.path)
    context: dict[str, Any] = {"table": table, "may_edit": may_edit(request), "problem": problem}
    if context["may_edit"]:
        unfinished = DocumentVersion.objects.filter(state__in=[State.WAITING, State.READING])
        context |= {
            "form": form or UploadForm(),
            "most_mb": settings.KNOWLEDGE_MAX_UPLOAD_MB,
            "accepts": ",".join(receiving.WANTED),
            "removed": showing.removed(request.org),
            "kept_days": changing.KEEP_REMOVED.days,
            "is_reading": unfinished.filter(
                document__in=Document.objects.listed_for(request.membership),
                job__finished_at=None,
                job__isnull=False,
            ).exists(),
        }
    return render_page(
        request,
        "assistant/knowledge_list.html",
        context,
        partial=table.id,
        push_url="" if request.headers.get("HX-Trigger") == "again" else table.url,
        status=status,
    )


@for_roles(*EDITORS)
@require_POST
def knowledge_upload(request: OrgRequest, org_slug: str) -> HttpResponse:
    form = UploadForm(request.POST)
    if not form.is_valid():
        return listed(request, form=form, problem="Look at what is said of the files.", status=422)
    try:
        brought = receiving.bring_all(
            request.FILES.getlist("files"),
            org=request.org,
            said=Said(**form.cleaned_data),
            by=request.user,
            at=timezone.now(),
            request=request,
        )
    except NotTakenError as problem:
        return listed(request, form=form, problem=str(problem), status=422)
    for each in brought:
        tell(request, each)
    if len(brought) == 1:
        return redirect("assistant:knowledge-show", org_slug, brought[0].document.pk)
    return redirect("assistant:knowledge-list", org_slug)


def tell(request: OrgRequest, brought: Brought) -> None:
    document = brought.document
    if brought.is_same:
        said = f"This file is here already, as {document.title}. Nothing was changed."
        messages.info(request, said)
    elif not brought.is_new:
        audience = document.get_audience_display().lower()
        messages.success(
            request,
            f"{document.title} gets version {brought.version.number}, for {audience} as before. "
            "What was there serves until it is read.",
        )


@any_member
@require_safe
def knowledge_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return shown(request, document_of(request, pk))


def shown(
    request: OrgRequest, document: Document, *, problem: str = "", status: int = 200
) -> HttpResponse:
    versions = showing.versions_of(document, all_of_them=may_edit(request))
    newest = versions[0] if versions else None
    passages = Passage.objects.filter(version=document.current).order_by("number")
    page = Paginator(passages, ON_A_PAGE).get_page(request.GET.get("page"))
    was_read = bool(request.htmx.target == "live" and newest and newest.is_finished)
    context = {
        "document": document,
        "versions": versions,
        "newest": newest,
        "is_reading": bool(newest and changing.is_being_read(newest)),
        "is_stuck": bool(newest and changing.is_stuck(newest)),
        "passages": page,
        "may_edit": may_edit(request),
        "problem": problem,
        "accepts": ",".join(receiving.WANTED),
        "most_mb": settings.KNOWLEDGE_MAX_UPLOAD_MB,
    }
    answer = render_page(
        request, "assistant/knowledge_show.html", context, partial="live", status=status
    )
    if was_read:
        # Its passages and buttons stand outside of what is asked for each second.
        answer.headers["HX-Refresh"] = "true"
    return answer


@for_roles(*EDITORS)
@require_POST
def knowledge_version(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    document = document_of(request, pk)
    received = request.FILES.getlist("files")[:1]
    try:
        receiving.judge(received)
        brought = receiving.bring(
            received[0],
            org=request.org,
            said=Said(),
            by=request.user,
            at=timezone.now(),
            document=document,
            request=request,
        )
    except NotTakenError as problem:
        return shown(request, document, problem=str(problem), status=422)
    tell(request, brought)
    return redirect("assistant:knowledge-show", org_slug, pk)


@for_roles(*EDITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def knowledge_change(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    document = document_of(request, pk)
    form = DocumentForm(request.POST or None, instance=document_of(request, pk))
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("title", "kind", "audience")}
        changing.change(document, by=request.user, at=timezone.now(), request=request, **said)
        return redirect("assistant:knowledge-show", org_slug, pk)
    context = {"document": document, "form": form}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "assistant/knowledge_change.html", context, status=status)


@for_roles(*EDITORS)
@require_POST
def knowledge_remove(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    document = document_of(request, pk)
    changing.remove(document, by=request.user, at=timezone.now(), request=request)
    messages.success(
        request,
        f"{document.title} is removed: nobody finds it any more. It can be restored for "
        f"{changing.KEEP_REMOVED.days} days.",
    )
    return redirect("assistant:knowledge-list", org_slug)


@for_roles(*EDITORS)
@require_POST
def knowledge_restore(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    document = get_object_or_404(showing.removed(request.org), pk=pk)
    changing.restore(document, by=request.user, at=timezone.now(), request=request)
    messages.success(request, f"{document.title} is back.")
    return redirect("assistant:knowledge-show", org_slug, pk)


@for_roles(*EDITORS)
@require_POST
def knowledge_again(request: OrgRequest, org_slug: str, pk: int, version_pk: int) -> HttpResponse:
    version = version_of(request, pk, version_pk)
    if not changing.read_again(version, by=request.user, request=request):
        messages.info(request, "It is being read, or was read already.")
    return redirect("assistant:knowledge-show", org_slug, pk)


@for_roles(*EDITORS)
@require_POST
def knowledge_use(request: OrgRequest, org_slug: str, pk: int, version_pk: int) -> HttpResponse:
    version = version_of(request, pk, version_pk)
    if changing.use(version, by=request.user, at=timezone.now(), request=request):
        messages.success(request, f"Version {version.number} is the one that is read now.")
    return redirect("assistant:knowledge-show", org_slug, pk)


@any_member
@require_GET
def knowledge_file(
    request: OrgRequest, org_slug: str, pk: int, version_pk: int
) -> HttpResponseBase:
    version = version_of(request, pk, version_pk)
    if version.state != State.READY and not may_edit(request):
        raise Http404("This version was not read to its end.")
    return original(version)


@any_member
@require_safe
def passage_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    rows = Passage.objects.ever_visible_to(request.membership).filter(org=request.org)
    passage = get_object_or_404(
        rows.select_related("version__document__org", "version__document__current"), pk=pk
    )
    version, around = passage.version, (passage.number - BESIDE, passage.number + BESIDE)
    if version.state != State.READY and not may_edit(request):
        raise Http404("This version was not read to its end.")
    context = {
        "passage": passage,
        "document": version.document,
        "version": version,
        "beside": version.passages.filter(number__range=around).order_by("number"),
        "is_current": version.document.current_id == version.pk,
        "list_page": (passage.number - 1) // ON_A_PAGE + 1,
    }
    return render_page(request, "assistant/passage_show.html", context, partial="drawer-body")
