"""Which warnings each open deal gives, by facts of a moment; what is unknown warns of nothing."""

from collections.abc import Mapping

import numpy as np

from forecasting.risk.catalogue import FEW_PEOPLE, SLOWNESS, WARNINGS
from forecasting.risk.facts import Facts
from forecasting.risk.policy import Policy
from revenue.ml.arrays import Flags


def warned(facts: Facts, *, policy: Policy) -> dict[str, Flags]:
    """By warning, in the order of the catalogue; one that is switched off warns of no deal."""
    days = {name: rule.days for name, rule in policy.rules.items()}
    with np.errstate(invalid="ignore"):  # a comparison with NaN is never true
        found = given(facts, days)
    nobody = np.zeros(len(facts), dtype=np.bool_)
    return {name: found[name] if policy.rules[name].is_on else nobody for name in WARNINGS}


def given(facts: Facts, days: Mapping[str, int]) -> dict[str, Flags]:
    return {
        "overdue": facts.days_to_close <= -days["overdue"],
        "no_activity": facts.days_since_activity >= days["no_activity"],
        "ghosted": (facts.days_since_sign >= days["ghosted"])
        & (facts.days_since_outgoing < days["ghosted"]),
        "stalled": (facts.days_in_stage >= days["stalled"])
        & (facts.days_in_stage >= SLOWNESS * facts.usual_in_stage),
        "pushed": facts.days_since_third_push < days["pushed"],
        "single_threaded": (facts.people <= FEW_PEOPLE) & (facts.age >= days["single_threaded"]),
        "no_next_step": (facts.has_next_step == 0) & (facts.age >= days["no_next_step"]),
        "amount_fell": facts.days_since_higher < days["amount_fell"],
    }


def listed(found: Mapping[str, Flags], place: int) -> list[str]:
    return [name for name, flags in found.items() if flags[place]]


def untold(facts: Facts) -> dict[str, str]:
    """Warnings that no deal of the org can give, and what would have to be recorded."""
    needed = {
        "overdue": facts.days_to_close,
        "no_activity": facts.days_since_activity,
        "ghosted": facts.days_since_sign,
        "stalled": facts.days_in_stage + facts.usual_in_stage,
        "pushed": facts.pushes,
        "single_threaded": facts.people,
        "no_next_step": facts.has_next_step,
        "amount_fell": facts.worth,
    }
    return {
        name: f"no {WARNINGS[name].needs} are recorded, so it warns of no deal."
        for name, known in needed.items()
        if not np.isfinite(known).any()
    }
