"""Deals at risk: the list with its figures, and the same rows as a file."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.asking import admins_of
from forecasting.dashboard.board import Board
from forecasting.dashboard.freshness import scoring_job
from forecasting.dashboard.tiles import EXPLAINED
from revenue.jobs.list_pages import ListPage, asks_for_bar, scoring_bar
from revenue.users.access import OrgRequest, any_member
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PAGE = "forecasting:risk-list"
LIST = "forecasting/dashboard.html"
SHOWN = ListPage(PAGE, "forecasting:risk", subject="Deals at risk", file="deals-at-risk")
TEAM_ROLES = (Role.MANAGER, Role.EXECUTIVE)


def board_of(request: OrgRequest, *, path: str = "") -> Board:
    today = request.org.today(at=timezone.now())
    return Board(
        reader=request.membership, asked=request.GET, path=path or request.path, today=today
    )


@any_member
@require_safe
def risk_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    if asks_for_bar(request):
        return scoring_bar(request, LIST, job=scoring_job(request.org))
    if own := SHOWN.own_view(request):
        return own
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
        **SHOWN.context(request, table),
    }
    return render_page(request, LIST, context, partial=table.id, push_url=table.url)


def is_about_other_deals(request: OrgRequest) -> bool:
    """Another sort or page leaves the figures above the list as they are."""
    if not request.htmx:
        return False
    before = QueryDict((request.htmx.current_url or "").partition("?")[2])
    names = ({*before} | {*request.GET}) - {"sort", "cursor", "open"}
    return any(before.getlist(name) != request.GET.getlist(name) for name in names)


@any_member
@require_GET
def risk_export(request: OrgRequest, org_slug: str, kind: str) -> HttpResponseBase:
    board = board_of(request, path=reverse(PAGE, args=[org_slug]))
    return SHOWN.export(request, board.table, kind=kind, made_at=board.freshness.scored_at)
