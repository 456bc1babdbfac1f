"""Whether the chosen service answers: one short question, as a job, booked like any other."""

import time
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from assistant.models import WriterPolicy
from assistant.writers.asking import OfflineError, Request, Turn
from assistant.writers.budget import account_of
from assistant.writers.door import made
from assistant.writers.faults import ProviderError
from assistant.writers.policy import policy_of, resting_key
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun, job_task, start
from revenue.users.models import Org, User

TRIAL = "try-writer"
QUESTION = "Answer with the one word: ready"
MOST_TOKENS = 500  # models that think first need some for that


@job_task(queue="interactive")
def try_writer(job: JobRun) -> dict[str, Any]:
    policy = WriterPolicy.objects.select_related("org").get(org_id=job.org_id or 0)
    by = User.objects.get(pk=job.started_by_id or 0)
    try:
        return {"said": tried(policy, by=by, at=timezone.now())}
    except OfflineError as error:
        raise JobError(error.notice) from error
    except ProviderError as error:
        detail = f" ({error.detail})" if error.detail else ""
        raise JobError(
            f"{error.words}{detail}. Check the address, the model and the key."
        ) from error


def tried(policy: WriterPolicy, *, by: User, at: datetime) -> str:
    """What is told of it are figures; its words are nobody's to read."""
    writer = made(policy)
    account = account_of(policy, by=by, purpose="test", at=at)
    request = Request("You are being tested.", [Turn("user", QUESTION)], MOST_TOKENS)
    since = time.monotonic()
    try:
        said = writer.say(request, on_text=lambda _: None)
    except ProviderError as error:
        account.book(request, error.said, has_failed=True)
        raise
    counted = account.book(request, said, has_failed=False)
    cache.delete(resting_key(policy.org))
    took = time.monotonic() - since
    return (
        f"{policy.model} answered in {took:.1f} seconds: "
        f"{counted.tokens_in:,} tokens read, {counted.tokens_out:,} written."
    )


def start_trial(*, org: Org, by: User, request: HttpRequest | None = None) -> Job | None:
    """Nothing to try where nobody was chosen."""
    policy = policy_of(org)
    if policy.provider == WriterPolicy.Provider.OFFLINE:
        return None
    with transaction.atomic():
        return start(
            try_writer,
            org=org,
            by=by,
            title=f"Trying {policy.model}",
            arguments={},
            dedupe_key=TRIAL,
            request=request,
        )


def last_trial(org: Org) -> Job | None:
    tried_before = Job.objects.filter(org=org, dedupe_key=TRIAL)
    return tried_before.order_by("-created_at", "-id").first()
