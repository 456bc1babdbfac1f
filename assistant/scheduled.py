"""What the scheduler sets going; `revenue.celery` looks for modules of this name."""

from django.utils import timezone

from assistant.knowledge.changing import purge
from revenue.celery import app


@app.task(name="assistant.scheduled.remove_old_documents")
def remove_old_documents() -> None:
    purge(at=timezone.now())
