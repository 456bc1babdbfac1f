import calendar
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from revenue.periods import Period
from revenue.users.models.user import validate_timezone
from revenue.users.roles import Role

if TYPE_CHECKING:
    from revenue.users.models.user import User


MONTHS = [(month, calendar.month_name[month]) for month in range(1, 13)]


class OrgGroup(models.Model):
    """Orgs whose data an admin has joined; nothing crosses between orgs outside a group."""

    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="org_group_name_unique")]

    def __str__(self) -> str:
        return self.name


class OrgQuerySet(models.QuerySet["Org"]):
    def active(self) -> "OrgQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user: "User") -> "OrgQuerySet":
        return self.joined_by(user)

    def run_by(self, user: "User") -> "OrgQuerySet":
        """Orgs that the user may administer."""
        if user.is_active and user.is_superuser:
            return self
        return self.administered_by(user)

    def administered_by(self, user: "User") -> "OrgQuerySet":
        return self.joined_by(user, memberships__role=Role.ADMIN)

    def joined_by(self, user: "User", **of_the_membership: Any) -> "OrgQuerySet":
        """One filter: a second one would ask it of anybody's membership."""
        if not user.is_active:
            return self.none()
        return self.active().filter(
            memberships__user=user, memberships__is_active=True, **of_the_membership
        )


class Org(models.Model):
    """The wall: every fact belongs to one org, and only its members see it."""

    class Kind(models.TextChoices):
        CSV = "csv", "CSV exports"
        SALESFORCE = "salesforce", "Salesforce"
        DEMO = "demo", "Simulated company"

    class Hierarchy(models.TextChoices):
        MANAGERS = "managers", "Managers of the CRM's users"
        ROLES = "roles", "Roles of the CRM's users"

    slug = models.SlugField(
        max_length=50,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9-]*$",
                "Use small letters, digits and hyphens, such as acme-europe.",
            )
        ],
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CSV)
    group = models.ForeignKey(
        OrgGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="orgs"
    )
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    is_active = models.BooleanField("active", default=True)
    data_as_of = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Up to when the CRM's data is here."
    )
    clock_date = models.DateField(
        "clock",
        null=True,
        blank=True,
        help_text="What today is for an org fed by old files; empty: the real day.",
    )
    currency = models.CharField(
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Use three capital letters, such as EUR.")],
        help_text="What its totals are counted in.",
    )
    fiscal_month = models.PositiveSmallIntegerField(
        "fiscal year begins in",
        choices=MONTHS,
        default=1,
        help_text="Its quarters are counted from this month.",
    )
    keeps_fiscal_month = models.BooleanField(
        "keep that month",
        default=False,
        help_text="Whatever the CRM says. Ticked by itself when the month is changed here.",
    )
    hierarchy = models.CharField(
        max_length=8,
        choices=Hierarchy,
        default=Hierarchy.MANAGERS,
        help_text="Who sees whose records: those above, by this hierarchy of the CRM.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        verbose_name = "org"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z0-9][a-z0-9-]*$"), name="org_slug_plain"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["csv", "salesforce", "demo"]), name="org_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(hierarchy__in=["managers", "roles"]), name="org_hierarchy_known"
            ),
            models.CheckConstraint(
                condition=models.Q(fiscal_month__range=(1, 12)), name="org_fiscal_month_of_a_year"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def today(self, *, at: datetime) -> date:
        """The last day of its data for an org fed by old files, else the day where it is."""
        return self.clock_date or at.astimezone(ZoneInfo(self.timezone)).date()

    def quarter_of(self, day: date) -> Period:
        """Of its own fiscal year."""
        return Period.of(day, first_month=self.fiscal_month)
