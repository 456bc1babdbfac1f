"""The figures above the list: what they say, and which customers each of them opens."""

from forecasting.dashboard.tiles import Tile
from forecasting.health_pages.standing import Standing, Sums
from forecasting.health_pages.words import customers
from forecasting.models.health import Band
from revenue.web.templatetags import web


def tiles_of(standing: Standing, *, currency: str) -> list[Tile]:
    whole, red = standing.whole, standing.of_band(Band.RED)
    return [
        *(of_band(band, standing.of_band(band), whole) for band in Band),
        Tile(
            label="Value at risk",
            value=web.compact_money(whole.at_risk, currency),
            query="sort=-at_risk",
            hint=f"of {web.compact_money(whole.value, currency)} a year",
        ),
        Tile(
            label="Revenue in red",
            value=share(red.value, whole.value),
            query="band=red&sort=-value",
            hint=f"{web.compact_money(red.value, currency)} a year",
        ),
        moved("Fell into red", "fell", whole.fell, whole.fell_value, whole, currency),
        moved("Recovered", "recovered", whole.recovered, whole.recovered_value, whole, currency),
    ]


def of_band(band: Band, sums: Sums, whole: Sums) -> Tile:
    return Tile(
        label=str(band.label),
        value=f"{sums.count:,}",
        query=f"band={band.value}",
        hint=f"{share(sums.count, whole.count)} of {customers(whole.count)}",
    )


def moved(label: str, change: str, count: int, value: float, whole: Sums, currency: str) -> Tile:
    said = f"{web.compact_money(value, currency)} a year, in 4 weeks"
    if not count:
        said = "Nobody in 4 weeks" if whole.compared else "No score of 4 weeks ago yet"
    return Tile(label=label, value=f"{count:,}", query=f"change={change}", hint=said)


def share(part: float, whole: float) -> str:
    return web.percent(part / whole) if whole else web.BLANK


def explained(*, red: int, yellow: int, by_hand: bool) -> str:
    at_risk = (
        "No chance is known, so that value at risk is a year's revenue of those in red."
        if by_hand
        else "Value at risk is, of each customer, a year of its revenue times the chance that it"
        " leaves or shrinks."
    )
    return (
        f"The score is from 0 to 100, the higher the better: at risk up to {red}, to watch up to"
        f" {yellow}, healthy above. {at_risk} Fell and recovered: at risk now and not four weeks"
        " ago, or the other way round."
    )
