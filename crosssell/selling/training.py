"""Learning what accounts buy next: one model of all orgs that an admin has grouped."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from crosssell.owned.ground import ground_of
from crosssell.owned.judging import report_of
from crosssell.policy import policy_of
from crosssell.selling.dataset import Dataset, dataset
from crosssell.selling.reading import orgs_beside
from crosssell.selling.recall import recall_of
from revenue.ml.learned import Learned, NoModelError
from revenue.ml.models import ModelRun
from revenue.ml.plain import plain
from revenue.ml.rank.learning import RankSettings
from revenue.ml.rank.ranked import Ranked
from revenue.ml.rank.rivals import WAYS
from revenue.ml.rank.training import train_ranker
from revenue.ml.recording import Owner, load_ranking
from revenue.ml.registry import live_run
from revenue.users.models import Org, User

TASK = "crosssell"
SETTINGS = RankSettings(TASK)


def owner_of(org: Org) -> Owner:
    return Owner(org=org) if org.group is None else Owner(group=org.group)


@dataclass(frozen=True, eq=False)
class LearnedRanking(Learned):
    """With what it was learned from, which tells more than its market."""

    data: Dataset
    ranked: Ranked


def dataset_of(org: Org, *, as_of: datetime, judged_at: datetime | None = None) -> Dataset:
    orgs = orgs_beside(org)
    policies = [policy_of(one) for one in orgs]
    return dataset(
        orgs=orgs,
        as_of=as_of,
        horizon_days=min(one.horizon_days for one in policies),
        most=max(one.candidates for one in policies),
        judged_at=judged_at,
    )


def learned(*, org: Org, as_of: datetime, judged_at: datetime | None = None) -> LearnedRanking:
    data = dataset_of(org, as_of=as_of, judged_at=judged_at)
    ranked = train_ranker(data.market, SETTINGS, ways=(*WAYS, *data.ways))
    report = {
        **ranked.report,
        "orgs": [one.slug for one in data.orgs],
        "horizon": said_of_horizon(data),
        "candidates": recall_where_judged(data, ranked),
        "owned": of_owned(data),
    }
    ranked = replace(ranked, report=plain(report))
    return LearnedRanking(owner_of(org), as_of, data.market, ranked, data=data, ranked=ranked)


def of_owned(data: Dataset) -> dict[str, Any]:
    """Of each org by itself how well is foreseen what it renews, buys again and takes more of."""
    found = {}
    for place, org in enumerate(data.orgs):
        ground = ground_of(
            org=org,
            standing=data.now,
            place=place,
            as_of=data.now.as_of,
            days=policy_of(org).horizon_days,
        )
        found[org.slug] = report_of(ground)
    return found


def moments_judged(data: Dataset, ranked: Ranked) -> list[int]:
    begin = ranked.report["windows"]["test_from"]
    if begin is None:
        return []
    first = int(np.datetime64(begin, "s").astype(np.int64))
    moments = data.market.lists.moments
    return [int(one) for one in moments[moments >= first]]


def recall_where_judged(data: Dataset, ranked: Ranked) -> dict[str, Any]:
    """At the last moment of the window that judges, where there is one."""
    judged = moments_judged(data, ranked)
    return recall_of(data, at=judged[-1]) if judged else {}


def said_of_horizon(data: Dataset) -> dict[str, Any]:
    """The days, and of what was bought within so many how much nobody was selling at first."""
    return {
        "days": data.horizon.days,
        "fresh_shares": {str(days): share for days, share in data.horizon.shares.items()},
    }


def train(*, org: Org, as_of: datetime, at: datetime, by: User | None = None) -> ModelRun:
    return learned(org=org, as_of=as_of).record(at=at, by=by)


def live_model(org: Org) -> tuple[ModelRun, Ranked]:
    run = live_run(org=org, task=TASK)
    if run is None:
        raise NoModelError.of(org, TASK)
    return run, load_ranking(run)
