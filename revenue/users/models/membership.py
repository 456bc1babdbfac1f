from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from revenue.users.models.org import Org
from revenue.users.models.user import User
from revenue.users.roles import Role

if TYPE_CHECKING:
    from collections.abc import Collection

# UNION, not UNION ALL: a circle of managers, should one exist, ends the walk instead of the server.
BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM users_membership WHERE reports_to_id = %s
        UNION
        SELECT m.id FROM users_membership m JOIN below ON m.reports_to_id = below.id
    )
    SELECT id FROM below
"""


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> "MembershipQuerySet":
        return self.filter(is_active=True, user__is_active=True, org__is_active=True)

    def below(self, membership: "Membership") -> "MembershipQuerySet":
        """Those who report to a person, at any depth, in the same org."""
        ids = RawSQL(BELOW, (membership.pk,))  # noqa: S611
        return self.filter(org_id=membership.org_id, id__in=ids).exclude(id=membership.pk)

    def visible_to(self, membership: "Membership") -> "MembershipQuerySet":
        """A rep sees oneself, a manager those below, an executive and an admin the whole org."""
        whole = self.filter(org_id=membership.org_id)
        if membership.role in (Role.EXECUTIVE, Role.ADMIN):
            return whole
        if membership.role == Role.MANAGER:
            return whole.filter(Q(pk=membership.pk) | Q(id__in=RawSQL(BELOW, (membership.pk,))))  # noqa: S611
        return whole.filter(pk=membership.pk)


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    reports_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "org"], name="membership_one_per_user_and_org"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(reports_to=models.F("id")), name="membership_not_own_manager"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.org}"

    def clean_fields(self, exclude: "Collection[str] | None" = None) -> None:
        super().clean_fields(exclude=exclude)
        if self.reports_to is None:
            return
        if self.reports_to.org_id != self.org_id:
            raise ValidationError({"reports_to": "Choose a person of the same org."})
        if self.pk and Membership.objects.below(self).filter(pk=self.reports_to.pk).exists():
            raise ValidationError({"reports_to": "This person already reports to this member."})
