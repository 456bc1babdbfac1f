"""A table of every type that a list may be sorted by, there for the tests of lists only."""

from typing import ClassVar

from django.db import connection, models


class Sample(models.Model):
    name = models.TextField(db_collation="C")
    label = models.CharField(max_length=200, default="")
    stage = models.CharField(max_length=20, default="open")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    score = models.FloatField(null=True)
    position = models.IntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    close_date = models.DateField(null=True)
    token = models.UUIDField(null=True)
    won = models.BooleanField(default=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)

    objects: ClassVar[models.Manager["Sample"]] = models.Manager()

    class Meta:
        app_label = "web"
        managed = False
        db_table = "web_sample_of_tests"

    def __str__(self) -> str:
        return self.name


def make_table() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Sample)
