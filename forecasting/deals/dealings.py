"""Who was in touch with whom: how often, how lately, and how high up."""

import numpy as np
import pandas as pd

from forecasting.deals.moments import Lives, Moments
from forecasting.deals.running import Timeline, days_since, seconds
from revenue.ml.arrays import Anything, Flags, Floats, floats
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
SENIOR = (
    r"(?i)\b(?:chief|c[efimot]o|cdo|cro|ciso|president|vp|svp|evp|vice|director|head|partner"
    r"|founder|owner)\b"
)


def dealings(lives: Lives, moments: Moments) -> tuple[dict[str, Anything], list[Feature]]:
    """Unknown, and not nought, in an org that has no activities at all."""
    rows = lives.past.activities
    key = lives.place(rows["ref"])
    at = np.maximum(seconds(rows["at"]), 0)
    line = Timeline.of(key, at)
    values: dict[str, Anything] = {
        "days_since_activity": days_since(moments.at, at, line.last(moments.deal, moments.at)),
        "activity_of_late": of_late(line, moments),
    }
    features = [
        Feature("days_since_activity", Kind.NUMBER, "Days since the last activity"),
        Feature("activity_of_late", Kind.NUMBER, "Activity of late"),
    ]
    for days in WINDOWS:
        values[f"activities_{days}"] = line.count(moments.deal, moments.at, days=days)
        features.append(Feature(f"activities_{days}", Kind.NUMBER, f"Activities in {days} days"))
    for kind, title in KINDS.items():
        chosen = is_kind(rows, kind)
        part = Timeline.of(key[chosen], at[chosen])
        values[f"{kind}_30"] = part.count(moments.deal, moments.at, days=30)
        last = part.last(moments.deal, moments.at)
        values[f"days_since_{kind}"] = days_since(moments.at, at[chosen], last)
        features += [
            Feature(f"{kind}_30", Kind.NUMBER, f"{title} in 30 days"),
            Feature(f"days_since_{kind}", Kind.NUMBER, f"{title}: days since the last"),
        ]
    people, described = contacts(lives, moments)
    if not len(rows):
        values = {name: np.full(len(moments), np.nan) for name in values}
    return values | people, features + described


def is_kind(rows: pd.DataFrame, kind: str) -> Flags:
    if kind not in ("incoming", "outgoing"):
        return np.asarray(rows["kind"] == kind, dtype=np.bool_)
    comes_in = rows["is_incoming"].astype("boolean").fillna(value=False).to_numpy(dtype=bool)
    is_mail = np.asarray(rows["kind"] == "email", dtype=np.bool_)
    return np.asarray(is_mail & (comes_in if kind == "incoming" else ~comes_in), dtype=np.bool_)


def of_late(line: Timeline, moments: Moments) -> Floats:
    """Every week the weight of what was done fades by the same share."""
    total = np.zeros(len(moments))
    before = np.zeros(len(moments))
    for week in range(FADING_WEEKS):
        within = line.count(moments.deal, moments.at, days=7 * (week + 1))
        total += FADING**week * (within - before)
        before = within
    return np.log1p(total)


def contacts(lives: Lives, moments: Moments) -> tuple[dict[str, Anything], list[Feature]]:
    rows = lives.past.roles
    key = lives.place(rows["ref"])
    at = np.maximum(seconds(rows["at"]), lives.created[np.maximum(key, 0)])
    by_role = rows["by_role"].astype(bool).to_numpy()
    senior = rows["title"].astype(object).fillna("").astype(str).str.contains(SENIOR, regex=True)
    given = Timeline.of(key[by_role], at[by_role], senior=floats(senior)[by_role])
    met = Timeline.of(key[~by_role], at[~by_role], senior=floats(senior)[~by_role])
    values: dict[str, Anything] = {
        "contacts_by_role": given.count(moments.deal, moments.at),
        "senior_by_role": given.total("senior", moments.deal, moments.at),
        "contacts_met": met.count(moments.deal, moments.at),
        "senior_met": met.total("senior", moments.deal, moments.at),
    }
    for name, some in (("by_role", by_role), ("met", ~by_role)):
        if not some.any():
            for kind in ("contacts", "senior"):
                values[f"{kind}_{name}"] = np.full(len(moments), np.nan)
    return values, [
        Feature("contacts_by_role", Kind.NUMBER, "People with a part in the deal"),
        Feature("senior_by_role", Kind.NUMBER, "Directors and above with a part in the deal"),
        Feature("contacts_met", Kind.NUMBER, "People met or written to"),
        Feature("senior_met", Kind.NUMBER, "Directors and above met or written to"),
    ]
