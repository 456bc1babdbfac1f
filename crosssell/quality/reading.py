"""How good suggestions were on a later window, as the live model's report has it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date

from crosssell.listing.words import source_said
from revenue.ml.models import ModelRun
from revenue.ml.rank.rivals import TITLES

OURS = "ours"
MEMBERS = {
    "network": "Neural network",
    "ranker": "XGBoost ranker",
    "forest": "Random forest",
    "boosted": "Gradient boosting",
}
BLENDS = {
    "fitted": "all four, with the fitted weights",
    "starting": "all four, with the starting weights",
    "equal": "all four, each as much",
}
PLAINLY = {
    **TITLES,
    "cosine": "Bought by the same customers",
    "jaccard": "Bought by the same customers, by overlap",
    "ease": "All that they own, weighed together",
    "ease_recent": "All that they own, weighed together, the newest most",
}
TEN, HUNDRED = 10, 100
TOGETHER, ALONE = "together", "alone"


@dataclass(frozen=True)
class Standing:
    """Of one way of suggesting, on the window that none of them had seen."""

    name: str
    title: str
    figures: Mapping[str, Any]

    def figure(self, name: str) -> float | None:
        value = self.figures.get(name)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

    @property
    def is_ours(self) -> bool:
        return self.name == OURS

    @property
    def ndcg(self) -> float:
        return self.figure("ndcg") or 0.0

    @property
    def interval(self) -> tuple[float, float]:
        low, high = self.figures.get("intervals", {}).get("ndcg", (self.ndcg, self.ndcg))
        return float(low), float(high)

    @property
    def hits_of_ten(self) -> float | None:
        precision = self.figure("precision")
        return None if precision is None else TEN * precision

    @property
    def recall(self) -> float | None:
        return self.figure("recall")

    @property
    def hit_rate(self) -> float | None:
        return self.figure("hit_rate")

    @property
    def coverage(self) -> float | None:
        return self.figure("coverage")


@dataclass(frozen=True)
class Weight:
    title: str
    starting: float | None
    fitted: float | None
    alone: float | None  # NDCG on the later window


@dataclass(frozen=True)
class Source:
    title: str
    recall: float
    width: int


@dataclass(frozen=True)
class Quality:
    run: ModelRun
    standings: Sequence[Standing]  # ours first, the rivals by how good they were
    weights: Sequence[Weight]
    sources: Sequence[Source]

    @property
    def ours(self) -> Standing:
        return self.standings[0]

    @property
    def rivals(self) -> Sequence[Standing]:
        return self.standings[1:]

    @property
    def best_rival(self) -> Standing | None:
        """Of the others, where one of the plain ways speaks itself."""
        return next((one for one in self.rivals if one.name != self.kind), None)

    @property
    def customers(self) -> int:
        return int(self.ours.figures.get("groups") or 0)

    @property
    def is_judged(self) -> bool:
        return self.ours.figure("ndcg") is not None

    @property
    def kind(self) -> str:
        return str(self.run.report.get("kind", ""))

    @property
    def speaker(self) -> str:
        """Who puts products in order."""
        if self.kind in TITLES:
            return f"“{PLAINLY[self.kind]}”, one of the plain ways"
        if self.kind in MEMBERS:
            return f"the {MEMBERS[self.kind]} alone"
        return BLENDS.get(self.chosen, "several models together")

    @property
    def chosen(self) -> str:
        return str(self.run.report.get("choice", {}).get("chosen", ""))

    @property
    def horizon(self) -> str:
        """Why it looks so far ahead, where that is further than the policy asks."""
        told = self.run.report.get("horizon") or {}
        days, shares = told.get("days"), told.get("fresh_shares") or {}
        least = min((int(one) for one in shares), default=None)
        if not days or least is None or int(days) <= least:
            return ""
        return (
            f"The policy asks for {least} days at least. Of what is bought within {least} days"
            f" {shares[str(least)]:.0%} was not being sold yet on the first of them: to foresee the"
            f" rest is no news. Within {days} days it is {shares[str(days)]:.0%}, so chances look"
            f" {days} days ahead. Renewals and upsells, and what showing them adds, count by the"
            " policy's days."
        )

    @property
    def is_fallback(self) -> bool:
        return self.kind in TITLES

    @property
    def window(self) -> tuple[date, date] | None:
        """The days on which it was judged."""
        windows = self.run.report.get("windows", {})
        days = [parse_date(str(windows.get(name))[:TEN]) for name in ("test_from", "until")]
        return (days[0], days[1]) if days[0] and days[1] else None


def quality_of(run: ModelRun) -> Quality:
    report = run.report
    ours = Standing(OURS, "These suggestions", run.metrics)
    rivals = [Standing(name, PLAINLY.get(name, name), said) for name, said in run.baselines.items()]
    return Quality(
        run=run,
        standings=[ours, *sorted(rivals, key=lambda one: -one.ndcg)],
        weights=weights_of(report),
        sources=sources_of(report),
    )


def weights_of(report: Mapping[str, Any]) -> list[Weight]:
    """None where too little was bought to learn from: nothing was weighed."""
    options = report.get("choice", {}).get("weights", {})
    if not options:
        return []
    fitted, starting = options.get("fitted", {}), options.get("starting", {})
    alone = report.get("members", {})
    return [
        Weight(
            title=MEMBERS.get(name) or PLAINLY.get(name, name),
            starting=starting.get(name),
            fitted=fitted.get(name),
            alone=alone.get(name, {}).get("ndcg"),
        )
        for name in fitted
    ]


def sources_of(report: Mapping[str, Any]) -> list[Source]:
    """Of what was bought later, the share that stood among the first of each source."""
    said = report.get("candidates") or {}
    found = {name: float(one["more"]) for name, one in said.get("cross_org", {}).items()}
    alone = said.get("single_org", {}).get(TOGETHER, {}).get("more")
    if TOGETHER in found and alone is not None and alone != found[TOGETHER]:
        found[ALONE] = float(alone)
    return [
        Source(source_said(name), share, max(1, round(HUNDRED * share)))
        for name, share in sorted(found.items(), key=lambda each: -each[1])
    ]
