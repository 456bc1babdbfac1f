"""What bands are called and how they look: never by colour alone."""

from typing import Any

from forecasting.models.health import AccountHealth, Band
from revenue.web.templatetags import web

KINDS = {Band.RED: "negative", Band.YELLOW: "warning", Band.GREEN: "positive"}
COLOURS = {
    Band.RED: "var(--negative)",
    Band.YELLOW: "var(--chart-2)",
    Band.GREEN: "var(--positive)",
}
BY_HAND = "weighted by hand"


def band_kind(band: str) -> str:
    return KINDS.get(Band(band), "")


def is_by_hand(row: Any) -> bool:
    return bool(row.source == AccountHealth.Source.COMPOSITE)


def chance_note(row: Any) -> str:
    """The interval of a chance; of a composite that it is none."""
    if is_by_hand(row):
        return BY_HAND
    if row.low is None or row.high is None:
        return ""
    low, high = web.percent(row.low), web.percent(row.high)
    return "" if low == high else f"{low.removesuffix('%')}–{high}"


def customers(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"
