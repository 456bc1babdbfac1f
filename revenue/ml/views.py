"""The models of an org. Their figures by segment are of the whole org: for who may see it all."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from revenue.ml import card, registry
from revenue.ml.fair_page import fair_of, with_names
from revenue.ml.listing import READY, STATES, models_table
from revenue.ml.model_charts import charts_of
from revenue.ml.models import ModelRun
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

readers = for_roles(Role.EXECUTIVE, Role.ADMIN)


def visible_run(request: OrgRequest, *, pk: int) -> ModelRun:
    runs = ModelRun.objects.for_pages().of_org(request.org)
    return get_object_or_404(
        runs.select_related("org", "group", "promoted_by", "trained_by", "replaces"), pk=pk
    )


@readers
@require_safe
def model_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    runs = ModelRun.objects.for_pages().of_org(request.org)
    tasks = list(runs.order_by("task").values_list("task", flat=True).distinct())
    table = models_table(slug=org_slug, tasks=tasks).bind(
        request.GET, queryset=runs, path=request.path
    )
    context = {"table": table, "any": bool(tasks)}
    return render_page(request, "ml/model_list.html", context, partial=table.id, push_url=table.url)


@readers
@require_safe
def model_fairness(request: OrgRequest, org_slug: str) -> HttpResponse:
    """Of the live models one at a time: `task` names it."""
    runs = ModelRun.objects.for_pages().of_org(request.org).live()
    tasks = runs.order_by("task").values_list("task", flat=True).distinct()
    live = [run for task in tasks if (run := registry.live_run(org=request.org, task=task))]
    fair = fair_of(live, task=request.GET.get("task", ""))
    fair = fair and with_names(fair, org=request.org)
    address = reverse("ml:model-fairness", args=[org_slug])
    tabs = [
        {
            "label": run.task_title,
            "url": f"{address}?task={run.task}",
            "active": fair is not None and run.pk == fair.run.pk,
        }
        for run in live
    ]
    return render_page(request, "ml/fairness.html", {"fair": fair, "tabs": tabs})


@readers
@require_safe
def model_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    run = visible_run(request, pk=pk)
    is_admin = request.membership.role == Role.ADMIN
    context = {
        "run": run,
        "is_admin": is_admin,
        "state_kind": STATES[run.state],
        "ready_kind": READY[run.readiness],
        "charts": charts_of(run),
        "sections": [one for one in card.card_of(run)[1:] if not one.is_drawn],
        "drift": run.report.get("drift", {}),
    }
    return render_page(request, "ml/model_show.html", context)


@readers
@require_safe
def model_card(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    run = visible_run(request, pk=pk)
    text = card.markdown(run, owner=str(run.group or run.org))
    return HttpResponse(
        text,
        content_type="text/markdown; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(run)}.md"',
            "Cache-Control": "private, no-store",
        },
    )


@readers
@require_safe
def model_page(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """The card as one file of plain HTML, to be kept or printed."""
    run = visible_run(request, pk=pk)
    context = {"run": run, "owner": run.group or run.org, "sections": card.card_of(run)}
    answer = render(request, "ml/card.html", context)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(run)}.html"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def file_name(run: ModelRun) -> str:
    return f"model-card-{run.task}-{run.pk}"


@for_roles(Role.ADMIN)
@require_POST
def model_promote(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    run = visible_run(request, pk=pk)
    reason = registry.why_not_theirs(run, by=request.user) or registry.promote(
        run, at=timezone.now(), by=request.user, request=request
    )
    if reason:
        messages.error(request, f"It stays as it is. {reason}")
    else:
        messages.success(request, f"{run.task_title}: this model is live.")
    return redirect("ml:model-show", org_slug, run.pk)


@for_roles(Role.ADMIN)
@require_POST
def model_revert(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    run = visible_run(request, pk=pk)
    if reason := registry.why_not_theirs(run, by=request.user):
        messages.error(request, reason)
        return redirect("ml:model-show", org_slug, run.pk)
    try:
        before = registry.revert(run, at=timezone.now(), by=request.user, request=request)
    except registry.RegistryError as problem:
        messages.error(request, str(problem))
        return redirect("ml:model-show", org_slug, run.pk)
    messages.success(request, f"{run.task_title}: the model before it is live again.")
    return redirect("ml:model-show", org_slug, before.pk)
