"""The later deals as the earlier forecast's model would have seen them."""

from datetime import timedelta

import numpy as np

from forecasting.deals.dataset import rows_at
from forecasting.deals.moments import lives_of, open_at
from forecasting.deals.reading import read_past
from forecasting.models import Forecast
from forecasting.quarter.curves import days_from
from revenue.ml.arrays import Floats, floats, logit, sigmoid
from revenue.ml.artefact import ArtefactError
from revenue.ml.frames import FrameError, with_all_of
from revenue.ml.models import ModelRun
from revenue.ml.recording import load
from revenue.ml.trained import Scores

WEEK = timedelta(days=7)
RATES = "model of one forecast and the rates of stages of the other cannot be held apart"
GONE = "the earlier forecast's model is not kept any more"


def seen_by_old_model(
    before: Forecast, after: Forecast, chances: dict[str, float]
) -> tuple[dict[str, float], str]:
    """By deal, and why that cannot be said. `chances` are the later forecast's own.

    What the two models say of the same deals at the same moment differs by so much in log-odds;
    by as much the stored chances are moved.
    """
    if before.run_id == after.run_id and before.source == after.source:
        return {}, ""
    if "rates" in (before.source, after.source):
        return {}, told(RATES)
    if before.run_id is None or after.run_id is None:
        return {}, told(GONE)
    try:
        refs, old = scored(before.run_id, after)
        _, new = scored(after.run_id, after)
    except (ArtefactError, FrameError, ModelRun.DoesNotExist) as error:
        return {}, told(f"the earlier model cannot score the deals of today ({error})")
    moved = dict(zip(refs, (logit(old) - logit(new)).tolist(), strict=True))
    return {
        ref: float(sigmoid(logit(chance) + moved[ref]))
        for ref, chance in chances.items()
        if ref in moved and 0 < chance < 1
    }, ""


def told(why: str) -> str:
    return f"A change of the model is counted under probability: {why}."


def scored(run_pk: int, after: Forecast) -> tuple[list[str], Floats]:
    """By deal that was open then, the chance of being won within the period."""
    run = ModelRun.objects.get(pk=run_pk)
    trained = load(run)
    org, as_of = after.org, after.as_of
    lives = lives_of(read_past(org=org, as_of=as_of, first_month=trained.settings.first_month))
    frame = with_all_of(rows_at(lives, open_at(lives)), trained)
    until = days_from(org, as_of)
    scores = trained.score(frame)
    return [str(one) for one in frame.ids], between(
        scores, since=until(after.since), until=until(after.until)
    )


def between(scores: Scores, *, since: float, until: float) -> Floats:
    """Of being won in a period; one that gives no curve says only whether at all."""
    if scores.curves is None:
        return scores.probability
    won = np.concatenate([np.zeros((len(scores.probability), 1)), scores.curves.won], axis=1)
    return floats(np.maximum(by_day(won, until) - by_day(won, since), 0))


def by_day(won: Floats, days: float) -> Floats:
    at = min(days / WEEK.days, won.shape[1] - 1)
    first = int(at)
    last = min(first + 1, won.shape[1] - 1)
    return floats(won[:, first] + (at - first) * (won[:, last] - won[:, first]))
