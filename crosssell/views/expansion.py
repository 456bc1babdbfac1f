"""What customers are expected to bring: the list, a customer's own page, and the same as a file."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from accounts.models import Account
from accounts.views.records import record_or_404
from crosssell.expansion.listing import Board, remarks_of
from crosssell.expansion.outlook import Outlook
from crosssell.expansion.picture import history_of, interaction_of, waterfall_of
from crosssell.expansion.points import asked_of, points_of
from revenue.users.access import OrgRequest, any_member
from revenue.users.exports import export_answer
from revenue.web import exporting
from revenue.web.rendering import render_page

PAGE = "crosssell:expansion-list"
PLOT = "interaction"


@any_member
@require_safe
def expansion_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    board = Board(reader=request.membership, asked=request.GET, path=request.path)
    table = board.table
    context: dict[str, Any] = {
        "board": board,
        "table": table,
        "remarks": remarks_of(board.standing),
        "exports": exporting.addresses(
            "crosssell:expansion",
            org_slug=org_slug,
            query=request.META.get("QUERY_STRING", ""),
        ),
    }
    return render_page(
        request, "crosssell/expansion.html", context, partial=table.id, push_url=table.url
    )


@any_member
@require_GET
def expansion_export(request: OrgRequest, org_slug: str, kind: str) -> HttpResponseBase:
    """Of the list as it is filtered, with the columns that it shows."""
    path = reverse(PAGE, args=[org_slug])
    board = Board(reader=request.membership, asked=request.GET, path=path)
    table = board.table
    return export_answer(
        request,
        table,
        kind=kind,
        subject="Expansion",
        file="expansion",
        made_at=board.standing.as_of,
    )


def outlook_of(request: OrgRequest, pk: int) -> Outlook:
    account = record_or_404(Account, pk, request, "owner")
    return Outlook(account=account, reader=request.membership)


@any_member
@require_safe
def expansion_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    outlook = outlook_of(request, pk)
    currency = request.org.currency
    context: dict[str, Any] = {"outlook": outlook, "account": outlook.account}
    if outlook.way is not None:
        context["waterfall"] = waterfall_of(outlook.way, currency=currency)
    context["history"] = history_of(outlook.history, currency=currency)
    push_url = request.path
    if outlook.way is not None and outlook.run is not None and outlook.run.features:
        first = outlook.way.steps[0].name if outlook.way.steps else ""
        asked = asked_of(request.GET, run=outlook.run, first=first, reader=request.membership)
        ref = outlook.account.external_id
        points = points_of(asked, run=outlook.run, reader=request.membership, starred=ref)
        context |= {
            "asked": asked,
            "chart": interaction_of(
                points,
                asked.feature,
                coloured_by=asked.colours[asked.colour],
                starred=ref,
                currency=currency,
                address=partial(address_of, org_slug),
            ),
        }
        if request.GET:
            push_url += f"?feature={asked.feature.name}&colour={asked.colour}"
    return render_page(
        request, "crosssell/expansion_show.html", context, partial=PLOT, push_url=push_url
    )


@any_member
@require_safe
def expansion_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """On the page of the account; whoever has no script gets the customer's own page."""
    outlook = outlook_of(request, pk)
    if not request.htmx or request.htmx.history_restore_request:
        return redirect("crosssell:expansion-show", org_slug, pk)
    context = {"outlook": outlook, "account": outlook.account}
    return render_page(request, "crosssell/expansion_panel.html", context)


def address_of(org_slug: str, pk: int) -> str:
    return reverse("crosssell:expansion-show", args=[org_slug, pk])
