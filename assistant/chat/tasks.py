"""Answers that a provider writes: as jobs, for they take longer than a page may."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Opportunity
from assistant.chat.conversing import answer_by_provider, answered
from assistant.chat.mail.answering import facts_for
from assistant.chat.mail.drafting import drafted
from assistant.chat.mail.rewording import reworded
from assistant.models import ChatTurn
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun, job_task, start
from revenue.users.models import Membership, Org, User

GONE = "You are no longer a member of this org, or what this was about is gone."


def reader_of(job: JobRun) -> Membership:
    if job.org_id is None or job.started_by_id is None:
        raise JobError(GONE)
    members = Membership.objects.active()
    found = members.filter(org_id=job.org_id, user_id=job.started_by_id).first()
    if found is None:
        raise JobError(GONE)
    return found


@job_task(queue="interactive")
def answer_turn(job: JobRun) -> dict[str, Any]:
    reader = reader_of(job)
    turn = ChatTurn.objects.visible_to(reader).filter(pk=job.arguments["turn"]).first()
    if turn is None:
        raise JobError(GONE)
    if not turn.is_waiting:
        return {"turn": turn.pk}
    job.tell("Looking things up and writing")
    answer = answer_by_provider(turn, reader=reader, at=timezone.now())
    with job.step(done=1):
        answered(turn, answer, at=timezone.now())
    return {"turn": turn.pk}


@job_task(queue="interactive")
def word_mail(job: JobRun) -> dict[str, Any]:
    """The draft's better words are the job's result: they are shown once, and kept nowhere else."""
    reader = reader_of(job)
    deal = Opportunity.objects.visible_to(reader).filter(pk=job.arguments["deal"]).first()
    if deal is None:
        raise JobError(GONE)
    at = timezone.now()
    facts, _ = facts_for(deal, reader=reader, at=at)
    draft = drafted(facts, kind=job.arguments["kind"], tone=job.arguments["tone"])
    job.tell("Finding better words")
    better, notice = reworded(draft, facts, reader=reader, at=at)
    with job.step(done=1):
        return {"draft": better.as_data(), "notice": notice, "is_better": better != draft}


def start_answering(
    turn: ChatTurn, *, org: Org, by: User, request: HttpRequest | None = None
) -> Job:
    job = start(
        answer_turn,
        org=org,
        by=by,
        title="Answer to a question",
        arguments={"turn": turn.pk},
        dedupe_key=f"answer-turn:{turn.pk}",
        request=request,
    )
    ChatTurn.objects.filter(pk=turn.pk).update(job=job)
    turn.job = job
    return job


def start_wording(
    deal: Opportunity,
    *,
    kind: str,
    tone: str,
    org: Org,
    by: User,
    request: HttpRequest | None = None,
) -> Job:
    return start(
        word_mail,
        org=org,
        by=by,
        title="Wording of an e-mail",
        arguments={"deal": deal.pk, "kind": kind, "tone": tone},
        dedupe_key=f"word-mail:{by.pk}:{deal.pk}:{kind}:{tone}",
        request=request,
    )
