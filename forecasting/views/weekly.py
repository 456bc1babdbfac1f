"""The week in facts: on a page, on paper, by mail."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from forecasting.models import WeeklyReader, WeeklyReport
from forecasting.weekly.mailing import file_name, switch
from forecasting.weekly.pdf import pdf_of
from forecasting.weekly.tasks import report_week, start_weekly
from revenue.jobs.models import Job
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.filters import read_day
from revenue.web.rendering import render_page

PAGE = "forecasting:weekly-show"
BAR = "reporting"
WEEKS_LISTED = 12


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_safe
def weekly_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    job = Job.objects.filter(org=request.org, task=report_week.name).unfinished().first()
    if request.htmx and request.htmx.target == BAR and job is None:
        return HttpResponseClientRefresh()
    context: dict[str, Any] = {
        "report": report_of(request),
        "weeks": list(
            WeeklyReport.objects.visible_to(request.membership)
            .order_by("-week")
            .values_list("week", flat=True)[:WEEKS_LISTED]
        ),
        "by_mail": WeeklyReader.objects.of(request.org)
        .filter(membership=request.membership)
        .exists(),
        "job": job,
        "poll_url": request.get_full_path(),
    }
    return render_page(request, "forecasting/weekly.html", context, partial=BAR)


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_safe
def weekly_pdf(request: OrgRequest, org_slug: str) -> HttpResponse:
    report = report_of(request)
    if report is None:
        raise Http404("There is no report of that week.")
    name = file_name(report)
    return HttpResponse(
        pdf_of(report),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_POST
def weekly_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    start_weekly(org=request.org, by=request.user, mails=False, request=request)
    return redirect(PAGE, org_slug)


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_POST
def weekly_mail(request: OrgRequest, org_slug: str) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    switch(request.membership, on=on, at=timezone.now())
    said = "comes to you each Monday morning" if on else "is not sent to you any more"
    messages.success(request, f"The weekly report {said}.")
    return redirect(f"{reverse(PAGE, args=[org_slug])}#mail")


def report_of(request: OrgRequest) -> WeeklyReport | None:
    """Of the week that is asked for, else the newest."""
    rows = WeeklyReport.objects.visible_to(request.membership).select_related("org")
    if week := read_day(request.GET.get("week", ""), problems=[]):
        return rows.filter(week=week).first()
    return rows.order_by("-week").first()
