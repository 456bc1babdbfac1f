"""Windows in time. A label counts only where it was known before the next window began."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from revenue.ml.arrays import Flags, Floats, floats
from revenue.ml.frames import Frame, FrameError, group_totals

DAY = np.timedelta64(86_400, "s")


@dataclass(frozen=True)
class Windows:
    """Train before `calibrate_from`, calibrate before `test_from`, test before `until`."""

    calibrate_from: np.datetime64
    test_from: np.datetime64
    until: np.datetime64
    embargo_days: int = 0
    train_from: np.datetime64 | None = None

    def __post_init__(self) -> None:
        if not self.calibrate_from < self.test_from < self.until:
            raise FrameError("The windows must follow each other: train, calibrate, test.")


@dataclass(frozen=True)
class Split:
    windows: Windows
    train: Frame
    calibrate: Frame
    test: Frame


def windows_of(
    frame: Frame, *, calibrate: float = 0.2, test: float = 0.2, embargo_days: int = 0
) -> Windows:
    """Borders at shares of the groups, ordered by when their last label became known."""
    known = frame.take(frame.is_known)
    if not len(known):
        raise FrameError("No row has a label that is known: there is nothing to learn from.")
    ends = np.sort(last_known(known))
    begin, test_from = (
        ends[min(int(len(ends) * share), len(ends) - 1)]
        for share in (1 - calibrate - test, 1 - test)
    )
    until = max(ends[-1], known.as_of.max()) + DAY
    test_from = min(max(test_from, begin + DAY), until - np.timedelta64(1, "s"))
    return Windows(begin, test_from, until, embargo_days)


def last_known(frame: Frame) -> np.ndarray:
    """For each group, when its last label became known."""
    _, place = np.unique(frame.group, return_inverse=True)
    ends = np.full(place.max() + 1, np.datetime64(0, "s"))
    np.maximum.at(ends, place, frame.label_known_at)
    return ends


def split(frame: Frame, windows: Windows, *, whole_groups: bool = True) -> Split:
    """A row is in the window that holds both its moment and the moment its label became known.

    A deal closes once, so its moments share a window; those before the window are left out. Where
    a group's labels become known one by one, it keeps its last window only, or, without
    `whole_groups`, each row its own.
    """
    gap = windows.embargo_days * DAY
    begin, test_from, until = windows.calibrate_from, windows.test_from, windows.until
    first = windows.train_from if windows.train_from is not None else frame.as_of.min()
    masks = [
        inside(frame, start=first, end=begin - gap),
        inside(frame, start=begin, end=test_from - gap),
        inside(frame, start=test_from, end=until),
    ]
    if whole_groups:
        masks = in_last_window(frame, masks)
    train, calibrate, test = (frame.take(mask) for mask in masks)
    return Split(windows, train, calibrate, test)


def inside(frame: Frame, *, start: np.datetime64, end: np.datetime64) -> Flags:
    since = frame.as_of >= start
    return np.asarray(frame.is_known & since & (frame.label_known_at < end), dtype=np.bool_)


def in_last_window(frame: Frame, masks: list[Flags]) -> list[Flags]:
    later = np.zeros(len(frame), dtype=np.bool_)
    kept = []
    for mask in reversed(masks):
        kept.append(mask & ~later)
        later |= group_totals(frame.group, mask.astype(np.float64)) > 0
    return kept[::-1]


def inner_border(frame: Frame, *, share: float = 0.25) -> np.datetime64:
    ends = np.sort(last_known(frame))
    return np.datetime64(ends[int(len(ends) * (1 - share))])


def inner_split(frame: Frame, *, share: float = 0.25, embargo_days: int = 0) -> tuple[Frame, Frame]:
    """Fit and check, within a window: settings are chosen on what came later."""
    ends, border = np.sort(last_known(frame)), inner_border(frame, share=share)
    fit = inside(frame, start=frame.as_of.min(), end=border - embargo_days * DAY)
    check = inside(frame, start=border, end=ends[-1] + DAY)
    check &= group_totals(frame.group, fit.astype(np.float64)) == 0
    return frame.take(fit), frame.take(check)


def split_by_group(frame: Frame, *, one_in: int = 4) -> tuple[Frame, Frame]:
    """Fit and check on other groups of the same time: every so many of them checks."""
    _, place = np.unique(frame.group, return_inverse=True)
    checks = place % one_in == one_in - 1
    return frame.take(~checks), frame.take(checks)


def rolling_origins(
    frame: Frame, *, origins: int, test_days: int, calibrate_days: int, embargo_days: int = 0
) -> Iterator[Split]:
    """The same question asked again and again, each time with what was known then; oldest first."""
    last = frame.label_known_at[frame.is_known].max() + DAY
    for back in range(origins - 1, -1, -1):
        until = last - back * test_days * DAY
        test_from = until - test_days * DAY
        begin = test_from - calibrate_days * DAY
        if begin > frame.as_of.min():
            yield split(frame, Windows(begin, test_from, until, embargo_days))


def followed_weights(
    rows: Frame, *, all_rows: Frame, end: np.datetime64, most: float = 5.0
) -> Frame:
    """Rows whose label took long are rarer among the known: weigh them up for those still open.

    A row is seen with its label where the label took no longer than the window followed it. The
    share of all rows that were followed at least so long is the chance of that (inverse
    probability of censoring); `most` bounds what one row may stand for.
    """
    followed = np.sort(floats((end - all_rows.as_of) / DAY))
    took: Floats = floats((rows.label_known_at - rows.as_of) / DAY)
    longer = len(followed) - np.searchsorted(followed, took, side="left")
    seen = np.maximum(longer / max(len(followed), 1), 1 / most)
    return replace(rows, weight=rows.weight / seen)
