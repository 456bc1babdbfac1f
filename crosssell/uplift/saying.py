"""What showing suggestions does, in sentences and a picture."""

from dataclasses import dataclass

from crosssell.uplift.measuring import Measured, Needed, Uplift
from revenue.web.charts import Chart
from revenue.web.templatetags import web

POINTS = 100


@dataclass(frozen=True)
class Said:
    headline: str
    further: tuple[str, ...]


def said(uplift: Uplift, *, currency: str) -> Said:
    whole = uplift.whole
    if whole.shares is None:
        return Said("It is too early to say.", tuple(why_early(uplift)))
    low, high = points(whole.shares.low), points(whole.shares.high)
    within = f"the interval that holds 95 of 100 times is {low} to {high} percentage points"
    of_each = (
        f"Within {uplift.horizon_days} days {web.percent(whole.share_shown, 1)} of what was shown"
        f" was bought, and {web.percent(whole.share_held, 1)} of what was held out; {within}."
    )
    further = [of_each, *money_said(whole, currency=currency)]
    if whole.shares.is_sure:
        more = "more" if whole.shares.value > 0 else "fewer"
        size = points(abs(whole.shares.value), signed=False)
        return Said(f"Of a hundred suggestions, {size} {more} are bought when shown.",
                    tuple(further))  # fmt: skip
    if uplift.needed is not None:
        further += needed_said(uplift.needed)
    return Said("No difference can be told from chance yet.", tuple(further))


def money_said(whole: Measured, *, currency: str) -> list[str]:
    if whole.money is None:
        return []
    value, low, high = (
        web.compact_money(POINTS * each, currency)
        for each in (whole.money.value, whole.money.low, whole.money.high)
    )
    return [f"In money, a hundred that are shown bring {value} more ({low} to {high})."]


def why_early(uplift: Uplift) -> list[str]:
    if not uplift.is_held_out:
        nothing = (
            "Nothing is held out, so that nothing can be compared: an admin can hold out a share,"
            " on the page Policy."
        )
        return [nothing]
    there = (
        f"A suggestion counts once its {uplift.horizon_days} days are over: so far"
        f" {uplift.whole.held:,} held out and {uplift.whole.shown:,} shown."
    )
    return [there, *(needed_said(uplift.needed) if uplift.needed else [])]


def needed_said(needed: Needed) -> list[str]:
    return [needed_more(needed) if needed.missing else too_small(needed)]


def needed_more(needed: Needed) -> str:
    when = f" At the pace of now that is in {needed.by:%B %Y}." if needed.by else ""
    return (
        f"To see a difference of {points(needed.difference, signed=False)} percentage points eight"
        f" times of ten takes {needed.held:,} held out: {needed.missing:,} more.{when}"
    )


def too_small(needed: Needed) -> str:
    return (
        f"With {needed.there:,} held out, a difference of"
        f" {points(needed.difference, signed=False)} percentage points would be seen eight times"
        " of ten: it is probably smaller."
    )


def points(share: float, *, signed: bool = True) -> str:
    """In percentage points, with a decimal."""
    value = POINTS * share
    return f"{value:+.1f}" if signed else f"{value:.1f}"


def chart_of(uplift: Uplift) -> Chart:
    drawn = [one for one in (uplift.whole, *uplift.by_kind) if one.shares is not None]
    pairs = [(one, one.shares) for one in drawn if one.shares is not None]
    data = {
        "type": "scatter",
        "mode": "markers",
        "y": [one.title for one, _ in pairs],
        "x": [round(POINTS * off.value, 2) for _, off in pairs],
        "marker": {"color": "var(--chart-1)", "size": 10},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(POINTS * (off.high - off.value), 2) for _, off in pairs],
            "arrayminus": [round(POINTS * (off.value - off.low), 2) for _, off in pairs],
            "color": "var(--chart-1)",
        },
        "hovertemplate": "%{y}: %{x:+.1f} points<extra></extra>",
    }
    return Chart(
        id="uplift-by-kind",
        title="What showing them adds",
        summary="Percentage points more that are bought when shown, each with its interval.",
        data=[data] if pairs else [],
        layout={
            "xaxis": {"zeroline": True, "showgrid": True, "ticksuffix": " pp", "nticks": 6},
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
            "margin": {"t": 10, "r": 14, "b": 34},
            "showlegend": False,
        },
        columns=("Suggestions", "Shown", "Bought", "Held out", "Bought anyway", "Difference"),
        rows=[
            (
                one.title,
                f"{one.shown:,}",
                web.percent(one.share_shown, 1),
                f"{one.held:,}",
                web.percent(one.share_held, 1),
                f"{points(off.value)} ({points(off.low)} to {points(off.high)})",
            )
            for one, off in pairs
        ],
    )
