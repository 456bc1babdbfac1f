"""Who writes for an org, for its admins; and what it cost, for everybody their own."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assistant.models import WriterSpend
from assistant.writers.policy import change_policy, policy_of
from assistant.writers.policy_form import PolicyForm
from assistant.writers.spending import chart_of, sees_all, standing_of, table_of
from assistant.writers.trying import last_trial, start_trial
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

SAVED = "Saved."
TRIED = "Saved. It is being tried."
THE_SAME = "Nothing was changed: it is as it was."
NOBODY = "There is nobody to try yet. Choose who writes first."


@for_roles(Role.ADMIN)
@sensitive_post_parameters("key")
@require_http_methods(["GET", "HEAD", "POST"])
def writer_policy(request: OrgRequest, org_slug: str) -> HttpResponse:
    policy = policy_of(request.org)
    form = PolicyForm(request.POST if request.method == "POST" else None, now=policy)
    if form.is_bound and form.is_valid():
        changed = change_policy(
            org=request.org,
            values=form.values,
            key=form.cleaned_data["key"],
            drops_key=bool(form.cleaned_data.get("drops_key")),
            by=request.user,
            at=timezone.now(),
            request=request,
        )
        if not changed:
            messages.info(request, THE_SAME)
        elif form.values["is_on"] and start_trial(
            org=request.org, by=request.user, request=request
        ):
            messages.success(request, TRIED)
        else:
            messages.success(request, SAVED)
        return redirect("assistant:writer-policy", org_slug)
    trial = last_trial(request.org)
    context = {
        "form": form,
        "policy": policy,
        "trial": trial,
        "trial_said": trial.result.get("said", "") if trial else "",
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "assistant/writer.html", context, partial="trial", status=status)


@for_roles(Role.ADMIN)
@require_POST
def writer_try(request: OrgRequest, org_slug: str) -> HttpResponse:
    if start_trial(org=request.org, by=request.user, request=request) is None:
        messages.error(request, NOBODY)
    return redirect("assistant:writer-policy", org_slug)


@for_roles(Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
@require_safe
def writer_spend(request: OrgRequest, org_slug: str) -> HttpResponse:
    reader = request.membership
    rows = WriterSpend.objects.visible_to(reader).select_related("person")
    today = request.org.today(at=timezone.now())
    is_for_all = sees_all(reader)
    table = table_of(rows, is_for_all=is_for_all).bind(
        request.GET, queryset=rows, path=request.path
    )
    policy = policy_of(request.org)
    context = {
        "table": table,
        "chart": chart_of(rows, today=today),
        "standing": standing_of(reader, policy=policy, rows=rows, today=today),
        "policy": policy,
        "is_for_all": is_for_all,
    }
    return render_page(
        request,
        "assistant/writer_spend.html",
        context,
        partial=table.id,
        push_url=table.url,
    )
