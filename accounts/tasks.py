from typing import Any

from django.utils import timezone

from accounts.connectors.base import ConnectorError
from accounts.connectors.opening import open_connector
from accounts.importing import ImportProblem
from accounts.models import SyncRun
from accounts.sync import currency, run
from accounts.sync.locks import SyncRunningError, org_lock
from accounts.trying import TrialFailedError, test_connection, try_renewed
from accounts.uploading.performing import perform_import
from revenue.jobs.running import JobError, JobRun, RetryableError, job_task
from revenue.users.models import Org, User


@job_task(queue="bulk")
def sync_org(job: JobRun) -> dict[str, Any]:
    """Asked for by `accounts.sync.starting`; an org and options, and no secret."""
    org = Org.objects.get(pk=job.org_id or 0)
    at = timezone.now()
    try:
        connector = open_connector(org, at=at)
        try:
            done = run.sync_org(
                org=org,
                connector=connector,
                trigger=job.arguments.get("trigger", SyncRun.Trigger.SCHEDULE),
                at=at,
                full=bool(job.arguments.get("full")),
                job=job,
                by=User.objects.filter(pk=job.started_by_id or 0).first(),
            )
        finally:
            connector.close()
    except run.SyncRunningError as error:
        raise RetryableError(str(error)) from error
    except (run.SyncRefusedError, ConnectorError) as error:
        raise JobError(str(error)) from error
    if done.state == SyncRun.State.FAILED:
        raise JobError(done.problem)
    return done.summary()


@job_task(queue="bulk")
def count_anew(job: JobRun) -> dict[str, Any]:
    """Not beside a sync, which may still write in the former currency."""
    org_id = job.org_id or 0
    try:
        with org_lock(org_id=org_id):
            org = Org.objects.get(pk=org_id)
            return {"rows": currency.count_anew(org=org, at=timezone.now())}
    except SyncRunningError as error:
        raise RetryableError(str(error)) from error


@job_task(queue="interactive")
def try_connection(job: JobRun) -> dict[str, Any]:
    org, at = Org.objects.get(jobs=job.id), timezone.now()
    attempt = try_renewed if job.arguments.get("renewed") else test_connection
    try:
        return {"said": attempt(org=org, at=at)}
    except TrialFailedError as error:
        raise JobError(str(error)) from error


@job_task(queue="bulk")
def import_upload(job: JobRun) -> dict[str, Any]:
    try:
        return perform_import(job, at=timezone.now())
    except run.SyncRunningError as error:
        raise RetryableError(str(error)) from error
    except ImportProblem as error:
        raise JobError(str(error)) from error
