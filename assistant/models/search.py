"""What the search by meaning reads: an index an org, the texts in it, and how they are made.

An index is one generation: it is built beside the one that answers, and takes its place at once.
The vectors lie in a table of their own, `assistant_searchvector`, which only a database with
pgvector has (`assistant.search.vectors`).
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from accounts.models.fact import long_text, short_text
from revenue.users.encryption import decrypt, encrypt
from revenue.users.models import Org, User


class Embedder(models.TextChoices):
    BUILTIN = "builtin", "Built in"
    LOCAL = "local", "A model on this machine"
    ENDPOINT = "endpoint", "An endpoint"


class Language(models.TextChoices):
    """Each has a text search configuration `assistant_<language>`, which also takes accents off."""

    DANISH = "danish", "Danish"
    DUTCH = "dutch", "Dutch"
    ENGLISH = "english", "English"
    FINNISH = "finnish", "Finnish"
    FRENCH = "french", "French"
    GERMAN = "german", "German"
    ITALIAN = "italian", "Italian"
    NORWEGIAN = "norwegian", "Norwegian"
    PORTUGUESE = "portuguese", "Portuguese"
    SIMPLE = "simple", "Several, or another (words as they are written)"
    SPANISH = "spanish", "Spanish"
    SWEDISH = "swedish", "Swedish"


class Choice(models.Model):
    """How texts are read and what turns them into vectors."""

    embedder = models.CharField(max_length=8, choices=Embedder, default=Embedder.BUILTIN)
    model = short_text(200)
    base_url = short_text(300)
    key = long_text()
    language = models.CharField(max_length=10, choices=Language, default=Language.ENGLISH)
    activity_months = models.PositiveSmallIntegerField(
        default=24, help_text="How far back activities are searched by meaning."
    )

    encrypted_fields = ("key",)

    class Meta:
        abstract = True

    @property
    def config(self) -> str:
        return f"assistant_{self.language}"

    @property
    def name_of_embedder(self) -> str:
        label = Embedder(self.embedder).label
        return f"{label}: {self.model}" if self.model else str(label)

    def read_key(self) -> str:
        return decrypt(self.key) if self.key else ""

    def write_key(self, key: str) -> None:
        self.key = encrypt(key) if key else ""


class SearchPolicy(Choice):
    """What an admin has chosen; the index that answers says what it was built with."""

    org = models.OneToOneField(Org, on_delete=models.CASCADE, related_name="search_policy")
    changed_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name_plural = "search policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(embedder__in=list(Embedder)) & Q(language__in=list(Language)),
                name="search_policy_known",
            ),
            models.CheckConstraint(
                condition=Q(activity_months__gte=1, activity_months__lte=120),
                name="search_policy_months",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org}: {self.name_of_embedder}"


class SearchIndex(Choice):
    class State(models.TextChoices):
        BUILDING = "building", "Being built"
        LIVE = "live", "Answers"
        FAILED = "failed", "Failed"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State, default=State.BUILDING)
    dimensions = models.PositiveIntegerField(
        null=True, help_text="Of its vectors; none: no vectors."
    )
    notice = models.CharField(
        max_length=500, blank=True, default="", help_text="What it lacks, or why it failed."
    )
    text_count = models.PositiveIntegerField(default=0)
    fitted_on = models.PositiveIntegerField(
        default=0, help_text="Texts when its words were weighed."
    )
    artefact = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    figures = models.JSONField(default=dict)
    read_until = models.DateTimeField(null=True, help_text="The last change that it has taken in.")
    made_at = models.DateTimeField()
    live_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "search indexes"
        constraints = [
            models.UniqueConstraint(
                fields=["org"], condition=Q(state="live"), name="search_index_one_live"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["building", "live", "failed"]),
                name="search_index_state_known",
            ),
        ]
        indexes = [models.Index(fields=["org", "-made_at"], name="search_index_newest")]

    def __str__(self) -> str:
        return f"{self.org}: {self.name_of_embedder}, {self.State(self.state).label.lower()}"


class SearchText(models.Model):
    """A record or a passage as it is searched; its words carry their index."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    index = models.ForeignKey(
        SearchIndex, on_delete=models.CASCADE, related_name="texts", db_index=False
    )
    kind = models.CharField(max_length=8)
    record_id = models.BigIntegerField()
    title = models.TextField()
    context = models.TextField(help_text="What it belongs to, and what is known of it in a word.")
    body = models.TextField()
    words = SearchVectorField()
    size = models.PositiveIntegerField(help_text="Words, each as often as it stands there.")
    digest = models.UUIDField(help_text="Of what it was made of: the same is not read again.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["index", "kind", "record_id"], name="search_text_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["account", "deal", "contact", "activity", "passage"]),
                name="search_text_kind_known",
            ),
        ]
        indexes = [
            GinIndex(fields=["words"], name="search_text_words"),
            models.Index(fields=["org"], name="search_text_org"),
        ]

    def __str__(self) -> str:
        return self.title
