"""Health of every customer as of a moment, as rows: by the model, or weighted by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import QuerySet

from forecasting.health.composite import Composite, composite_of
from forecasting.health.dataset import HORIZON_DAYS, customers_now, past_moments
from forecasting.health.dimensions import dimension_of
from forecasting.health.policy import Policy, band_of, policy_of
from forecasting.health.score import deviations, known_of, parts_of, plain_parts, score_of, whole
from forecasting.health.training import TASK
from forecasting.health.words import (
    MOST_REASONS,
    Reason,
    Told,
    composite_reasons,
    silent_reasons,
)
from forecasting.models.health import AccountHealth
from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.calibration import Calibrator
from revenue.ml.frames import Frame, with_all_of
from revenue.ml.models import ModelRun
from revenue.ml.recording import load_live
from revenue.ml.trained import Scores, Trained
from revenue.users.models import Org

CHUNK = 1_000
WEEKS = 18
CHANGE_DAYS, CHANGE_SLACK = 28, 10
DIGITS = 6
ASIDE = timedelta(days=36_525)  # a century on, where no page reads
Source = AccountHealth.Source


@dataclass(frozen=True, eq=False)
class Speaker:
    """Who says how customers are: the live model where one is fit, else weights set by hand."""

    org: Org
    policy: Policy
    run: ModelRun | None = None
    trained: Trained | None = None

    @property
    def by_model(self) -> bool:
        return self.trained is not None and self.trained.source == "model"

    @property
    def is_dated(self) -> bool | None:
        """None where no model speaks."""
        told = self.trained.report.get("left_by") if self.trained and self.by_model else None
        return None if told is None else bool(told["is_dated"])

    @property
    def usual(self) -> float:
        return float(self.trained.report["health"]["usual"]) if self.trained else 0.0


def speaker_of(org: Org) -> Speaker:
    found = load_live(org=org, task=TASK)
    if found is None:
        return Speaker(org, policy_of(org))
    return Speaker(org, policy_of(org), *found)


@dataclass(frozen=True, eq=False)
class Seen:
    """Customers as of a moment, in order of their ids, so that chunks are always the same."""

    speaker: Speaker
    as_of: datetime
    frame: Frame

    def chunks(self, *, after: str = "") -> Iterator[list[AccountHealth]]:
        ids = self.frame.ids.astype(str)
        order = np.argsort(ids, kind="stable")
        order = order[ids[order] > after]
        before = scores_before(self.speaker, self.as_of)
        for first in range(0, len(order), CHUNK):
            rows = self.rows(order[first : first + CHUNK])
            for row in rows:
                was = before.get(row.account_ref)
                row.change = None if was is None else row.score - was
            yield rows

    def rows(self, places: Ints) -> list[AccountHealth]:
        if self.speaker.by_model:
            return self.model_rows(places)
        return self.composite_rows(places)

    @cached_property
    def value(self) -> Floats:
        return values_of(self.frame)

    @cached_property
    def scores(self) -> Scores:
        return self.trained.score(self.rows_seen)

    @property
    def trained(self) -> Trained:
        if self.speaker.trained is None:
            raise ValueError("No model speaks here.")
        return self.speaker.trained

    @cached_property
    def rows_seen(self) -> Frame:
        return self.trained.rows_of(with_all_of(self.frame, self.trained))

    @cached_property
    def away(self) -> Floats:
        usual = floats(self.trained.report["health"]["contributions"])
        return deviations(self.scores.contributions.by_feature, usual)

    @property
    def calibrator(self) -> Calibrator:
        if self.trained.model is None:
            raise ValueError("No model speaks here.")
        return self.trained.model.calibrator

    def model_rows(self, places: Ints) -> list[AccountHealth]:
        scores, names = self.scores, [one.name for one in self.scores.features]
        part = self.rows_seen.take(places)
        parts = parts_of(self.away[places], names, known_of(part, names))
        parts = filled_in(
            parts, {key: one[places] for key, one in self.composite.parts.items()}, names
        )
        report = self.trained.report
        reasons = Told(
            part,
            scores.features,
            self.away[places],
            scores.contributions.margin[places],
            self.calibrator,
            self.speaker.usual,
            report["health"]["rates"],
            bool(report["left_by"]["is_dated"]),
            int(report["horizon_days"]) or HORIZON_DAYS,
        ).reasons()
        score = whole(score_of(scores.probability, usual=self.speaker.usual))
        adds = np.round(scores.contributions.by_feature, DIGITS)
        return [
            AccountHealth(
                **self.head(place, int(score[place])),
                source=Source.MODEL,
                probability=float(scores.probability[place]),
                low=float(np.clip(scores.low[place], 0, 1)),
                high=float(np.clip(scores.high[place], 0, 1)),
                base=float(scores.contributions.base[place]),
                contributions={
                    name: one for name, one in zip(names, adds[place].tolist(), strict=True) if one
                },
                parts=plain_parts(parts, at),
                reasons=[*reasons[at], *self.silent(place)][:MOST_REASONS],
                at_risk=money(self.value[place] * scores.probability[place]),
            )
            for at, place in enumerate(places.tolist())
        ]

    def silent(self, place: int) -> list[Reason]:
        """Of dimensions of which the model was offered nothing."""
        told = {dimension_of(one.name) for one in self.scores.features}
        parts = {
            key: float(one[place]) for key, one in self.composite.parts.items() if key not in told
        }
        return silent_reasons(self.frame, parts, self.composite.away_of(place), place)

    @cached_property
    def composite(self) -> Composite:
        return composite_of(self.frame, self.speaker.policy.weights)

    def composite_rows(self, places: Ints) -> list[AccountHealth]:
        """Of whom nothing is known there is nothing to say."""
        found = self.composite
        weights = self.speaker.policy.weights
        rows = []
        for place in places.tolist():
            if np.isnan(found.score[place]):
                continue
            points = found.points_of(place, weights)
            rows.append(
                AccountHealth(
                    **self.head(place, round(float(found.score[place]))),
                    source=Source.COMPOSITE,
                    parts=plain_parts(found.parts, place),
                    reasons=composite_reasons(self.frame, points, found.away_of(place), place),
                )
            )
        return rows

    def head(self, place: int, score: int) -> dict[str, Any]:
        return {
            "org": self.speaker.org,
            "account_ref": str(self.frame.ids[place]),
            "as_of": self.as_of,
            "run": self.speaker.run if self.speaker.by_model else None,
            "score": score,
            "band": band_of(score, self.speaker.policy),
            "value": money(self.value[place]),
            "is_latest": False,
        }


def filled_in(
    parts: dict[str, Floats], beside: Mapping[str, Floats], names: Sequence[str]
) -> dict[str, Floats]:
    """A dimension that tells the model nothing is shown by how the customer stands in it."""
    told = {dimension_of(name) for name in names}
    return {key: one if key in told else beside[key] for key, one in parts.items()}


def values_of(frame: Frame) -> Floats:
    """A year of revenue: what was won in it; not known where nothing was ever sold here."""
    if "revenue_365" not in frame.values.columns:
        return np.full(len(frame), np.nan)
    return floats(frame.values["revenue_365"].astype(float))


def money(amount: float) -> Decimal | None:
    return None if np.isnan(amount) else Decimal(repr(round(float(amount), 2)))


def scores_before(speaker: Speaker, as_of: datetime) -> dict[str, int]:
    """Of each customer the score of four weeks before, by the row that is nearest before that.

    As the same speaker says it: what another had said would differ where nothing has changed.
    """
    last = as_of - timedelta(days=CHANGE_DAYS - 1)
    rows = AccountHealth.objects.of(speaker.org).filter(
        as_of__lte=last, as_of__gt=last - timedelta(days=CHANGE_SLACK)
    )
    run = speaker.run if speaker.by_model else None
    rows = rows.filter(source=Source.MODEL if speaker.by_model else Source.COMPOSITE, run=run)
    return dict(rows.order_by("as_of").values_list("account_ref", "score"))


def seen_at(speaker: Speaker, as_of: datetime) -> Seen:
    frame = customers_now(org=speaker.org, as_of=as_of, is_dated=speaker.is_dated)
    return Seen(speaker, as_of, frame)


def moments_to_score(org: Org, as_of: datetime, *, is_dated: bool) -> list[datetime]:
    """The weeks of the past of which there is no row yet, and the moment itself, oldest first."""
    if not is_dated:
        return [as_of]
    begin = as_of - timedelta(days=7 * WEEKS + 7)
    known = set(
        AccountHealth.objects.of(org)
        .filter(as_of__gte=begin)
        .values_list("as_of", flat=True)
        .distinct()
    )
    missing = [
        one
        for one in past_moments(as_of, weeks=WEEKS)
        if not any(one - timedelta(days=7) < seen <= one for seen in known)
    ]
    return [*missing, as_of]


@transaction.atomic
def write(rows: Sequence[AccountHealth]) -> None:
    """Once for each customer and moment however often it is done."""
    if not rows:
        return
    refs = [row.account_ref for row in rows]
    same = AccountHealth.objects.of(rows[0].org).filter(as_of=rows[0].as_of)
    same.filter(account_ref__in=refs).delete()
    AccountHealth.objects.bulk_create(rows, batch_size=CHUNK)


def put_aside(rows: Sequence[AccountHealth], *, as_of: datetime) -> None:
    """By the moment of the scoring: what is said of theirs already stays until all is written."""
    for row in rows:
        row.as_of = as_of + ASIDE


def aside(org: Org, as_of: datetime) -> "QuerySet[AccountHealth]":
    return AccountHealth.objects.of(org).filter(as_of=as_of + ASIDE)


def clear_aside(org: Org, as_of: datetime) -> None:
    """What scorings left that were cancelled, this one or any before."""
    AccountHealth.objects.of(org).filter(as_of__gt=as_of + ASIDE / 2).delete()


@transaction.atomic
def put_in_place(org: Org, moment: datetime, *, as_of: datetime) -> None:
    """A past week is told of all its customers or of none."""
    AccountHealth.objects.of(org).filter(as_of=moment).delete()
    aside(org, as_of).update(as_of=moment)


@transaction.atomic
def take_over(org: Org, as_of: datetime) -> bool:
    """All of them are shown at once; of each week the last word is kept, and older ones stay."""
    rows = AccountHealth.objects.of(org)
    rows.filter(as_of=as_of).delete()
    aside(org, as_of).update(as_of=as_of)
    if rows.newest().filter(as_of__gt=as_of).exists():
        return False
    rows.newest().filter(as_of__lt=as_of).update(is_latest=False)
    of_this_week(rows, as_of).delete()
    rows.filter(as_of=as_of).update(is_latest=True)
    return True


def of_this_week(rows: "QuerySet[AccountHealth]", as_of: datetime) -> "QuerySet[AccountHealth]":
    begin = (as_of - timedelta(days=as_of.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return rows.filter(as_of__gte=begin, as_of__lt=as_of)
