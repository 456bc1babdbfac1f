"""What the scheduler sets going; `revenue.celery` looks for modules of this name."""

import structlog
from django.utils import timezone

from accounts.models import Connection, SyncRun
from accounts.schedule import TASK
from accounts.sync.starting import start_sync
from accounts.uploading.keeping import remove_old_files
from revenue.celery import app

log = structlog.get_logger(__name__)


@app.task(name=TASK)
def sync_on_schedule(org_id: int) -> None:
    """Two schedulers at once do no harm: of two starts, the unfinished job wins."""
    connection = Connection.objects.usable().select_related("org").filter(org=org_id).first()
    if connection is None:
        log.info("sync_not_started", org_id=org_id, reason="no usable connection")
        return
    start_sync(org=connection.org, by=None, trigger=SyncRun.Trigger.SCHEDULE)


@app.task(name="accounts.scheduled.remove_old_uploads")
def remove_old_uploads() -> None:
    remove_old_files(at=timezone.now())
