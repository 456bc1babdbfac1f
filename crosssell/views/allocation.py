"""Whose hours go where: plans of an org, one of them with its rows, and what a seller follows."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Account
from crosssell.allocation import adopting
from crosssell.allocation.forms import LimitsForm, TypeForms
from crosssell.allocation.limits import Choice, Limits
from crosssell.allocation.page import Seen, customers_apart, side_by_side, table_of
from crosssell.allocation.reading import sellers_of
from crosssell.allocation.types import types_of
from crosssell.models import ActionType, AllocationPlan, AllocationRow
from crosssell.tasks.allocating import job_of, start_allocating, unfinished_of
from revenue.jobs import running
from revenue.users import audit
from revenue.users.access import OrgRequest, for_roles
from revenue.users.exports import export_answer
from revenue.users.models import AuditEvent
from revenue.users.roles import SELLING, Role
from revenue.web import exporting
from revenue.web.rendering import render_page

PLANNERS = (Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
DECIDERS = (Role.EXECUTIVE, Role.ADMIN)
planners, deciders = for_roles(*PLANNERS), for_roles(*DECIDERS)
SHOW, LIST = "crosssell:allocation-show", "crosssell:allocation-list"
BAR = "allocating"
SHOWN = 30
STATE_KINDS = {"solved": "positive", "infeasible": "warning", "failed": "negative"}


def plan_or_404(request: OrgRequest, pk: int) -> AllocationPlan:
    plans = AllocationPlan.objects.visible_to(request.membership).select_related("org", "made_by")
    found: AllocationPlan = get_object_or_404(plans, pk=pk)
    return found


def form_of(request: OrgRequest, data: Any = None, *, now: Limits, name: str = "") -> LimitsForm:
    sellers = sellers_of(request.org)
    seen = adopting.seen_sellers(request.membership, sellers)
    accounts = Account.objects.visible_to(request.membership).filter(org=request.org)
    return LimitsForm(
        data, types=types_of(request.org), sellers=seen, accounts=accounts, now=now, name=name
    )


@planners
@require_safe
def allocation_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    """`from` names a plan whose limits the form begins with."""
    return listed(request, form_of(request, **begun_with(request)))


def begun_with(request: OrgRequest) -> dict[str, Any]:
    said = request.GET.get("from", "")
    number = AllocationPlan.objects.of(request.org).count() + 1
    if said.isascii() and said.isdecimal() and len(said) < 19:
        plan = plan_or_404(request, int(said))
        return {"now": Limits.from_json(plan.limits), "name": f"Plan {number}"}
    return {"now": Limits(), "name": f"Plan {number}"}


def listed(request: OrgRequest, form: LimitsForm, *, status: int = 200) -> HttpResponse:
    plans = AllocationPlan.objects.visible_to(request.membership)
    newest = plans.select_related("org", "made_by").order_by("-made_at", "-id")[:SHOWN]
    running_now = unfinished_of(request.org)
    rows = [
        {
            "plan": plan,
            "seen": Seen(plan, request.membership),
            "kind": STATE_KINDS.get(plan.state),
            "is_over": plan.state == "waiting" and plan.pk not in running_now,
        }
        for plan in newest
    ]
    context = {
        "form": form,
        "rows": rows,
        "solved": [plan for plan in newest if plan.state == AllocationPlan.State.SOLVED],
        "sees_all": Seen(AllocationPlan(org=request.org), request.membership).is_whole,
        "has_sellers": bool(form.sellers),
    }
    return render_page(request, "crosssell/allocation.html", context, status=status)


@planners
@require_POST
def allocation_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    base = Limits()
    said = request.POST.get("from", "")
    if said.isascii() and said.isdecimal() and len(said) < 19:
        base = Limits.from_json(plan_or_404(request, int(said)).limits)
    form = form_of(request, request.POST, now=base)
    if not form.is_valid():
        return listed(request, form, status=422)
    return made(request, form.limits, name=form.cleaned_data["name"])


def made(request: OrgRequest, limits: Limits, *, name: str) -> HttpResponse:
    with transaction.atomic():
        plan = AllocationPlan.objects.create(
            org=request.org,
            name=name,
            limits=limits.as_json(),
            made_by=request.user,
            made_at=timezone.now(),
        )
        start_allocating(plan=plan, by=request.user, request=request)
    return redirect(SHOW, request.org.slug, plan.pk)


@planners
@require_safe
def allocation_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    plan = plan_or_404(request, pk)
    job = job_of(plan) if plan.state == AllocationPlan.State.WAITING else None
    is_running = job is not None and not job.is_finished
    if request.htmx and request.htmx.target == BAR and not is_running:
        return HttpResponseClientRefresh()
    seen = Seen(plan, request.membership)
    context: dict[str, Any] = {
        "plan": plan,
        "seen": seen,
        "followed": adopting.adopted(request.org),
        "job": job,
        "is_running": is_running,
        "may_decide": request.membership.role in DECIDERS,
        "titles": {one.key: one.title for one in ActionType.objects.of(plan.org)},
    }
    if plan.state == AllocationPlan.State.SOLVED:
        context["page"] = page = seen.page(request.GET.get("page", "1"))
        context["lines"] = [
            {"row": row, "action": context["titles"].get(row.action, row.action)} for row in page
        ]
        context["charts"] = seen.charts
    return render_page(request, "crosssell/allocation_show.html", context, partial=BAR)


@planners
@require_POST
def allocation_again(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """The same limits once more, with what was chosen of these rows: kept, or left out."""
    plan = plan_or_404(request, pk)
    limits = Limits.from_json(plan.limits)
    rows = AllocationRow.objects.visible_to(request.membership).filter(plan=plan)
    asked = [pk for pk in request.POST.getlist("row") if pk.isascii() and pk.isdecimal()]
    rows = rows.filter(pk__in=[pk for pk in asked if len(pk) < 19])
    locks = {(lock.account, lock.action, lock.owner): lock for lock in limits.locks}
    excluded = set(limits.excluded)
    for row in rows:
        key = (row.account_ref, row.action, row.owner_ref or "")
        said = request.POST.get(f"choice-{row.pk}", "")
        locks.pop(key, None)
        if said == "keep":
            locks[key] = Choice(key[0], key[1], row.count, key[2])
        elif said == "out":
            excluded.add((row.account_ref, row.action))
    changed = replace(limits, locks=tuple(locks.values()), excluded=tuple(sorted(excluded)))
    number = AllocationPlan.objects.of(request.org).count() + 1
    return made(request, changed, name=f"Plan {number}")


@planners
@require_POST
def allocation_cancel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    job = job_of(plan_or_404(request, pk))
    if job is not None:
        running.cancel(job, by=request.user, request=request)
    return redirect(SHOW, org_slug, pk)


@deciders
@require_POST
def allocation_adopt(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    plan = plan_or_404(request, pk)
    if adopting.adopt(plan, by=request.user, request=request):
        messages.success(request, f"Sellers now follow “{plan.name}”.")
    else:
        messages.error(request, "Only a plan that is solved can be followed.")
    return redirect(SHOW, org_slug, pk)


@deciders
@require_POST
def allocation_drop(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    plan = plan_or_404(request, pk)
    if adopting.drop(plan, by=request.user, request=request):
        messages.success(request, f"Sellers no longer follow “{plan.name}”.")
    else:
        messages.error(request, "Sellers did not follow this plan.")
    return redirect(SHOW, org_slug, pk)


@deciders
@require_safe
def allocation_compare(request: OrgRequest, org_slug: str) -> HttpResponse:
    pks = [request.GET.get(name, "") for name in ("one", "other")]
    if not all(pk.isascii() and pk.isdecimal() and len(pk) < 19 for pk in pks):
        raise Http404("There is no such plan.")
    one, other = (plan_or_404(request, int(pk)) for pk in pks)
    context = {"one": one, "other": other, "lines": side_by_side(one, other)}
    context["customers"] = customers_apart(one, other)
    return render_page(request, "crosssell/allocation_compare.html", context)


@for_roles(*SELLING, Role.ADMIN)
@require_safe
def allocation_mine(request: OrgRequest, org_slug: str) -> HttpResponse:
    """Of the plan that sellers follow, what is the reader's to see."""
    plan = adopting.adopted(request.org)
    context: dict[str, Any] = {"plan": plan, "may_plan": request.membership.role in PLANNERS}
    if plan is None:
        return render_page(request, "crosssell/allocation_mine.html", context)
    seen = Seen(plan, request.membership)
    table = rows_table(request, seen, path=request.path)
    context |= {
        "seen": seen,
        "table": table,
        "totals": seen.totals,
        "hidden": adopting.hidden_from(plan, request.membership),
        "exports": exporting.addresses(
            "crosssell:allocation", org_slug=org_slug, query=request.META.get("QUERY_STRING", "")
        ),
    }
    return render_page(
        request,
        "crosssell/allocation_mine.html",
        context,
        partial=table.id,
        push_url=table.url,
    )


def rows_table(request: OrgRequest, seen: Seen, *, path: str) -> Any:
    types = ActionType.objects.visible_to(request.membership).order_by("position", "id")
    queryset = seen.rows.order_by()
    return table_of(list(types)).bind(request.GET, queryset=queryset, path=path)


@for_roles(*SELLING, Role.ADMIN)
@require_GET
def allocation_export(request: OrgRequest, org_slug: str, kind: str) -> HttpResponseBase:
    """Of the plan that `plan` names; else of the one that sellers follow."""
    said = request.GET.get("plan", "")
    if said and request.membership.role in PLANNERS:
        if not (said.isascii() and said.isdecimal() and len(said) < 19):
            raise Http404("There is no such plan.")
        plan: AllocationPlan | None = plan_or_404(request, int(said))
    else:
        plan = adopting.adopted(request.org)
    if plan is None:
        raise Http404("Sellers follow no plan yet.")
    path = reverse("crosssell:allocation-mine", args=[org_slug])
    table = rows_table(request, Seen(plan, request.membership), path=path)
    return export_answer(
        request,
        table,
        kind=kind,
        subject="Allocation",
        file="plan",
        made_at=plan.made_at,
        detail={"plan": plan.pk},
    )


@transaction.atomic
def save_types(request: OrgRequest, forms: Any) -> None:
    forms.save()
    changed = {form.instance.key: form.changed_data for form in forms if form.has_changed()}
    if changed:
        audit.record(
            AuditEvent.Action.ORG_CHANGED,
            by=request.user,
            org=request.org,
            subject="Types of action",
            detail={"action_types": changed},
            request=request,
        )


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def allocation_types(request: OrgRequest, org_slug: str) -> HttpResponse:
    types_of(request.org)
    rows = ActionType.objects.visible_to(request.membership).order_by("position", "id")
    forms = TypeForms(request.POST if request.method == "POST" else None, queryset=rows)
    if forms.is_bound and forms.is_valid():
        save_types(request, forms)
        messages.success(request, "Saved. It holds from the next plan.")
        return redirect("crosssell:allocation-types", org_slug)
    status = 422 if forms.is_bound else 200
    newest = AllocationPlan.objects.visible_to(request.membership).order_by("-made_at", "-id")
    plan = newest.filter(figures__has_key="past").first()
    titles = {one.key: one for one in rows}
    past = [
        {**one, "type": titles[one["key"]]}
        for one in (plan.figures["past"] if plan else [])
        if one["key"] in titles
    ]
    context = {"forms": forms, "past": past}
    return render_page(request, "crosssell/allocation_types.html", context, status=status)
