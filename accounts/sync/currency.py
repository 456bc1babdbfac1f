"""What the org counts in: as its CRM says, and what an admin set only where that says nothing."""

import re
from datetime import datetime

import structlog
from django.db import transaction

from accounts.models import CurrencyRate
from accounts.sync import money
from accounts.sync.work import Work
from revenue.users import audit
from revenue.users.models import AuditEvent, Org

CODE = re.compile(r"[A-Z]{3}")

log = structlog.get_logger(__name__)


def settle_currency(work: Work, *, has_several: bool) -> None:
    told = corporate_currency(work.org) if has_several else told_by_source(work)
    if told != work.org.currency and CODE.fullmatch(told):
        count_in(told, work=work)


def corporate_currency(org: Org) -> str:
    """By the rates that are here: a run that was cut off leaves word to the next."""
    rates = CurrencyRate.objects.of(org).present().filter(is_corporate=True)
    found = rates.order_by("-modified_at", "-id").values_list("currency", flat=True).first()
    return found or ""


def told_by_source(work: Work) -> str:
    ask = getattr(work.connector, "currency", None)
    return str(ask()) if ask else ""


def count_anew(*, org: Org, at: datetime) -> int:
    """After an admin gave the org another currency: all amounts, as when its CRM does."""
    with transaction.atomic():
        return money.convert_all(org=org, at=at, also=(money.KEPT_DAYS,))


def count_in(currency: str, *, work: Work) -> None:
    """All amounts at once, those of earlier days' pipelines too: unlike money is never added."""
    org, before = work.org, work.org.currency
    with transaction.atomic():
        org.currency = currency
        org.save(update_fields=["currency"])
        written = money.convert_all(org=org, at=work.at, also=(money.KEPT_DAYS,))
        audit.record(
            AuditEvent.Action.ORG_CHANGED,
            by=None,
            org=org,
            subject=org,
            detail={"currency": currency, "before": before, "reason": "So its CRM counts."},
        )
        work.confirm()
    log.info("currency_changed", org=org.slug, currency=currency, before=before, rows=written)
