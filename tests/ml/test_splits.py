from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from revenue.ml.frames import Feature, Frame, FrameError, make_frame
from revenue.ml.splits import (
    DAY,
    Windows,
    followed_weights,
    inner_split,
    rolling_origins,
    split,
    windows_of,
)
from tests.ml.worlds import START, world

Deals = list[tuple[int, int, int]]
DEALS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 120), st.integers(1, 4)), min_size=6, max_size=30
)


def frame_of(deals: Deals) -> Frame:
    """Each deal: the day it was opened, how long it lived, at how many moments it is seen."""
    rows = [
        (deal, opened + life * at // count, opened + life)
        for deal, (opened, life, count) in enumerate(deals)
        for at in range(count)
    ]
    group, seen, known = (np.array(column) for column in zip(*rows, strict=True))
    return make_frame(
        pd.DataFrame({"x": np.zeros(len(rows))}),
        features=[Feature("x")],
        as_of=START + seen * DAY,
        label=group % 2,
        label_known_at=START + known * DAY,
        group=group,
    )


@given(
    deals=DEALS,
    embargo=st.integers(0, 30),
    cuts=st.tuples(st.integers(30, 200), st.integers(1, 150)),
)
@effort(max_examples=60, deadline=None)
def test_nothing_known_later_reaches_an_earlier_window(
    deals: Deals, embargo: int, cuts: tuple[int, int]
) -> None:
    begin = START + cuts[0] * DAY
    windows = Windows(begin, begin + cuts[1] * DAY, START + 500 * DAY, embargo)
    parts = split(frame_of(deals), windows)
    gap = embargo * DAY
    assert (parts.train.label_known_at < windows.calibrate_from - gap).all()
    assert (parts.calibrate.as_of >= windows.calibrate_from).all()
    assert (parts.calibrate.label_known_at < windows.test_from - gap).all()
    assert (parts.test.as_of >= windows.test_from).all()
    seen = [set(part.group) for part in (parts.train, parts.calibrate, parts.test)]
    assert not seen[0] & seen[1]
    assert not seen[1] & seen[2]
    assert not seen[0] & seen[2]


@given(deals=DEALS)
@effort(max_examples=30, deadline=None)
def test_the_inner_check_is_later_and_of_other_deals(deals: Deals) -> None:
    fit, check = inner_split(frame_of(deals))
    assert not set(fit.group) & set(check.group)
    if len(fit) and len(check):
        assert fit.label_known_at.max() <= check.as_of.min()


def test_a_group_whose_labels_come_one_by_one_keeps_its_last_window_only() -> None:
    account = make_frame(
        pd.DataFrame({"x": [0.0, 0.0, 0.0]}),
        features=[Feature("x")],
        as_of=START + np.array([0, 100, 200]) * DAY,
        label=[0, 1, 0],
        label_known_at=START + np.array([50, 150, 250]) * DAY,
        group=[7, 7, 7],
    )
    windows = Windows(START + 90 * DAY, START + 190 * DAY, START + 300 * DAY)
    whole, apart = split(account, windows), split(account, windows, whole_groups=False)
    assert [len(part) for part in (whole.train, whole.calibrate, whole.test)] == [0, 0, 1]
    assert [len(part) for part in (apart.train, apart.calibrate, apart.test)] == [1, 1, 1]


def test_rolling_origins_move_forward_and_never_look_ahead() -> None:
    frame = world(deals=200)
    found = list(rolling_origins(frame, origins=3, test_days=90, calibrate_days=90))
    starts = [one.windows.test_from for one in found]
    assert len(starts) == 3
    assert starts == sorted(starts)
    assert all((one.train.label_known_at < one.windows.calibrate_from).all() for one in found)


def test_rows_that_took_long_are_weighed_up_for_those_still_open() -> None:
    rng = np.random.default_rng(0)
    seen, took = rng.integers(0, 100, 4000), rng.integers(1, 100, 4000)
    frame = make_frame(
        pd.DataFrame({"took": took.astype(float)}),
        features=[Feature("took")],
        as_of=START + seen * DAY,
        label=np.zeros(4000),
        label_known_at=START + (seen + took) * DAY,
    )
    end = START + 100 * DAY
    known = frame.take(frame.label_known_at <= end)
    weighed = followed_weights(known, all_rows=frame, end=end, most=50.0)
    mean = np.average(known.values["took"], weights=weighed.weight)
    assert known.values["took"].mean() < 36
    assert mean == pytest.approx(took.mean(), abs=4)


@pytest.mark.parametrize(
    ("given_as", "words"),
    [
        ({"as_of": [None, START]}, "moment that it is as of"),
        ({"label": [1, 0]}, "moment at which it became known"),
        ({"label": [1, 0], "label_known_at": [START - DAY] * 2}, "that is no forecast"),
        ({"ids": [1]}, "ids has 1 rows where the features have 2"),
        ({"features": [Feature("y")]}, "lack these features: y"),
        ({"features": [Feature("x"), Feature("x")]}, "same name"),
    ],
)
def test_a_frame_that_does_not_fit_says_where(given_as: dict[str, Any], words: str) -> None:
    asked = {"features": [Feature("x")], "as_of": [START, START], **given_as}
    with pytest.raises(FrameError, match=words):
        make_frame(pd.DataFrame({"x": [1.0, 2.0]}), **asked)


def test_windows_cannot_overlap_and_nothing_known_is_said() -> None:
    with pytest.raises(FrameError, match="follow each other"):
        Windows(START, START, START + DAY)
    frame = make_frame(pd.DataFrame({"x": [1.0]}), features=[Feature("x")], as_of=[START])
    with pytest.raises(FrameError, match="nothing to learn from"):
        windows_of(frame)
