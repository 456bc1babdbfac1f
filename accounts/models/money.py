from django.db import models
from django.db.models import F, Q

from accounts.models.fact import Fact, currency_field, money_field, one_per_org, short_text
from accounts.models.reference import Reference, ref_field


class CurrencyRate(Fact):
    """How many of `currency` one of the org's own is worth, from a day on: Salesforce's way."""

    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=24, decimal_places=10)
    starts_date = models.DateField()
    ends_date = models.DateField(null=True, help_text="The first day on which it no longer holds.")
    is_corporate = models.BooleanField(default=False)

    class Meta:
        constraints = [
            one_per_org("currency_rate"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="currency_rate_positive"),
            models.CheckConstraint(
                condition=Q(ends_date=None) | Q(ends_date__gt=F("starts_date")),
                name="currency_rate_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "currency", "starts_date"], name="currency_rate_day")
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} from {self.starts_date}"


class Quota(Fact):
    owner_ref = ref_field()
    starts_date = models.DateField(null=True)
    ends_date = models.DateField(null=True, help_text="The first day after it.")
    amount = money_field()
    currency = currency_field()
    corporate_amount = money_field()
    kind = short_text(120)

    owner = Reference("CrmUser", "owner_ref", related_name="quotas")

    class Meta:
        constraints = [one_per_org("quota")]
        indexes = [models.Index(fields=["org", "owner_ref", "starts_date"], name="quota_owner")]

    def __str__(self) -> str:
        return f"{self.owner_ref} {self.starts_date}"
