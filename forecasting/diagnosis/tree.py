"""The branches a change could have come from, each ruled in or out by a test of its own."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from scipy.stats import binomtest, chi2_contingency, mannwhitneyu

from forecasting.diagnosis.causes import LEAST_POINTS, Diagnosis
from forecasting.diagnosis.figures import days_taken, steps_of
from forecasting.diagnosis.frames import Reading, Stretches
from forecasting.diagnosis.mix_scan import STAFFING
from revenue.ml.arrays import Floats, floats
from revenue.users.models import Org

ALARM = 0.05
LEAST = 30
FIRST_DAYS = 30
LEAST_CHANGE = 0.05  # of the figure itself: what is certain and tiny is no reason
CREATED = """
    SELECT count(*) FILTER (WHERE created_at < %(turn)s),
           count(*) FILTER (WHERE created_at >= %(turn)s)
    FROM accounts_opportunity
    WHERE org_id = %(org)s AND deleted_at IS NULL
      AND created_at >= %(since)s AND created_at < %(until)s
"""
WORKED = """
    SELECT deal.external_id, count(activity.id)
    FROM accounts_opportunity deal
    LEFT JOIN accounts_activity activity
        ON activity.org_id = deal.org_id AND activity.opportunity_ref = deal.external_id
        AND activity.deleted_at IS NULL AND activity.happens_at >= deal.created_at
        AND activity.happens_at < deal.created_at + make_interval(days => %(days)s)
    WHERE deal.org_id = %(org)s AND deal.deleted_at IS NULL AND deal.is_closed
      AND deal.close_date >= %(since)s AND deal.close_date < %(until)s
      AND deal.close_date >= deal.created_at::date + %(days)s
    GROUP BY deal.external_id
"""


@dataclass(frozen=True)
class Branch:
    name: str
    asked: str
    said: str
    state: str  # "in", "out" or "unknown"
    before: float | None = None
    now: float | None = None
    p: float | None = None


def tree_of(
    reading: Reading, found: Diagnosis, *, org: Org, stretches: Stretches
) -> list[dict[str, Any]]:
    branches = [
        volume(org, stretches),
        velocity(reading),
        conversion(reading),
        quality(found),
        staffing(reading, found),
        execution(reading, org, stretches),
    ]
    return [vars(one) for one in branches]


def volume(org: Org, stretches: Stretches) -> Branch:
    asked = "Are fewer deals made?"
    params: dict[str, Any] = {"org": org.pk, **days_said(stretches)}
    with connection.cursor() as cursor:
        cursor.execute(CREATED, params)
        before, now = cursor.fetchone()
    if before + now < LEAST:
        return Branch("Volume", asked, "Too few deals were made to say.", "unknown")
    lengths = length(stretches.since, stretches.turn), length(stretches.turn, stretches.until)
    expected = lengths[1] / sum(lengths)
    p = float(binomtest(now, now + before, expected).pvalue)
    a_quarter = [number / days * 91 for number, days in zip((before, now), lengths, strict=True)]
    return judged("Volume", asked, "deals made a quarter", a_quarter[0], a_quarter[1], p)


def velocity(reading: Reading) -> Branch:
    took, closed = days_taken(reading.deals), reading.closed
    sides = [took[closed.won & (closed.now == later)] for later in (False, True)]
    asked = "Do won deals take longer?"
    return by_ranks("Velocity", asked, "days from first to last of half of the won deals", sides)


def conversion(reading: Reading) -> Branch:
    """The step that changed the most; its p pays for having been chosen."""
    steps, asked = steps_of(reading.closed), "Do fewer deals go on from a stage?"
    if len(steps) < 2:
        return Branch("Conversion", asked, "Changes of stage are not recorded.", "unknown")
    worst = min(steps, key=lambda one: one["p"])
    p = min(1.0, worst["p"] * len(steps))
    return judged(
        "Conversion",
        asked,
        f"of deals go on from {worst['step']}",
        100 * worst["before"],
        100 * worst["now"],
        p,
        unit=" %",
    )


def quality(found: Diagnosis) -> Branch:
    asked = "Is it another mix of deals?"
    moved = [one for one in found.causes if one.kind == "mix"]
    points = 100 * found.shares.mix
    if not moved:
        said = f"The mix is as it was: it accounts for {points:+.1f} points."
        return Branch("Quality", asked, said, "out")
    first = moved[0]
    name, level = first.levels[0]
    said = (
        f"{level} ({name}) went from {first.before:.0%} to {first.now:.0%} of the deals; the mix"
        f" accounts for {points:+.1f} points."
    )
    return Branch("Quality", asked, said, "in", first.before, first.now, first.p)


def staffing(reading: Reading, found: Diagnosis) -> Branch:
    """Who holds the deals changes whenever people come and go: told here, and no cause above."""
    asked = "Do other people hold the deals?"
    seller = next((one for one in reading.closed.dimensions if one.name == "seller"), None)
    if seller is None or len(seller.levels) < 2:
        return Branch("Staffing", asked, "Who sells is not recorded.", "unknown")
    now = reading.closed.now
    many = np.stack(
        [np.bincount(seller.codes[now == later], minlength=len(seller.levels)) for later in (0, 1)]
    )
    p = float(chi2_contingency(many[:, many.sum(axis=0) > 0]).pvalue)
    points = sum(found.shares.by_dimension.get(name, 0.0) for name in STAFFING)
    share = many / many.sum(axis=1, keepdims=True)
    most = int(np.abs(share[1] - share[0]).argmax())
    said = (
        f"{seller.levels[most]} went from {share[0, most]:.0%} to {share[1, most]:.0%} of the"
        f" deals; other hands account for {100 * points:+.1f} points."
    )
    moved = p < ALARM and abs(points) >= LEAST_POINTS
    return Branch("Staffing", asked, said, "in" if moved else "out", p=p)


def execution(reading: Reading, org: Org, stretches: Stretches) -> Branch:
    asked = "Are deals worked on less?"
    params: dict[str, Any] = {"org": org.pk, "days": FIRST_DAYS, **days_said(stretches)}
    with connection.cursor() as cursor:
        cursor.execute(WORKED, params)
        done = dict(cursor.fetchall())
    if not any(done.values()):
        return Branch("Execution", asked, "Activities are not recorded.", "unknown")
    counted = floats(reading.deals["ref"].map(pd.Series(done, dtype=float)))
    now = reading.closed.now
    sides = [counted[(now == later) & np.isfinite(counted)] for later in (False, True)]
    what = f"activities in the first {FIRST_DAYS} days of a deal"
    return by_ranks("Execution", asked, what, sides, middle=np.mean)


def by_ranks(
    name: str, asked: str, what: str, sides: list[Floats], *, middle: Any = np.median
) -> Branch:
    if min(len(one) for one in sides) < LEAST:
        return Branch(name, asked, "Too few deals have closed to say.", "unknown")
    before, now = (float(middle(one)) for one in sides)
    p = float(mannwhitneyu(*sides).pvalue)
    return judged(name, asked, what, before, now, p)


def judged(
    name: str, asked: str, what: str, before: float, now: float, p: float, *, unit: str = ""
) -> Branch:
    moved = p < ALARM and abs(now - before) >= LEAST_CHANGE * max(abs(before), 1e-9)
    said = f"{number(before)}{unit} {what} before, {number(now)}{unit} now"
    said += "." if moved else ": no more than chance." if p >= ALARM else ": hardly a change."
    return Branch(name, asked, said, "in" if moved else "out", before, now, p)


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.1f}"


def length(since: date, until: date) -> int:
    return (until - since).days


def days_said(stretches: Stretches) -> dict[str, date]:
    return {"since": stretches.since, "turn": stretches.turn, "until": stretches.until}
