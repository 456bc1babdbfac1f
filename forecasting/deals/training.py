"""Learning what becomes of deals, and saying it of those that are open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from forecasting.deals.dataset import STAGE, DealRows, dataset, rows_at
from forecasting.deals.moments import Lives, lives_of, open_at
from forecasting.deals.reading import read_past
from forecasting.models import DealScore
from revenue.ml.arrays import Ints
from revenue.ml.frames import Frame, FrameError, with_all_of
from revenue.ml.learned import Learned, NoModelError, NothingToLearnError
from revenue.ml.models import ModelRun
from revenue.ml.pipeline import train_classifier
from revenue.ml.recording import Owner, load_live
from revenue.ml.settings import Settings
from revenue.ml.trained import Scores, Trained
from revenue.users.models import Org, User

TASK = "deal_risk"
SETTINGS = Settings(
    TASK,
    stratum=STAGE,
    age="age_days",
    weeks=26,
    due="days_to_close_date",
    calendar="month_of_quarter",
    candidates=("hazard", "linear", "boosted", "blend", "hazard_blend", "whole_blend"),
)
CHUNK = 2_000
DIGITS = 6
LEAST_JUDGED, MOST_JUDGED = 300, 0.4  # deals; share of all that have closed


def learn(rows: DealRows, settings: Settings = SETTINGS) -> Trained:
    if not rows.frame.is_known.any():
        raise NothingToLearnError(
            "No deal has closed after a moment at which it was open: there is nothing to learn"
            " from. Sync or import deals that have ended, with the days they were made and closed."
        )
    try:
        settings = replace(settings, first_month=rows.first_month)
        trained = train_classifier(rows.frame, judged_on_enough(settings, rows.frame))
    except FrameError as error:
        raise NothingToLearnError(str(error)) from error
    excluded = {**rows.excluded, **trained.report["excluded_features"]}
    return replace(trained, report={**trained.report, "excluded_features": excluded})


def judged_on_enough(settings: Settings, frame: Frame) -> Settings:
    """Of few deals a larger part is kept to judge by: a fifth of them would say little."""
    known = frame.take(frame.is_known).groups()
    share = min(MOST_JUDGED, max(settings.test_share, LEAST_JUDGED / max(known, 1)))
    return replace(settings, test_share=share)


def learned(*, org: Org, as_of: datetime) -> Learned:
    rows = dataset(org=org, as_of=as_of)
    return Learned(Owner(org=org), as_of, rows.frame, learn(rows))


def train(*, org: Org, as_of: datetime, at: datetime, by: User | None = None) -> ModelRun:
    return learned(org=org, as_of=as_of).record(at=at, by=by)


@dataclass(frozen=True, eq=False)
class Foreseen:
    """Of the deals that were open: in order of their ids, so that chunks are always the same."""

    org: Org
    run: ModelRun
    trained: Trained
    as_of: datetime
    lives: Lives
    frame: Frame
    scores: Scores

    def chunks(self, *, after: str = "") -> Iterator[list[DealScore]]:
        for places in self.parts(after=after):
            yield self.rows(places)

    def parts(self, *, after: str = "") -> Iterator[Ints]:
        """Places of the deals, a chunk at a time."""
        order = np.argsort(self.frame.ids.astype(str), kind="stable")
        order = order[self.frame.ids[order].astype(str) > after]
        for first in range(0, len(order), CHUNK):
            yield order[first : first + CHUNK]

    def rows(self, places: Ints) -> list[DealScore]:
        scores, names = self.scores, [one.name for one in self.scores.features]
        parts = np.round(scores.contributions.by_feature[places], DIGITS)
        # A bound may be off by the last bit of a floating number.
        low = np.clip(np.minimum(scores.low, scores.probability), 0, 1)
        high = np.clip(np.maximum(scores.high, scores.probability), 0, 1)
        won, lost = by_week(scores, places)
        return [
            DealScore(
                org=self.org,
                opportunity_ref=str(self.frame.ids[place]),
                as_of=self.as_of,
                run=self.run,
                source=scores.source,
                probability=float(scores.probability[place]),
                low=float(low[place]),
                high=float(high[place]),
                base=float(scores.contributions.base[place]),
                contributions={
                    name: value for name, value in zip(names, part, strict=True) if value
                },
                won_by=won[at],
                lost_by=lost[at],
            )
            for at, (place, part) in enumerate(zip(places.tolist(), parts.tolist(), strict=True))
        ]


def by_week(scores: Scores, places: Ints) -> list[list[list[float] | None]]:
    """Of being won, and of being lost, by the end of each week; an older model says neither."""
    if scores.curves is None:
        return [[None] * len(places)] * 2
    # Rounded down, so that in sum they never pass what is said of the whole.
    return [
        (np.floor(one[places] * 10**DIGITS) / 10**DIGITS).tolist()
        for one in (scores.curves.won, scores.curves.lost)
    ]


def foresee(*, org: Org, as_of: datetime) -> Foreseen:
    found = load_live(org=org, task=TASK)
    if found is None:
        raise NoModelError.of(org, TASK)
    run, trained = found
    past = read_past(org=org, as_of=as_of, first_month=trained.settings.first_month)
    lives = lives_of(past)
    frame = with_all_of(rows_at(lives, open_at(lives)), trained)
    return Foreseen(org, run, trained, as_of, lives, frame, trained.score(frame))


def score(*, org: Org, as_of: datetime) -> dict[str, Any]:
    foreseen = foresee(org=org, as_of=as_of)
    for rows in foreseen.chunks():
        write(rows)
    return said_of(foreseen)


def said_of(foreseen: Foreseen) -> dict[str, Any]:
    return {
        "run": foreseen.run.pk,
        "as_of": foreseen.as_of.isoformat(),
        "source": foreseen.scores.source,
        "deals": len(foreseen.frame),
    }


@transaction.atomic
def write(rows: list[DealScore]) -> None:
    """Once for each deal and moment, however often it is done; the newest moment is the latest."""
    org, as_of = rows[0].org, rows[0].as_of
    refs = [row.opportunity_ref for row in rows]
    of_these = DealScore.objects.of(org).filter(opportunity_ref__in=refs)
    of_these.filter(as_of=as_of).delete()
    newer = set(of_these.filter(as_of__gt=as_of).values_list("opportunity_ref", flat=True))
    of_these.filter(as_of__lt=as_of, is_latest=True).update(is_latest=False)
    for row in rows:
        row.is_latest = row.opportunity_ref not in newer
    DealScore.objects.bulk_create(rows, batch_size=CHUNK)
