from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import reswap, retarget

from revenue.jobs import audit_export, running, starting
from revenue.jobs.forgetting import KEEP_EXPORTS
from revenue.jobs.forms import CheckForm
from revenue.jobs.listing import (
    JOBS,
    duration_in_words,
    jobs_chart,
    jobs_per_day,
    of_org,
)
from revenue.jobs.models import Job
from revenue.jobs.queues import Queue
from revenue.users import audit
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.users.models import AuditEvent
from revenue.users.roles import Role
from revenue.web.daily import DAYS, days_until
from revenue.web.rendering import render_block, render_page

SHOW = "jobs/job.html"
MINE_AT_MOST = 5
MINE_STAYS = timedelta(minutes=2)


def visible_job(request: OrgRequest, *, job_id: UUID) -> Job:
    jobs = Job.objects.visible_to(request.membership).select_related("started_by", "org")
    return get_object_or_404(jobs, pk=job_id)


def first_moment(now: datetime) -> datetime:
    day = timezone.localtime(now) - timedelta(days=DAYS - 1)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


@for_roles(Role.ADMIN)
@require_safe
def job_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    jobs = Job.objects.visible_to(request.membership)
    table = JOBS.bind(request.GET, queryset=of_org(jobs), path=request.path)
    now, zone = timezone.now(), timezone.get_current_timezone()
    counts = jobs_per_day(jobs, since=first_moment(now), zone=zone)
    context = {
        "table": table,
        "chart": jobs_chart(counts=counts, days=days_until(timezone.localdate(now))),
        "queues": Queue.choices,
    }
    return render_page(request, "jobs/jobs.html", context, partial=table.id, push_url=table.url)


def context_of(request: OrgRequest, *, job: Job) -> dict[str, Any]:
    is_admin = request.membership.role == Role.ADMIN
    file = audit_export.file_of(job.pk)
    length = job.duration(at=timezone.now())
    return {
        "job": job,
        "is_admin": is_admin,
        "reason": job.error if is_admin else "",
        "took": "" if length is None else duration_in_words(length),
        "checks": job.result.get("checks", []),
        "has_file": "file" in job.result,
        "file_is_here": "file" in job.result and file.exists(),
        "kept_days": KEEP_EXPORTS.days,
    }


@any_member
@require_safe
def job_show(request: OrgRequest, org_slug: str, job_id: UUID) -> HttpResponse:
    job = visible_job(request, job_id=job_id)
    return render_page(request, SHOW, context_of(request, job=job), partial="job")


@any_member
@require_safe
def job_mine(request: OrgRequest, org_slug: str) -> HttpResponse:
    """What I have running here, and what has just ended, for other pages to include."""
    mine = Job.objects.visible_to(request.membership).filter(started_by=request.user)
    recent = mine.unfinished() | mine.filter(finished_at__gte=timezone.now() - MINE_STAYS)
    jobs = list(recent.select_related("org").order_by("-created_at", "-id")[:MINE_AT_MOST])
    context = {"jobs": jobs, "any_unfinished": any(not job.is_finished for job in jobs)}
    return render_page(request, "jobs/mine.html", context, partial="my-jobs")


@for_roles(Role.ADMIN)
@require_POST
def check_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    form = CheckForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the three queues and start the check again.")
        return redirect("jobs:job-list", org_slug)
    job = starting.check_system(
        org=request.org, by=request.user, queue=form.wanted(), request=request
    )
    return redirect("jobs:job-show", org_slug, job.pk)


@for_roles(Role.ADMIN)
@require_POST
def audit_export_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    job = starting.export_audit(org=request.org, by=request.user, request=request)
    return redirect("jobs:job-show", org_slug, job.pk)


@any_member
@require_POST
def job_cancel(request: OrgRequest, org_slug: str, job_id: UUID) -> HttpResponse:
    job = running.cancel(visible_job(request, job_id=job_id), by=request.user, request=request)
    if not request.htmx:
        return redirect("jobs:job-show", org_slug, job.pk)
    html = render_block(SHOW, block="job", context=context_of(request, job=job), request=request)
    return reswap(retarget(HttpResponse(html), "#job"), "outerHTML")


@any_member
@require_GET
def job_download(request: OrgRequest, org_slug: str, job_id: UUID) -> HttpResponseBase:
    job = visible_job(request, job_id=job_id)
    file = audit_export.file_of(job.pk)
    if job.state != Job.State.SUCCEEDED or not file.exists():
        raise Http404("The file is not here any more: start the export again.")
    audit.record(
        AuditEvent.Action.EXPORT_TAKEN,
        by=request.user,
        org=request.org,
        subject=job,
        detail={"rows": job.result.get("rows"), "file": audit_export.file_name(job)},
        request=request,
    )
    return FileResponse(
        file.open("rb"),
        as_attachment=True,
        filename=audit_export.file_name(job),
        content_type="text/csv; charset=utf-8",
        headers={"Cache-Control": "private, no-store"},
    )
