from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.about.sight import one_seen
from accounts.models import Account, Activity, Contact, Lead, Opportunity
from assistant.models import SearchIndex
from assistant.search.finding import look
from assistant.search.forms import PolicyForm
from assistant.search.hits import KINDS
from assistant.search.indexing import policy_of
from assistant.search.live import live_index
from assistant.search.results import lines_of, tabs_of
from assistant.search.tasks import indexing_job, start_indexing
from revenue.users import audit
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.users.models import AuditEvent
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PANEL, SHOWN, IN_PANEL = "search-texts", 25, 5
INDEXED = "Saved. The texts are being indexed anew; until that is done, the old index answers."


@any_member
@require_safe
def search_texts(request: OrgRequest, org_slug: str) -> HttpResponse:
    """A page of its own, and a panel of the page on which names are searched."""
    text = request.GET.get("q", "").replace("\0", " ").strip()
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    is_panel = bool(request.htmx) and request.htmx.target == PANEL
    found = look(
        reader=request.membership,
        text=text,
        kinds=(kind,) if kind else None,
        most=IN_PANEL if is_panel else SHOWN,
    )
    context = {
        "text": text,
        "kind": kind,
        "found": found,
        "lines": lines_of(found),
        "tabs": tabs_of(path=request.path, text=text, kind=kind),
        "is_panel": is_panel,
        "is_admin": request.membership.role == Role.ADMIN,
    }
    return render_page(
        request, "assistant/search_texts.html", context, partial=[PANEL, "search-found"]
    )


@any_member
@require_safe
def activity_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """A call, a meeting or an e-mail has no page among the records: here is what it says."""
    reader = request.membership
    activities = Activity.objects.visible_to(reader).select_related("owner")
    activity = get_object_or_404(activities, pk=pk)
    context = {
        "activity": activity,
        "account": one_seen(Account, activity.account_ref, reader=reader),
        "deal": one_seen(Opportunity, activity.opportunity_ref, reader=reader),
        "contact": one_seen(Contact, activity.contact_ref, reader=reader),
        "lead": one_seen(Lead, activity.lead_ref, reader=reader),
    }
    return render_page(request, "assistant/search_activity.html", context)


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def search_settings(request: OrgRequest, org_slug: str) -> HttpResponse:
    policy = policy_of(request.org)
    if request.method != "POST":
        return settings_shown(request, PolicyForm(policy=policy))
    form = PolicyForm(request.POST, policy=policy)
    if not form.is_valid():
        return settings_shown(request, form, status=422)
    changed = form.changed_policy()
    changed.changed_at, changed.changed_by = timezone.now(), request.user
    changed.save()
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=request.user,
        org=request.org,
        subject=changed,
        detail={"policy": "search", "embedder": changed.embedder, "model": changed.model},
        request=request,
    )
    return indexing_begun(request)


@for_roles(Role.ADMIN)
@require_POST
def search_again(request: OrgRequest, org_slug: str) -> HttpResponse:
    return indexing_begun(request)


def indexing_begun(request: OrgRequest) -> HttpResponse:
    start_indexing(org=request.org, by=request.user, request=request, anew=True)
    messages.success(request, INDEXED)
    return redirect("assistant:search-settings", request.org.slug)


def settings_shown(request: OrgRequest, form: PolicyForm, *, status: int = 200) -> HttpResponse:
    org = request.org
    failed = SearchIndex.objects.filter(org=org, state=SearchIndex.State.FAILED).defer("artefact")
    context = {
        "form": form,
        "index": live_index(org),
        "failed": failed.first(),
        "job": indexing_job(org),
    }
    return render_page(
        request,
        "assistant/search_settings.html",
        context,
        partial=["search-state", "indexing"],
        status=status,
    )
