"""What people say of the number: each for their own, managers also for those below."""

import json
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.about.hierarchy import Node
from accounts.asking import admins_of
from forecasting.calls.forms import CallForm
from forecasting.calls.making import CallError, NotForThemError, Wish, make_call, stood
from forecasting.calls.page import CallsPage, form_target, page_of
from forecasting.models import ForecastCall
from forecasting.quarter_pages.asked import asked_by
from forecasting.quarter_pages.tabs import tabs_of
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import SELLING, Role
from revenue.web.rendering import render_page

PAGE, TABLE, NOTICE = "forecasting/calls.html", "calls", "calls-lock"
SAID = {
    (ForecastCall.Kind.SUBMISSION, False): "Submitted.",
    (ForecastCall.Kind.ADJUSTMENT, False): "Adjusted.",
    (ForecastCall.Kind.SUBMISSION, True): "The submission is taken back.",
    (ForecastCall.Kind.ADJUSTMENT, True): "The adjustment is taken back.",
}


@for_roles(*SELLING, Role.ADMIN)
@require_safe
def calls_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    opened = request.GET.get("open")
    page = page_of(request.membership, asked_by(request), at=timezone.now(), opened=opened)
    if "node" not in request.GET:
        return shown(request, page)
    node, kind = form_target(page.seats, request.membership, request.GET)
    now = stood(page.seats, node, kind)
    form = CallForm(kind=kind, currency=request.org.currency, now=now)
    return shown(request, page, form=form, node=node)


@for_roles(*SELLING)
@require_POST
def call_make(request: OrgRequest, org_slug: str) -> HttpResponse:
    at = timezone.now()
    page = page_of(request.membership, asked_by(request, request.POST), at=at)
    node, kind = form_target(page.seats, request.membership, request.POST)
    form = CallForm(request.POST, kind=kind, currency=request.org.currency)
    is_reset = "take_back" in request.POST
    if not is_reset and not form.is_valid():
        return shown(request, page, form=form, node=node, status=422)
    wish = Wish(kind, note=request.POST.get("note", "")[:2000]) if is_reset else form.wish
    try:
        make_call(
            wish,
            node=node,
            seats=page.seats,
            period=page.asked.period,
            by=request.membership,
            at=at,
        )
    except NotForThemError as problem:
        raise Http404 from problem
    except CallError as problem:
        return shown(request, page, form=form, node=node, problem=str(problem), status=422)
    return answered(request, page, said=SAID[ForecastCall.Kind(kind), is_reset], key=node.key)


def answered(request: OrgRequest, page: CallsPage, *, said: str, key: str) -> HttpResponse:
    """The table as it is now; without script, the page again."""
    if not request.htmx:
        address = reverse("forecasting:forecast-calls", args=[request.org.slug])
        return redirect(f"{address}?{page.asked.query(open=key)}#calls")
    fresh = page_of(request.membership, page.asked, at=page.at, opened=key)
    answer = shown(request, fresh)
    answer.headers["HX-Trigger"] = json.dumps({"toast": {"kind": "success", "text": said}})
    return answer


def shown(
    request: OrgRequest,
    page: CallsPage,
    *,
    form: CallForm | None = None,
    node: Node | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    path = reverse("forecasting:forecast-calls", args=[request.org.slug])
    reader = request.membership
    context: dict[str, Any] = {
        "page": page,
        "asked": page.asked,
        "rows": page.rows(reader),
        "tabs": tabs_of(request, active="forecast-calls", asked=page.asked),
        "lengths": page.asked.lengths(path),
        "steps": page.asked.steps(path),
        "crumbs": page.crumbs(path=path, whole=request.org.name),
        "path": path,
        "here": page.asked.query(),
        "form": form,
        "edited": node.key if node else None,
        "problem": problem,
        "admins": admins_of(request.org),
        "may_change_policy": reader.role in (Role.ADMIN, Role.EXECUTIVE),
        "currency": request.org.currency,
    }
    return render_page(request, PAGE, context, partial=[TABLE, NOTICE], status=status)
