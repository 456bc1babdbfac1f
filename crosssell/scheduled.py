"""What the scheduler sets going; `revenue.celery` looks for modules of this name."""

import structlog

from crosssell.schedule import EXPAND_TASK, FORESEE_TASK, LEARN_TASK, SUGGEST_TASK
from crosssell.selling.reading import orgs_beside
from crosssell.tasks import expanding
from crosssell.tasks.recommending import start_learning, start_suggesting
from revenue.celery import app
from revenue.users.models import Org

log = structlog.get_logger(__name__)


@app.task(name=SUGGEST_TASK)
def suggest_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        start_suggesting(org=org, by=None)


@app.task(name=LEARN_TASK)
def learn_on_schedule(org_id: int) -> None:
    """For all that are grouped, the first of them."""
    org = active_org(org_id)
    if org is not None and orgs_beside(org)[0] == org:
        start_learning(org=org, by=None)


@app.task(name=FORESEE_TASK)
def foresee_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        expanding.start_foreseeing(org=org, by=None)


@app.task(name=EXPAND_TASK)
def learn_expansion_on_schedule(org_id: int) -> None:
    if org := active_org(org_id):
        expanding.start_learning(org=org, by=None)


def active_org(org_id: int) -> Org | None:
    org = Org.objects.filter(pk=org_id, is_active=True).first()
    if org is None:
        log.info("not_started", org_id=org_id, reason="no active org")
    return org
