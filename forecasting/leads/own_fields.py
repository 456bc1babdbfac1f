"""An org's own fields at a moment: exact where a history is kept, else as they are now.

What is only known as it is now may have been filled in afterwards: those are named, and the
alarm of the kit judges them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.deals.moments import NEVER, Moments, objects, through_changes, with_unchanged
from forecasting.deals.running import DAY, seconds
from forecasting.leads.answering import OWN_FIELD
from forecasting.leads.lives import Lives
from revenue.ml.arrays import Anything, Flags, floats
from revenue.ml.frames import Feature, Kind

DATES = ("date", "datetime")
MOST_LEVELS = 200  # beyond, a text is free: what counts is whether there is one
LIVELY = 0.05  # of the leads that we watch: a field that changes on so many is written as it goes
LEAST_WATCHED = 40
AT_THE_END = 0.5  # of the leads that ended, whose day falls on their last
WRITTEN_AT_END = (
    "On {share:.0%} of the leads that ended its day is that of their end: it is written only then."
)


HAS, SINCE = "Has {}", "{}: days since"
YES_OR_NO = {"true": 1.0, "1": 1.0, "false": 0.0, "0": 0.0}
WHOLE = re.compile(r"^(-?\d+)\.0+$")


@dataclass(frozen=True)
class Reading:
    """How a field is read: by all leads of the org, or as the model that scores has learned it."""

    kind: Kind
    is_day: bool = False
    is_whether: bool = False

    @classmethod
    def learned(cls, feature: Feature, title: str, *, is_day: bool) -> "Reading":
        if feature.kind is Kind.NUMBER and (is_day or feature.label == SINCE.format(title)):
            return cls(feature.kind, is_day=True)
        return cls(feature.kind, is_whether=feature.label == HAS.format(title))

    def label(self, title: str, *, is_dated: bool) -> str:
        if self.is_whether:
            return HAS.format(title)
        return SINCE.format(title) if self.is_day and is_dated else title


@dataclass(frozen=True, eq=False)
class OwnFields:
    values: dict[str, Anything]
    features: list[Feature]
    unrecorded: tuple[str, ...]
    excluded: dict[str, str]


def own_fields(lives: Lives, moments: Moments, like: Sequence[Feature] = ()) -> OwnFields:
    """`like` are the features of a model that scores: it is told a field as it learned it."""
    found = OwnFields({}, [], (), {})
    types = dict(zip(lives.past.types["name"], lives.past.types["type"], strict=True))
    own = lives.past.own.loc[lives.past.leads.index]
    own = own.set_axis(objects(lives.past.leads["ref"])).reindex(lives.refs)
    unrecorded = []
    learned = {one.name: one for one in like}
    for name in own.columns:
        if name == lives.order:
            continue
        feature = f"own_{name}"
        title = name.removesuffix("__c").replace("_", " ")
        now = objects(own[name])
        column, is_exact = held(lives, moments, name, now)
        values = now if pd.notna(now).any() else column
        reading = reading_of(values, is_day=types.get(name) in DATES or looks_like_days(values))
        if feature in learned:
            is_day = reading.is_day and not lives.is_dated
            reading = Reading.learned(learned[feature], title, is_day=is_day)
        if reading.is_day and lives.is_dated:
            if answers_lead(name):
                continue
            if why := why_at_the_end(lives, now):
                found.excluded[feature] = why
                continue
            column = days_since(column, moments)
        label = reading.label(title, is_dated=lives.is_dated)
        found.values[feature] = typed(column, reading)
        found.features.append(Feature(feature, reading.kind, label))
        if not is_exact:
            unrecorded.append(feature)
    return OwnFields(found.values, found.features, tuple(unrecorded), found.excluded)


def answers_lead(name: str) -> bool:
    """It is told with the answer already."""
    return re.search(OWN_FIELD, name, re.IGNORECASE) is not None


def held(lives: Lives, moments: Moments, name: str, now: Anything) -> tuple[Anything, bool]:
    """What the field held at each moment, and whether that is exact."""
    rows = lives.past.changes[(lives.past.changes["field_name"] == name).to_numpy(dtype=bool)]
    place = lives.place(rows["ref"])
    rows, place = rows[place >= 0], place[place >= 0]
    if not len(rows):
        return now[moments.deal], False
    changed = through_changes(rows, place, lives.created)
    states = with_unchanged(changed, np.arange(len(lives)), lives.created, now)
    column = states.at_moments(moments.deal, moments.at)
    known = is_recorded(lives, moments, rows)
    if known is None:
        return column, False
    column[~known] = None
    return column, True


def is_recorded(lives: Lives, moments: Moments, rows: pd.DataFrame) -> Flags | None:
    """None where too few changes were ever seen to say that it changes as a lead goes on."""
    kept = rows["is_kept"].to_numpy(dtype=bool, na_value=False)
    if kept.any():
        began = int(seconds(rows["changed_at"][kept]).min())
        found: Flags = (moments.at >= began) | (lives.ended[moments.deal] > began)
        return found
    if lives.past.watched is None:
        return None
    since = int(lives.past.watched.timestamp())
    watched = int((lives.ended > since).sum())
    if watched < LEAST_WATCHED or rows["ref"].nunique() < LIVELY * watched:
        return None
    return np.asarray(moments.at >= since, dtype=np.bool_)


def as_days(column: Anything) -> "pd.Series[pd.Timestamp]":
    texts = pd.Series([str(one) if one is not None else None for one in column], dtype=object)
    return pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")


def looks_like_days(column: Anything) -> bool:
    texts = pd.Series(column, dtype=object).dropna()
    if not len(texts) or not texts.map(lambda one: isinstance(one, str)).all():
        return False
    return bool(texts.astype(str).str.match(r"\d{4}-\d\d-\d\d(?:$|[T ])").all())


def days_since(column: Anything, moments: Moments) -> Anything:
    """A day that has not come by the moment is one that nobody knew."""
    day = as_days(column)
    known = day.notna().to_numpy(dtype=bool)
    days = np.where(known, (moments.at - seconds(day)) / DAY, np.nan)
    return np.where(days >= 0, days, np.nan)


def why_at_the_end(lives: Lives, now: Anything) -> str:
    day = as_days(now)
    over = (lives.ended != NEVER) & day.notna().to_numpy(dtype=bool)
    if over.sum() < LEAST_WATCHED:
        return ""
    share = float((seconds(day)[over] >= lives.ended[over] - DAY).mean())
    return WRITTEN_AT_END.format(share=share) if share > AT_THE_END else ""


def reading_of(values: Anything, *, is_day: bool) -> Reading:
    """Numbers as such, yes or no as a flag, names by their levels, and of free text whether."""
    if is_day:
        return Reading(Kind.NUMBER, is_day=True)
    said = pd.Series(values, dtype=object).dropna()
    if len(said) and said.map(lambda one: isinstance(one, bool)).all():
        return Reading(Kind.FLAG)
    if len(said) and pd.to_numeric(said, errors="coerce").notna().all():
        return Reading(Kind.NUMBER)
    if said.map(level).nunique() > max(MOST_LEVELS, len(said) / 2):
        return Reading(Kind.FLAG, is_whether=True)
    return Reading(Kind.CATEGORY)


def typed(column: Anything, reading: Reading) -> Anything:
    series = pd.Series(column, dtype=object)
    if reading.is_day:
        if series.map(lambda one: isinstance(one, str)).any():
            day = as_days(column)
            return floats(np.where(day.notna().to_numpy(dtype=bool), seconds(day) / DAY, np.nan))
        return floats(column)
    if reading.is_whether:
        return floats(series.notna())
    if reading.kind is Kind.FLAG:
        return floats(series.map(lambda one: YES_OR_NO.get(str(one).lower(), np.nan)))
    if reading.kind is Kind.NUMBER:
        return floats(pd.to_numeric(series, errors="coerce"))
    return np.array([None if pd.isna(one) else level(one) for one in column], dtype=object)


def level(value: object) -> str:
    """A whole number is the same level however it was written down."""
    return WHOLE.sub(r"\1", str(value))
