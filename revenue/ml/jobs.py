"""What the jobs of every learned task share: whoever asks, they learn once and say it anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils import timezone

from revenue.jobs.models import Job, State
from revenue.jobs.running import JobError, JobRun, JobTask, start
from revenue.ml.learned import Learned, NoModelError, NothingToLearnError
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.ml.registry import live_run
from revenue.ml.tasks import moment_for
from revenue.users.models import Org, User


class Teaching(Protocol):
    """What a task learns by, of an org and until a moment."""

    def __call__(self, *, org: Org, as_of: datetime) -> Learned: ...


@dataclass(frozen=True)
class Lesson:
    """What differs between the tasks that are learned and said as jobs.

    `counted` names what an answer counts; `saying` is the lock of those who write what is said.
    """

    task: str
    learned: Teaching
    counted: str
    learning_text: str
    saying: str
    needs_model: bool = True

    def is_live(self, org: Org) -> bool:
        return live_run(org=org, task=self.task) is not None


def learn(
    job: JobRun, lesson: Lesson, *, then: Callable[[Org, User | None], object]
) -> dict[str, Any]:
    """A model that is live at once speaks at once; what was learned is not learned again."""
    org = org_of(job)
    as_of = moment_for(org, at=job.created_at)
    try:
        with one_at_a_time(org, f"train {lesson.task}"):
            said = record_once(job, lambda: lesson.learned(org=org, as_of=as_of))
    except NothingToLearnError as error:
        return nothing_done(job, error, counted=lesson.counted)
    if said["state"] == "live":
        then(org, asker_of(job))
    return said


def say(
    job: JobRun, lesson: Lesson, saying: Callable[[Org, datetime], dict[str, Any]]
) -> dict[str, Any]:
    """As of the moment at which it was asked for, so that another attempt says the same."""
    org = org_of(job)
    as_of = moment_of(job, org=org)
    try:
        if not lesson.is_live(org):
            learn_first(job, lesson, org=org)
        with one_at_a_time(org, lesson.saying):
            return saying(org, as_of)
    except (NothingToLearnError, NoModelError) as error:
        return nothing_done(job, error, counted=lesson.counted)


def learn_first(job: JobRun, lesson: Lesson, *, org: Org) -> None:
    """Where something else speaks without a model, nothing to learn from is no failure."""
    job.tell(lesson.learning_text)
    as_of = moment_for(org, at=job.created_at)
    try:
        lesson.learned(org=org, as_of=as_of).record(at=timezone.now())
    except NothingToLearnError as error:
        if lesson.needs_model:
            raise
        job.tell(str(error))


def org_of(job: JobRun) -> Org:
    return Org.objects.get(pk=job.org_id or 0)


def asker_of(job: JobRun) -> User | None:
    return User.objects.filter(pk=job.started_by_id or 0).first()


def moment_of(job: JobRun, *, org: Org) -> datetime:
    """At which it was asked for, so that another attempt says the same; or the one it names."""
    if said := job.arguments.get("as_of"):
        return datetime.fromisoformat(said)
    return moment_for(org, at=job.created_at)


def record_once(job: JobRun, learned: Callable[[], Learned]) -> dict[str, Any]:
    """What an attempt before has learned is not learned again."""
    if "run" not in job.checkpoint:
        found = learned()
        with job.step() as step:
            run = found.record(at=timezone.now(), by=asker_of(job))
            step.checkpoint = {
                "run": run.pk,
                "state": str(run.state),
                "readiness": str(run.readiness),
            }
    return job.checkpoint


def nothing_done(job: JobRun, error: Exception, *, counted: str) -> dict[str, Any]:
    """Somebody who asked for it is told so; on a schedule, too young an org is no failure."""
    if job.started_by_id is not None:
        raise JobError(str(error)) from error
    return {counted: 0, "problem": str(error)}


def start_saying(
    task: JobTask,
    *,
    org: Org,
    by: User | None,
    title: str,
    key: str,
    request: HttpRequest | None = None,
    anew: bool = False,
) -> Job:
    """The unfinished one of the org, where there is one already.

    One that runs has read the facts: `anew` asks for another after what has come in since.
    """
    running = Job.objects.filter(org=org, task=task.name, state=State.RUNNING)
    taken = set(running.values_list("dedupe_key", flat=True)) if anew else set()
    keys = chain([key, f"{key} anew"], (f"{key} anew {nth}" for nth in count(2)))
    return start(
        task,
        org=org,
        by=by,
        title=title,
        arguments={},
        dedupe_key=next(one for one in keys if one not in taken),
        request=request,
    )


def unfinished_job(task: JobTask, *, org: Org) -> Job | None:
    """The newest that has not ended, for a page that says that it runs."""
    jobs = Job.objects.filter(org=org, task=task.name).unfinished()
    return jobs.order_by("-created_at", "-id").first()
