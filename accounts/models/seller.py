"""Who works in the CRM, and who stands above whom there."""

from django.db import models

from accounts.models.fact import Fact, one_per_org, short_text
from accounts.models.reference import Reference, ref_field
from revenue.users.models import Membership


class CrmRole(Fact):
    name = short_text()
    parent_ref = ref_field()

    parent = Reference("CrmRole", "parent_ref")

    class Meta:
        constraints = [one_per_org("crm_role")]
        indexes = [models.Index(fields=["org", "parent_ref"], name="crm_role_parent")]

    def __str__(self) -> str:
        return self.name


class CrmUser(Fact):
    name = short_text()
    email = short_text()
    title = short_text()
    team = short_text()
    region = short_text()
    is_active = models.BooleanField(default=True)
    manager_ref = ref_field()
    role_ref = ref_field()
    membership = models.ForeignKey(
        Membership,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="crm_users",
        help_text="Who this is here: found by e-mail at each sync, or set by an admin.",
    )
    membership_is_set = models.BooleanField(
        default=False, help_text="An admin has said who it is; the sync leaves that alone."
    )

    manager = Reference("CrmUser", "manager_ref", related_name="reports")
    role = Reference("CrmRole", "role_ref", related_name="crm_users")

    class Meta:
        verbose_name = "CRM user"
        constraints = [one_per_org("crm_user")]
        indexes = [
            models.Index(fields=["org", "manager_ref"], name="crm_user_manager"),
            models.Index(fields=["org", "role_ref"], name="crm_user_role"),
        ]

    def __str__(self) -> str:
        return self.name
