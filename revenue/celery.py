"""The Celery application; a worker or the scheduler is started with `-A revenue`."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")

app = Celery("revenue")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
# What the scheduler starts, where that needs more than a module of tasks may import.
app.autodiscover_tasks(related_name="scheduled")
