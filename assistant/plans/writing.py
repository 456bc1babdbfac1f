"""A version as it is written: section by section, each checked before it is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Account, Opportunity
from assistant.models import PlanSection, PlanVersion
from assistant.plans import provider
from assistant.plans.gathering.known import Known
from assistant.plans.making import Written, known_of, written
from assistant.plans.sections import BY_KEY
from assistant.writers import OfflineError, writer_for
from revenue.jobs.running import JobError, JobRun
from revenue.users.models import Membership

GONE = "The deal or account is not there for you any more: look whether it was handed over."


@dataclass
class Pen:
    """Writes into one version, within the steps of its job."""

    version: PlanVersion
    job: JobRun
    rows: Mapping[str, PlanSection]
    done: set[str] = field(default_factory=set)

    @property
    def waiting(self) -> list[str]:
        return [
            key
            for key, row in self.rows.items()
            if row.state != PlanSection.State.READY and key not in self.done
        ]

    def keep(self, section: Written, *, by: str) -> None:
        with self.job.step(text=section.title):
            PlanSection.objects.filter(pk=self.rows[section.key].pk).update(
                state=PlanSection.State.READY,
                by=by,
                points=[point.as_json() for point in section.points],
                struck=[{"text": each.claim.text, "why": each.why} for each in section.struck],
                figures=section.figures,
                claims=section.claims,
                draft="",
                changed_at=timezone.now(),
            )
        self.done.add(section.key)

    def draft(self, key: str, text: str) -> None:
        """What comes in, for the page to show; it is no step of the work."""
        with self.job.step(done=self.job.done, text=f"Writing: {BY_KEY[key].title}"):
            PlanSection.objects.filter(pk=self.rows[key].pk).update(
                state=PlanSection.State.WRITING, draft=text, changed_at=timezone.now()
            )


def write_version(version: PlanVersion, *, reader: Membership, job: JobRun) -> dict[str, Any]:
    rows = {row.key: row for row in version.sections.order_by("position")}
    pen = Pen(version, job, rows)
    job.tell("Reading what is known", total=len(pen.waiting) + job.done)
    known = known_for(version, reader=reader, at=job.created_at)
    with job.step(done=job.done):
        told = {key: {"title": e.title, "url": e.url} for key, e in known.sources.items()}
        version.sources = {**version.sources, **told}
        version.save(update_fields=["sources"])
    composed = {each.key: each for each in written(known)}
    notice = ""
    if writer_for(org=version.org) is not None:
        notice = by_provider(pen, known, composed, reader=reader)
    for key in pen.waiting:
        pen.keep(composed[key], by=PlanSection.By.COMPOSER)
    return finish(pen, notice=notice)


def known_for(version: PlanVersion, *, reader: Membership, at: datetime) -> Known:
    plan = version.plan
    model: type[Opportunity] | type[Account] = Opportunity if plan.opportunity_ref else Account
    ref = plan.opportunity_ref or plan.account_ref
    rows = model.objects.visible_to(reader).select_related("org", "owner")
    record = rows.filter(org=version.org, external_id=ref).first()
    if record is None:
        raise JobError(GONE)
    return known_of(record, reader=reader, at=at)


def by_provider(
    pen: Pen, known: Known, composed: Mapping[str, Written], *, reader: Membership
) -> str:
    """What does not hold in it is left out; a section that fails is left to the composer."""
    try:
        return provider.write_sections(
            known=known,
            composed={key: composed[key] for key in pen.waiting},
            by=reader.user,
            keep=keeper(pen),
            draft=pen.draft,
        )
    except OfflineError as offline:
        return offline.notice


def keeper(pen: Pen) -> Callable[[Written], None]:
    return lambda section: pen.keep(section, by=PlanSection.By.PROVIDER)


def finish(pen: Pen, *, notice: str) -> dict[str, Any]:
    version = pen.version
    with pen.job.step(done=pen.job.done, text="Done"):
        version.state, version.ended_at = PlanVersion.State.READY, timezone.now()
        version.notice = notice[:255]
        version.save(update_fields=["state", "ended_at", "notice"])
    return {"version": version.number, "sections": len(pen.done)}
