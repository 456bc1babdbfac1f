"""How well it was foreseen what customers renew, buy again and take more of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosssell.models import Recommendation
from revenue.ml.models import ModelRun
from revenue.users.models import Org

Kind = Recommendation.Kind
TITLES = {
    "contracts": "Renewed when it ended",
    "rhythm": "Bought again when it was due",
    "growth": "Took more of it",
}
OF_KIND = {Kind.RENEWAL.value: ("contracts", "rhythm"), Kind.UPSELL.value: ("growth",)}


@dataclass(frozen=True)
class Judged:
    """Of cases that ended within the last year, each foreseen from what was known before."""

    title: str
    days: int
    known: int
    why_not: str
    figures: Mapping[str, Any]
    with_factors: bool

    @property
    def suggested(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.figures.get("suggested") or {}
        return found

    @property
    def interval(self) -> Sequence[float]:
        return self.suggested.get("interval") or ()

    @property
    def base_rate(self) -> float | None:
        return self.figures.get("base_rate")


def judged_of(run: ModelRun, *, org: Org) -> list[Judged]:
    """Empty of a model that was learned before this was judged."""
    report = told_of(run, org=org)
    return [
        Judged(
            title=title,
            days=int(report[name]["days"]),
            known=int(report[name]["known"]),
            why_not=str(report[name]["why_not"]),
            figures=report[name].get("judged") or {},
            with_factors=bool(report[name].get("with_factors")),
        )
        for name, title in TITLES.items()
        if name in report
    ]


def why_not_of(run: ModelRun | None, *, org: Org, kinds: Sequence[str]) -> list[str]:
    """Where a kind is asked for of which nothing can be suggested, what is missing."""
    report = told_of(run, org=org) if run is not None else {}
    asked = [name for kind in kinds for name in OF_KIND.get(kind, ()) if name in report]
    return [str(report[name]["why_not"]) for name in asked if report[name]["why_not"]]


def told_of(run: ModelRun, *, org: Org) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (run.report.get("owned") or {}).get(org.slug) or {}
    return found
