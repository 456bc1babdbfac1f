"""From lists of the past to a ranking that knows its worth, or to the plain way that beats it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from revenue.ml.arrays import Floats, floats
from revenue.ml.calibration import Chosen, Sigmoid, choose_calibrator
from revenue.ml.fairness import Measured, dimensions_of, fairness
from revenue.ml.judging import Outcomes
from revenue.ml.judging import metrics as chances
from revenue.ml.plain import plain
from revenue.ml.rank.choosing import Weighed, blended, member_scores
from revenue.ml.rank.interactions import DAY
from revenue.ml.rank.judging import Gain, Judgement, gain, judge
from revenue.ml.rank.learning import RankSettings, drawn_lists, fit_members
from revenue.ml.rank.lists import Division, Lists, Market, divided
from revenue.ml.rank.ranked import Ranked, RankScores
from revenue.ml.rank.readiness import readiness_of, too_little
from revenue.ml.rank.rivals import WAYS, Way, judge_way, scores_of
from revenue.ml.rank.tops import top_items, top_rows
from revenue.ml.rank.tuning import tuned
from revenue.ml.readiness import State, not_learned
from revenue.ml.reasons import importance

SURE = 0.95  # the chance of being better than a plain way, from which members are used
LEAST_FINDS = 40  # purchases among the rows to learn from, below which nothing is learned
MOST_EXPLAINED = 2_000
CHANCES = ("auc", "brier", "log_loss", "ece", "ece_by_chance", "rate")


@dataclass(frozen=True)
class Parts:
    division: Division
    train: Lists
    validate: Lists
    test: Lists


def train_ranker(
    market: Market, settings: RankSettings, *, ways: tuple[Way, ...] | None = None
) -> Ranked:
    """Of lists whose horizon is over; others may stand among them. `ways` are the plain ones, as
    `tuned` has set them; it is asked here where they are not given."""
    with threadpool_limits(limits=settings.threads):
        return ranker(market, settings, ways)


def ranker(market: Market, settings: RankSettings, ways: tuple[Way, ...] | None) -> Ranked:
    parts = parted(market, settings)
    if not len(parts.test) or not len(parts.validate):
        return without_windows(market, parts, settings)
    if ways is None:
        ways = (*WAYS, *tuned(market, parts.validate, settings))
    rivals = {way.kind: judge_way(way, market, parts.validate, k=settings.k) for way in ways}
    best = max(ways, key=lambda one: rivals[one.kind].ndcg)
    weighed = None
    if finds(parts.train) >= LEAST_FINDS and finds(parts.validate):
        weighed = members_weighed(market, parts, settings)
    beats = None
    if weighed is not None:
        own = judged_rows(market, parts.validate, weighed.said, settings)
        beats = gain(own, rivals[best.kind], bootstraps=settings.bootstraps, seed=settings.seed)
    speaks = weighed is not None and beats is not None and beats.chance >= SURE
    made = Ranked(
        settings,
        market.lists.frame.features,
        blended(weighed).only_used() if weighed is not None and speaks else None,
        best,
        (0.0, 1.0),
        Sigmoid(),
        {},
    )
    made, chosen = calibrated(made, market, parts.validate)
    kind = weighed.kind if weighed is not None and speaks else best.kind
    report = {
        **header(market, parts, settings, ways),
        "kind": kind,
        "calibration": {"kind": chosen.calibrator.kind, "log_loss": chosen.losses},
        "choice": choice_of(weighed, rivals, best, beats),
    }
    return judged(replace(made, report=report), market, parts, ways, weighed)


def parted(market: Market, settings: RankSettings) -> Parts:
    lists = market.lists
    known = lists.frame.label_known_at[lists.frame.is_known]
    until = known.max() if len(known) else np.datetime64(0, "s")
    division = divided(
        lists.moments,
        horizon_days=market.horizon_days,
        until=until,
        tested=settings.tested,
        validated=settings.validated,
    )
    if division.validate:
        learned_by = min(division.validate)
        division = replace(division, train=taught(lists, learned_by, market.horizon_days))
    return Parts(
        division,
        *(lists.during(one) for one in (division.train, division.validate, division.test)),
    )


def taught(lists: Lists, learned_by: int, horizon_days: int) -> tuple[int, ...]:
    """Moments all of whose labels were known by then. What is learned from may look less far ahead
    than what is judged: where the past is short, labels of a month teach more than none."""
    at = lists.at[lists.of]
    said = lists.frame.label_known_at.astype(np.int64)
    known_at = np.where(said > np.iinfo(np.int64).min, said, at + horizon_days * DAY)
    late = np.union1d(at[known_at > learned_by], lists.at[lists.at >= learned_by])
    return tuple(int(one) for one in np.setdiff1d(lists.moments, late))


def finds(lists: Lists) -> float:
    return float(np.nansum(lists.frame.label))


def members_weighed(market: Market, parts: Parts, settings: RankSettings) -> Weighed:
    train = drawn_lists(parts.train, most_rows=settings.most_rows, seed=settings.seed)
    members = fit_members(train, settings)
    wanted = market.later(parts.validate)
    return member_scores(members, train, parts.validate, wanted, settings)


def judged_rows(market: Market, lists: Lists, score: Floats, settings: RankSettings) -> Judgement:
    tops = top_items(score, lists.of, lists.item, lists=len(lists), k=settings.k)
    return judge(tops, market.later(lists), customer=lists.customer)


def calibrated(made: Ranked, market: Market, validate: Lists) -> tuple[Ranked, Chosen]:
    """On the validation window: what was offered there, and whether it was bought."""
    rows = drawn_lists(validate, most_rows=made.settings.most_rows, seed=made.settings.seed)
    if made.blend is None:
        said = scores_of(made.way, market, rows)
        spread = float(said.std()) if len(said) else 0.0
        middle = float(said.mean()) if len(said) else 0.0
        made = replace(made, way_scale=(middle, spread or 1.0))
    label = rows.frame.label
    if len(np.unique(label)) < 2:
        return made, Chosen(Sigmoid(), {})
    margin = made.score(market, rows).score
    chosen = choose_calibrator(margin, label, rows.frame.weight, rows.customer[rows.of])
    return replace(made, calibrator=chosen.calibrator), chosen


def judged(
    made: Ranked,
    market: Market,
    parts: Parts,
    ways: tuple[Way, ...],
    weighed: Weighed | None,
) -> Ranked:
    """By the test window: later than all that was fitted and chosen."""
    settings, test = made.settings, parts.test
    again = {"bootstraps": settings.bootstraps, "seed": settings.seed}
    scores = made.score(market, test)
    own = made.judge(market, test, k=settings.k, scores=scores)
    rivals = {way.kind: judge_way(way, market, test, k=settings.k) for way in ways}
    gains = {name: gain(own, one, **again) for name, one in rivals.items()}
    told = Outcomes(test.frame.label, scores.probability, test.frame.weight, test.customer[test.of])
    by_chance = chances(told) if len(test.of) else {}
    figures = own.figures(**again) | {name: by_chance.get(name) for name in CHANCES}
    baselines = {name: one.figures(**again) for name, one in rivals.items()}
    ready = readiness_of(made.report, figures, gains, settings)
    report = {
        **made.report,
        "readiness": ready.as_json(),
        "metrics": figures,
        "baselines": baselines,
        "gains": {name: one.as_json() for name, one in gains.items()},
        "gate": "recent",
        "members": members_alone(market, weighed, test, settings),
        "fairness": fairness_of_lists(own, market, test, settings),
        "importance": moved_by(made, test, scores) if ready.state is not State.NOT_READY else [],
    }
    return replace(made, report=plain(report))


def fairness_of_lists(
    own: Judgement, market: Market, test: Lists, settings: RankSettings
) -> dict[str, Any]:
    """Of the customers that bought something new: how well each kind of them was served."""
    asked = np.flatnonzero(np.diff(market.later(test).indptr) > 0)
    lists, first = np.unique(test.of, return_index=True)
    known = np.isin(asked, lists)
    rows = first[np.searchsorted(lists, asked[known])]
    ndcg = own.by_list["ndcg"][known]
    measured = Measured("order", ndcg, np.zeros(len(ndcg)), np.ones(len(ndcg)), own.customer[known])
    told = test.frame.segments.iloc[rows].reset_index(drop=True)
    return fairness(measured, dimensions_of(told[[]], told), seed=settings.seed)


def members_alone(
    market: Market, weighed: Weighed | None, test: Lists, settings: RankSettings
) -> dict[str, Any]:
    """Each member, and each way of weighing them, on the test window."""
    if weighed is None:
        return {}
    by = blended(weighed).scaled(test.frame, test.of)
    return {
        name: judged_rows(market, test, floats(by.margins @ weights), settings).figures(
            bootstraps=settings.bootstraps, seed=settings.seed
        )
        for name, weights in weighed.options.items()
    }


def moved_by(made: Ranked, test: Lists, scores: RankScores) -> list[dict[str, Any]]:
    """What moves those that are shown: the best of each list."""
    if made.blend is None or not len(test.of):
        return []
    rows = top_rows(scores.score, test.of, lists=len(test), k=made.settings.k)
    shown = np.sort(rows[rows >= 0])
    if len(shown) > MOST_EXPLAINED:
        rng = np.random.default_rng(made.settings.seed)
        shown = np.sort(rng.choice(shown, MOST_EXPLAINED, replace=False))
    part = test.rows(shown)
    return importance(part.frame, made.contributions(part, scores.take(shown)))


def choice_of(
    weighed: Weighed | None,
    rivals: dict[str, Judgement],
    best: Way,
    beats: Gain | None,
) -> dict[str, Any]:
    """All of the validation window, on which everything was chosen."""
    found: dict[str, Any] = {
        "ways": {name: one.ndcg for name, one in rivals.items()},
        "best_way": best.kind,
        "beats_best_way": beats.as_json() if beats is not None else None,
        "sure_from": SURE,
    }
    return found | (weighed.as_json() if weighed is not None else {})


def header(
    market: Market, parts: Parts, settings: RankSettings, ways: tuple[Way, ...]
) -> dict[str, Any]:
    division, gap = parts.division, np.timedelta64(market.horizon_days, "D")
    first = {
        name: np.datetime64(min(one), "s") if one else None
        for name, one in (
            ("train", division.train),
            ("validate", division.validate),
            ("test", division.test),
        )
    }
    last = np.datetime64(max(division.test), "s") + gap if division.test else None
    return {
        "task": settings.task,
        "excluded_features": {},
        "features": [
            {"name": one.name, "title": one.title, "kind": one.kind.value}
            for one in market.lists.frame.features
        ],
        "windows": {
            "train_from": first["train"],
            "calibrate_from": first["validate"],
            "test_from": first["test"],
            "until": last,
            "embargo_days": 0,
            "horizon_days": market.horizon_days,
        },
        "counts": {
            "train": counts_of(parts.train),
            "calibrate": counts_of(parts.validate),
            "test": counts_of(parts.test),
        },
        "ways": [one.as_json() for one in ways],
    }


def counts_of(lists: Lists) -> dict[str, float]:
    won = finds(lists)
    return {
        "won": won,
        "lost": len(lists.of) - won,
        "rows": len(lists.of),
        "groups": len(np.unique(lists.customer)),
        "lists": len(lists),
    }


def without_windows(market: Market, parts: Parts, settings: RankSettings) -> Ranked:
    """Too short a past to choose and to judge by: what sold lately is offered, and that is said."""
    ready = not_learned(too_little(market.horizon_days))
    report = {
        **header(market, parts, settings, WAYS),
        "kind": "recent",
        "readiness": ready.as_json(),
        "importance": [],
    }
    return Ranked(
        settings,
        market.lists.frame.features,
        None,
        Way("recent"),
        (0.0, 1.0),
        Sigmoid(),
        plain(report),
    )
