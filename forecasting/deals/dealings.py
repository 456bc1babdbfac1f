"""How often a deal was worked on, how lately, and by what."""

import numpy as np

from forecasting.deals.moments import Lives, Moments
from forecasting.deals.running import Timeline, days_since, seconds
from revenue.ml.arrays import Anything, Floats
from revenue.ml.frames import Feature, Kind

KINDS = {
    "call": "Calls",
    "meeting": "Meetings",
    "task": "Tasks",
    "incoming": "E-mails from the customer",
    "outgoing": "E-mails to the customer",
}
WINDOWS = (7, 30, 90)
FADING = 0.55  # of an activity's weight, what is left a week later
FADING_WEEKS = 8


def dealings(lives: Lives, moments: Moments) -> tuple[dict[str, Anything], list[Feature]]:
    """Unknown, and not nought, in an org that has no activities at all."""
    rows = lives.past.activities
    key = lives.place(rows["ref"])
    at, written = np.maximum(seconds(rows["at"]), 0), np.maximum(seconds(rows["written_at"]), 0)
    line = Timeline.of(key, at)
    noted = Timeline.of(key, written)
    months = [line.count(moments.deal, moments.at, days=days) for days in (30, 60)]
    values: dict[str, Anything] = {
        "days_since_activity": days_since(moments.at, at, line.last(moments.deal, moments.at)),
        "activity_of_late": of_late(line, moments),
        "noted_of_late": of_late(noted, moments),
        "activity_trend": np.log1p(months[0]) - np.log1p(months[1] - months[0]),
    }
    features = [
        Feature("days_since_activity", Kind.NUMBER, "Days since the last activity"),
        Feature("activity_of_late", Kind.NUMBER, "Activity of late"),
        Feature("noted_of_late", Kind.NUMBER, "Activity written down of late, also planned"),
        Feature("activity_trend", Kind.NUMBER, "Activity beside the month before"),
    ]
    for days in WINDOWS:
        values[f"activities_{days}"] = line.count(moments.deal, moments.at, days=days)
        features.append(Feature(f"activities_{days}", Kind.NUMBER, f"Activities in {days} days"))
    for kind, title in KINDS.items():
        chosen = np.flatnonzero((rows["kind"] == kind).to_numpy(dtype=bool, na_value=False))
        part = Timeline.of(key[chosen], at[chosen])
        values[f"{kind}_30"] = part.count(moments.deal, moments.at, days=30)
        last = part.last(moments.deal, moments.at)
        values[f"days_since_{kind}"] = days_since(moments.at, at[chosen], last)
        features += [
            Feature(f"{kind}_30", Kind.NUMBER, f"{title} in 30 days"),
            Feature(f"days_since_{kind}", Kind.NUMBER, f"{title}: days since the last"),
        ]
    if not len(rows):
        values = {name: np.full(len(moments), np.nan) for name in values}
    return values, features


def of_late(line: Timeline, moments: Moments) -> Floats:
    """Every week the weight of what was done fades by the same share."""
    total = np.zeros(len(moments))
    before = np.zeros(len(moments))
    for week in range(FADING_WEEKS):
        within = line.count(moments.deal, moments.at, days=7 * (week + 1))
        total += FADING**week * (within - before)
        before = within
    return np.log1p(total)
