"""What to sell next: the list with its figures, one suggestion, and what people say to it."""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.asking import admins_of
from crosssell import feedback
from crosssell.listing import why
from crosssell.listing.behind import lookalikes_of
from crosssell.listing.board import SHOWN_WITH, Board, rows_for
from crosssell.listing.lost import lost_deals_of
from crosssell.listing.why import Why
from crosssell.models import Recommendation
from revenue.jobs.list_pages import ListPage
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.users.roles import SELLING, Role
from revenue.web.rendering import render_page

PAGE = "crosssell:recommendation-list"
SHOWN = ListPage(
    PAGE, "crosssell:recommendation", subject="What to sell next", file="what-to-sell-next"
)
LIST, ONE = "crosssell/recommendations.html", "crosssell/recommendation.html"
TEAM_ROLES = (Role.MANAGER, Role.EXECUTIVE)
JUDGING_ROLES = (Role.EXECUTIVE, Role.ADMIN)
DUE = "kind=renewal&sort=expires"
DECIDED, TILES = "suggestion-decided", "sell-tiles"
DONE_WORDS = {"accept": "Accepted.", "dismiss": "Dismissed.", "undo": "Taken back."}


def board_of(request: OrgRequest, *, path: str = "", by_account: bool = False) -> Board:
    return Board(
        reader=request.membership,
        asked=request.GET,
        path=path or request.path,
        today=request.org.today(at=timezone.now()),
        by_account=by_account,
    )


@any_member
@require_safe
def recommendation_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    if own := SHOWN.own_view(request):
        return own
    return listed(request, board_of(request))


@any_member
@require_safe
def suggested_accounts(request: OrgRequest, org_slug: str) -> HttpResponse:
    return listed(request, board_of(request, by_account=True))


def listed(request: OrgRequest, board: Board) -> HttpResponse:
    table, _ = board.table, board.page
    role = request.membership.role
    context: dict[str, Any] = {
        "board": board,
        "table": table,
        "with_team": role in TEAM_ROLES,
        "with_quality": role in JUDGING_ROLES,
        "tabs": tabs_of(board),
        "admins": admins_of(request.org),
    }
    if not board.by_account:
        context |= SHOWN.context(request, table)
    # What is drawn anew after a decision is no place to go back to.
    push_url = "" if request.htmx.trigger == TILES else table.url
    return render_page(request, LIST, context, partial=table.id, push_url=push_url)


def tabs_of(board: Board) -> list[dict[str, Any]]:
    """The same filters, the other way to look; and what ends or is due again."""
    names = ((PAGE, "Suggestions", False), ("crosssell:suggested-accounts", "By account", True))
    state = str(board.asked.get("state") or "")
    query = board.address(urlencode({"state": state}) if state else "")
    asked = "" if board.is_of_renewals else query.partition("?")[2]
    slug = board.reader.org.slug
    found = [
        {
            "label": label,
            "url": reverse(name, args=[slug]) + (f"?{asked}" if asked else ""),
            "active": board.by_account == is_grouped and not board.is_of_renewals,
        }
        for name, label, is_grouped in names
    ]
    due = {"label": "Renewals", "url": f"{reverse(PAGE, args=[slug])}?{DUE}"}
    return [*found, {**due, "active": board.is_of_renewals}]


@any_member
@require_GET
def recommendation_export(request: OrgRequest, org_slug: str, kind: str) -> HttpResponseBase:
    board = board_of(request, path=reverse(PAGE, args=[org_slug]))
    return SHOWN.export(request, board.table, kind=kind, made_at=board.freshness.scored_at)


def one_of(request: OrgRequest, pk: int) -> Recommendation:
    found = rows_for(request.membership).select_related(*SHOWN_WITH).filter(pk=pk).first()
    if found is None:
        raise Http404
    row: Recommendation = found
    return row


def why_of(request: OrgRequest, pk: int) -> Why:
    row = one_of(request, pk)
    behind = lookalikes_of([row], person=request.user)
    lost = lost_deals_of([row], reader=request.membership)
    return why.of(
        row,
        reader=request.membership,
        lookalikes=behind.get(row.pk, []),
        lost=lost.get(row.pk, []),
    )


@any_member
@require_safe
def recommendation_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return render_page(request, ONE, {"detail": why_of(request, pk)}, partial="drawer-body")


@for_roles(*SELLING)
@require_POST
def recommendation_decide(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    row, at = one_of(request, pk), timezone.now()
    decision = request.POST.get("decision", "")
    try:
        match decision:
            case "accept":
                feedback.accept(row, by=request.user, at=at)
            case "dismiss":
                feedback.dismiss(
                    row,
                    why=request.POST.get("why", ""),
                    words=request.POST.get("words", ""),
                    by=request.user,
                    at=at,
                )
            case "undo":
                feedback.take_back(row, by=request.user, at=at)
            case _:
                raise feedback.FeedbackError("Choose what to do: accept, dismiss or undo.")
    except feedback.FeedbackError as problem:
        return acted(request, pk, problem=str(problem), tried=decision, status=422)
    if not request.htmx:
        messages.success(request, DONE_WORDS[decision])
        return redirect("crosssell:recommendation-show", org_slug, pk)
    answer = acted(request, pk)
    said = {"toast": {"kind": "success", "text": DONE_WORDS[decision]}, DECIDED: {}}
    answer.headers["HX-Trigger"] = json.dumps(said)
    return answer


def acted(request: OrgRequest, pk: int, *, status: int = 200, **further: Any) -> HttpResponse:
    """The suggestion as it is now, in its place or as a page."""
    context = {"detail": why_of(request, pk), "is_decided": True, **further}
    template = "crosssell/_act.html" if request.htmx else ONE
    return render_page(request, template, context, status=status)
