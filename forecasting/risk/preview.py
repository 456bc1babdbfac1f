"""How many open deals would get each grade and each warning under another policy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecasting.models import DealOutlook
from forecasting.risk import warnings
from forecasting.risk.catalogue import WARNINGS
from forecasting.risk.facts import Facts
from forecasting.risk.policy import GRADES, Policy
from forecasting.risk.score import risk_of
from revenue.ml.arrays import Floats, floats
from revenue.users.models import Membership

MOST_DEALS = 20_000  # a page waits for it: of more, those that were made first stand for all


@dataclass(frozen=True)
class Line:
    name: str
    now: int
    then: int

    @property
    def change(self) -> int:
        return self.then - self.now


@dataclass(frozen=True)
class Preview:
    deals: int
    all_deals: int
    grades: list[Line]
    warnings: list[Line]
    untold: list[str]

    @property
    def is_of_a_part(self) -> bool:
        return self.deals < self.all_deals


def preview_of(*, reader: Membership, now: Policy, then: Policy) -> Preview:
    """By the facts of the last scoring, for both alike."""
    rows = DealOutlook.objects.visible_to(reader).exclude(facts={})
    kept = list(rows.order_by("id").values_list("facts", "probability")[:MOST_DEALS])
    facts = Facts.of_numbers([each for each, _ in kept])
    chances = floats([chance for _, chance in kept])
    counts = [counted(facts, chances, policy) for policy in (now, then)]
    return Preview(
        deals=len(kept),
        all_deals=len(kept) if len(kept) < MOST_DEALS else rows.count(),
        grades=lines({name: name for name in GRADES}, counts),
        warnings=lines({name: one.title for name, one in WARNINGS.items()}, counts),
        untold=[
            f"{WARNINGS[name].title}: {why}"
            for name, why in (warnings.untold(facts) if kept else {}).items()
        ],
    )


def counted(facts: Facts, chances: Floats, policy: Policy) -> Mapping[str, int]:
    risk = risk_of(facts, chances, policy=policy, worths=facts.worth)
    grades = policy.grades_of(risk.score)
    warned = warnings.warned(facts, policy=policy)
    return {
        **{name: int((grades == name).sum()) for name in GRADES},
        **{name: int(np.sum(flags)) for name, flags in warned.items()},
    }


def lines(titles: Mapping[str, str], counts: list[Mapping[str, int]]) -> list[Line]:
    now, then = counts
    return [Line(title, now[name], then[name]) for name, title in titles.items()]
