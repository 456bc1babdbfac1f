"""What the search over records looks into: a row a record, and the words that names are made of."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from revenue.users.models import Org


class SearchEntry(models.Model):
    """A present record as it is searched for; `accounts.search.refresh_search` keeps it."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", "Account"
        CONTACT = "contact", "Contact"
        DEAL = "deal", "Deal"
        LEAD = "lead", "Lead"
        PRODUCT = "product", "Product"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind)
    record_id = models.BigIntegerField()
    name = models.TextField(db_collation="C", help_text="In small letters without accents.")
    words = SearchVectorField(
        help_text="Each word carries its org and kind, so that no search walks another's words."
    )

    class Meta:
        verbose_name_plural = "search entries"
        constraints = [
            models.UniqueConstraint(fields=["kind", "record_id"], name="search_entry_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["account", "contact", "deal", "lead", "product"]),
                name="search_entry_kind_known",
            ),
        ]
        indexes = [
            GinIndex(fields=["words"], name="search_entry_words"),
            models.Index(fields=["org", "kind", "name"], name="search_entry_name"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class SearchWord(models.Model):
    """A word of some name, to find what a misspelt one was meant to be."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=60, db_collation="C")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["org", "word"], name="search_word_once")]
        indexes = [
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="search_word_similar")
        ]

    def __str__(self) -> str:
        return self.word
