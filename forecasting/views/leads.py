"""Which leads are likely to convert: the list with its figures, one lead, and its tier by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.asking import admins_of
from accounts.models import Lead
from accounts.views.records import record_or_404
from forecasting.lead_pages import overriding
from forecasting.lead_pages.board import Board
from forecasting.lead_pages.panel import Panel
from forecasting.lead_pages.tabs import tabs_of
from forecasting.lead_pages.why import ACTING
from forecasting.leads.tasks import scoring_job
from revenue.jobs.list_pages import ListPage, asks_for_bar, scoring_bar
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.web.rendering import render_page

PAGE = "forecasting:lead-list"
LIST, TABLE = "forecasting/lead_list.html", "lead-scores"
SHOWN = ListPage(PAGE, "forecasting:lead", subject="Lead scores", file="lead-scores")


def board_of(request: OrgRequest, *, asked: QueryDict | None = None, **further: Any) -> Board:
    now = timezone.now()
    return Board(
        reader=request.membership,
        asked=request.GET if asked is None else asked,
        path=reverse(PAGE, args=[request.org.slug]),
        today=request.org.today(at=now),
        at=now,
        **further,
    )


@any_member
@require_safe
def lead_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    if asks_for_bar(request):
        return scoring_bar(request, LIST, job=scoring_job(request.org))
    if own := SHOWN.own_view(request):
        return own
    board = board_of(request)
    context = listed(request, board) | SHOWN.context(request, board.table)
    context["admins"] = admins_of(request.org)
    return render_page(request, LIST, context, partial=TABLE, push_url=board.table.url)


def listed(request: OrgRequest, board: Board) -> dict[str, Any]:
    return {
        "board": board,
        "table": board.table,
        "job": board.freshness.job,
        "tabs": tabs_of(request.org, here=PAGE),
        "with_figures": True,
    }


@any_member
@require_GET
def lead_export(request: OrgRequest, org_slug: str, kind: str) -> HttpResponseBase:
    board = board_of(request)
    return SHOWN.export(request, board.table, kind=kind, made_at=board.freshness.scored_at)


@any_member
@require_safe
def lead_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return shown(request, record_or_404(Lead, pk, request, "owner"))


def shown(
    request: OrgRequest, lead: Lead, *, tried: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """htmx puts a panel into its place; whoever has no script gets it as a page."""
    is_panel = bool(request.htmx) and not request.htmx.history_restore_request
    panel = Panel(lead, reader=request.membership, at=timezone.now(), tried=tried or {})
    template = "forecasting/lead_panel.html" if is_panel else "forecasting/lead_page.html"
    return render_page(request, template, {"lead": lead, "panel": panel}, status=status)


@for_roles(*ACTING)
@require_POST
def lead_override(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """From the list or from the lead's page: each gets back what it has shown, as it is now."""
    lead = record_or_404(Lead, pk, request, "owner")
    try:
        said = decided(request, lead)
    except overriding.OverrideError as problem:
        tried = {
            "lead": lead.external_id,
            "problem": str(problem),
            "tier": request.POST.get("tier", ""),
            "note": request.POST.get("note", ""),
        }
        return answered(request, lead, tried=tried, status=422)
    if not request.htmx:
        messages.success(request, said)
        return redirect("forecasting:lead-panel", org_slug, pk)
    answer = answered(request, lead)
    return trigger_client_event(answer, "toast", {"kind": "success", "text": said})


def decided(request: OrgRequest, lead: Lead) -> str:
    seen, at, by = request.POST.get("seen", ""), timezone.now(), request.user
    known = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None
    match request.POST.get("decision", ""):
        case "set":
            tier, note = request.POST.get("tier", ""), request.POST.get("note", "")
            overriding.set_tier(lead, tier=tier, note=note, by=by, at=at, seen=known)
            return f"{lead} is in tier {tier} until somebody resets it."
        case "reset":
            overriding.reset(lead, by=by, at=at, seen=known)
            return f"The model speaks for {lead} again."
    raise overriding.OverrideError("Choose what to do: set a tier, or reset it.")


def answered(
    request: OrgRequest, lead: Lead, *, tried: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    if request.htmx and request.htmx.target == TABLE:
        query = (request.htmx.current_url or "").partition("?")[2]
        board = board_of(request, asked=QueryDict(query), tried=tried or {})
        return render_page(request, LIST, listed(request, board), partial=TABLE, status=status)
    return shown(request, lead, tried=tried, status=status)
