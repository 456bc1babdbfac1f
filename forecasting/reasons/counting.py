"""Numbers and shares as they stand within a sentence."""

import math

ONCE = {1: "once", 2: "twice"}


def whole(value: float) -> str:
    return f"{round(value):,}"


def number(value: float) -> str:
    """Three digits that count, and no more places than they need."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}"


def counted(value: float, one: str, many: str = "") -> str:
    """1 meeting, 2 meetings."""
    size = round(value)
    return f"{size:,} {one if size == 1 else many or one + 's'}"


def times(value: float) -> str:
    size = round(value)
    return ONCE.get(size, f"{size:,} times")


def days(value: float) -> str:
    """A span, which is at least a day where it is anything."""
    return counted(max(value, 0), "day")


def share(value: float) -> str:
    return f"{value:.0%}"
