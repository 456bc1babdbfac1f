"""Learning which leads convert within the horizon, and saying it of those that are open."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from forecasting.leads.dataset import SOURCE, LeadRows, dataset
from forecasting.leads.groups import groups_of
from forecasting.leads.lives import HORIZON_DAYS
from forecasting.leads.policy import Policy, policy_of
from revenue.ml.arrays import Floats
from revenue.ml.frames import Frame, FrameError, moment
from revenue.ml.learned import Learned, NothingToLearnError
from revenue.ml.models import ModelRun
from revenue.ml.pipeline import (
    borders,
    joined,
    rates_only,
    stated_windows,
    train_classifier,
)
from revenue.ml.plain import plain
from revenue.ml.recording import Owner
from revenue.ml.settings import Settings
from revenue.ml.splits import DAY, split
from revenue.ml.trained import Trained
from revenue.users.models import Org, User

TASK = "lead_score"
SETTINGS = Settings(
    TASK,
    stratum=SOURCE,
    age="age_days",
    calibrate_share=0.08,  # of a file without days: all else is learned from, or judged by
    least_won=20,
    least_lost=20,
    positive="converted",
    negative="not converted",
    noun="leads",
)
SHARES = (0.68, 0.12, 0.2)  # of the days that can be learned from: train, calibrate, judge
LEAST_DAYS = 15  # of the shortest window
PERCENTILES = 101
LEAST_LOOKED_AT = 30  # leads of the judged window, below which all are looked at for a percentile


def learn(rows: LeadRows, policy: Policy, settings: Settings = SETTINGS) -> Trained:
    if not rows.frame.is_known.any():
        raise NothingToLearnError(
            f"No lead has been followed for {HORIZON_DAYS} days: there is nothing to learn from."
            " Sync or import leads, with the days they came and were converted."
        )
    settings = replace(settings, unrecorded=rows.unrecorded)
    if not rows.order:
        # Of few leads at many moments, a line and trees together are steadier than either.
        settings = replace(settings, candidates=("blend",))
    try:
        why = too_few(rows, policy)
        if not (why or rows.order or rows.is_short or settings.test_from):
            settings, why = windowed(settings, rows.frame)
        trained = (
            rates_only(rows.frame, settings, why) if why else train_classifier(rows.frame, settings)
        )
    except FrameError as error:
        raise NothingToLearnError(str(error)) from error
    return with_scale(trained, rows)


def too_few(rows: LeadRows, policy: Policy) -> str:
    if rows.leads >= policy.least_leads and rows.converted >= policy.least_converted:
        return ""
    return (
        f"Too little to learn from: {rows.leads} leads, of which {rows.converted} were converted;"
        f" at least {policy.least_leads} and {policy.least_converted} are needed."
        " Until then the rate of each source stands in."
    )


def windowed(settings: Settings, frame: Frame) -> tuple[Settings, str]:
    """Each window holds moments whose horizon passed before the next begins; else why not."""
    known = frame.take(frame.is_known)
    first, last = known.as_of.min(), known.label_known_at.max() + np.timedelta64(1, "s")
    gap = np.timedelta64(HORIZON_DAYS * 86_400, "s")
    room = (last - first) - 3 * gap
    if room < LEAST_DAYS * DAY / min(SHARES):
        days = int((last - first) / DAY)
        needed = int(3 * HORIZON_DAYS + LEAST_DAYS / min(SHARES))
        return settings, (
            f"Leads go back {days} days: {needed} are needed to learn from some, and to judge by"
            f" others that came later, each followed for {HORIZON_DAYS} days."
            " Until then the rate of each source stands in."
        )
    test_from = last - gap - room * SHARES[2]
    calibrate_from = test_from - gap - room * SHARES[1]
    said = replace(
        settings, calibrate_from=str(calibrate_from), test_from=str(test_from), until=str(last)
    )
    return said, ""


def up_to(rows: LeadRows, test_from: datetime) -> Settings:
    """Judged is what began on that day or later; what was known by then is learned from."""
    known = rows.frame.take(rows.frame.is_known)
    begin, gap = moment(test_from), np.timedelta64(HORIZON_DAYS * 86_400, "s")
    if rows.order or not len(known) or known.as_of.min() + 2 * gap + DAY >= begin:
        raise NothingToLearnError(
            "Too few leads came before that day, with dates, to learn from: give a later one."
        )
    share = SHARES[1] / (SHARES[0] + SHARES[1])
    calibrate = begin - gap - (begin - 2 * gap - known.as_of.min()) * share
    until = known.label_known_at.max() + np.timedelta64(1, "s")
    return replace(SETTINGS, calibrate_from=str(calibrate), test_from=str(begin), until=str(until))


def with_scale(trained: Trained, rows: LeadRows) -> Trained:
    """What the scores and reasons of its rows are told by, kept in the report."""
    report = {
        **trained.report,
        "excluded_features": {**rows.excluded, **trained.report["excluded_features"]},
        "horizon_days": HORIZON_DAYS,
        "order": rows.order,
    }
    trained = replace(trained, report=report)
    windows = split(rows.frame, borders(rows.frame, judged_as(trained)))
    looked = windows.test if windows.test.groups() >= LEAST_LOOKED_AT else rows.frame
    looked = looked.take(looked.is_known)
    before = joined(windows)
    report["percentiles"] = percentiles(trained.score(looked).probability)
    report["start"] = start_of(trained, looked)
    report["groups"] = groups_of(before if len(before) else rows.frame.take(rows.frame.is_known))
    if rows.order:
        ready = trained.readiness.with_doubt(
            f"The leads have no dates: the order of {rows.order} stands in for time, and what is"
            " not converted counts as not converting. The windows are places in that order, not"
            " days."
        )
        report["readiness"] = ready.as_json()
    return replace(trained, report=plain(report))


def start_of(trained: Trained, looked: Frame) -> float | None:
    """The chance from which the reasons of every lead set out; rates have none."""
    if trained.model is None or trained.source != "model" or not len(looked):
        return None
    base = trained.model.member.contributions(trained.rows_of(looked)).base
    return float(trained.model.calibrator(base[:1])[0])


def judged_as(trained: Trained) -> Settings:
    return replace(trained.settings, **stated_windows(trained))


def percentiles(probability: Floats) -> list[float]:
    shares = np.linspace(0, 1, PERCENTILES)
    return [float(one) for one in np.quantile(probability, shares)]


def learned(*, org: Org, as_of: datetime) -> Learned:
    rows = dataset(org=org, as_of=as_of)
    return Learned(Owner(org=org), as_of, rows.frame, learn(rows, policy_of(org)))


def train(*, org: Org, as_of: datetime, at: datetime, by: User | None = None) -> ModelRun:
    return learned(org=org, as_of=as_of).record(at=at, by=by)
