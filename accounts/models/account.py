from django.db import models

from accounts.models.fact import (
    Fact,
    currency_field,
    long_text,
    money_field,
    one_per_org,
    short_text,
)
from accounts.models.reference import Reference, ref_field


class Account(Fact):
    name = short_text()
    owner_ref = ref_field()
    parent_ref = ref_field()
    kind = short_text()
    industry = short_text()
    phone = short_text(80)
    website = short_text()
    source = short_text()
    rating = short_text(80)
    is_person = models.BooleanField(default=False)
    employees = models.BigIntegerField(null=True)
    annual_revenue = money_field()
    currency = currency_field()
    street = short_text()
    city = short_text(120)
    state = short_text(120)
    postal_code = short_text(40)
    country = short_text(120)
    last_activity_date = models.DateField(null=True)
    merged_into_ref = ref_field()
    description = long_text()

    owner = Reference("CrmUser", "owner_ref", related_name="accounts")
    parent = Reference("Account", "parent_ref", related_name="children")

    class Meta:
        constraints = [one_per_org("account")]
        indexes = [
            models.Index(fields=["org", "owner_ref"], name="account_owner"),
            models.Index(fields=["org", "parent_ref"], name="account_parent"),
            models.Index(fields=["org", "name", "id"], name="account_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Fact):
    account_ref = ref_field()
    owner_ref = ref_field()
    reports_to_ref = ref_field()
    first_name = short_text(120)
    last_name = short_text(120)
    name = short_text()
    title = short_text()
    department = short_text(120)
    email = short_text()
    phone = short_text(80)
    mobile = short_text(80)
    source = short_text()
    city = short_text(120)
    country = short_text(120)
    last_activity_date = models.DateField(null=True)
    merged_into_ref = ref_field()

    account = Reference("Account", "account_ref", related_name="contacts")
    owner = Reference("CrmUser", "owner_ref", related_name="contacts")

    class Meta:
        constraints = [one_per_org("contact")]
        indexes = [
            models.Index(fields=["org", "account_ref"], name="contact_account"),
            models.Index(fields=["org", "owner_ref"], name="contact_owner"),
            models.Index(fields=["org", "name", "id"], name="contact_name"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.first_name} {self.last_name}".strip()


class Lead(Fact):
    owner_ref = ref_field()
    first_name = short_text(120)
    last_name = short_text(120)
    name = short_text()
    company = short_text()
    title = short_text()
    email = short_text()
    phone = short_text(80)
    website = short_text()
    status = short_text(120)
    source = short_text()
    industry = short_text()
    rating = short_text(80)
    employees = models.BigIntegerField(null=True)
    annual_revenue = money_field()
    currency = currency_field()
    city = short_text(120)
    state = short_text(120)
    country = short_text(120)
    is_converted = models.BooleanField(default=False)
    converted_date = models.DateField(null=True)
    converted_account_ref = ref_field()
    converted_contact_ref = ref_field()
    converted_opportunity_ref = ref_field()
    last_activity_date = models.DateField(null=True)
    merged_into_ref = ref_field()

    owner = Reference("CrmUser", "owner_ref", related_name="leads")
    converted_account = Reference("Account", "converted_account_ref", related_name="leads")
    converted_contact = Reference("Contact", "converted_contact_ref", related_name="leads")
    converted_opportunity = Reference(
        "Opportunity", "converted_opportunity_ref", related_name="leads"
    )

    class Meta:
        constraints = [one_per_org("lead")]
        indexes = [
            models.Index(fields=["org", "owner_ref"], name="lead_owner"),
            models.Index(fields=["org", "-created_at", "-id"], name="lead_newest"),
        ]

    def __str__(self) -> str:
        return self.name or self.company
