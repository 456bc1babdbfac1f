"""How many must be held out before a difference worth having could be seen."""

import math

from crosssell.uplift.proportions import z_of

SURE, FOUND = 0.95, 0.8  # of ten such differences, eight are found
WORTH_HAVING = 0.5  # half as much again as is bought anyway
LEAST_DIFFERENCE = 0.01


def worth_finding(base: float) -> float:
    """The difference in shares that it is planned for."""
    return min(max(LEAST_DIFFERENCE, WORTH_HAVING * base), 1 - base)


def held_out_needed(*, base: float, difference: float, ratio: float, effect: float) -> int:
    """Rows held out, where `ratio` are shown for each of them and `effect` is the design effect."""
    other = min(1.0, base + difference)
    middle = (base + ratio * other) / (1 + ratio)
    by_chance = z_of(SURE) * math.sqrt(middle * (1 - middle) * (1 + 1 / ratio))
    found = z_of(2 * FOUND - 1) * math.sqrt(base * (1 - base) + other * (1 - other) / ratio)
    return math.ceil(effect * ((by_chance + found) / difference) ** 2)
