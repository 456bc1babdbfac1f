import csv
import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from revenue.jobs import audit_export
from revenue.jobs.attempts import attempt_job
from revenue.jobs.audit_export import encoded, file_of
from revenue.jobs.failures import TRANSIENT, RetryableError
from revenue.jobs.forgetting import forget_old_jobs, remove_old_exports
from revenue.jobs.models import Job
from revenue.users import audit
from revenue.users.models import AuditEvent, Org
from tests.factories.jobs import NOON, a_job, a_member, an_org

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(audit_export, "CHUNK", 3)
    monkeypatch.setattr("revenue.jobs.attempts.send", lambda _job, **_: True)
    return tmp_path


def job_with_events(count: int, *, org: Org | None = None) -> Job:
    org = org or an_org()
    for number in range(count):
        audit.record(AuditEvent.Action.ORG_CHANGED, by=None, org=org, subject=f"event {number}")
    audit.record(AuditEvent.Action.ORG_CHANGED, by=None, org=an_org(), subject="elsewhere")
    job: Job = a_job(org=org, created_at=timezone.now())
    audit.record(AuditEvent.Action.ORG_CHANGED, by=None, org=org, subject="later")
    return job


def export(job: Job) -> Job:
    attempt_job(job_id=str(job.pk), function=audit_export.write, transient=TRANSIENT)
    job.refresh_from_db()
    return job


def subjects(job: Job) -> list[str]:
    rows = list(csv.reader(io.StringIO(file_of(job.pk).read_bytes().decode("utf-8-sig"))))
    assert tuple(rows[0]) == audit_export.COLUMNS
    return [row[4] for row in rows[1:]]


def test_the_whole_of_the_org_and_nothing_else() -> None:
    job = export(job_with_events(8))
    assert job.state == Job.State.SUCCEEDED, job.error
    assert subjects(job) == [f"event {number}" for number in range(8)]
    size = file_of(job.pk).stat().st_size
    assert job.result == {"file": f"{job.pk}.csv", "rows": 8, "bytes": size}
    assert [each.name for each in audit_export.folder().iterdir()] == [f"{job.pk}.csv"]
    assert audit_export.folder().stat().st_mode & 0o077 == 0


def test_an_empty_trail_is_a_header() -> None:
    job = export(job_with_events(0))
    assert (subjects(job), job.result["rows"]) == ([], 0)


def stumbling(at: int) -> Any:
    calls = iter(range(100))

    def write(rows: Any, *, header: bool) -> bytes:
        if next(calls) == at:
            raise RetryableError("The disk is slow.")
        return encoded(rows, header=header)

    return write


@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_was_interrupted_goes_on(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_with_events(8)
    monkeypatch.setattr(audit_export, "encoded", stumbling(at))
    assert export(job).state == Job.State.QUEUED
    assert not file_of(job.pk).exists()
    part = file_of(job.pk).with_suffix(".part")
    with part.open("ab") as file:
        file.write(b"half a row of a step that was not kep")
    assert export(job).state == Job.State.SUCCEEDED
    assert subjects(job) == [f"event {number}" for number in range(8)]


def test_on_a_machine_without_the_file_it_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_with_events(8)
    monkeypatch.setattr(audit_export, "encoded", stumbling(2))
    assert export(job).checkpoint["rows"] == 6
    file_of(job.pk).with_suffix(".part").unlink()
    assert export(job).state == Job.State.SUCCEEDED
    assert subjects(job) == [f"event {number}" for number in range(8)]


def test_formulas_are_quoted() -> None:
    org = an_org()
    audit.record(AuditEvent.Action.ORG_CHANGED, by=None, org=org, subject="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in subjects(export(job_with_events(0, org=org)))


def test_sign_ins_of_members_are_the_org_s() -> None:
    member = a_member()
    audit.record(AuditEvent.Action.SIGNED_IN, by=member.user)
    assert export(job_with_events(0, org=member.org)).result["rows"] == 1


def test_old_files_and_old_jobs_go() -> None:
    old, new = (export(job_with_events(1)) for _ in range(2))
    now = timezone.now()
    eight_days_ago = (now - timedelta(days=8)).timestamp()
    os.utime(file_of(old.pk), (eight_days_ago, eight_days_ago))
    assert remove_old_exports(at=now, folder=audit_export.folder()) == 1
    assert (file_of(old.pk).exists(), file_of(new.pk).exists()) == (False, True)
    ancient = a_job(succeeded=True)
    waiting = a_job()
    assert forget_old_jobs(at=NOON + timedelta(days=31)) == 1
    assert not Job.objects.filter(pk=ancient.pk).exists()
    assert Job.objects.filter(pk__in=[waiting.pk, old.pk, new.pk]).count() == 3
