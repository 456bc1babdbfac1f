"""The next step and an org's own fields, as they were: only where somebody recorded changes."""

import numpy as np
import pandas as pd

from forecasting.deals.moments import Lives, Moments, changes_of, objects, with_unchanged
from forecasting.deals.reading import COLUMN_OF
from forecasting.deals.running import seconds
from revenue.ml.arrays import Anything, floats
from revenue.ml.frames import Feature, Kind


def of_next_step(lives: Lives, moments: Moments) -> tuple[dict[str, Anything], list[Feature]]:
    """A deal that has closed seldom has one any more, so what it has now says nothing."""
    now = lives.past.deals[["ref", "next_step"]].rename(columns={"next_step": "value"})
    said = lives.past.changes["field_name"].map(lambda name: COLUMN_OF.get(name, name))
    present = np.full(len(moments), np.nan)
    if (said == "next_step").any():
        held = own_field(lives, moments, "next_step", now)
        there = floats([bool(text) and not pd.isna(text) for text in held])
        present = np.where(is_recorded(lives, moments, "next_step"), there, np.nan)
    return {"has_next_step": present}, [Feature("has_next_step", Kind.FLAG, "Has a next step")]


def of_own_fields(lives: Lives, moments: Moments) -> tuple[dict[str, Anything], list[Feature]]:
    said = lives.past.custom["field_name"].astype(str)
    values: dict[str, Anything] = {}
    features: list[Feature] = []
    for name in sorted(set(said)):
        now = lives.past.custom[(said == name).to_numpy(dtype=bool)]
        column = own_field(lives, moments, name, now)
        column[~is_recorded(lives, moments, name)] = None
        numbers = pd.to_numeric(pd.Series(column), errors="coerce")
        is_number = bool(numbers.notna().any() and (numbers.notna() == pd.notna(column)).all())
        values[f"own_{name}"] = floats(numbers) if is_number else column
        title = name.removesuffix("__c").replace("_", " ")
        kind = Kind.NUMBER if is_number else Kind.CATEGORY
        features.append(Feature(f"own_{name}", kind, title))
    return values, features


def own_field(lives: Lives, moments: Moments, name: str, now: pd.DataFrame) -> Anything:
    every = np.ones(len(lives), dtype=np.bool_)
    changed = changes_of(lives.past, lives.refs, lives.created, name, only=every)
    place = lives.place(now["ref"])
    states = with_unchanged(changed, place, lives.created, objects(now["value"]))
    return states.at_moments(moments.deal, moments.at)


def is_recorded(lives: Lives, moments: Moments, name: str) -> Anything:
    """Where the CRM keeps a history of the field, and since we watch it.

    A CRM keeps one from some day on, and our own syncs saw nothing before the first of them: a
    deal that had closed by then would be told by what it held at its end.
    """
    changes = lives.past.changes
    said = changes["field_name"].map(lambda one: COLUMN_OF.get(one, one))
    kept = changes["is_kept"].to_numpy(dtype=bool, na_value=False)
    kept = kept & (said == name).to_numpy(dtype=bool)
    found = np.zeros(len(moments), dtype=np.bool_)
    if kept.any():
        began = int(seconds(changes["changed_at"][kept]).min())
        found |= (moments.at >= began) | (lives.closed[moments.deal] > began)
    if lives.past.watched is not None:
        found |= moments.at >= int(lives.past.watched.timestamp())
    return found
