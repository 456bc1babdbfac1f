"""Files that an admin has brought for an org, and what was said of their columns."""

from django.db import models
from django.db.models import Q

from accounts.models.fact import OrgRows, short_text
from revenue.jobs.models import Job
from revenue.users.models import Org, User


class Upload(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "Not imported yet"
        RUNNING = "running", "Being imported"
        STOPPED = "stopped", "Stopped"
        DONE = "done", "Imported"
        DISCARDED = "discarded", "Discarded"
        EXPIRED = "expired", "Files removed"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_at = models.DateTimeField()
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    began_at = models.DateTimeField(null=True, help_text="The first attempt at its import.")
    finished_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)
    files_removed_at = models.DateTimeField(null=True)
    rows_accepted = models.BigIntegerField(default=0)
    rows_written = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)

    objects = OrgRows.as_manager()

    class Meta:
        indexes = [models.Index(fields=["org", "-uploaded_at", "-id"], name="upload_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(began_at__isnull=False),
                name="upload_finished_after_begun",
            ),
            models.CheckConstraint(
                condition=Q(discarded_at=None) | Q(files_removed_at__isnull=False),
                name="upload_discarded_has_no_files",
            ),
        ]

    def __str__(self) -> str:
        return f"Files of {self.uploaded_at:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> "Upload.State":
        if self.finished_at:
            return self.State.DONE
        if self.discarded_at:
            return self.State.DISCARDED
        if self.job and not self.job.is_finished:
            return self.State.RUNNING
        if self.files_removed_at:
            return self.State.EXPIRED
        return self.State.STOPPED if self.began_at else self.State.WAITING

    @property
    def may_change(self) -> bool:
        """Its files are here, and nobody is reading them."""
        return self.state in (self.State.WAITING, self.State.STOPPED)


class UploadedFile(models.Model):
    """A table that was brought: a file by itself, or one of a zip."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveIntegerField(help_text="In the order in which it is read.")
    name = short_text()
    archive = short_text()
    stored_as = short_text(20)
    size = models.BigIntegerField(default=0, help_text="Bytes; of one of a zip, unpacked.")
    header = models.JSONField(default=list)
    fingerprint = short_text(64)
    layout = short_text(120)
    delimiter = short_text(1)
    encoding = short_text(20)
    problem = models.CharField(max_length=500, blank=True, default="")
    # Whether a mapping of the org is of its columns; `files_with_mappings` finds out.
    is_mapped = False

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "position"], name="uploaded_file_in_order"),
            models.CheckConstraint(
                condition=Q(problem="") | Q(layout=""), name="uploaded_file_known_or_bad"
            ),
        ]
        indexes = [models.Index(fields=["org", "fingerprint"], name="uploaded_file_header")]

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """What an admin has said of files with these columns: the same form as a `mapping.yaml`."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = short_text(64)
    said = models.JSONField(default=dict)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "fingerprint"], name="column_mapping_once"),
        ]

    def __str__(self) -> str:
        return f"Columns of {self.said.get('object', 'a file')}"
