"""How good the suggestions are on what was bought later, beside whoever knows the hidden tastes."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from accounts.connectors.demo.truth import truth_of
from crosssell.expansion.evaluation import Evaluation
from crosssell.selling.dataset import Dataset
from crosssell.selling.training import LearnedRanking, learned, moments_judged
from revenue.ml.arrays import Floats
from revenue.ml.learned import NothingToLearnError
from revenue.ml.number_judging import errors_of, values_of
from revenue.ml.plain import plain
from revenue.ml.rank.judging import Judgement, judge
from revenue.ml.rank.lists import Lists
from revenue.ml.rank.tops import top_places
from revenue.ml.tasks import Asked, LearningError, Said
from revenue.users.models import Org

MOST_DRIVERS = 10


def evaluated(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Judging the suggestions of {org.name} until {as_of:%d %b %Y} ...")
    try:
        found = learned(org=org, as_of=as_of, judged_at=asked.test_from)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    said = report_of(found)
    tests = moments_judged(found.data, found.ranked)
    if tests:
        said["of_org"] = of_org(found, org, tests)
        said["candidates"] = found.ranked.report["candidates"]
        if all(one.kind == Org.Kind.DEMO for one in found.data.orgs):
            asked.tell("Asking whoever knows the hidden tastes ...")
            said["oracle"] = beside_oracle(found, tests)
    said = plain(said)
    return Said(said, told(said))


def report_of(found: LearnedRanking) -> dict[str, Any]:
    report = found.ranked.report
    counts = report["counts"]
    return {
        "orgs": report["orgs"],
        "horizon": report["horizon"],
        "n_train": counts["train"]["groups"],
        "n_test": counts["test"]["groups"],
        "rows": {name: part["rows"] for name, part in counts.items()},
        "windows": report["windows"],
        "kind": report["kind"],
        "metrics": report.get("metrics", {}),
        "baselines": report.get("baselines", {}),
        "gains": report.get("gains", {}),
        "members": report.get("members", {}),
        "weights": report.get("choice", {}).get("weights", {}),
        "choice": {
            name: one for name, one in report.get("choice", {}).items() if name != "weights"
        },
        "candidates": report["candidates"],
        "owned": report["owned"],
        "readiness": report["readiness"],
        "excluded_features": report["excluded_features"],
        "drivers": [
            one["title"] for one in report.get("importance", [])[:MOST_DRIVERS] if one["share"]
        ],
    }


def test_lists(found: LearnedRanking, tests: list[int]) -> Lists:
    return found.data.market.lists.during(tests)


def of_org(found: LearnedRanking, org: Org, tests: list[int]) -> dict[str, Any]:
    """Of the org that was asked about alone."""
    place = [one.pk for one in found.data.orgs].index(org.pk)
    lists = test_lists(found, tests)
    own = lists.only(found.data.catalogue.account_org[lists.customer] == place)
    settings = found.ranked.settings
    judged = found.ranked.judge(found.data.market, own, k=settings.k)
    return judged.figures(bootstraps=settings.bootstraps, seed=settings.seed)


def beside_oracle(found: LearnedRanking, tests: list[int]) -> dict[str, Any]:
    """Whoever knows what each account likes, what it has and what follows, on the same lists."""
    parts = [oracle_at(found, at) for at in tests]
    settings, market = found.ranked.settings, found.data.market
    own = found.ranked.judge(market, test_lists(found, tests), k=settings.k)
    figures = [one.figures(bootstraps=settings.bootstraps, seed=settings.seed) for one in parts]
    ndcg = float(np.average([one.ndcg for one in parts], weights=[len(one) for one in parts]))
    shown = own.ndcg / ndcg if ndcg else None
    return {"ndcg": ndcg, "moments": figures, "share_of_ndcg": shown}


def oracle_at(found: LearnedRanking, at: int) -> Judgement:
    data, market = found.data, found.data.market
    lists = market.lists.during([at])
    liked = appeal_of(data, as_of=datetime.fromtimestamp(at, tz=UTC))[lists.customer]
    liked[market.barred(at)[lists.customer].toarray() > 0] = -np.inf
    tops = top_places(liked, found.ranked.settings.k)
    return judge(tops, market.later(lists), customer=lists.customer)


def appeal_of(data: Dataset, *, as_of: datetime) -> Floats:
    """Accounts by items; what an org does not sell appeals to nobody there."""
    catalogue = data.catalogue
    found = np.full((catalogue.accounts, catalogue.items), -np.inf)
    for place, org in enumerate(data.orgs):
        appeal = truth_of(org, at=as_of).appeal(as_of)
        sold = np.flatnonzero(catalogue.of_org[place] >= 0)
        refs = [str(catalogue.product_ref[one]) for one in catalogue.of_org[place, sold]]
        for account in np.flatnonzero(catalogue.account_org == place):
            known = appeal.get(str(catalogue.account_ref[account]))
            if known is not None:
                found[account, sold] = [known[ref] for ref in refs]
    return found


def expected_beside(found: Evaluation, org: Org) -> dict[str, Any]:
    """Whoever knows what each customer is expected to bring, on the rows that judge the model."""
    frame = found.test
    truth = truth_of(org, at=found.rows.as_of)
    said = np.zeros(len(frame))
    for moment in np.unique(frame.as_of):
        at = moment.astype("datetime64[s]").astype(datetime).replace(tzinfo=UTC)
        known = truth.expected_revenue(at, days=found.rows.horizon_days)
        rows = np.flatnonzero(frame.as_of == moment)
        said[rows] = [known.get(str(ref), 0.0) for ref in frame.ids[rows]]
    figures = errors_of(values_of(frame, said), target="amount")
    ours = found.trained.report["metrics"]["r2"]
    share = ours / figures["r2"] if ours is not None and (figures["r2"] or 0) > 0 else None
    return {**figures, "share_of_r2": share}


def told(said: dict[str, Any]) -> str:
    lines = [f"Readiness: {said['readiness']['state']}. {' '.join(said['readiness']['reasons'])}"]
    days = said["horizon"]["days"]
    lines.append(
        f"{said['n_train']} accounts learned from, {said['n_test']} judged on what they bought"
        f" within {days} days."
    )
    for name, figures in {said["kind"]: said["metrics"], **said["baselines"]}.items():
        if not figures:
            continue
        low, high = figures.get("intervals", {}).get("ndcg", (figures["ndcg"],) * 2)
        lines.append(
            f"  {name}: NDCG@10 {figures['ndcg']:.4f} ({low:.4f} to {high:.4f}),"
            f" recall {figures['recall']:.4f}, hit rate {figures['hit_rate']:.4f}"
        )
    if share := said.get("oracle", {}).get("share_of_ndcg"):
        lines.append(f"Of the NDCG of whoever knows the hidden tastes: {share:.0%}")
    for name, one in said.get("candidates", {}).items():
        if name.endswith("_org"):
            shown = ", ".join(f"{which} {part['few']:.1%}" for which, part in one.items())
            lines.append(f"  first five candidates, {name.replace('_', ' ')}: {shown}")
    if said["drivers"]:
        lines.append(f"Drivers: {', '.join(said['drivers'])}")
    return "\n".join(lines)
