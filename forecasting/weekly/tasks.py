"""The weekly report as a job: on Monday morning, or when somebody asks for it."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from forecasting.models import WeeklyReport
from forecasting.weekly.mailing import mail_out
from forecasting.weekly.making import make_report
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, RetryableError, job_task, start
from revenue.users.models import Org, User

REPORTING = "weekly-report"


@job_task(queue="bulk")
def report_week(job: JobRun) -> dict[str, Any]:
    org = Org.objects.get(pk=job.org_id or 0)
    if "report" not in job.checkpoint:
        job.tell("Reading the week")
        with job.step() as step:
            made = make_report(org=org, at=job.created_at)
            step.checkpoint = {"report": made.pk}
    if not job.arguments.get("mails"):
        return {**job.checkpoint, "sent": 0}
    report = WeeklyReport.objects.select_related("org").get(pk=job.checkpoint["report"])
    job.tell("Sending it by mail")
    sent, failed = mail_out(report, at=timezone.now())
    if failed:
        raise RetryableError(f"{failed} mails could not be sent; the others are not sent again.")
    return {**job.checkpoint, "sent": sent}


def start_weekly(
    *, org: Org, by: User | None, mails: bool, request: HttpRequest | None = None
) -> Job:
    return start(
        report_week,
        org=org,
        by=by,
        title=f"The week of {org.name}",
        arguments={"mails": mails},
        dedupe_key=f"{REPORTING} by mail" if mails else REPORTING,
        request=request,
    )
