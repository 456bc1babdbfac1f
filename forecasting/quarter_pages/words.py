"""A forecast in words: what it says, and how it came about."""

from collections.abc import Sequence
from datetime import date
from statistics import median, quantiles
from typing import Any

from revenue.periods import Length, Period
from revenue.web.templatetags import web


def headline(node: Any, *, period: Period, today: date, currency: str) -> str:
    likely, low, high, won = (
        web.compact_money(value, currency) for value in (node.p50, node.p10, node.p90, node.closed)
    )
    if today >= period.until:
        return (
            f"{period.label} is over. The last forecast of it: {likely} likely (P50), between"
            f" {low} and {high} in 8 of 10 cases; {won} was won by then"
        )
    if today < period.since:
        return (
            f"{period.label}: {likely} likely (P50), between {low} and {high} in 8 of 10 cases;"
            f" it begins in {stretch((period.since - today).days)}"
        )
    return (
        f"{period.label}: {likely} likely (P50), between {low} and {high} in 8 of 10 cases;"
        f" {won} is won so far; {stretch((period.until - today).days)} to go"
    )


def stretch(days: int) -> str:
    """Of less than two weeks, in days."""
    if days < 14:
        return f"{days} day{'' if days == 1 else 's'}"
    return f"{round(days / 7)} weeks"


def difference(value: Any, *, to: Any, currency: str) -> str:
    """How far above or below; and as a share, where there is something to share."""
    if value is None or to is None:
        return ""
    gap = value - to
    said = web.compact_money(abs(gap), currency)
    if said == web.compact_money(0, currency):
        return "the same"
    share = f", {web.percent(abs(gap) / to)}" if to > 0 else ""
    return f"{said} {'above' if gap > 0 else 'below'}{share}"


def how_it_came(
    method: dict[str, Any], *, owners: Sequence[str], new_amount: Any, length: str, currency: str
) -> list[tuple[str, str]]:
    """Each thing that the draws take, with what it is here; pairs of title and words."""
    found = [("Draws", drawn_words(method))]
    if shocks := method.get("shocks"):
        found.append(("Shared luck", shock_words(shocks)))
    if ratios := method.get("ratios"):
        found.append(("Final amounts", ratio_words(ratios)))
    if new := method.get("new"):
        words = new_words(new, owners=owners, amount=new_amount, currency=currency)
        found.append(("New business", words))
    found.append(("Correction", correction_words(method)))
    found.append(("History", history_words(int(method.get("history") or 0), length=length)))
    return found


def drawn_words(method: dict[str, Any]) -> str:
    number = web.number(method.get("draws") or 0)
    return (
        f"The period was drawn {number} times. In each world every open deal is won or not by its"
        " own chance of being won within the period. P50 is the middle world: as many bring more"
        " as bring less. One world in ten brings less than P10, one in ten more than P90."
    )


def shock_words(shocks: dict[str, Any]) -> str:
    named = {"period": "the whole period", "team": "each team", "segment": "each segment"}
    parts = [
        f"{name} {times(float(shocks[key]))}"
        for key, name in named.items()
        if float(shocks.get(key) or 0) > 0
    ]
    if not parts:
        return "Deals are drawn apart from each other."
    return (
        "Deals are not won and lost apart from each other: those of a world share its luck."
        f" In two cases of three the odds of a deal are moved by no more than: {', '.join(parts)}."
    )


def times(shock: float) -> str:
    """A shock of log odds as the factor that it is."""
    return f"×{2.718281828**shock:.2f}"


def ratio_words(ratios: Sequence[float]) -> str:
    if max(ratios) == min(ratios):
        share = web.percent(ratios[0])
        return f"Deals are taken to be won for {share} of the amount that they have now."
    tenths = quantiles(ratios, n=10)
    return (
        f"Won deals have brought {web.percent(median(ratios))} of the amount that they had at such"
        f" a time, and between {web.percent(tenths[0])} and {web.percent(tenths[-1])} in 8 of 10;"
        " each drawn win is worth such a share of its present amount."
    )


def new_words(new: dict[str, Any], *, owners: Sequence[str], amount: Any, currency: str) -> str:
    if not amount:
        return "No business is expected from deals that do not exist yet."
    by_owner = new.get("by_owner") or {}
    number = sum(by_owner.get(owner, 0.0) for owner in owners or by_owner)
    said = f"{web.compact_money(amount, currency)} is expected of deals that do not exist yet"
    if number:
        each = web.compact_money(new.get("each_mean"), currency)
        said += f": {web.number(number, 1)} to be made and won within the period, of {each} each"
    said += ", as in past periods at the same time."
    if spread := new.get("spread"):
        said += (
            f" A world has more or fewer of them by a factor that spreads by {web.percent(spread)}."
        )
    return said


def correction_words(method: dict[str, Any]) -> str:
    level, widening = (float(method.get(name) or 1) for name in ("open_level", "widening"))
    said = []
    if abs(level - 1) >= 0.005:
        said.append(f"what is not won yet is multiplied by {level:.2f}")
    if abs(widening - 1) >= 0.005:
        said.append(f"what may come is spread about its mean by {widening:.2f}")
    if not said:
        return "Nothing is corrected."
    return f"So that past periods would have been met: {', and '.join(said)}."


def history_words(periods: int, *, length: str) -> str:
    if not periods:
        return "No past quarter could be read; what is set above is a common starting point."
    noun = "quarter" if periods == 1 else "quarters"
    rest = "" if length == Length.QUARTER else f"; a {length} takes what quarters have taught"
    return f"It rests on {periods} past {noun}{rest}."
