"""The life of each deal as it was recorded, and the moments of it that are looked at."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.deals.reading import COLUMN_OF, Past
from forecasting.deals.running import DAY, Timeline, mapped, seconds, taken
from revenue.ml.arrays import Anything, Flags, Floats, Ints

MOST_WEEKS = 104
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class States:
    """What one field held, from when on, by deal; `key` is the deal's place."""

    key: Ints
    at: Ints
    value: Anything
    timeline: Timeline

    @classmethod
    def of(cls, key: Ints, at: Ints, value: Anything) -> "States":
        order = np.lexsort((np.arange(len(key)), at, key))
        order = order[key[order] >= 0]
        key, at, value = key[order], at[order], value[order]
        return cls(key, at, value, Timeline.of(key, at))

    def at_moments(self, key: Ints, at: Ints, *, missing: object = None) -> Anything:
        return taken(self.value, self.timeline.last(key, at), missing=missing)

    @property
    def has_before(self) -> Flags:
        """Whether the row before is of the same deal."""
        same = np.zeros(len(self.key), dtype=np.bool_)
        same[1:] = self.key[1:] == self.key[:-1]
        return same

    def moves(self) -> "States":
        """Without rows that hold what the row before held."""
        said, _ = pd.factorize(self.value)
        same = self.has_before
        same[1:] &= said[1:] == said[:-1]
        return States.of(self.key[~same], self.at[~same], self.value[~same])


@dataclass(frozen=True, eq=False)
class Lives:
    """Of each deal: when it began, and when and how it ended, as known by the `as_of` of `past`."""

    past: Past
    refs: "pd.Index[str]"
    created: Ints
    closed: Ints  # NEVER where it is open
    won: Floats  # NaN where it is open
    stages: States
    closing: frozenset[str]

    def place(self, refs: "pd.Series[str]") -> Ints:
        return places(self.refs, refs)

    def __len__(self) -> int:
        return len(self.refs)


@dataclass(frozen=True, eq=False)
class Moments:
    deal: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.deal)


def lives_of(past: Past) -> Lives:
    deals = past.deals
    refs = index_of(deals["ref"])
    closing = frozenset(
        deals.loc[deals["is_closed"].astype(bool) & deals["stage"].notna(), "stage"].astype(str)
    )
    created = seconds(deals["created_at"])
    stages = recorded(past, refs, created, "stage")
    is_closed = deals["is_closed"].astype(bool).to_numpy()
    won = np.where(is_closed, deals["is_won"].astype(float).to_numpy(), np.nan)
    ended = np.maximum(when_closed(past, stages, closing, is_closed), created)
    return Lives(past, refs, created, np.where(is_closed, ended, NEVER), won, stages, closing)


def recorded(past: Past, refs: "pd.Index[str]", created: Ints, column: str) -> States:
    """By the saves of a deal where there are any, else by the changes of the field."""
    saves = past.saves
    saved = places(refs, saves["ref"])
    key, at, value = [saved], [seconds(saves["changed_at"])], [objects(saves[column])]
    without = np.ones(len(refs), dtype=np.bool_)
    without[saved[saved >= 0]] = False
    changed = changes_of(past, refs, created, column, only=without)
    return States.of(
        np.concatenate([*key, changed.key]),
        np.concatenate([*at, changed.at]),
        np.concatenate([*value, changed.value]),
    )


def changes_of(
    past: Past, refs: "pd.Index[str]", created: Ints, column: str, *, only: Flags
) -> States:
    """From what it was at first, through each change."""
    said = past.changes["field_name"].map(lambda name: COLUMN_OF.get(name, name))
    rows = past.changes[(said == column).to_numpy(dtype=bool)]
    key = places(refs, rows["ref"])
    kept = (key >= 0) & only[np.maximum(key, 0)]
    return through_changes(rows[kept], key[kept], created)


def through_changes(rows: pd.DataFrame, key: Ints, created: Ints) -> States:
    """`rows` in order of time, `key` whose each of them is, `created` of all."""
    at = seconds(rows["changed_at"])
    _, first = np.unique(key, return_index=True)
    return States.of(
        np.concatenate([key[first], key]),
        np.concatenate([np.minimum(created[key[first]], at[first]), at]),
        np.concatenate([objects(rows["old_value"])[first], objects(rows["new_value"])]),
    )


def with_unchanged(changed: States, place: Ints, created: Ints, value: Anything) -> States:
    """Of those that never changed, what they hold; each at its `place`."""
    still = (place >= 0) & ~np.isin(place, changed.key)
    return States.of(
        np.concatenate([changed.key, place[still]]),
        np.concatenate([changed.at, created[place[still]]]),
        np.concatenate([changed.value, value[still]]),
    )


def index_of(refs: "pd.Series[str]") -> "pd.Index[str]":
    found: pd.Index[str] = pd.Index(refs.astype(object))
    return found


def places(refs: "pd.Index[str]", asked: "pd.Series[str]") -> Ints:
    """Of each that is asked for, which of the deals it is; -1 for none."""
    codes, uniques = pd.factorize(asked)
    found = refs.get_indexer(pd.Index(np.asarray(uniques, dtype=object)))
    return np.append(found, -1).astype(np.int64)[codes]


def objects(column: "pd.Series[str]") -> Anything:
    """Equal values are one object: of a million rows that name ten stages, ten texts are kept."""
    codes, uniques = pd.factorize(column)
    said: Anything = np.array([*uniques, None], dtype=object)
    return said[codes]


def when_closed(past: Past, stages: States, closing: frozenset[str], is_closed: Flags) -> Ints:
    """When its last stage that ends a deal began, else on its close date."""
    day = seconds(past.deals["close_date"])
    limit = int(past.as_of.timestamp())
    ended = np.where(day > 0, np.minimum(day, limit), limit)
    shut = closes(stages.value, closing)
    follows = np.zeros(len(shut), dtype=np.bool_)
    follows[1:] = shut[:-1] & (stages.key[1:] == stages.key[:-1])
    begins = np.flatnonzero(shut & ~follows)
    ended[stages.key[begins]] = stages.at[begins]  # in order of time: the last one stays
    return np.where(is_closed, ended, NEVER)


def moments_of(lives: Lives) -> Moments:
    """Each week of its open life, and each change of its stage while it was open."""
    limit = int(lives.past.as_of.timestamp())
    until = np.minimum(lives.closed, limit + 1)
    weeks = np.clip(-(-(until - lives.created) // (7 * DAY)), 0, MOST_WEEKS)
    deal = np.repeat(np.arange(len(lives)), weeks)
    nth = np.arange(len(deal)) - np.repeat(np.cumsum(weeks) - weeks, weeks)
    at = lives.created[deal] + nth * 7 * DAY
    moved = lives.stages.moves()
    key = np.concatenate([deal, moved.key])
    when = np.concatenate([at, moved.at])
    inside = (when >= lives.created[key]) & (when < until[key])
    found = np.unique(np.stack([key[inside], when[inside]], axis=1), axis=0)
    return while_open(lives, Moments(found[:, 0], found[:, 1]))


def open_at(lives: Lives) -> Moments:
    """The deals that are open at `as_of`, each once, then."""
    deal = np.flatnonzero(lives.closed == NEVER)
    limit = int(lives.past.as_of.timestamp())
    return Moments(deal, np.full(len(deal), limit, dtype=np.int64))


def while_open(lives: Lives, moments: Moments) -> Moments:
    stage = lives.stages.at_moments(moments.deal, moments.at)
    is_open = ~closes(stage, lives.closing)
    return Moments(moments.deal[is_open], moments.at[is_open])


def closes(stage: Anything, closing: frozenset[str]) -> Flags:
    found: Flags = mapped(stage, lambda name: name in closing, missing=False)
    return found
