"""Customers at risk: the list with its figures, as a file, by team, and each customer."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.about.hierarchy import Node
from accounts.asking import admins_of
from accounts.models import Account
from accounts.views.records import record_or_404
from forecasting import acting
from forecasting.health.tasks import scoring_job
from forecasting.health_pages.acts import those_who_act
from forecasting.health_pages.board import Board
from forecasting.health_pages.panel import Panel
from forecasting.health_pages.team import below_of, with_figures
from forecasting.health_pages.tiles import explained
from forecasting.models import AccountAction
from forecasting.views.acting import decided
from forecasting.views.dashboard import is_about_other_deals
from forecasting.views.deal import wants_panel
from revenue.jobs.list_pages import ListPage, asks_for_bar, scoring_bar
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.users.roles import SELLING, Role
from revenue.web.rendering import render_page

PAGE = "forecasting:health-list"
LIST, TABLE = "forecasting/health_list.html", "customers-at-risk"
SHOWN = ListPage(PAGE, "forecasting:health", subject="Customers at risk", file="customers-at-risk")
TEAM_ROLES = (Role.MANAGER, Role.EXECUTIVE)


def board_of(request: OrgRequest, *, asked: QueryDict | None = None) -> Board:
    return Board(
        reader=request.membership,
        asked=request.GET if asked is None else asked,
        path=reverse(PAGE, args=[request.org.slug]),
        today=request.org.today(at=timezone.now()),
    )


@any_member
@require_safe
def health_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    if asks_for_bar(request):
        return scoring_bar(request, LIST, job=scoring_job(request.org))
    if own := SHOWN.own_view(request):
        return own
    board = board_of(request)
    shown = SHOWN.context(request, board.table)
    context = (
        listed(request, board)
        | shown
        | {
            "anew": is_about_other_deals(request),
            "job": board.freshness.job,
            "with_team": request.membership.role in TEAM_ROLES,
            "admins": admins_of(request.org),
        }
    )
    return render_page(request, LIST, context, partial=TABLE, push_url=board.table.url)


def listed(request: OrgRequest, board: Board) -> dict[str, Any]:
    bands = board.policy.bands
    return {
        "board": board,
        "table": board.table,
        "explained": explained(
            red=bands["red"], yellow=bands["yellow"], by_hand=board.freshness.by_hand
        ),
        "within": TABLE,
    }


@any_member
@require_GET
def health_export(request: OrgRequest, org_slug: str, kind: str) -> HttpResponseBase:
    board = board_of(request)
    return SHOWN.export(request, board.table, kind=kind, made_at=board.freshness.scored_at)


@for_roles(*TEAM_ROLES)
@require_safe
def health_team(request: OrgRequest, org_slug: str) -> HttpResponse:
    board = board_of(request)
    path = reverse("forecasting:health-team", args=[org_slug])

    def url_of(node: Node) -> str:
        return f"{path}?{urlencode({'of': node.key})}"

    below = below_of(
        board.tree, board.rows, border=board.border, url_of=url_of, kept=board.kept("book")
    )
    asked = request.GET.get("of", "")
    if asked and asked not in board.tree.nodes:
        raise Http404
    node, rows = below.standing_at(board.tree.nodes.get(asked))
    line = below.line(node)
    context = {
        "node": node,
        "rows": [with_figures(row) for row in rows],
        "total": with_figures(below.total(node, rows)),
        "crumbs": [
            ("Account health", board.path),
            ("Teams", path if line else ""),
            *line,
        ],
        "list_url": board.path,
        "fresh": board.freshness,
        "currency": board.currency,
    }
    return render_page(request, "forecasting/health_team.html", context)


def customer_of(request: OrgRequest, pk: int) -> Account:
    account: Account = record_or_404(Account, pk, request, "owner")
    return account


@any_member
@require_safe
def health_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return shown(request, customer_of(request, pk))


def shown(
    request: OrgRequest,
    account: Account,
    *,
    further: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """htmx puts a panel into its place; whoever has no script gets it as a page."""
    name = "health_panel" if wants_panel(request) else "health_page"
    context: dict[str, Any] = {
        "account": account,
        "panel": Panel(account, reader=request.membership),
        "currency": request.org.currency,
        "within": "account-health",
    }
    return render_page(
        request, f"forecasting/{name}.html", context | (further or {}), status=status
    )


@for_roles(*SELLING)
@require_POST
def health_action(request: OrgRequest, org_slug: str, pk: int, action_pk: int) -> HttpResponse:
    """From the list or from the customer's page: each gets back what it has shown, as it is now."""
    account = customer_of(request, pk)
    action = action_of(request, account, action_pk)
    try:
        said = decided(request, action, at=timezone.now())
    except acting.ActingError as problem:
        tried = request.POST.get("decision", "")
        further = {"problem": str(problem), "problem_of": action.pk, "tried": tried}
        return answered(request, account, further=further, status=422)
    if not wants_panel(request):
        messages.success(request, said)
        return redirect("forecasting:health-panel", org_slug, pk)
    answer = answered(request, account, further={"is_decided": True})
    return trigger_client_event(answer, "toast", {"kind": "success", "text": said})


def action_of(request: OrgRequest, account: Account, pk: int) -> AccountAction:
    """Only whoever answers for the customer decides; to others there is nothing to decide."""
    rows = AccountAction.objects.visible_to(request.membership).filter(
        org=request.org, account_ref=account.external_id
    )
    found: AccountAction | None = rows.filter(pk=pk).first()
    if found is None or not those_who_act(request.membership, [account]):
        raise Http404
    return found


def answered(
    request: OrgRequest, account: Account, *, further: dict[str, Any], status: int = 200
) -> HttpResponse:
    if request.htmx and request.htmx.target == TABLE:
        query = (request.htmx.current_url or "").partition("?")[2]
        board = board_of(request, asked=QueryDict(query))
        context = listed(request, board) | {"anew": True} | further
        return render_page(request, LIST, context, partial=TABLE, status=status)
    return shown(request, account, further=further, status=status)
