"""Reading what the plot shows: at most so many deals, drawn evenly, and always the starred one."""

import math
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Mod

from accounts.models import Opportunity
from forecasting.interaction.asked import Asked
from forecasting.models import DealAction, DealAnalysis, DealOutlook, DealScore
from revenue.ml.models import ModelRun
from revenue.users.models import Membership

MOST = 2_000
NONE, ONE, MORE = "None", "One", "Two or more"
ACTIVITY = ((0, "None"), (3, "1 to 3"), (10, "4 to 10"))
VERY_ACTIVE = "More than 10"
NOT_KNOWN = "Not known"


@dataclass(frozen=True)
class Point:
    deal: int
    ref: str
    name: str
    value: Any
    adds: float  # of the chance, between -1 and 1
    group: str


@dataclass(frozen=True)
class Points:
    shown: tuple[Point, ...]
    of: int  # open deals that the reader may see


def points_of(asked: Asked, *, run: ModelRun, reader: Membership) -> Points:
    rows = DealOutlook.objects.visible_to(reader).filter(
        org=reader.org, run=run, source=DealScore.Source.MODEL
    )
    total = rows.count()
    ours = ref_of(asked.deal, reader)
    drawn = Q(nth=0) | Q(opportunity_ref=ours)
    step = max(1, -(-total // MOST))
    found = list(
        rows.annotate(nth=Mod(F("id"), step))
        .filter(drawn)
        .order_by("id")
        .values("opportunity_ref", "name", "stage", "grade")[: MOST + 1]
    )
    refs = [one["opportunity_ref"] for one in found]
    deals = dict(
        Opportunity.objects.of(reader.org)
        .filter(external_id__in=refs)
        .values_list("external_id", "pk")
    )
    values, adds = by_ref(asked, refs, run=run, reader=reader)
    groups = groups_of(asked.colour, found, values, reader=reader)
    return Points(
        tuple(
            Point(deals[ref], ref, one["name"], values[ref][0], adds[ref], groups[ref])
            for one in found
            if (ref := one["opportunity_ref"]) in deals and ref in values and ref in adds
        ),
        total,
    )


def ref_of(pk: int | None, reader: Membership) -> str:
    if pk is None:
        return ""
    deals = Opportunity.objects.visible_to(reader).filter(pk=pk)
    return deals.values_list("external_id", flat=True).first() or ""


def by_ref(
    asked: Asked, refs: list[str], *, run: ModelRun, reader: Membership
) -> tuple[dict[str, tuple[Any, Any]], dict[str, float]]:
    """Of the feature: its value, beside how much is going on, and what it adds to the chance."""
    name = asked.feature.name
    analyses = DealAnalysis.objects.of(reader.org).filter(opportunity_ref__in=refs, run=run)
    scores = DealScore.objects.of(reader.org).newest().filter(opportunity_ref__in=refs, run=run)
    values = analyses.values_list(
        "opportunity_ref", KeyTransform(name, "values"), KeyTransform("activities_30", "values")
    )
    adds = scores.values_list("opportunity_ref", KeyTransform(name, "contributions"), "probability")
    return (
        {ref: (value, active) for ref, value, active in values},
        {ref: points_of_chance(float(value or 0), chance) for ref, value, chance in adds},
    )


def points_of_chance(adds: float, chance: float) -> float:
    """By how much of the chance it would be less without it, all else being as it is."""
    if not 0 < chance < 1:
        return 0.0
    without = math.log(chance / (1 - chance)) - adds
    return chance - 1 / (1 + math.exp(-without))


def groups_of(
    colour: str,
    rows: list[dict[str, Any]],
    values: dict[str, tuple[Any, Any]],
    *,
    reader: Membership,
) -> dict[str, str]:
    refs = [one["opportunity_ref"] for one in rows]
    if colour == "actions":
        done = DealAction.objects.of(reader.org).filter(state=DealAction.State.DONE)
        counted = dict(
            done.filter(opportunity_ref__in=refs)
            .values_list("opportunity_ref")
            .annotate(times=Count("id"))
        )
        return {ref: (NONE, ONE, MORE)[min(counted.get(ref, 0), 2)] for ref in refs}
    if colour == "activity":
        return {ref: activity(values.get(ref, (None, None))[1]) for ref in refs}
    return {one["opportunity_ref"]: one[colour] or NOT_KNOWN for one in rows}


def activity(count: float | None) -> str:
    if count is None:
        return NOT_KNOWN
    return next((name for most, name in ACTIVITY if count <= most), VERY_ACTIVE)
