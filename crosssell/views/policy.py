"""How an org wants to be suggested to: for its admins."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from crosssell.policy import change_policy, policy_of
from crosssell.policy_form import PolicyForm
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

SAVED = "Saved. It holds from the next time that suggestions are worked out."
THE_SAME = "Nothing was changed: it is as it was."


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    form = PolicyForm(
        request.POST if request.method == "POST" else None, now=policy_of(request.org)
    )
    if form.is_bound and form.is_valid():
        changed = change_policy(
            org=request.org, values=form.values, by=request.user, request=request
        )
        if changed:
            messages.success(request, SAVED)
        else:
            messages.info(request, THE_SAME)
        return redirect("crosssell:policy-show", org_slug)
    status = 422 if form.is_bound else 200
    return render_page(request, "crosssell/policy.html", {"form": form}, status=status)
