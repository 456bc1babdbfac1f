"""What a part of the risk score rests on in one deal, in words."""

from collections.abc import Callable

import numpy as np

from forecasting.risk.facts import Facts
from revenue.ml.arrays import Floats

NOT_TOLD = "Not known; its weight goes to the other parts"


def words_of(name: str, facts: Facts, probability: Floats, part: float, place: int) -> str:
    if not np.isfinite(part):
        return f"{NOT_TOLD}. {MISSING[name]}"
    if name == "chance":
        return f"{share(float(probability[place]))} likely to be won"
    if name == "value":
        return f"Larger than {share(part)} of the open deals"
    return "; ".join(one for one in TOLD[name](facts, place) if one)


def of_velocity(facts: Facts, place: int) -> list[str]:
    said = []
    if np.isfinite(facts.usual_age[place]):
        said.append(
            f"{days(facts.age[place])} old; half of the won deals had left this stage by"
            f" {days(facts.usual_age[place])}"
        )
    if np.isfinite(facts.pushes[place]):
        said.append(f"close date {pushed(facts.pushes[place])}")
    return said


def of_stagnation(facts: Facts, place: int) -> list[str]:
    said = []
    since = facts.days_since_activity[place]
    if np.isfinite(since):
        untouched = facts.is_untouched[place] > 0
        said.append(f"{'No activity in' if untouched else 'Last activity'} {days(since)}")
        said[-1] += "" if untouched else " ago"
    if np.isfinite(facts.days_in_stage[place]) and np.isfinite(facts.usual_in_stage[place]):
        said.append(
            f"{days(facts.days_in_stage[place])} in its stage; half of the won deals stayed"
            f" {days(facts.usual_in_stage[place])} or less"
        )
    return said


TOLD: dict[str, Callable[[Facts, int], list[str]]] = {
    "velocity": of_velocity,
    "stagnation": of_stagnation,
}
MISSING = {
    "chance": "",
    "value": "It has no amount.",
    "velocity": "Neither changes of its stage and close date nor enough won deals are recorded.",
    "stagnation": "Neither activities nor enough won deals with their stages are recorded.",
}


def share(value: float) -> str:
    return f"{100 * value:.0f} %"


def days(value: float) -> str:
    whole = max(0, int(value))
    return "1 day" if whole == 1 else f"{whole} days"


def pushed(count: float) -> str:
    whole = int(count)
    known = {0: "never pushed", 1: "pushed once", 2: "pushed twice"}
    return known.get(whole, f"pushed {whole} times")
