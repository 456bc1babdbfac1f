"""When the org's fiscal year begins: as its CRM says, unless an admin has set it."""

import structlog
from django.db import transaction

from accounts.sync.work import Work
from revenue.users import audit
from revenue.users.models import AuditEvent, Org

MONTHS = range(1, 13)

log = structlog.get_logger(__name__)


def settle_fiscal_month(work: Work) -> None:
    ask = getattr(work.connector, "fiscal_month", None)
    if ask is None or work.org.keeps_fiscal_month:
        return
    told = int(ask())
    if told in MONTHS and told != work.org.fiscal_month:
        count_from(told, work=work)


def count_from(month: int, *, work: Work) -> None:
    org, before = work.org, work.org.fiscal_month
    with transaction.atomic():
        # An admin may have set it since this run began.
        theirs = Org.objects.filter(pk=org.pk, keeps_fiscal_month=False)
        if not theirs.update(fiscal_month=month):
            return
        org.fiscal_month = month
        audit.record(
            AuditEvent.Action.ORG_CHANGED,
            by=None,
            org=org,
            subject=org,
            detail={"fiscal_month": month, "before": before, "reason": "So its CRM counts."},
        )
        work.confirm()
    log.info("fiscal_month_changed", org=org.slug, month=month, before=before)
