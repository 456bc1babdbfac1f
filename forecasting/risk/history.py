"""Scores of past weeks: read for the trend, filled in for an org that has none, and thinned.

Filled in are scores by the model that is live now. It has learned from deals that ended in those
very weeks, so they are kinder than what anybody could have said then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from forecasting.deals.dataset import rows_at
from forecasting.deals.training import Foreseen
from forecasting.models import DealScore
from forecasting.risk.facts import open_then
from forecasting.risk.trend import WEEKS
from revenue.ml.arrays import Floats
from revenue.ml.frames import with_all_of
from revenue.users.models import Org

WEEK = timedelta(days=7)
WEEKS_BACK = 8
MOST_FILLED = 150_000  # scores, the newest weeks first
# How far from the day a week before a score may be, to stand for it.
NEAR, FAR = timedelta(days=1, hours=12), timedelta(days=3, hours=12)
EVERY_DAY = timedelta(days=35)  # older than that, one score a week is kept

WEEKLY = """
    SELECT DISTINCT ON (opportunity_ref, week) opportunity_ref, week, probability
    FROM (
        SELECT opportunity_ref, probability, as_of, source,
               round(extract(epoch FROM %(as_of)s::timestamptz - as_of) / 604800)::int AS week
        FROM forecasting_dealscore
        WHERE org_id = %(org)s AND opportunity_ref = ANY(%(refs)s)
          AND as_of <= %(as_of)s AND as_of > %(as_of)s::timestamptz - %(reach)s::interval
    ) score
    WHERE source = %(source)s AND week <= %(weeks)s
      AND abs(extract(epoch FROM %(as_of)s::timestamptz - as_of) - week * 604800) <= %(near)s
    ORDER BY opportunity_ref, week,
             abs(extract(epoch FROM %(as_of)s::timestamptz - as_of) - week * 604800), as_of DESC
"""
# The last of each day, and of each week where it is older; what is latest of a deal always stays.
THIN = """
    DELETE FROM forecasting_dealscore score
    WHERE org_id = %(org)s AND opportunity_ref = ANY(%(refs)s) AND NOT is_latest
      AND as_of < %(as_of)s
      AND EXISTS (
          SELECT FROM forecasting_dealscore later
          WHERE later.org_id = score.org_id AND later.opportunity_ref = score.opportunity_ref
            AND later.as_of > score.as_of AND later.as_of <= %(as_of)s
            AND CASE WHEN score.as_of >= %(old)s
                     THEN later.as_of < date_trunc('day', score.as_of, 'UTC') + interval '1 day'
                     ELSE later.as_of < %(old)s
                      AND later.as_of < date_trunc('week', score.as_of, 'UTC') + interval '7 days'
                END
      )
"""


@dataclass(frozen=True)
class PastWeek:
    number: int
    as_of: datetime


def weekly_scores(
    *, org: Org, as_of: datetime, source: str, refs: Sequence[str]
) -> Mapping[str, Floats]:
    """Of each deal the score of now and of each week before, the newest first; NaN for none.

    Of one source alone: from a stage's rate to a model is no change of the deal.
    """
    found = {ref: np.full(WEEKS + 1, np.nan) for ref in refs}
    params: dict[str, Any] = {
        "org": org.pk,
        "as_of": as_of,
        "refs": list(refs),
        "reach": WEEK * WEEKS + NEAR,
        "source": source,
        "weeks": WEEKS,
        "near": NEAR.total_seconds(),
    }
    with connection.cursor() as cursor:
        cursor.execute(WEEKLY, params)
        for ref, week, probability in cursor:
            found[ref][week] = probability
    return found


def weeks_to_fill(*, org: Org, as_of: datetime) -> list[PastWeek]:
    """The weeks of the last two months that nobody scored, the newest first."""
    return [
        PastWeek(number, then)
        for number in range(1, WEEKS_BACK + 1)
        for then in [as_of - number * WEEK]
        if not is_scored(org=org, at=then, slack=NEAR if number <= WEEKS else FAR)
    ]


def is_scored(*, org: Org, at: datetime, slack: timedelta) -> bool:
    rows = DealScore.objects.of(org).filter(as_of__gte=at - slack, as_of__lte=at + slack)
    return rows.exists()


def foreseen_then(foreseen: Foreseen, *, as_of: datetime) -> Foreseen:
    """What the same model says of the deals that were open then, by what was known then."""
    moments = open_then(foreseen.lives, at=int(as_of.timestamp()))
    frame = with_all_of(rows_at(foreseen.lives, moments), foreseen.trained)
    return replace(foreseen, as_of=as_of, frame=frame, scores=foreseen.trained.score(frame))


def thin(*, org: Org, as_of: datetime, refs: Sequence[str]) -> int:
    """A day may be scored many times: one score a day is kept of each deal, and later one a week.

    What is newer than `as_of` is another scoring's matter.
    """
    old = as_of - EVERY_DAY
    params: dict[str, Any] = {"org": org.pk, "as_of": as_of, "refs": list(refs), "old": old}
    with connection.cursor() as cursor:
        cursor.execute(THIN, params)
        gone: int = cursor.rowcount
    return gone
