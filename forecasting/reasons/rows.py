"""Values of a frame as plain ones: what a page, a sentence and JSON can hold."""

from typing import Any

import numpy as np

from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Feature, Frame, Kind

DIGITS = 4


def plain_rows(frame: Frame) -> list[dict[str, Any]]:
    """Of each row its features by name; what is not known is None."""
    columns = {one.name: plain_column(frame, one) for one in frame.features}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ] or [{} for _ in range(len(frame))]


def plain_column(frame: Frame, feature: Feature) -> list[Any]:
    column = frame.values[feature.name]
    if feature.kind is Kind.CATEGORY:
        return list(as_names(column))
    numbers = np.round(as_numbers(column), DIGITS)
    is_flag = feature.kind is Kind.FLAG
    return [
        None if np.isnan(value) else bool(value) if is_flag else float(value) for value in numbers
    ]
