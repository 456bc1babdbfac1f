"""Learning what customers bring within the horizon, and saying it of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction

from crosssell.expansion.dataset import ExpansionRows, customers_now, dataset
from crosssell.models import ExpansionScore
from revenue.ml.arrays import Floats
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Feature, Frame, FrameError, Kind, moment, with_all_of
from revenue.ml.learned import Learned, NoModelError, NothingToLearnError
from revenue.ml.models import ModelRun
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.ml.plain import plain
from revenue.ml.readiness import State
from revenue.ml.recording import Owner, load_number
from revenue.ml.registry import live_run
from revenue.ml.regression import Regressed, train_regressor
from revenue.ml.settings import Settings
from revenue.users.models import Org, User

TASK = "expansion"
FORESEEING = "score-expansion"  # no two of an org at once
SETTINGS = Settings(
    TASK,
    whole_groups=False,
    judge_moments=False,
    target="amount",
    last_period="revenue_180",
    stratum="segment",
    noun="customers",
)
CHUNK = 2_000
CENTS = 2
DIGITS = 4


def learn(rows: ExpansionRows, settings: Settings = SETTINGS) -> Regressed:
    if not rows.frame.is_known.any():
        raise NothingToLearnError(
            f"No customer has been followed for {rows.horizon_days} days after a first purchase:"
            " there is nothing to learn from. Sync or import deals that were won, with the days"
            " on which they were."
        )
    try:
        trained = train_regressor(rows.frame, windowed(settings, rows))
    except FrameError as error:
        raise NothingToLearnError(str(error)) from error
    report = {
        **trained.report,
        "excluded_features": rows.excluded,
        "horizon_days": rows.horizon_days,
    }
    return replace(trained, report=plain(report))


def windowed(settings: Settings, rows: ExpansionRows) -> Settings:
    """The last moments judge, those before them whose end was known by then calibrate."""
    if settings.test_from:
        return settings
    until = rows.as_of + pd.Timedelta(seconds=1)
    return replace(
        settings,
        calibrate_from=str(moment(rows.calibrate_from)),
        test_from=str(moment(rows.test_from)),
        until=str(moment(until)),
    )


def learned(*, org: Org, as_of: datetime) -> Learned:
    rows = dataset(org=org, as_of=as_of)
    return Learned(Owner(org=org), as_of, rows.frame, learn(rows))


def train(*, org: Org, as_of: datetime, at: datetime, by: User | None = None) -> ModelRun:
    return learned(org=org, as_of=as_of).record(at=at, by=by)


@dataclass(frozen=True, eq=False)
class Foreseen:
    """Of the customers then, in order of their ids, so that chunks are always the same."""

    org: Org
    run: ModelRun
    trained: Regressed
    as_of: datetime
    frame: Frame

    @property
    def by_model(self) -> bool:
        return self.trained.readiness.state is not State.NOT_READY

    def chunks(self, *, after: str = "") -> Iterator[list[ExpansionScore]]:
        order = np.argsort(self.frame.ids.astype(str), kind="stable")
        order = order[self.frame.ids[order].astype(str) > after]
        for first in range(0, len(order), CHUNK):
            part = self.frame.take(order[first : first + CHUNK])
            yield self.rows(part) if self.by_model else self.plain_rows(part)

    def rows(self, part: Frame) -> list[ExpansionScore]:
        told = self.trained.predict(part)
        names = [one.name for one in self.trained.features]
        values = values_of(part, self.trained.features)
        found = []
        for at, ref in enumerate(part.ids.tolist()):
            base, value = cents(told.contributions.base[at]), cents(told.value[at])
            parts = in_cents(told.contributions.by_feature[at], total=value - base)
            found.append(
                ExpansionScore(
                    org=self.org,
                    account_ref=str(ref),
                    run=self.run,
                    as_of=self.as_of,
                    value=value,
                    low=min(cents(told.low[at]), value),
                    high=max(cents(told.high[at]), value),
                    base=base,
                    contributions={
                        name: float(one) for name, one in zip(names, parts, strict=True) if one
                    },
                    values=values[at],
                    is_latest=False,
                )
            )
        return found

    def plain_rows(self, part: Frame) -> list[ExpansionScore]:
        """The same number for all: what customers brought on average, and no reasons."""
        said = {name: cents(one) for name, one in self.trained.report["plain"].items()}
        values = values_of(part, self.trained.features)
        return [
            ExpansionScore(
                org=self.org,
                account_ref=str(ref),
                run=self.run,
                as_of=self.as_of,
                base=said["value"],
                values=values[at],
                is_latest=False,
                **said,
            )
            for at, ref in enumerate(part.ids.tolist())
        ]


def cents(amount: float) -> Decimal:
    return Decimal(repr(round(float(amount), CENTS)))


def in_cents(parts: Floats, *, total: Decimal) -> list[Decimal]:
    """Each rounded, and what rounding left given to the largest, so that they sum to the cent."""
    found = [cents(one) for one in parts.tolist()]
    if found:
        largest = max(range(len(found)), key=lambda at: abs(found[at]))
        found[largest] += total - sum(found, Decimal(0))
    return found


def values_of(part: Frame, features: Sequence[Feature]) -> list[dict[str, Any]]:
    """What the model saw of each; of what is not known, nothing."""
    found: list[dict[str, Any]] = [{} for _ in range(len(part))]
    for one in features:
        column = part.values[one.name]
        is_name = one.kind is Kind.CATEGORY
        known = as_names(column) if is_name else np.round(as_numbers(column), DIGITS)
        for told, value in zip(found, known.tolist(), strict=True):
            if value is not None and value == value:  # noqa: PLR0124  a number that is none
                told[one.name] = value
    return found


def foresee(*, org: Org, as_of: datetime) -> Foreseen:
    run = live_run(org=org, task=TASK)
    if run is None:
        raise NoModelError.of(org, TASK)
    trained = load_number(run)
    frame = with_all_of(customers_now(org=org, as_of=as_of), trained)
    return Foreseen(org, run, trained, as_of, frame)


def score(*, org: Org, as_of: datetime) -> dict[str, Any]:
    with one_at_a_time(org, FORESEEING):
        foreseen = foresee(org=org, as_of=as_of)
        for rows in foreseen.chunks():
            write(rows)
        take_over(foreseen)
        return said_of(foreseen)


def said_of(foreseen: Foreseen) -> dict[str, Any]:
    return {
        "run": foreseen.run.pk,
        "as_of": foreseen.as_of.isoformat(),
        "source": "model" if foreseen.by_model else "plain number",
        "customers": len(foreseen.frame),
    }


@transaction.atomic
def write(rows: list[ExpansionScore]) -> None:
    """Beside those that are shown, once for each customer and moment however often it is done."""
    refs = [row.account_ref for row in rows]
    same = ExpansionScore.objects.of(rows[0].org).filter(as_of=rows[0].as_of)
    same.filter(account_ref__in=refs).delete()
    ExpansionScore.objects.bulk_create(rows, batch_size=CHUNK)


@transaction.atomic
def take_over(foreseen: Foreseen) -> None:
    """All of them are shown at once, and of each day the last word is kept.

    An older moment than the one that is shown stays history.
    """
    as_of = foreseen.as_of
    rows = ExpansionScore.objects.of(foreseen.org)
    if rows.newest().filter(as_of__gt=as_of).exists():
        return
    rows.newest().filter(as_of__lt=as_of).update(is_latest=False, values={})
    day = as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    rows.filter(as_of__gte=day, as_of__lt=as_of).delete()
    rows.filter(as_of=as_of).update(is_latest=True)
