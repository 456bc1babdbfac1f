"""Lists to be put in order: a customer at a moment, and the products that may be offered to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.frames import Frame, FrameError
from revenue.ml.rank.interactions import DAY, Interactions, Matrix, bought_later, seconds

Vectors = Callable[[int], Floats]  # of all customers, as of a moment


@dataclass(frozen=True, eq=False)
class Lists:
    """Of each list the customer and the moment; of each row of the frame its list and product."""

    customer: Ints
    at: Ints
    frame: Frame
    of: Ints
    item: Ints

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def moments(self) -> Ints:
        return np.unique(self.at)

    def only(self, kept: Flags) -> "Lists":
        """These lists with their rows."""
        place = np.cumsum(kept) - 1
        rows = kept[self.of]
        return Lists(
            self.customer[kept],
            self.at[kept],
            self.frame.take(rows),
            np.asarray(place[self.of[rows]], dtype=np.int64),
            self.item[rows],
        )

    def rows(self, kept: Flags | Ints) -> "Lists":
        """All lists, with these rows."""
        return replace(self, frame=self.frame.take(kept), of=self.of[kept], item=self.item[kept])

    def during(self, moments: Iterable[int]) -> "Lists":
        return self.only(np.isin(self.at, list(moments)))


@dataclass(frozen=True, eq=False)
class Market:
    """Everything that a ranking is learned from, or asked about."""

    past: Interactions
    lists: Lists
    horizon_days: int
    vectors: Vectors | None = None

    def people(self, customers: Ints) -> Ints:
        """What `past` and `vectors` call them: several customers of lists may be one there."""
        return customers

    def barred(self, at: int) -> Matrix:
        """What is offered to nobody: what a customer has, and more where a market knows more."""
        return self.past.by(at).owned()

    def later(self, lists: Lists) -> Matrix:
        """What each list should have found: all of the catalogue, candidate or not."""
        return bought_later(
            self.past, customer=lists.customer, at=lists.at, horizon_days=self.horizon_days
        )


def make_lists(
    frame: Frame, *, customer: Ints, item: Ints, asked: tuple[Ints, Ints] | None = None
) -> Lists:
    """Of rows that say their customer and product; `asked` names customers and moments (seconds)
    of all lists, so that those of which no row was found are counted too."""
    if not len(frame) == len(customer) == len(item):
        raise FrameError("Each row needs its customer and its product.")
    at = frame.as_of.astype("datetime64[s]").astype(np.int64)
    said = np.stack([at, customer], axis=1).reshape(-1, 2)
    if asked is not None:
        said = np.concatenate([said, np.stack([asked[1], asked[0]], axis=1).reshape(-1, 2)])
    keys, place = np.unique(said, axis=0, return_inverse=True)
    of = np.asarray(place, dtype=np.int64).ravel()[: len(frame)]
    return Lists(keys[:, 1], keys[:, 0], replace(frame, group=of), of, item)


def labelled(lists: Lists, past: Interactions, *, horizon_days: int, until: Any) -> Lists:
    """1 where it was bought within the horizon; nothing where the horizon was not over by then."""
    end = seconds(until)
    found = bought_later(past, customer=lists.customer, at=lists.at, horizon_days=horizon_days)
    label = is_in(found, lists.of, lists.item).astype(np.float64)
    known_at = lists.at[lists.of] + horizon_days * DAY
    is_over = known_at <= end
    known = np.where(is_over, known_at, np.iinfo(np.int64).min).astype("datetime64[s]")
    frame = replace(
        lists.frame, label=floats(np.where(is_over, label, np.nan)), label_known_at=known
    )
    return replace(lists, frame=frame)


def is_in(found: Matrix, rows: Ints, columns: Ints) -> Flags:
    """Whether each place of the table is filled."""
    width = found.shape[1]
    listed = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr)) * width + found.indices
    return np.asarray(np.isin(rows * width + columns, listed), dtype=np.bool_)


@dataclass(frozen=True)
class Division:
    """Moments to learn from, to choose by and to judge by; the horizon of each ends before the
    next begins."""

    train: tuple[int, ...]
    validate: tuple[int, ...]
    test: tuple[int, ...]


def divided(
    moments: Ints, *, horizon_days: int, until: Any, tested: int = 1, validated: int = 1
) -> Division:
    """The last moments whose horizon is over by `until` judge, those before choose."""
    gap = horizon_days * DAY
    over = np.unique(moments[moments + gap <= seconds(until)])
    test = over[-tested:]
    before = over[over + gap <= test.min()] if len(test) else over[:0]
    validate = before[-validated:]
    train = before[before + gap <= validate.min()] if len(validate) else before[:0]
    return Division(*(tuple(int(one) for one in part) for part in (train, validate, test)))
