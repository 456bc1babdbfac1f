import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def org() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="users.org",
    )


def person() -> models.ForeignKey:
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


def text(length: int) -> models.CharField:
    return models.CharField(blank=True, default="", max_length=length)


def walled(name: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"SELECT wall_build('accounts_{name}')", f"SELECT wall_remove('accounts_{name}')"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_search"),
        ("jobs", "0001_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("org", org()),
                ("uploaded_by", person()),
                ("uploaded_at", models.DateTimeField()),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="jobs.job",
                    ),
                ),
                ("began_at", models.DateTimeField(help_text="The first attempt at its import.", null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("discarded_at", models.DateTimeField(null=True)),
                ("files_removed_at", models.DateTimeField(null=True)),
                ("rows_accepted", models.BigIntegerField(default=0)),
                ("rows_written", models.BigIntegerField(default=0)),
                ("rows_refused", models.BigIntegerField(default=0)),
                ("result", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [models.Index(fields=["org", "-uploaded_at", "-id"], name="upload_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("finished_at", None), ("began_at__isnull", False), _connector="OR"),
                        name="upload_finished_after_begun",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discarded_at", None), ("files_removed_at__isnull", False), _connector="OR"
                        ),
                        name="upload_discarded_has_no_files",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UploadedFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("org", org()),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="accounts.upload",
                    ),
                ),
                ("position", models.PositiveIntegerField(help_text="In the order in which it is read.")),
                ("name", text(255)),
                ("archive", text(255)),
                ("stored_as", text(20)),
                ("size", models.BigIntegerField(default=0, help_text="Bytes; of one of a zip, unpacked.")),
                ("header", models.JSONField(default=list)),
                ("fingerprint", text(64)),
                ("layout", text(120)),
                ("delimiter", text(1)),
                ("encoding", text(20)),
                ("problem", text(500)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("upload", "position"), name="uploaded_file_in_order"),
                    models.CheckConstraint(
                        condition=models.Q(("problem", ""), ("layout", ""), _connector="OR"),
                        name="uploaded_file_known_or_bad",
                    ),
                ],
                "indexes": [models.Index(fields=["org", "fingerprint"], name="uploaded_file_header")],
            },
        ),
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("org", org()),
                ("fingerprint", text(64)),
                ("said", models.JSONField(default=dict)),
                ("changed_by", person()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org", "fingerprint"), name="column_mapping_once")
                ],
            },
        ),
        *(walled(name) for name in ("upload", "uploadedfile", "columnmapping")),
    ]
