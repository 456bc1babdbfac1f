"""How large a customer is: by how many work there."""

import pandas as pd

from forecasting.deals.running import mapped
from revenue.ml.arrays import Anything, floats

SIZES = ((50, "1–49"), (250, "50–249"), (1000, "250–999"), (5000, "1,000–4,999"))
LARGEST = "5,000 and more"


def size_of(employees: float | None) -> str:
    if employees is None or not employees >= 1:
        return ""
    return next((name for below, name in SIZES if employees < below), LARGEST)


def sizes_of(employees: Anything) -> Anything:
    """Of numbers, or of texts that hold numbers."""
    numbers = floats(pd.to_numeric(pd.Series(employees), errors="coerce"))
    return mapped(numbers, size_of, missing="").astype(object)
