"""How an org reads health: bands, weights, who counts as gone, and what is done about it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from forecasting.health.policy import Policy, policy_of
from forecasting.health.tasks import start_learning, start_scoring
from forecasting.health_pages.changing import change_policy
from forecasting.health_pages.policy_form import PolicyForm
from forecasting.health_pages.preview import preview_of
from forecasting.models import HealthPolicy
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PAGE, PREVIEW = "forecasting/health_policy.html", "health-preview"
SAVED = "Saved. Customers are being scored anew; Account health shows how far it is."
LEARNED = (
    "Saved. Who counts as gone has changed: the model learns anew, and customers are scored then."
)
THE_SAME = "Nothing was changed: it is as it was."


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def health_policy(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = policy_of(request.org)
    if request.method != "POST":
        return shown(request, PolicyForm(now=now, org=request.org), now=now, then=now)
    if "reset" in request.POST:
        return saved(request, Policy())
    form = PolicyForm(request.POST, now=now, org=request.org)
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
        "is_usual": not HealthPolicy.objects.filter(org=request.org).exists(),
    }
    return render_page(request, PAGE, context, partial=PREVIEW, status=status)


def saved(request: OrgRequest, policy: Policy) -> HttpResponse:
    changed = change_policy(org=request.org, policy=policy, by=request.user, request=request)
    if not changed:
        messages.info(request, THE_SAME)
    else:
        is_about_gone = any(name.startswith("left.") for name in changed)
        if is_about_gone:
            start_learning(org=request.org, by=request.user, request=request, anew=True)
        start_scoring(org=request.org, by=request.user, request=request, anew=True)
        messages.success(request, LEARNED if is_about_gone else SAVED)
    return redirect("forecasting:health-policy", request.org.slug)
