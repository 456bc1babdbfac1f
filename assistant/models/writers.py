"""Which provider writes for an org, what it may cost, and what it did cost."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from revenue.users.encryption import decrypt, encrypt
from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role


class WriterPolicy(models.Model):
    """Only where an admin has chosen a provider is there a row; without it nothing is sent out."""

    class Provider(models.TextChoices):
        OFFLINE = "offline", "None: everything stays here"
        ANTHROPIC = "anthropic", "Anthropic"
        OPENAI = "openai", "OpenAI, Azure, or a server that speaks like it"

    org = models.OneToOneField(Org, on_delete=models.CASCADE, related_name="writer_policy")
    provider = models.CharField(max_length=9, choices=Provider, default=Provider.OFFLINE)
    is_on = models.BooleanField(default=True, help_text="Off: as without a provider, for a while.")
    model = models.CharField(max_length=120, blank=True, default="")
    base_url = models.CharField(max_length=300, blank=True, default="")
    api_version = models.CharField(max_length=40, blank=True, default="", help_text="Of Azure.")
    key = models.TextField(blank=True, default="", editable=False)
    key_changed_at = models.DateTimeField(null=True, editable=False)
    quiet_s = models.PositiveSmallIntegerField(
        default=20, help_text="So long may nothing come.", validators=[MinValueValidator(1)]
    )
    total_s = models.PositiveSmallIntegerField(
        default=60, help_text="So long may an answer take.", validators=[MaxValueValidator(600)]
    )
    price_in = models.DecimalField(
        max_digits=9, decimal_places=4, default=Decimal(0), help_text="Of a million tokens read."
    )
    price_out = models.DecimalField(
        max_digits=9, decimal_places=4, default=Decimal(0), help_text="Of a million written."
    )
    daily_tokens = models.PositiveIntegerField(
        null=True, default=200_000, help_text="A person and day; none: no limit."
    )
    daily_cost = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, help_text="A person and day; none: no limit."
    )

    # `manage.py rotate_secrets` looks for this on every model.
    encrypted_fields = ("key",)

    class Meta:
        verbose_name_plural = "writer policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(provider__in=["offline", "anthropic", "openai"]),
                name="writer_provider_known",
            ),
            models.CheckConstraint(
                condition=Q(provider="offline") | ~Q(model=""), name="writer_names_its_model"
            ),
            models.CheckConstraint(
                condition=Q(price_in__gte=0, price_out__gte=0)
                & (Q(daily_cost=None) | Q(daily_cost__gte=0)),
                name="writer_costs_nothing_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(quiet_s__gte=1, total_s__gte=1, total_s__lte=600),
                name="writer_waits_within_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"Writer of {self.org}"

    @property
    def is_offline(self) -> bool:
        return self.provider == self.Provider.OFFLINE or not self.is_on

    def read_key(self) -> str:
        return decrypt(self.key) if self.key else ""

    def write_key(self, key: str) -> None:
        """Sets it on the object; the caller saves."""
        self.key = encrypt(key) if key else ""

    def cost(self, *, tokens_in: int, tokens_out: int) -> Decimal:
        return (self.price_in * tokens_in + self.price_out * tokens_out) / 1_000_000


class WriterSpendQuerySet(models.QuerySet["WriterSpend"]):
    def visible_to(self, reader: Membership) -> "WriterSpendQuerySet":
        """An admin sees everybody's, all others their own."""
        rows = self.filter(org_id=reader.org_id)
        return rows if reader.role == Role.ADMIN else rows.filter(person_id=reader.user_id)


class WriterSpend(models.Model):
    """What one person's questions of a day cost, by what they were for; failures too."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    day = models.DateField(help_text="Of the org's own calendar.")
    purpose = models.CharField(max_length=30)
    calls = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, help_text="Of the calls.")
    tokens_in = models.PositiveBigIntegerField(default=0)
    tokens_out = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))

    objects = WriterSpendQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "writer spend"
        constraints = [
            models.UniqueConstraint(
                fields=["org", "person", "day", "purpose"], name="writer_spend_once"
            ),
            models.CheckConstraint(
                condition=Q(failed__lte=models.F("calls"), cost__gte=0), name="writer_spend_adds_up"
            ),
        ]
        indexes = [models.Index(fields=["org", "day"], name="writer_spend_by_day")]

    def __str__(self) -> str:
        return f"{self.person} on {self.day}: {self.purpose}"
