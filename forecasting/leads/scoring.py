"""What the live model says of the leads that are open, as rows: score, tier, trend and reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from accounts.about import kept
from forecasting.deals.moments import NEVER, Moments
from forecasting.deals.running import DAY
from forecasting.leads.dataset import frame_of
from forecasting.leads.lives import Lives, lives_of, open_at
from forecasting.leads.policy import Policy, policy_of, tier_of
from forecasting.leads.reading import read_past
from forecasting.leads.training import TASK
from forecasting.leads.words import TOP, reasons_of
from forecasting.models import LeadScore
from revenue.ml.arrays import Floats, Ints
from revenue.ml.frames import Frame, with_all_of
from revenue.ml.learned import NoModelError
from revenue.ml.models import ModelRun
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.ml.recording import load_live
from revenue.ml.trained import Scores, Trained
from revenue.users.models import Org

SCORING = "score-leads"
CHUNK = 2_000
DIGITS = 6
WEEK_DAYS = 7
LEAST_CHANGE = 5  # of the score in a week, to call it a trend
MOST_SCORE = 100
Trend = LeadScore.Trend


def scores_of(probability: Floats, percentiles: Sequence[float]) -> Ints:
    """The share of the judged leads that were less likely, half of those that were equally so."""
    below = np.searchsorted(percentiles, probability, side="left")
    upto = np.searchsorted(percentiles, probability, side="right")
    return np.asarray(np.clip((below + upto) // 2, 0, MOST_SCORE), dtype=np.int64)


def trend_of(change: int | None) -> str:
    if change is None or abs(change) < LEAST_CHANGE:
        return str(Trend.STEADY)
    return str(Trend.IMPROVING if change > 0 else Trend.DECLINING)


@dataclass(frozen=True, eq=False)
class Foreseen:
    """Of the leads that were open: in order of their ids, so that chunks are always the same."""

    org: Org
    run: ModelRun
    trained: Trained
    as_of: datetime
    frame: Frame
    scores: Scores
    before: Mapping[str, int]  # by the same model, of what was known a week before
    policy: Policy

    @property
    def percentiles(self) -> list[float]:
        return list(self.trained.report["percentiles"])

    def chunks(self, *, after: str = "") -> Iterator[list[LeadScore]]:
        order = np.argsort(self.frame.ids.astype(str), kind="stable")
        order = order[self.frame.ids[order].astype(str) > after]
        for first in range(0, len(order), CHUNK):
            yield self.rows(order[first : first + CHUNK])

    def rows(self, places: Ints) -> list[LeadScore]:
        names = [one.name for one in self.scores.features]
        parts = np.round(self.scores.contributions.by_feature[places], DIGITS).tolist()
        points = scores_of(self.scores.probability[places], self.percentiles).tolist()
        return [
            self.row(place, score, dict(zip(names, part, strict=True)))
            for place, score, part in zip(places.tolist(), points, parts, strict=True)
        ]

    def row(self, place: int, score: int, parts: Mapping[str, float]) -> LeadScore:
        scores, ref = self.scores, str(self.frame.ids[place])
        chance = float(scores.probability[place])
        was = self.before.get(ref)
        change = None if was is None else score - was
        return LeadScore(
            org=self.org,
            lead_ref=ref,
            as_of=self.as_of,
            run=self.run,
            source=scores.source,
            probability=chance,
            # A bound may be off by the last bit of a floating number.
            low=float(np.clip(min(scores.low[place], chance), 0, 1)),
            high=float(np.clip(max(scores.high[place], chance), 0, 1)),
            score=score,
            tier=tier_of(score, self.policy),
            trend=trend_of(change),
            change=change,
            base=float(scores.contributions.base[place]),
            contributions={name: value for name, value in parts.items() if value},
            reasons=self.reasons(place),
        )

    def reasons(self, place: int) -> list[dict[str, Any]]:
        if self.scores.source != "model":
            return []
        walked = self.trained.waterfall(self.frame, self.scores, row=place, top=TOP)
        features = {one.name: one for one in self.trained.features}
        steps = [(features[step.name], step.value, 100 * step.points) for step in walked.steps]
        return reasons_of(steps, self.trained.report.get("groups", {}))


def foresee(*, org: Org, as_of: datetime) -> Foreseen:
    found = load_live(org=org, task=TASK)
    if found is None:
        raise NoModelError.of(org, TASK)
    run, trained = found
    lives = lives_of(read_past(org=org, as_of=as_of))
    frame = with_all_of(frame_of(lives, open_at(lives), like=trained.features), trained)
    before = week_before(lives, trained)
    return Foreseen(org, run, trained, as_of, frame, trained.score(frame), before, policy_of(org))


def week_before(lives: Lives, trained: Trained) -> dict[str, int]:
    """So that what moves a score is the lead, and not another model."""
    if not lives.is_dated:
        return {}
    then = lives.limit - WEEK_DAYS * DAY
    lead = np.flatnonzero((lives.ended == NEVER) & (lives.created <= then))
    moments = Moments(lead, np.full(len(lead), then, dtype=np.int64))
    frame = frame_of(lives, moments, like=trained.features)
    said = trained.score(with_all_of(frame, trained)).probability
    scores = scores_of(said, trained.report["percentiles"])
    return dict(zip(frame.ids.tolist(), scores.tolist(), strict=True))


def score(*, org: Org, as_of: datetime) -> dict[str, Any]:
    with one_at_a_time(org, SCORING):
        foreseen = foresee(org=org, as_of=as_of)
        for rows in foreseen.chunks():
            write(rows)
        put_in_order(foreseen)
        return said_of(foreseen)


def said_of(foreseen: Foreseen) -> dict[str, Any]:
    return {
        "run": foreseen.run.pk,
        "as_of": foreseen.as_of.isoformat(),
        "source": foreseen.scores.source,
        "leads": len(foreseen.frame),
    }


@transaction.atomic
def write(rows: list[LeadScore]) -> None:
    """Once for each lead and moment, however often it is done; the newest moment is the latest.

    Of each day the last word is kept.
    """
    org, as_of = rows[0].org, rows[0].as_of
    refs = [row.lead_ref for row in rows]
    of_these = LeadScore.objects.of(org).filter(lead_ref__in=refs)
    day = as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    of_these.filter(as_of__gte=day, as_of__lte=as_of).delete()
    newer = set(of_these.filter(as_of__gt=as_of).values_list("lead_ref", flat=True))
    of_these.filter(as_of__lt=as_of, is_latest=True).update(is_latest=False)
    for row in rows:
        row.is_latest = row.lead_ref not in newer
    LeadScore.objects.bulk_create(rows, batch_size=CHUNK)


@transaction.atomic
def put_in_order(foreseen: Foreseen) -> None:
    """A lead that is open no more has no latest row; what was said of it stays history."""
    transaction.on_commit(lambda: kept.forget(foreseen.org))
    rows = LeadScore.objects.of(foreseen.org).newest()
    if not rows.filter(as_of__gt=foreseen.as_of).exists():
        rows.filter(as_of__lt=foreseen.as_of).update(is_latest=False)
