"""Learning which customers leave or shrink within the horizon."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from forecasting.health.dataset import NO_DATES, HealthRows, dataset
from forecasting.health.rates import rates_of, usual_contributions
from forecasting.health.score import score_of
from forecasting.health.telling import telling
from revenue.ml.arrays import floats, weighted_mean
from revenue.ml.frames import FrameError, moment
from revenue.ml.learned import Learned, NothingToLearnError
from revenue.ml.models import ModelRun
from revenue.ml.pipeline import train_classifier
from revenue.ml.plain import plain
from revenue.ml.readiness import Readiness, State
from revenue.ml.recording import Owner
from revenue.ml.settings import Settings
from revenue.ml.trained import Trained
from revenue.users.models import Org, User

TASK = "account_health"
SETTINGS = Settings(
    TASK,
    whole_groups=False,
    choose_on_groups=True,
    positive="left",
    negative="stayed",
    noun="customers",
)


def learn(rows: HealthRows, settings: Settings = SETTINGS) -> Trained:
    known = rows.frame.is_known
    if not known.any() or not 0 < rows.frame.label[known].mean() < 1:
        raise NothingToLearnError(
            f"Nobody is known to have left or to have stayed for {rows.horizon_days} days: there is"
            " nothing to learn from. Choose the field that says who left in the health policy, or"
            " sync and import customers with what they bought and when it ended."
        )
    try:
        frame, silent = telling(rows.frame, windowed(settings, rows))
        trained = train_classifier(frame, windowed(settings, rows))
    except FrameError as error:
        raise NothingToLearnError(
            f"{error} The records reach back too far too little to learn who leaves:"
            f" {rows.horizon_days} days must have passed after each moment that is learned from."
        ) from error
    rows = replace(rows, frame=frame, excluded={**rows.excluded, **silent})
    return replace(trained, report=plain({**trained.report, **told_of(rows, trained)}))


def told_of(rows: HealthRows, trained: Trained) -> dict[str, Any]:
    """What the page says of this task beside the kit's own figures, and what scores are made of."""
    ready = trained.readiness
    if not rows.is_dated and ready.state is not State.NOT_READY:
        ready = ready.with_doubt(NO_DATES)
    return {
        "excluded_features": {**rows.excluded, **trained.report["excluded_features"]},
        "horizon_days": rows.horizon_days,
        "readiness": in_words(ready).as_json(),
        "notes": [rows.leaving.words, *([] if rows.is_dated else [NO_DATES])],
        "left_by": {
            "how": rows.leaving.how,
            "field": rows.leaving.field,
            "value": rows.leaving.value,
            "is_dated": rows.is_dated,
        },
        "health": health_of(rows, trained),
    }


def in_words(ready: Readiness) -> Readiness:
    """Where the kit speaks of plain rates, weights stand in."""
    plain = f"Until then the rate of each {SETTINGS.level} stands in."
    instead = "Until then health is weighted by hand."
    said = tuple(one.replace(plain, instead) for one in ready.reasons)
    return Readiness(ready.state, said)


def health_of(rows: HealthRows, trained: Trained) -> dict[str, Any]:
    """The usual rate, what each feature usually adds, and how many like a customer left."""
    known = rows.frame.take(rows.frame.is_known)
    usual = float(weighted_mean(known.label, known.weight))
    if trained.model is None:
        return {"usual": usual, "contributions": [], "rates": {}}
    seen = trained.rows_of(known)
    found = trained.model.member.contributions(seen)
    adds = usual_contributions(floats(found.by_feature), seen.weight)
    begin = trained.model.calibrator(floats(found.base[:1] + sum(adds)))
    return {
        "usual": usual,
        "contributions": adds,
        "start": float(score_of(begin, usual=usual)[0]),
        "rates": rates_of(seen),
    }


def windowed(settings: Settings, rows: HealthRows) -> Settings:
    """The last moments judge, those before them whose end was known by then calibrate."""
    if settings.test_from or not rows.is_dated:
        return settings
    return replace(
        settings,
        calibrate_from=str(moment(rows.calibrate_from)),
        test_from=str(moment(rows.test_from)),
        until=str(moment(rows.as_of + timedelta(seconds=1))),
    )


def learned(*, org: Org, as_of: datetime) -> Learned:
    rows = dataset(org=org, as_of=as_of)
    return Learned(Owner(org=org), as_of, rows.frame, learn(rows))


def train(*, org: Org, as_of: datetime, at: datetime, by: User | None = None) -> ModelRun:
    return learned(org=org, as_of=as_of).record(at=at, by=by)
