"""What an account is expected to bring, and whose hours go where."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models.beside import AccountRows, OrgRows
from accounts.models.fact import money_field
from accounts.models.reference import Reference, id_field, ref_field
from revenue.users.models import Org, User


class ExpansionRows(AccountRows):
    def newest(self) -> Self:
        return self.filter(is_latest=True)


class ExpansionScore(models.Model):
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    account_ref = id_field()
    run = models.ForeignKey("ml.ModelRun", on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField(help_text="Nothing that became known later had a say.")
    value = money_field(help_text="Revenue expected within the horizon, in the corporate currency.")
    low = money_field()
    high = money_field()
    base = money_field(help_text="Where every account starts.")
    contributions = models.JSONField(
        default=dict, help_text="By feature, in money; with the base they sum to the value."
    )
    values = models.JSONField(default=dict, help_text="Of each feature, as the model saw it.")
    is_latest = models.BooleanField(default=True)

    account = Reference("accounts.Account", "account_ref")

    objects = ExpansionRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "account_ref", "as_of"], name="expansion_once_a_moment"
            ),
            models.UniqueConstraint(
                fields=["org", "account_ref"],
                condition=Q(is_latest=True),
                name="expansion_one_latest",
            ),
        ]
        indexes = [
            models.Index(
                F("org"),
                F("value").desc(nulls_last=True),
                F("id"),
                condition=Q(is_latest=True),
                name="expansion_by_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_ref} {self.value}"


class ActionType(models.Model):
    """What a seller can do with an hour; each one more of it at an account does less."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=80)
    hours = models.FloatField()
    lift = models.FloatField(help_text="Share of the expected revenue that the first one adds.")
    fades = models.FloatField(help_text="What the next one does, as a share of the one before.")
    quota = models.PositiveIntegerField(null=True, help_text="Most of them in a plan.")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "key"], name="action_type_once"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="action_type_takes_time"),
            models.CheckConstraint(
                condition=Q(lift__gte=0, fades__gte=0, fades__lte=1), name="action_type_diminishes"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AllocationPlan(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "Being worked out"
        SOLVED = "solved", "Solved"
        INFEASIBLE = "infeasible", "Limits clash"
        FAILED = "failed", "Failed"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    is_adopted = models.BooleanField(default=False, help_text="The one that sellers see.")
    as_of = models.DateTimeField(null=True)
    limits = models.JSONField(default=dict)
    figures = models.JSONField(
        default=dict, help_text="Expected gain, that of greedy, hours, seconds, gap, by seller."
    )
    prices = models.JSONField(default=list, help_text="What one more of each scarce thing brings.")
    problem = models.TextField(blank=True, default="", help_text="Which limits clash, in words.")
    clashes = models.JSONField(default=list)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org"], condition=Q(is_adopted=True), name="allocation_one_adopted"
            ),
        ]
        indexes = [models.Index(fields=["org", "-made_at"], name="allocation_newest")]

    def __str__(self) -> str:
        return self.name


class AllocationRow(models.Model):
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    plan = models.ForeignKey(
        AllocationPlan, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    account_ref = id_field()
    owner_ref = ref_field()
    action = models.CharField(max_length=40, help_text="Key of an action type.")
    count = models.PositiveSmallIntegerField()
    hours = models.FloatField()
    gain = money_field(help_text="Expected revenue that it adds, in the corporate currency.")
    is_locked = models.BooleanField(default=False, help_text="A person chose it; it stays.")

    account = Reference("accounts.Account", "account_ref")
    owner = Reference("accounts.CrmUser", "owner_ref")

    objects = AccountRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "account_ref", "action", "owner_ref"],
                nulls_distinct=False,
                name="allocation_row_once",
            ),
        ]
        indexes = [
            models.Index(
                F("org"),
                F("plan"),
                F("gain").desc(nulls_last=True),
                F("id"),
                name="allocation_by_gain",
            ),
            models.Index(fields=["org", "account_ref"], name="allocation_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.action} at {self.account_ref}"
