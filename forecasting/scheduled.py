"""What the scheduler sets going; `revenue.celery` looks for modules of this name."""

import structlog

from forecasting.health import tasks as health
from forecasting.leads import tasks as leads
from forecasting.schedule import (
    HEALTH_TASK,
    LEADS_TASK,
    LEARN_LEADS_TASK,
    LEAVING_TASK,
    SCORE_TASK,
    TRAIN_TASK,
    WEEK_TASK,
)
from forecasting.tasks import start_scoring, start_training
from forecasting.weekly.tasks import start_weekly
from revenue.celery import app
from revenue.users.models import Org

log = structlog.get_logger(__name__)


@app.task(name=SCORE_TASK)
def score_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        start_scoring(org=org, by=None)


@app.task(name=TRAIN_TASK)
def train_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        start_training(org=org, by=None)


@app.task(name=LEADS_TASK)
def score_leads_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        leads.start_scoring(org=org, by=None)


@app.task(name=LEARN_LEADS_TASK)
def learn_leads_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        leads.start_learning(org=org, by=None)


@app.task(name=HEALTH_TASK)
def score_health_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        health.start_scoring(org=org, by=None)


@app.task(name=LEAVING_TASK)
def learn_leaving_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        health.start_learning(org=org, by=None)


@app.task(name=WEEK_TASK)
def tell_week_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        start_weekly(org=org, by=None, mails=True)


def active_org(org_id: int) -> Org | None:
    org = Org.objects.filter(pk=org_id, is_active=True).first()
    if org is None:
        log.info("not_started", org_id=org_id, reason="no active org")
    return org
