"""Waking a worker up for a job. A broker that is away costs a moment: the sweep sends it later."""

from datetime import datetime, timedelta

import structlog
from amqp.exceptions import AMQPError
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from revenue.celery import app
from revenue.jobs.models import Job, State
from revenue.jobs.queues import Queue

AWAY: tuple[type[Exception], ...] = (BrokerError, AMQPError, RedisError, OSError)

log = structlog.get_logger(__name__)


def send(job: Job, *, delay: timedelta = timedelta(0)) -> bool:
    limit = Queue(job.queue).time_limit
    try:
        app.send_task(
            job.task,
            args=[str(job.pk)],
            queue=job.queue,
            countdown=delay.total_seconds() or None,
            soft_time_limit=limit.soft_s,
            time_limit=limit.hard_s,
        )
    except AWAY as error:
        log.warning("job_not_sent", reason=str(error), **job.facts())
        return False
    mark_sent(job, at=timezone.now())
    return True


def mark_sent(job: Job, *, at: datetime) -> None:
    waiting = Job.objects.filter(pk=job.pk, state=State.QUEUED)
    waiting.update(sent_at=at, sends=F("sends") + 1)
