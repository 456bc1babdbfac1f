"""What the house has written down: documents, each version of them, and the passages they hold."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models.fact import long_text, short_text
from revenue.jobs.models import Job
from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role


class Audience(models.TextChoices):
    EVERYONE = "everyone", "Everybody"
    MANAGERS = "managers", "Managers and above"
    EXECUTIVES = "executives", "Executives and admins"


READ_BY: dict[Audience, frozenset[Role]] = {
    Audience.EVERYONE: frozenset(Role),
    Audience.MANAGERS: frozenset({Role.MANAGER, Role.EXECUTIVE, Role.ADMIN}),
    Audience.EXECUTIVES: frozenset({Role.EXECUTIVE, Role.ADMIN}),
}


def readable_by(reader: Membership | User, *, path: str = "") -> Q:
    """Documents whose audience a person belongs to; `path` leads to the document, as `version__`.

    Asked of the database as it is now: whoever was switched off meanwhile reads nothing.
    """
    mine = Membership.objects.active()
    if isinstance(reader, Membership):
        mine = mine.filter(pk=reader.pk)
    else:
        mine = mine.filter(user=reader, user__is_active=True)
    found = Q(pk__in=[])
    for audience, roles in READ_BY.items():
        orgs = mine.filter(role__in=roles).values("org")
        found |= Q(**{f"{path}audience": audience, f"{path}org__in": orgs})
    return found & Q(**{f"{path}deleted_at": None})


class OfOrg(models.QuerySet[Any]):
    def of(self, org: Org) -> Self:
        return self.filter(org=org)


class DocumentRows(OfOrg):
    def visible_to(self, reader: Membership | User) -> Self:
        """What can be read now: there, and with a version that was read to its end."""
        return self.listed_for(reader).exclude(current=None)

    def listed_for(self, reader: Membership | User) -> Self:
        """Those that are still being read too, and those that were refused."""
        return self.filter(readable_by(reader))


class Document(models.Model):
    class Kind(models.TextChoices):
        CAPABILITIES = "capabilities", "Capabilities"
        COMPETITORS = "competitors", "Competitors"
        CASE_STUDY = "case_study", "Case study"
        INDUSTRY = "industry", "Industry"
        PRACTICE = "practice", "Best practice"
        OTHER = "other", "Other"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    slug = models.SlugField(max_length=80, help_text="Its name in addresses of its passages.")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.OTHER)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.EVERYONE)
    current = models.OneToOneField(
        "assistant.DocumentVersion",
        null=True,
        on_delete=models.SET_NULL,
        related_name="current_of",
        help_text="The one that is read and searched; none until one was read to its end.",
    )
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = DocumentRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "slug"], name="document_slug_once"),
            models.CheckConstraint(
                condition=Q(audience__in=list(Audience)), name="document_audience_known"
            ),
        ]
        indexes = [models.Index(fields=["org", "-changed_at", "-id"], name="document_newest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("assistant:knowledge-show", args=[self.org.slug, self.pk])


class DocumentVersion(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READING = "reading", "Being read"
        READY = "ready", "Ready"
        REFUSED = "refused", "Refused"

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"
        MARKDOWN = "md", "Markdown"
        HTML = "html", "HTML"
        TEXT = "txt", "Text"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    file_name = short_text()
    format = models.CharField(max_length=4, choices=Format)
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    stored_as = short_text(120)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    error = models.CharField(max_length=500, blank=True, default="")
    notes = models.JSONField(default=list, help_text="What was left out, in sentences.")
    pages = models.PositiveIntegerField(null=True, help_text="Where the file has any.")
    passage_count = models.PositiveIntegerField(default=0)
    word_count = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, help_text="To its end, or until it was refused.")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = OfOrg.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="document_version_once"),
            models.CheckConstraint(
                condition=Q(state="refused", read_at__isnull=False) & ~Q(error="")
                | Q(state="ready", read_at__isnull=False, error="")
                | Q(state__in=["waiting", "reading"], read_at=None, error=""),
                name="document_version_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}, version {self.number}"

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.READY, self.State.REFUSED)


class PassageRows(OfOrg):
    def visible_to(self, reader: Membership | User) -> Self:
        """Of the versions that hold now, of the documents that a person may read."""
        return self.current().filter(readable_by(reader, path="version__current_of__"))

    def ever_visible_to(self, reader: Membership | User) -> Self:
        """Of older versions too: what was cited from one can still be looked up."""
        return self.filter(readable_by(reader, path="version__document__"))

    def current(self) -> Self:
        return self.filter(version__current_of__isnull=False, version__current_of__deleted_at=None)

    def with_document(self) -> Self:
        return self.select_related("version__document__org")


class Passage(models.Model):
    """A few paragraphs that can be found, cited and looked up by themselves."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="passages")
    number = models.PositiveIntegerField(help_text="In the order of the document, from 1.")
    heading = models.JSONField(default=list, help_text="The headings above it, outermost first.")
    page = models.PositiveIntegerField(null=True, help_text="Where it begins.")
    last_page = models.PositiveIntegerField(null=True)
    text = long_text()

    objects = PassageRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="passage_in_order"),
            models.CheckConstraint(
                condition=Q(page=None, last_page=None) | Q(last_page__gte=F("page")),
                name="passage_on_its_pages",
            ),
        ]
        indexes = [models.Index(fields=["org"], name="passage_of_org")]

    def __str__(self) -> str:
        return f"{self.version.document}, {self.place}"

    def get_absolute_url(self) -> str:
        return reverse("assistant:passage-show", args=[self.version.document.org.slug, self.pk])

    @property
    def path(self) -> str:
        """The headings above it in one line."""
        return " › ".join(self.heading)

    @property
    def place(self) -> str:
        """As it is cited: by page, else by its number."""
        return f"p. {self.page}" if self.page else f"passage {self.number}"

    @property
    def pages(self) -> str:
        if self.page is None or self.last_page in (None, self.page):
            return self.place
        return f"pp. {self.page}–{self.last_page}"

    @property
    def paragraphs(self) -> list[tuple[str, bool]]:
        """For a page: each with whether it reads like a heading within."""
        parts = [each for each in self.text.split("\n\n") if each.strip()]
        return [(each, reads_like_heading(each)) for each in parts]


def reads_like_heading(text: str) -> bool:
    plain = len(text.split()) <= 12 and not text.endswith((".", ":", ";", "!", "?", ","))
    return plain and "\n" not in text and " | " not in text and not text.startswith("•")
