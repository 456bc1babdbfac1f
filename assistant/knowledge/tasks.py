"""Reading what was brought, as a job: a file that nobody has vouched for keeps no page waiting."""

import time
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from assistant.knowledge import performing
from assistant.knowledge.reading.blocks import UnreadableError
from assistant.models import DocumentVersion
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun, job_task, start
from revenue.users.models import User

TOLD_EVERY_SECONDS = 0.7


@job_task(queue="interactive")
def read_document(job: JobRun) -> dict[str, Any]:
    """Another attempt reads it anew; what one has read to its end is kept at once."""
    version = (
        DocumentVersion.objects.select_related("document", "org")
        .filter(pk=job.arguments["version"], org_id=job.org_id)
        .first()
    )
    if version is None or version.is_finished:
        return {"passages": version.passage_count if version else 0}
    with job.step(done=0, text="Opening the file"):
        DocumentVersion.objects.filter(pk=version.pk).update(state=performing.State.READING)
    told = time.monotonic()

    def tell(page: int, pages: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TOLD_EVERY_SECONDS:
            told = time.monotonic()
            job.tell(f"Reading page {page:,} of {pages:,}", total=pages + 1)
            with job.step(done=page):
                pass

    try:
        found = performing.found_in(version, tell=tell)
        job.tell("Cutting it into passages")
        with job.step(done=job.total):
            count = performing.keep(version, found, at=timezone.now())
    except UnreadableError as problem:
        performing.refuse(version, problem, at=timezone.now())
        raise JobError(str(problem)) from problem
    return {"passages": count, "pages": found.pages}


def start_reading(
    version: DocumentVersion, *, by: User | None, request: HttpRequest | None = None
) -> Job:
    job = start(
        read_document,
        org=version.org,
        by=by,
        title=f"Reading {version.document.title}",
        arguments={"version": version.pk},
        dedupe_key=f"read-document-{version.pk}",
        request=request,
    )
    DocumentVersion.objects.filter(pk=version.pk).update(job=job)
    version.job = job
    return job
