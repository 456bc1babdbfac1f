"""Deals at risk: the list with its figures, and the same rows as a file."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.asking import admins_of
from forecasting.dashboard.board import Board
from forecasting.dashboard.freshness import scoring_job
from forecasting.dashboard.tiles import EXPLAINED
from revenue.users import saved_views
from revenue.users.access import OrgRequest, any_member
from revenue.users.exports import export_answer
from revenue.users.roles import Role
from revenue.web import exporting
from revenue.web.rendering import render_page

PAGE = "forecasting:risk-list"
SCORING = "scoring"
TEAM_ROLES = (Role.MANAGER, Role.EXECUTIVE)


def board_of(request: OrgRequest, *, path: str = "") -> Board:
    today = request.org.today(at=timezone.now())
    return Board(
        reader=request.membership, asked=request.GET, path=path or request.path, today=today
    )


@any_member
@require_safe
def risk_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    if request.htmx and request.htmx.target == SCORING:
        return scoring_bar(request)
    if not request.GET and not request.htmx:
        chosen = saved_views.default_address(request.membership, page=PAGE)
        if chosen:
            return redirect(chosen)
    board = board_of(request)
    table, _ = board.table, board.page
    context: dict[str, Any] = {
        "board": board,
        "table": table,
        "anew": is_about_other_deals(request),
        "explained": EXPLAINED,
        "job": board.freshness.job,
        "with_team": request.membership.role in TEAM_ROLES,
        "admins": admins_of(request.org),
        "exports": exporting.addresses(
            "forecasting:risk", org_slug=org_slug, query=request.META.get("QUERY_STRING", "")
        ),
        "views": saved_views.views_of(
            request.membership, page=PAGE, asked=request.GET, query=table.url.partition("?")[2]
        ),
    }
    return render_page(
        request, "forecasting/dashboard.html", context, partial=table.id, push_url=table.url
    )


def is_about_other_deals(request: OrgRequest) -> bool:
    """Another sort or page leaves the figures above the list as they are."""
    if not request.htmx:
        return False
    before = QueryDict((request.htmx.current_url or "").partition("?")[2])
    names = ({*before} | {*request.GET}) - {"sort", "cursor", "open"}
    return any(before.getlist(name) != request.GET.getlist(name) for name in names)


def scoring_bar(request: OrgRequest) -> HttpResponse:
    """While scores are made; then the page is read anew."""
    job = scoring_job(request.org)
    if job is None:
        return HttpResponseClientRefresh()
    context = {"job": job, "poll_url": request.path}
    return render_page(request, "forecasting/dashboard.html", context, partial=SCORING)


@any_member
@require_GET
def risk_export(request: OrgRequest, org_slug: str, kind: str) -> HttpResponseBase:
    """Of the list as it is filtered, with the columns that it shows."""
    path = reverse(PAGE, args=[org_slug])
    board = board_of(request, path=path)
    table = board.table
    return export_answer(
        request,
        table,
        kind=kind,
        subject="Deals at risk",
        file="deals-at-risk",
        made_at=board.freshness.scored_at,
    )
