from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from revenue.ml.arrays import sigmoid
from revenue.ml.boosting import SHAPES, Boosting, fit_boosted
from revenue.ml.encode import OTHER, Design, Encoder
from revenue.ml.frames import Feature, Frame, Kind, make_frame
from revenue.ml.linear import fit_linear
from tests.ml.worlds import START

SOURCE = Feature("source", Kind.CATEGORY)
AMOUNT = Feature("amount", Kind.NUMBER, monotone=1)


def frame_of(columns: dict[str, list[Any]], features: list[Feature], label: Any = None) -> Frame:
    rows = len(next(iter(columns.values())))
    return make_frame(
        pd.DataFrame(columns),
        features=features,
        as_of=[START] * rows,
        label=label,
        label_known_at=None if label is None else [START] * rows,
    )


def test_rare_levels_share_one_and_levels_never_seen_join_them() -> None:
    learned = frame_of({"source": ["Web"] * 12 + ["Fax", " ", None]}, [SOURCE])
    encoder = Encoder.fit(learned)
    assert encoder.levels["source"] == ("Web", OTHER)
    asked = frame_of({"source": ["Web", "Fax", "Pigeon", "", None]}, [SOURCE])
    np.testing.assert_array_equal(encoder.encode(asked)[:, 0], [0, 1, 1, np.nan, np.nan])


def test_where_no_level_was_rare_one_never_seen_says_nothing() -> None:
    encoder = Encoder.fit(frame_of({"source": ["Web"] * 12}, [SOURCE]))
    assert np.isnan(encoder.encode(frame_of({"source": ["Fax"]}, [SOURCE]))).all()


@given(order=st.permutations(range(24)))
@effort(max_examples=20, deadline=None)
def test_the_order_of_rows_changes_no_code(order: list[int]) -> None:
    names = ["Web"] * 12 + ["Event"] * 12
    shuffled = [names[at] for at in order]
    assert Encoder.fit(frame_of({"source": shuffled}, [SOURCE])).levels["source"] == (
        "Event",
        "Web",
    )


def test_numbers_that_are_none_are_missing_and_the_linear_design_marks_them() -> None:
    frame = frame_of({"amount": ["12", "n/a", float("inf"), 3.0]}, [AMOUNT])
    encoder = Encoder.fit(frame)
    encoded = encoder.encode(frame)
    np.testing.assert_array_equal(encoded[:, 0], [12, np.nan, np.nan, 3])
    design = Design.fit(encoder, encoded, frame.weight)
    assert [(one.feature, one.part) for one in design.columns] == [(0, "missing"), (0, "value")]
    assert np.isfinite(design.apply(encoded)).all()


def test_an_encoder_and_a_design_come_back_from_json() -> None:
    frame = frame_of(
        {"source": ["Web"] * 12 + ["Fax"], "amount": [1.0] * 12 + [9.0]}, [SOURCE, AMOUNT]
    )
    encoder = Encoder.fit(frame)
    design = Design.fit(encoder, encoder.encode(frame), frame.weight)
    assert Encoder.from_json(encoder.as_json()) == encoder
    assert Design.from_json(design.as_json()) == design


def test_a_monotone_feature_never_lowers_the_prediction_of_trees() -> None:
    rng = np.random.default_rng(0)
    amount = rng.uniform(0, 10, 400)
    label = (rng.random(400) < sigmoid(np.sin(amount * 2))).astype(float)
    learned = frame_of({"amount": list(amount)}, [AMOUNT], label)
    free = frame_of({"amount": list(amount)}, [Feature("amount")], label)
    asked = frame_of({"amount": list(np.linspace(0, 10, 200))}, [AMOUNT])
    how = Boosting(SHAPES[2], 60, seed=1, threads=1)
    assert (np.diff(fit_boosted(learned, how).margin(asked)) >= 0).all()
    assert (np.diff(fit_boosted(free, how).margin(asked)) < 0).any()


def test_regression_and_ranking_learn_what_is_plain_to_see() -> None:
    rng = np.random.default_rng(1)
    amount = rng.uniform(0, 10, 400)
    frame = frame_of({"amount": list(amount)}, [AMOUNT], np.floor(amount / 3))
    for task in ("regression", "ranking"):
        how = Boosting(SHAPES[0], 60, seed=1, threads=1, task=task)
        listed = make_frame(
            frame.values,
            features=[AMOUNT],
            as_of=frame.as_of,
            label=frame.label,
            label_known_at=frame.label_known_at,
            group=np.arange(400) % 20,
        )
        margin = fit_boosted(listed, how).margin(frame)
        assert np.corrcoef(margin, frame.label)[0, 1] > 0.85
    assert (
        np.corrcoef(fit_linear(frame, strength=1.0, task="regression").margin(frame), amount)[0, 1]
        > 0.99
    )
