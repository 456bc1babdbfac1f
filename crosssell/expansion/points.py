"""What the plot of one feature shows: at most so many customers, always the starred one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Mod

from crosssell.expansion.listing import adopted_plan, rows_for
from revenue.ml.models import ModelRun
from revenue.users.models import Membership

MOST = 2_000
NONE, ONE, MORE = "None", "One", "Two or more"
ALLOTTED, TAKEN = "allotted", "taken"
COLOURS = {ALLOTTED: "Actions allotted", TAKEN: "Actions in 90 days", "industry": "Industry"}
NOT_KNOWN = "Not known"


@dataclass(frozen=True)
class Choice:
    name: str
    title: str
    kind: str


@dataclass(frozen=True)
class Asked:
    features: tuple[Choice, ...]  # the strongest driver first
    feature: Choice
    colour: str
    colours: Mapping[str, str]


@dataclass(frozen=True)
class Point:
    account: int
    ref: str
    name: str
    value: Any
    adds: float  # in the corporate currency
    group: str


@dataclass(frozen=True)
class Points:
    shown: tuple[Point, ...]
    of: int


def asked_of(query: Mapping[str, str], *, run: ModelRun, first: str, reader: Membership) -> Asked:
    """What is not there to be asked for gives the first of its kind."""
    features = choices_of(run)
    by_name = {one.name: one for one in features}
    fallback = by_name.get(first, features[0])
    colours = dict(COLOURS)
    if adopted_plan(reader.org) is None:
        del colours[ALLOTTED]
    colour = query.get("colour", "")
    return Asked(
        features,
        by_name.get(query.get("feature", ""), fallback),
        colour if colour in colours else next(iter(colours)),
        colours,
    )


def choices_of(run: ModelRun) -> tuple[Choice, ...]:
    order = [one["name"] for one in run.report.get("importance", [])]
    places = {name: place for place, name in enumerate(order)}
    listed = sorted(run.features, key=lambda one: places.get(one["name"], len(places)))
    return tuple(
        Choice(one["name"], one.get("title") or one["name"], one.get("kind") or "number")
        for one in listed
    )


def points_of(asked: Asked, *, run: ModelRun, reader: Membership, starred: str) -> Points:
    rows = rows_for(reader, plan=adopted_plan(reader.org)).filter(run=run)
    total = rows.count()
    step = max(1, -(-total // MOST))
    drawn = rows.annotate(
        nth=Mod(F("id"), step),
        of_feature=KeyTransform(asked.feature.name, "values"),
        adds=KeyTransform(asked.feature.name, "contributions"),
        acts=KeyTransform("care_90", "values"),
    ).filter(Q(nth=0) | Q(account_ref=starred))
    found = drawn.order_by("id").values_list(
        "account__pk",
        "account_ref",
        "account__name",
        "of_feature",
        "adds",
        "allotted",
        "acts",
        "account__industry",
    )
    return Points(
        tuple(
            Point(pk, ref, name, value, float(adds or 0), group)
            for pk, ref, name, value, adds, allotted, acts, industry in found[: MOST + 1]
            if (group := group_of(asked.colour, allotted=allotted, acts=acts, industry=industry))
        ),
        total,
    )


def group_of(colour: str, *, allotted: int, acts: float | None, industry: str) -> str:
    if colour == "industry":
        return industry or NOT_KNOWN
    count = allotted if colour == ALLOTTED else int(acts or 0)
    return (NONE, ONE, MORE)[min(count, 2)]
