"""How an org weighs risk, grades and warns: for who may see the whole org."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from forecasting.models import RiskPolicy
from forecasting.risk.changing import change_policy
from forecasting.risk.policy import Policy
from forecasting.risk.policy_form import PolicyForm
from forecasting.risk.preview import preview_of
from forecasting.tasks import start_scoring
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PAGE, PREVIEW = "forecasting/policy_show.html", "policy-preview"
SAVED = "Saved. The open deals are being scored anew; Deals at risk shows how far it is."
THE_SAME = "Nothing was changed: it is as it was."


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = Policy.of(request.org)
    if request.method != "POST":
        return shown(request, PolicyForm(now=now), now=now, then=now)
    if "reset" in request.POST:
        return saved(request, Policy())
    form = PolicyForm(request.POST, now=now)
    if not form.is_valid():
        return shown(request, form, now=now, then=None, status=422)
    if "save" not in request.POST:
        return shown(request, form, now=now, then=form.policy)
    return saved(request, form.policy)


def shown(
    request: OrgRequest, form: PolicyForm, *, now: Policy, then: Policy | None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "is_tried": then is not None and then.as_row() != now.as_row(),
        "preview": then and preview_of(reader=request.membership, now=now, then=then),
        "is_usual": not RiskPolicy.objects.filter(org=request.org).exists(),
    }
    return render_page(request, PAGE, context, partial=PREVIEW, status=status)


def saved(request: OrgRequest, policy: Policy) -> HttpResponse:
    if change_policy(org=request.org, policy=policy, by=request.user, request=request):
        start_scoring(org=request.org, by=request.user, request=request)
        messages.success(request, SAVED)
    else:
        messages.info(request, THE_SAME)
    return redirect("forecasting:policy-show", request.org.slug)
