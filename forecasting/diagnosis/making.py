"""A diagnosis of an org: read, worked out, and kept for its pages."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q

from forecasting.diagnosis.causes import TooLittleError, diagnose, rows_of
from forecasting.diagnosis.closed import Dimension
from forecasting.diagnosis.figures import days_taken, figures_of, median, months_of, steps_of
from forecasting.diagnosis.frames import FOLLOWS, TITLES, Reading, Stretches
from forecasting.diagnosis.mix import split_by
from forecasting.diagnosis.reading import read_closed
from forecasting.diagnosis.sellers import sellers_of
from forecasting.diagnosis.spread import cohorts_of, distributions_of
from forecasting.diagnosis.telling import slightly, told
from forecasting.diagnosis.tree import tree_of
from forecasting.models import WinRateDiagnosis
from revenue.ml.plain import plain
from revenue.periods import Period
from revenue.users.models import Org

QUARTERS_NOW, QUARTERS_BEFORE = 2, 4
MOST_DEALS = 2_000
KEPT = timedelta(days=14)
MOST_KEPT = 60


def usual_stretches(today: date, *, first_month: int = 1) -> Stretches:
    """The last two quarters with the four before. The quarter of today counts from half way on."""
    quarter = Period.of(today, first_month=first_month)
    until = today + timedelta(days=1) if quarter.share_of(today) >= 0.5 else quarter.since
    last = quarter if until > quarter.since else quarter.before()
    turn = last.before(QUARTERS_NOW - 1).since
    since = last.before(QUARTERS_NOW - 1 + QUARTERS_BEFORE).since
    return Stretches(since, turn, until)


def found_of(*, org: Org, stretches: Stretches) -> tuple[dict[str, Any], list[list[str]]]:
    """What is told, and of each cause its deals; raises `TooLittleError`."""
    reading = read_closed(org=org, stretches=stretches)
    every = reading.closed.dimensions
    causal = reading.without(FOLLOWS)
    asked = causal.closed
    found = diagnose(asked, steps=causal.steps)
    said = {
        "rate": {"before": found.before, "now": found.now, "change": found.change},
        "deals": {
            "before": int((~asked.now).sum()),
            "now": int(asked.now.sum()),
        },
        "figures": figures_of(reading, stretches),
        "causes": told(found, causal, stretches),
        "slight": slightly(found),
        "unexplained": found.unexplained,
        "mix": {"by_dimension": found.shares.by_dimension, "rate": found.shares.rate},
        "splits": {one.name: split_of(reading, one) for one in every},
        "titles": {one.name: TITLES.get(one.name, one.name) for one in every},
        "steps": steps_of(reading.closed),
        "months": months_of(reading),
        "sellers": sellers_of(reading, org=org, today=stretches.until),
        "cohorts": cohorts_of(reading, stretches),
        "distributions": distributions_of(reading),
        "tree": tree_of(causal, found, org=org, stretches=stretches),
    }
    refs = reading.deals["ref"].to_numpy()
    deals = [
        refs[np.flatnonzero(rows_of(one.levels, asked) & asked.now)[::-1][:MOST_DEALS]].tolist()
        for one in found.causes
    ]
    return plain(said), deals


def split_of(reading: Reading, one: Dimension) -> dict[str, Any]:
    """With the days of won deals, level by level."""
    said, took = asdict(split_by(reading.closed, one.name)), days_taken(reading.deals)
    for place, level in enumerate(said["levels"]):
        won = reading.closed.won & (one.codes == place)
        for name, later in (("days_before", False), ("days_now", True)):
            level[name] = median(took[won & (reading.closed.now == later)])
    return said


def make_diagnosis(*, org: Org, stretches: Stretches, at: datetime) -> WinRateDiagnosis:
    """In the place of the one made before of the same stretches."""
    found: dict[str, Any] = {}
    deals: list[list[str]] = []
    problem = ""
    try:
        found, deals = found_of(org=org, stretches=stretches)
    except TooLittleError as error:
        problem = str(error)
    with transaction.atomic():
        made, _ = WinRateDiagnosis.objects.update_or_create(
            org=org,
            since=stretches.since,
            turn=stretches.turn,
            until=stretches.until,
            defaults={"made_at": at, "found": found, "deals": deals, "problem": problem},
        )
    return made


def forget_old(*, org: Org, at: datetime) -> int:
    """Each day has stretches of its own, and whoever asks for others makes more."""
    rows = WinRateDiagnosis.objects.filter(org=org)
    newest = rows.order_by("-made_at", "-pk").values_list("pk", flat=True)[:MOST_KEPT]
    number, _ = rows.filter(Q(made_at__lt=at - KEPT) | ~Q(pk__in=list(newest))).delete()
    return number
