"""Why the win rate moved: for whoever runs sales, from what was found and kept."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Opportunity
from forecasting.diagnosis.frames import Stretches
from forecasting.diagnosis.making import usual_stretches
from forecasting.diagnosis.pictures import cause_chart, funnel_chart, month_chart, split_chart
from forecasting.diagnosis.spread_pictures import cohort_chart, distribution_charts
from forecasting.models import WinRateDiagnosis
from forecasting.quarter_pages.asked import asked_by
from forecasting.quarter_pages.tabs import WHY, tabs_of
from forecasting.tables.diagnosis import deals_table, sellers_of
from forecasting.tasks import diagnose_org, start_diagnosing
from revenue.jobs.models import Job
from revenue.users.access import OrgRequest, for_roles
from revenue.users.models import Org
from revenue.users.roles import Role
from revenue.web.filters import read_day
from revenue.web.rendering import render_page

PAGE = "forecasting:why-show"
BAR = "diagnosing"
NAMES = ("since", "turn", "until")
FIGURES = (
    ("rate", "Win rate", "percent"),
    ("rate_by_value", "Win rate by value", "percent"),
    ("closed_a_quarter", "Deals closed a quarter", "number"),
    ("mean_value", "Average value won", "money"),
    ("cycle_days", "Days of a won deal", "number"),
    ("velocity_a_day", "Velocity a day", "money"),
)


def stretches_of(data: Any, *, org: Org) -> tuple[Stretches, str]:
    """As the address asks; the usual ones where nothing is asked for, or nothing that can be."""
    usual = usual_stretches(org.today(at=timezone.now()), first_month=org.fiscal_month)
    if not any(data.get(name) for name in NAMES):
        return usual, ""
    problems: list[str] = []
    days = [read_day(data.get(name, ""), problems=problems) for name in NAMES]
    if problems:
        return usual, problems[0]
    since, turn, until = days
    if since is None or turn is None or until is None or not since < turn < until:
        return usual, "Give three days in the order of time."
    return Stretches(since, turn, until), ""


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_safe
def why_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    stretches, problem = stretches_of(request.GET, org=request.org)
    job = diagnosing_job(request.org)
    if request.htmx and request.htmx.target == BAR and job is None:
        return HttpResponseClientRefresh()
    kept = diagnosis_of(request.org, stretches)
    context: dict[str, Any] = {
        "stretches": stretches,
        "problem": problem,
        "job": job,
        "kept": kept,
        "poll_url": request.get_full_path(),
        "today": request.org.today(at=timezone.now()),
        "tabs": tabs_of(request, active=WHY, asked=asked_by(request, {})),
    }
    if kept is not None and kept.found:
        context |= shown(request, kept)
    return render_page(request, "forecasting/why.html", context, partial=BAR)


def shown(request: OrgRequest, kept: WinRateDiagnosis) -> dict[str, Any]:
    found, slug = kept.found, request.org.slug

    def address(place: int) -> str:
        return reverse("forecasting:why-deals", args=[slug, kept.pk, place])

    name = request.GET.get("by", "")
    name = name if name in found["splits"] else next(iter(found["splits"]), "")
    query = request.GET.copy()
    query.pop("by", None)
    return {
        "found": found,
        "causes": [{**cause, "url": address(place)} for place, cause in enumerate(found["causes"])],
        "figures": [
            {"label": label, "kind": kind, **found["figures"][figure]}
            for figure, label, kind in FIGURES
        ],
        "charts": [month_chart(found, turn=kept.turn), cause_chart(found, address=address)],
        "parted": parted(found),
        "funnel": funnel_chart(found),
        # Those made before these were drawn have none.
        "spread": [cohort_chart(found), *distribution_charts(found, currency=request.org.currency)]
        if "cohorts" in found
        else [],
        "by": name,
        "split": split_chart(found, name) if name else None,
        "dimensions": found["titles"].items(),
        "kept_query": query.items(),
        "sellers": sellers_of(found, slug=slug, stretches=kept),
    }


def parted(found: dict[str, Any]) -> dict[str, Any] | None:
    """The largest cause that began well within a stretch, so that both hold a part of it."""
    for cause in found["causes"]:
        if cause.get("parts_a_stretch"):
            return {**cause, "day": date.fromisoformat(cause["day"])}
    return None


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_safe
def why_deals(request: OrgRequest, org_slug: str, pk: int, place: int) -> HttpResponse:
    kept = WinRateDiagnosis.objects.filter(org=request.org, pk=pk).first()
    if kept is None or not 0 <= place < len(kept.deals):
        raise Http404("These deals are not there any more.")
    cause = kept.found["causes"][place]
    rows = Opportunity.objects.visible_to(request.membership).filter(
        external_id__in=kept.deals[place]
    )
    table = deals_table(currency=request.org.currency).bind(
        request.GET, queryset=rows.select_related("org", "account", "owner"), path=request.path
    )
    context = {"table": table, "cause": cause, "kept": kept}
    return render_page(
        request, "forecasting/why_deals.html", context, partial=table.id, push_url=table.url
    )


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_POST
def why_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    stretches, problem = stretches_of(request.POST, org=request.org)
    if problem:
        messages.error(request, problem)
        return redirect(PAGE, org_slug)
    start_diagnosing(org=request.org, stretches=stretches, by=request.user, request=request)
    query = "&".join(f"{name}={getattr(stretches, name).isoformat()}" for name in NAMES)
    return redirect(f"{reverse(PAGE, args=[org_slug])}?{query}")


def diagnosis_of(org: Org, stretches: Stretches) -> WinRateDiagnosis | None:
    rows = WinRateDiagnosis.objects.filter(
        org=org, since=stretches.since, turn=stretches.turn, until=stretches.until
    )
    return rows.defer("deals").first()


def diagnosing_job(org: Org) -> Job | None:
    return Job.objects.filter(org=org, task=diagnose_org.name).unfinished().first()
