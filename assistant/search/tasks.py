"""Indexing as jobs: whole, beside the index that answers; or what has changed."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from assistant.models import SearchIndex
from assistant.search import indexing
from assistant.search.embedders import EmbeddingError, embedding_of
from assistant.search.live import live_index
from assistant.search.sources import SOURCES
from assistant.search.texts import newest_change, record_count, take_over_some, text_count
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun, job_task
from revenue.ml.jobs import org_of, start_saying, unfinished_job
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.ml.tasks import moment_for
from revenue.users.models import Org, User

INDEXING, REFRESHING = "index-texts", "refresh-texts"
BUILDING, WRITING = "search-building", "search-writing"
AT_ONCE = 5_000
KINDS = tuple(SOURCES)


@job_task(queue="bulk")
def index_texts(job: JobRun) -> dict[str, Any]:
    """All of them anew; another attempt goes on where this one stopped."""
    org = org_of(job)
    with one_at_a_time(org, BUILDING):
        index = goes_on(job, org=org)
        try:
            build(job, org=org, index=index)
        except EmbeddingError as error:
            indexing.fail(index, why=str(error))
            raise JobError(str(error)) from error
    return {"texts": index.text_count, "vectors": index.dimensions or 0, "notice": index.notice}


def goes_on(job: JobRun, *, org: Org) -> SearchIndex:
    begun = SearchIndex.objects.filter(
        pk=job.checkpoint.get("index", 0), state=SearchIndex.State.BUILDING
    ).first()
    if begun is not None:
        return begun
    with job.step(done=0) as step:
        index = indexing.begin(org=org, at=job.created_at)
        step.checkpoint = {"index": index.pk, "stage": "read", "kind": 0, "after": 0}
    return index


def build(job: JobRun, *, org: Org, index: SearchIndex) -> None:
    if job.checkpoint["stage"] == "read":
        read_all(job, org=org, index=index)
    if job.checkpoint["stage"] == "learn":
        job.tell("Weighing words")
        with job.step() as step:
            indexing.learn(index)
            step.checkpoint = {"index": index.pk, "stage": "embed", "after": 0}
    if indexing.has_vectors(index):
        embed_all(job, index=index)
    job.tell("Taking over what came in meanwhile")
    with one_at_a_time(org, WRITING):
        with job.step():
            indexing.take_over(index, as_of=moment_for(org, at=job.created_at))
        indexing.embed_pending(index)
        indexing.switch(index, at=timezone.now())


def read_all(job: JobRun, *, org: Org, index: SearchIndex) -> None:
    as_of = moment_for(org, at=job.created_at)
    count = record_count(index)
    job.tell("Reading texts", total=2 * count + 1)
    if not job.done:
        index.read_until = newest_change(index)
        index.save(update_fields=["read_until"])
    for number in range(job.checkpoint["kind"], len(KINDS)):
        source, after = SOURCES[KINDS[number]], job.checkpoint["after"]
        while after is not None:
            with job.step(done=job.done + AT_ONCE) as step:
                after = take_over_some(index, source, as_of=as_of, after=after, most=AT_ONCE)
                at = {"kind": number + 1, "after": 0} if after is None else {"after": after}
                step.done = min(step.done, count)
                step.checkpoint = {**job.checkpoint, **at}
    with job.step(done=count, checkpoint={"index": index.pk, "stage": "learn"}):
        pass


def embed_all(job: JobRun, *, index: SearchIndex) -> None:
    embedding, count = embedding_of(index), text_count(index)
    job.tell("Making vectors", total=job.done + count)
    while texts := indexing.pending(index, after=job.checkpoint["after"]):
        checkpoint = {**job.checkpoint, "after": texts[-1].id}
        with job.step(done=job.done + len(texts), checkpoint=checkpoint):
            indexing.embed(index, embedding, texts)


@job_task(queue="bulk")
def refresh_texts(job: JobRun) -> dict[str, Any]:
    """What has changed since the index was last brought up to date; too much of it: all anew."""
    org = org_of(job)
    job.tell("Looking for texts that changed")
    with one_at_a_time(org, WRITING):
        index = live_index(org)
        if index is None:
            return {"texts": 0, "changed": 0}
        with job.step() as step:
            changed = indexing.take_over(index, as_of=moment_for(org, at=job.created_at))
            step.checkpoint = {"changed": changed}
        job.tell("Making vectors of what changed")
        try:
            indexing.embed_pending(index)
        except EmbeddingError as error:
            raise JobError(str(error)) from error
    if indexing.has_outgrown(index):
        start_indexing(org=org, by=None)
    return {"texts": index.text_count, "changed": changed}


def start_indexing(
    *, org: Org, by: User | None, request: HttpRequest | None = None, anew: bool = False
) -> Job:
    return start_saying(
        index_texts,
        org=org,
        by=by,
        title=f"Indexing of the texts of {org.name}",
        key=INDEXING,
        request=request,
        anew=anew,
    )


def start_refreshing(*, org: Org) -> Job:
    return start_saying(
        refresh_texts,
        org=org,
        by=None,
        title=f"Texts of {org.name} that changed",
        key=REFRESHING,
        anew=True,
    )


def indexing_job(org: Org) -> Job | None:
    return unfinished_job(index_texts, org=org)


def follow(org: Org) -> None:
    if SearchIndex.objects.filter(org=org, state=SearchIndex.State.LIVE).exists():
        start_refreshing(org=org)
    else:
        start_indexing(org=org, by=None)


def after_sync(*, org: Org, has_changed: bool) -> None:
    """Named in `AFTER_SYNC`: what has come in is found from then on."""
    if has_changed or live_index(org) is None:
        follow(org)


def after_knowledge(*, org_id: int) -> None:
    """Named in `AFTER_KNOWLEDGE`: so are passages, and those of old versions no more."""
    follow(Org.objects.get(pk=org_id))
