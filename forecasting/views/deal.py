"""What is foreseen of a deal, panel by panel; each asks anew who may read the deal."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Account, Opportunity
from accounts.views.records import record_or_404
from forecasting.deal_page.account import deals_of_account
from forecasting.deal_page.look import Look
from forecasting.deal_page.parts import EVERY_REASON, PARTS, Part
from revenue.users.access import OrgRequest, any_member
from revenue.web.rendering import render_page


def look_at(request: OrgRequest, pk: int) -> Look:
    deal = record_or_404(Opportunity, pk, request)
    return Look(deal=deal, reader=request.membership, at=timezone.now())


def wants_panel(request: OrgRequest) -> bool:
    """htmx puts a panel into its place; whoever has no script gets it as a page."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def answer_with(
    request: OrgRequest,
    look: Look,
    *parts: Part,
    further: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """One panel alone, or a page of all that are asked for; a panel without contents is nothing."""
    shown = [{"template": part.template, "contents": part.contents(look)} for part in parts]
    shown = [each for each in shown if each["contents"] is not None]
    context: dict[str, Any] = {"deal": look.deal, **(further or {})}
    if not wants_panel(request):
        return render_page(
            request, "forecasting/deal_show.html", context | {"parts": shown}, status=status
        )
    if not shown:
        return render_page(request, "forecasting/deal_nothing.html", status=status)
    context["panel"] = shown[0]["contents"]
    return render_page(request, str(shown[0]["template"]), context, status=status)


@any_member
@require_safe
def deal_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """As a panel the head alone; as a page, all that is foreseen."""
    head = PARTS["deal-outlook"]
    parts: Iterable[Part] = (head,) if wants_panel(request) else PARTS.values()
    return answer_with(request, look_at(request, pk), *parts)


def panel(part: Part) -> Any:
    @any_member
    @require_safe
    def view(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
        return answer_with(request, look_at(request, pk), part)

    view.__name__ = part.id.replace("-", "_")
    return view


deal_reasons = panel(PARTS["deal-reasons"])
deal_every_reason = panel(EVERY_REASON)
deal_moves = panel(PARTS["deal-moves"])
deal_weeks = panel(PARTS["deal-weeks"])
deal_risk = panel(PARTS["deal-risk"])
deal_similar = panel(PARTS["deal-similar"])
deal_actions = panel(PARTS["deal-actions"])


@any_member
@require_safe
def account_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    account = record_or_404(Account, pk, request)
    found = deals_of_account(account, reader=request.membership)
    if not found.rows and wants_panel(request):
        return render_page(request, "forecasting/deal_nothing.html")
    template = "deal_list_of_account" if wants_panel(request) else "deal_list_page"
    context = {"account": account, "part": found, "currency": request.org.currency}
    return render_page(request, f"forecasting/{template}.html", context)
