from django.db import models
from django.db.models import Q

from accounts.models.fact import (
    Fact,
    currency_field,
    long_text,
    money_field,
    one_per_org,
    short_text,
)
from accounts.models.reference import Reference, ref_field


class Opportunity(Fact):
    account_ref = ref_field()
    owner_ref = ref_field()
    campaign_ref = ref_field()
    name = short_text()
    stage = short_text(120)
    amount = money_field(help_text="In its own currency.")
    currency = currency_field()
    corporate_amount = money_field(
        help_text="In the org's currency, at the rate of the close date; only this may be added up."
    )
    probability = models.FloatField(null=True, help_text="Per cent, as the CRM has it.")
    close_date = models.DateField(null=True)
    is_closed = models.BooleanField(default=False)
    is_won = models.BooleanField(default=False)
    forecast_category = short_text(40)
    kind = short_text()
    source = short_text()
    next_step = short_text()
    last_activity_date = models.DateField(null=True)
    description = long_text()

    account = Reference("Account", "account_ref", related_name="opportunities")
    owner = Reference("CrmUser", "owner_ref", related_name="opportunities")
    campaign = Reference("Campaign", "campaign_ref", related_name="opportunities")

    class Meta:
        verbose_name_plural = "opportunities"
        constraints = [
            one_per_org("opportunity"),
            models.CheckConstraint(
                condition=Q(is_closed=True) | Q(is_won=False), name="opportunity_won_is_closed"
            ),
        ]
        indexes = [
            models.Index(fields=["org", "account_ref"], name="opportunity_account"),
            models.Index(
                fields=["org", "owner_ref", "is_closed", "close_date"], name="opportunity_owner"
            ),
            models.Index(fields=["org", "is_closed", "close_date", "id"], name="opportunity_close"),
        ]

    def __str__(self) -> str:
        return self.name


class OpportunityContact(Fact):
    """A person's part in a deal."""

    opportunity_ref = ref_field()
    contact_ref = ref_field()
    role = short_text(120)
    is_primary = models.BooleanField(default=False)

    opportunity = Reference("Opportunity", "opportunity_ref", related_name="contact_roles")
    contact = Reference("Contact", "contact_ref", related_name="opportunity_roles")

    class Meta:
        constraints = [one_per_org("opportunity_contact")]
        indexes = [
            models.Index(fields=["org", "opportunity_ref"], name="opp_contact_opportunity"),
            models.Index(fields=["org", "contact_ref"], name="opp_contact_contact"),
        ]

    def __str__(self) -> str:
        return self.role


class Product(Fact):
    name = short_text()
    code = short_text()
    family = short_text()
    is_active = models.BooleanField(default=True)
    price = money_field(help_text="Usual price, where the source gives one.")
    currency = currency_field()
    description = long_text()

    class Meta:
        constraints = [one_per_org("product")]

    def __str__(self) -> str:
        return self.name


class LineItem(Fact):
    opportunity_ref = ref_field()
    product_ref = ref_field()
    quantity = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    unit_price = money_field()
    total_price = money_field()
    currency = currency_field()
    corporate_total = money_field()
    discount = models.FloatField(null=True, help_text="Per cent.")
    service_date = models.DateField(null=True)
    description = long_text()

    opportunity = Reference("Opportunity", "opportunity_ref", related_name="line_items")
    product = Reference("Product", "product_ref", related_name="line_items")

    class Meta:
        constraints = [one_per_org("line_item")]
        indexes = [
            models.Index(fields=["org", "opportunity_ref"], name="line_item_opportunity"),
            models.Index(fields=["org", "product_ref"], name="line_item_product"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_ref}"


class Purchase(Fact):
    """What a customer bought or owns: an asset of the CRM, a line of an order system."""

    account_ref = ref_field()
    product_ref = ref_field()
    order_number = short_text()
    status = short_text(120)
    quantity = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    unit_price = money_field()
    total_price = money_field()
    currency = currency_field()
    corporate_total = money_field()
    purchased_at = models.DateTimeField(null=True)
    ends_date = models.DateField(null=True)

    account = Reference("Account", "account_ref", related_name="purchases")
    product = Reference("Product", "product_ref", related_name="purchases")

    class Meta:
        constraints = [one_per_org("purchase")]
        indexes = [
            models.Index(fields=["org", "account_ref", "purchased_at"], name="purchase_account"),
            models.Index(fields=["org", "product_ref"], name="purchase_product"),
        ]

    def __str__(self) -> str:
        return self.order_number or self.external_id
