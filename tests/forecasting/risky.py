"""Facts of deals for tests of the rules of risk: what is not given is not known."""

from dataclasses import replace
from typing import Any

import numpy as np

from forecasting.risk.facts import RULED, Facts
from revenue.ml.arrays import floats


def facts_with(**given: Any) -> Facts:
    """Each is a number, of one deal, or a list, of several."""
    columns = {name: np.atleast_1d(floats(value)) for name, value in given.items()}
    rows = max((len(column) for column in columns.values()), default=1)
    known = [
        {name: float(columns[name][place]) for name in columns if name in RULED}
        for place in range(rows)
    ]
    others: dict[str, Any] = {name: column for name, column in columns.items() if name not in RULED}
    for name, whole in (("stages", int), ("usual_cycle", float)):
        if name in others:
            others[name] = whole(others[name][0])
    return replace(Facts.of_numbers(known), **others)
