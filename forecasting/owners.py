"""Rows of a team: its owners are named by their ids, and a row of nobody's has none."""

from collections.abc import Collection

from django.db.models import Q

NOBODY = ""  # as forecasts list the owner of deals that have none


def owned_by(owners: Collection[str], *, column: str = "owner_ref") -> Q:
    found = Q(**{f"{column}__in": list(owners)})
    return found | Q(**{f"{column}__isnull": True}) if NOBODY in owners else found
