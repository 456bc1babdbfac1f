"""The state of the orgs that a person runs."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from revenue.users.models import Membership, Org, User


def orgs_run_by(user: User) -> QuerySet[Org]:
    people = (
        Membership.objects.active()
        .filter(org=OuterRef("pk"))
        .order_by()
        .values("org")
        .annotate(number=Count("id"))
        .values("number")
    )
    return (
        Org.objects.run_by(user)
        .select_related("group")
        .annotate(people_count=Coalesce(Subquery(people), 0))
    )
