"""The week in facts, who takes it by mail, and what was sent."""

from django.db import models
from django.db.models import F, Q

from accounts.models.beside import OrgRows
from revenue.users.models import Membership, Org


class WeeklyReport(models.Model):
    """One a week: what is asked for again within it takes its place."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    week = models.DateField(help_text="Its Monday.")
    since = models.DateField()
    until = models.DateField(help_text="The day as of which it speaks.")
    made_at = models.DateTimeField()
    facts = models.JSONField(default=list, help_text="Sections of sentences with addresses.")

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "week"], name="weekly_report_once"),
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="weekly_report_forward_in_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org} week of {self.week}"


class WeeklyReader(models.Model):
    """Whoever has switched the mail on."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="weekly_mail"
    )
    since = models.DateTimeField()

    objects = OrgRows.as_manager()

    def __str__(self) -> str:
        return f"{self.membership} by mail"


class WeeklyMail(models.Model):
    """Claimed before it is sent, so that no second run sends it again."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    report = models.ForeignKey(
        WeeklyReport, on_delete=models.CASCADE, related_name="mails", db_index=False
    )
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "membership"], name="weekly_mail_once")
        ]

    def __str__(self) -> str:
        return f"{self.report} to {self.membership}"
