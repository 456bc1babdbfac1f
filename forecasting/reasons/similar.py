"""Deals that were like an open one when they were at its stage, and how they ended.

A closed deal is looked at half way through its stay in each stage. Deals are alike where the same
things speak for and against them: the distance is between their contributions, by topic. Where no
model speaks, it is between their features, each weighing the same.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.deals.dataset import rows_at
from forecasting.deals.moments import NEVER, Lives, Moments
from forecasting.reasons.nearest import Space, nearest
from forecasting.reasons.topics import Topic, drawn_together
from revenue.ml.arrays import Anything, Flags, Ints
from revenue.ml.encode import Design, Encoder, as_names
from revenue.ml.frames import Frame, with_all_of
from revenue.ml.trained import Trained

LEAST = 30  # of each outcome, at the same stage
NEAREST = 5
OF_THE_SELLER = 5  # a seller sees their own deals alone: among those, the nearest of these too
MOST_CLOSED = 50_000  # the newest
MOST_LEVELS = 12
ROWS_AT_ONCE = 20_000
OUTCOMES = ("won", "lost")


@dataclass(frozen=True, eq=False)
class Rows:
    """Deals at a stage: where they stand among others."""

    refs: Anything
    stage: Anything
    seller: Anything
    space: Space

    def take(self, places: Ints) -> "Rows":
        return Rows(self.refs[places], self.stage[places], self.seller[places], self.space[places])


@dataclass(frozen=True, eq=False)
class Pool:
    rows: Rows
    won: Flags


@dataclass(frozen=True, eq=False)
class Measure:
    """What makes deals alike."""

    trained: Trained
    topics: tuple[Topic, ...]
    encoder: Encoder | None = None  # of features, where no model speaks
    design: Design | None = None

    @classmethod
    def of(cls, trained: Trained, topics: tuple[Topic, ...], frame: Frame) -> "Measure":
        if trained.source == "model":
            return cls(trained, topics)
        rows = trained.rows_of(frame)
        encoder = Encoder.fit(rows, rare_below=2, most_levels=MOST_LEVELS)
        design = Design.fit(encoder, encoder.encode(rows), rows.weight)
        return cls(trained, topics, encoder, design)

    def space(self, frame: Frame) -> Space:
        """A chunk at a time: contributions of many rows are large."""
        parts = [
            self.part(frame.take(np.arange(first, min(first + ROWS_AT_ONCE, len(frame)))))
            for first in range(0, len(frame), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)

    def part(self, frame: Frame) -> Space:
        rows = self.trained.rows_of(frame)
        if self.encoder is not None and self.design is not None:
            return self.design.apply(self.encoder.encode(rows)).astype(np.float32)
        if self.trained.model is None:
            raise ValueError("There is neither a model nor a design to measure by.")
        parts = self.trained.model.member.contributions(rows).by_feature
        return drawn_together(parts, self.topics).astype(np.float32)


def rows_of(frame: Frame, space: Space) -> Rows:
    return Rows(
        refs=frame.ids.astype(str),
        stage=as_names(frame.column("stage"), missing=""),
        seller=as_names(frame.column("seller"), missing=""),
        space=space,
    )


def pool_of(lives: Lives, measure: Measure, *, stages: set[str]) -> Pool:
    moments = stays(lives, stages)
    frame = with_all_of(rows_at(lives, moments), measure.trained)
    return Pool(
        rows_of(frame, measure.space(frame)),
        np.asarray(lives.won[moments.deal] == 1, dtype=np.bool_),
    )


def stays(lives: Lives, stages: set[str]) -> Moments:
    """Half way through the last stay of each closed deal in each of the stages."""
    moved = lives.stages.moves()
    until = lives.closed[moved.key].copy()
    until[:-1] = np.where(moved.has_before[1:], moved.at[1:], until[:-1])
    newest = np.argsort(-np.where(lives.closed == NEVER, -1, lives.closed), kind="stable")
    kept = np.zeros(len(lives), dtype=np.bool_)
    kept[newest[:MOST_CLOSED]] = True
    kept &= lives.closed != NEVER
    here = np.array([value in stages for value in moved.value], dtype=np.bool_)
    here &= kept[moved.key] & (moved.at >= lives.created[moved.key]) & (until > moved.at)
    last: dict[tuple[int, str], int] = {
        (int(moved.key[at]), str(moved.value[at])): int(at) for at in np.flatnonzero(here)
    }
    places = np.array(sorted(last.values()), dtype=np.int64)
    return Moments(moved.key[places], (moved.at[places] + until[places]) // 2)


def similar_to(asked: Rows, pool: Pool) -> list[dict[str, Any]]:
    """Of each open deal the like ones that were won and lost; or why there are none."""
    found: list[dict[str, Any]] = [too_few("", 0, 0) for _ in asked.refs]
    for stage in sorted(set(asked.stage.tolist())):
        mine = np.flatnonzero(asked.stage == stage)
        there = pool.rows.stage == stage
        sides = [np.flatnonzero(there & (pool.won == is_won)) for is_won in (True, False)]
        if min(len(side) for side in sides) < LEAST:
            for place in mine:
                found[place] = too_few(stage, len(sides[0]), len(sides[1]))
            continue
        for name, side in zip(OUTCOMES, sides, strict=True):
            for place, near in zip(mine, near_ones(asked, pool, mine, side), strict=True):
                found[place] |= {name: [ref for ref, _ in near], "words": ""}
                found[place]["distances"] |= dict(near)
    return found


def near_ones(asked: Rows, pool: Pool, mine: Ints, side: Ints) -> list[list[tuple[str, float]]]:
    """The nearest of all and the nearest of the same seller, together in order of distance."""
    every = nearest(asked.space[mine], pool.rows.space[side], count=NEAREST)
    found = [
        dict(zip(near, far, strict=True))
        for near, far in zip(side[every[0]], every[1], strict=True)
    ]
    for seller in sorted(set(asked.seller[mine].tolist()) - {""}):
        theirs = np.flatnonzero(asked.seller[mine] == seller)
        own = side[pool.rows.seller[side] == seller]
        places, far = nearest(asked.space[mine[theirs]], pool.rows.space[own], count=OF_THE_SELLER)
        for at, near, how_far in zip(theirs, own[places], far, strict=True):
            found[at] |= dict(zip(near, how_far, strict=True))
    return [named(one, pool.rows.refs) for one in found]


def named(found: dict[int, float], refs: Anything) -> list[tuple[str, float]]:
    ordered = sorted(found.items(), key=lambda pair: (pair[1], str(refs[pair[0]])))
    return [(str(refs[place]), round(float(far), 4)) for place, far in ordered]


def too_few(stage: str, won: int, lost: int) -> dict[str, Any]:
    where = f"in {stage}" if stage else "at its stage"
    return {
        "won": [],
        "lost": [],
        "distances": {},
        "words": f"Too few to compare with: of deals once {where}, {won:,} were won and {lost:,}"
        f" lost; {LEAST} of each are needed.",
    }
