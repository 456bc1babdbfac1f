"""One attempt at a job, as the task sees it: steps whose work and checkpoint are kept together."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from revenue.jobs import stopping
from revenue.jobs.models import Job, JobQuerySet, State


class Cancelled(Exception):  # noqa: N818
    """Somebody asked for the job to be cancelled."""


class Superseded(Exception):  # noqa: N818
    """Another attempt at this job has begun, or it has ended: whatever this one does is void."""


class HandedBack(Exception):  # noqa: N818
    """The worker was asked to stop: the rest of the job is for another one."""


@dataclass
class Step:
    """What a step leaves behind; the task may set it inside the step, when it knows."""

    done: int
    checkpoint: dict[str, Any]


@dataclass
class JobRun:
    id: uuid.UUID
    org_id: int | None
    started_by_id: int | None
    arguments: dict[str, Any]
    attempt: int
    created_at: datetime
    done: int = 0
    total: int | None = None
    checkpoint: dict[str, Any] = field(default_factory=dict)
    steps_finished: int = field(default=0, init=False)
    got_further: bool = field(default=False, init=False)

    @classmethod
    def of(cls, job: Job) -> "JobRun":
        return cls(
            id=job.pk,
            org_id=job.org_id,
            started_by_id=job.started_by_id,
            arguments=job.arguments,
            attempt=job.attempts,
            created_at=job.created_at,
            done=job.done,
            total=job.total,
            checkpoint=job.checkpoint,
        )

    @contextmanager
    def step(
        self,
        *,
        done: int | None = None,
        checkpoint: dict[str, Any] | None = None,
        text: str | None = None,
    ) -> Iterator[Step]:
        """The database work inside and the checkpoint are committed together, or neither is."""
        self._may_go_on(text=text)
        step = Step(
            done=self.done + 1 if done is None else done,
            checkpoint=dict(self.checkpoint) if checkpoint is None else checkpoint,
        )
        with transaction.atomic(durable=True):
            yield step
            self._keep(step)
        self.got_further = self.got_further or step.checkpoint != self.checkpoint
        self.done, self.checkpoint = step.done, step.checkpoint
        self.steps_finished += 1

    def tell(self, text: str = "", *, total: int | None = None) -> None:
        """Outside of a step: what it does now, and how much there is, for the page to show."""
        changes: dict[str, Any] = {"step": text[:200]}
        if total is not None:
            self.total = changes["total"] = max(total, self.done)
        self._change(**changes)

    def _may_go_on(self, *, text: str | None) -> None:
        if stopping.is_announced() and self.got_further:
            raise HandedBack
        if text is not None:
            self.tell(text)
        mine = self._mine().values_list("cancel_requested_at").first()
        if mine is None:
            raise Superseded
        if mine[0] is not None:
            raise Cancelled

    def _keep(self, step: Step) -> None:
        if self.total is not None:
            self.total = max(self.total, step.done)
        changes: dict[str, Any] = {"done": step.done, "total": self.total}
        if step.checkpoint != self.checkpoint:
            changes |= {"checkpoint": step.checkpoint, "stalls": 0}
        self._change(heartbeat_at=timezone.now(), **changes)

    def end(self, state: State, **changes: Any) -> None:
        """Leave the attempt; another one that took the job over meanwhile is not disturbed."""
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        self._change(state=state, heartbeat_at=timezone.now(), **changes)

    def _mine(self) -> JobQuerySet:
        return Job.objects.filter(pk=self.id, attempts=self.attempt, state=State.RUNNING)

    def _change(self, **changes: Any) -> None:
        if not self._mine().update(**changes):
            raise Superseded
