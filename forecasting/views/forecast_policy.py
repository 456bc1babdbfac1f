"""Whether and when the calls of a week are locked: for who may see the whole org."""

from calendar import day_name
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from forecasting.calls.changing import change_policy
from forecasting.calls.locking import Policy, lock_at, lock_of
from revenue.users.access import OrgRequest, for_roles
from revenue.users.models import Org
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PAGE = "forecasting/forecast_policy.html"
SAVED = "Saved."
LOCKED = "Saved. The calls of this week are locked from now on, until Monday, 00:00."
THE_SAME = "Nothing was changed: it is as it was."


class ForecastPolicyForm(forms.Form):
    locks = forms.BooleanField(
        label="Lock the calls of each week",
        required=False,
        help_text="What stands at that moment is what the week's record is made of.",
    )
    weekday = forms.TypedChoiceField(label="From", coerce=int, choices=list(enumerate(day_name)))
    hour = forms.TypedChoiceField(
        label="At", coerce=int, choices=[(hour, f"{hour:02d}:00") for hour in range(24)]
    )

    @property
    def policy(self) -> Policy:
        said = self.cleaned_data
        return Policy(locks=said["locks"], weekday=said["weekday"], hour=said["hour"])


def saved(org: Org) -> str:
    at = timezone.now()
    return LOCKED if lock_of(org, at=at).holds(at) else SAVED


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def forecast_policy(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = Policy.of(request.org)
    form = ForecastPolicyForm(request.POST if request.method == "POST" else None, initial=vars(now))
    if form.is_bound and form.is_valid():
        if change_policy(org=request.org, policy=form.policy, by=request.user, request=request):
            messages.success(request, saved(request.org))
        else:
            messages.info(request, THE_SAME)
        return redirect("forecasting:forecast-policy", request.org.slug)
    at = timezone.now()
    context: dict[str, Any] = {
        "form": form,
        "lock": lock_at(now, zone=request.org.timezone, at=at),
        "at": at,
    }
    return render_page(request, PAGE, context, status=422 if form.is_bound else 200)
