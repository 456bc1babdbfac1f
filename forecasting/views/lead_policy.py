"""How an org sorts its leads and how soon it answers them: for its admins."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from forecasting.lead_pages.policy_change import change_policy, preview_of
from forecasting.lead_pages.policy_form import LeadPolicyForm
from forecasting.leads.policy import Policy, policy_of
from forecasting.leads.tasks import start_scoring
from forecasting.models import LeadPolicy
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PAGE, PREVIEW = "forecasting/lead_policy.html", "lead-preview"
THE_SAME = "Nothing was changed: it is as it was."


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def lead_policy(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = policy_of(request.org)
    if request.method != "POST":
        return shown(request, LeadPolicyForm(now=now), now=now, then=now)
    if "reset" in request.POST:
        return saved(request, Policy())
    form = LeadPolicyForm(request.POST, now=now)
    if not form.is_valid():
        return shown(request, form, now=now, then=None, status=422)
    if "save" not in request.POST:
        return shown(request, form, now=now, then=form.policy)
    return saved(request, form.policy)


def shown(
    request: OrgRequest,
    form: LeadPolicyForm,
    *,
    now: Policy,
    then: Policy | None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "is_tried": then is not None and then.tiers != now.tiers,
        "preview": then and preview_of(reader=request.membership, now=now, then=then),
        "is_usual": not LeadPolicy.objects.filter(org=request.org).exists(),
    }
    return render_page(request, PAGE, context, partial=PREVIEW, status=status)


def saved(request: OrgRequest, policy: Policy) -> HttpResponse:
    changed = change_policy(org=request.org, policy=policy, by=request.user, request=request)
    if changed:
        if "tiers" in changed:
            start_scoring(org=request.org, by=request.user, request=request, anew=True)
        messages.success(request, said_of(changed))
    else:
        messages.info(request, THE_SAME)
    return redirect("forecasting:lead-policy", request.org.slug)


def said_of(changed: dict[str, Any]) -> str:
    said = ["Saved."]
    if "tiers" in changed:
        said.append("The open leads are being drawn anew; Lead scores shows how far it is.")
    if changed.keys() & {"least_leads", "least_converted"}:
        said.append("What makes a model holds from the next training.")
    return " ".join(said)
