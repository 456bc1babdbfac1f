"""A list as somebody likes to see it: a name for an address. It opens no row to anybody."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from revenue.users.models.membership import Membership
from revenue.users.models.org import Org

NAME_LENGTH = 60
QUERY_LENGTH = 4000


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, owner: Membership) -> "SavedViewQuerySet":
        return self.filter(org=owner.org_id, owner=owner)

    def visible_to(self, reader: Membership) -> "SavedViewQuerySet":
        """One's own, and what colleagues share."""
        shared = Q(is_shared=True, owner__is_active=True)
        return self.filter(Q(owner=reader) | shared, org=reader.org_id)


class SavedView(models.Model):
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60, help_text="The page's URL name.")
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.CharField(
        max_length=QUERY_LENGTH, blank=True, default="", help_text="Filters, sort and columns."
    )
    is_shared = models.BooleanField("shared", default=False)
    is_default = models.BooleanField("default", default=False)
    saved_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "owner", "page", Lower("name"), name="saved_view_name_once_a_page"
            ),
            models.UniqueConstraint(
                fields=["owner", "page"],
                condition=Q(is_default=True),
                name="saved_view_one_default_a_page",
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "page"], condition=Q(is_shared=True), name="saved_view_shared"
            )
        ]

    def __str__(self) -> str:
        return self.name
