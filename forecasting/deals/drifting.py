"""Has the world moved away from what the win model learned? Read once a day, after a scoring."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from forecasting.deals.dataset import rows_at
from forecasting.deals.moments import NEVER, Moments, moments_of
from forecasting.deals.running import DAY
from forecasting.deals.training import Foreseen
from revenue.ml.arrays import floats
from revenue.ml.drift import calibration_drift
from revenue.ml.frames import with_all_of
from revenue.ml.judging import Outcomes
from revenue.ml.registry import note_drift

LOOKED_BACK = 13 * 7 * DAY  # seconds
READ_EACH = timedelta(hours=20)

# Of each deal that has closed since, what this model had said about a month before its end. Only
# what it said after it had learned: of the time before, it knew the ends.
SAID = """
    SELECT DISTINCT ON (score.opportunity_ref) deal.is_won, score.probability
    FROM forecasting_dealscore score
    JOIN accounts_opportunity deal
        ON deal.org_id = score.org_id AND deal.external_id = score.opportunity_ref
    WHERE score.org_id = %(org)s AND score.run_id = %(run)s AND score.source = 'model'
      AND score.as_of >= %(learned)s AND score.as_of < %(as_of)s
      AND deal.is_closed AND deal.deleted_at IS NULL
      AND score.as_of::date <= deal.close_date
    ORDER BY score.opportunity_ref,
             abs(deal.close_date - score.as_of::date - 28), score.as_of
"""


def note(foreseen: Foreseen, *, at: datetime) -> None:
    readings = foreseen.run.drift
    if readings and at - datetime.fromisoformat(readings[-1]["at"]) < READ_EACH:
        return
    if found := reading(foreseen):
        note_drift(foreseen.run, found, at=at)


def reading(foreseen: Foreseen) -> dict[str, Any]:
    """Deals that closed of late beside those of the training; nothing where there are none.

    Both are whole lives, each deal weighing one. Moments of deals that are still open are mostly of
    those that take long, in a world that stands still too.
    """
    lives = foreseen.lives
    every, since = moments_of(lives), int(foreseen.as_of.timestamp()) - LOOKED_BACK
    ended = (lives.closed < NEVER) & (lives.closed >= since)
    late = np.flatnonzero(ended[every.deal])
    if not len(late):
        return {}
    frame = rows_at(lives, Moments(every.deal[late], every.at[late])).balanced()
    found = foreseen.trained.drift(with_all_of(frame, foreseen.trained))
    return {**found, "calibration": calibration_drift(said_of_closed(foreseen))}


def said_of_closed(foreseen: Foreseen) -> Outcomes:
    run = foreseen.run
    params: dict[str, Any] = {"org": foreseen.org.pk, "run": run.pk}
    params |= {"learned": run.as_of, "as_of": foreseen.as_of}
    with connection.cursor() as cursor:
        cursor.execute(SAID, params)
        rows = cursor.fetchall()
    came, said = (floats([row[at] for row in rows]) for at in (0, 1))
    return Outcomes(came, said, np.ones(len(rows)), np.arange(len(rows)))
