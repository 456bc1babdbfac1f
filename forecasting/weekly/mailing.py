"""The report by mail: to executives and admins who want it, once a week and no more."""

from datetime import datetime
from email.utils import make_msgid
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from forecasting.models import WeeklyMail, WeeklyReader, WeeklyReport
from forecasting.weekly.pdf import pdf_of
from revenue.users.models import Membership, Org
from revenue.users.roles import Role

READERS = (Role.EXECUTIVE, Role.ADMIN)


def switch(membership: Membership, *, on: bool, at: datetime) -> None:
    if on:
        WeeklyReader.objects.get_or_create(
            org=membership.org, membership=membership, defaults={"since": at}
        )
    else:
        WeeklyReader.objects.filter(org=membership.org, membership=membership).delete()


def readers_of(org: Org) -> list[Membership]:
    """Who has lost the role, or left, gets none, whatever they had switched on."""
    wanted = WeeklyReader.objects.of(org).values("membership")
    rows = Membership.objects.active().filter(org=org, role__in=READERS, pk__in=wanted)
    return list(rows.select_related("user", "org").order_by("pk"))


def mail_out(report: WeeklyReport, *, at: datetime) -> tuple[int, int]:
    """How many were sent, and how many could not be: those are free to be tried again."""
    sent = failed = 0
    paper = b""
    for reader in readers_of(report.org):
        mail = claimed(report, reader, at=at)
        if mail is None:
            continue
        paper = paper or pdf_of(report)
        try:
            message(report, reader, paper=paper).send()
        except (OSError, SMTPException):
            # Nothing went out. A process that dies after the sending leaves its claim.
            mail.delete()
            failed += 1
            continue
        WeeklyMail.objects.filter(pk=mail.pk).update(sent_at=at)
        sent += 1
    return sent, failed


def claimed(report: WeeklyReport, reader: Membership, *, at: datetime) -> WeeklyMail | None:
    """The first who asks; the claim is kept before anything is sent."""
    with transaction.atomic():
        mail, is_ours = WeeklyMail.objects.get_or_create(
            org=report.org, report=report, membership=reader, defaults={"claimed_at": at}
        )
    return mail if is_ours else None


def message(report: WeeklyReport, reader: Membership, *, paper: bytes) -> EmailMultiAlternatives:
    page = settings.SITE_URL + reverse("forecasting:weekly-show", args=[report.org.slug])
    stop = f"{page}#mail"
    context: dict[str, Any] = {
        "report": report,
        "org": report.org,
        "reader": reader.user,
        "site": settings.SITE_URL,
        "page": f"{page}?week={report.week.isoformat()}",
        "stop": stop,
        "product_name": settings.PRODUCT_NAME,
    }
    found = EmailMultiAlternatives(
        f"{report.org.name}: week of {report.week:%-d %B %Y}",
        render_to_string("forecasting/weekly_mail.txt", context),
        to=[reader.user.email],
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "Message-ID": make_msgid(f"weekly-{report.pk}-{reader.pk}", settings.SITE_HOST),
        },
    )
    found.attach_alternative(render_to_string("forecasting/weekly_mail.html", context), "text/html")
    found.attach(file_name(report), paper, "application/pdf")
    return found


def file_name(report: WeeklyReport) -> str:
    return f"{report.org.slug}-week-{report.week.isoformat()}.pdf"
