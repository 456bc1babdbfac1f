"""What would move a deal: within reach, of one piece, and never to the worse."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecasting.deals.features import calendar
from forecasting.reasons.moves import LEAST_GAIN, MOST, moves_of
from forecasting.reasons.reach import MOVES, Deals, Move, moves_for
from forecasting.reasons.rows import plain_rows
from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.calibration import Sigmoid
from revenue.ml.frames import Feature, Frame, Kind, make_frame
from revenue.ml.intervals import VennAbers
from revenue.ml.linear import fit_linear
from revenue.ml.trained import Model

AS_OF = np.datetime64("2025-05-20T12:00:00", "s")
STAGES = {
    "Talk": {"stage_order": 10.0, "usual": float(np.log1p(14)), "left": 60.0},
    "Offer": {"stage_order": 50.0, "usual": float(np.log1p(20)), "left": 30.0},
    "Sign": {"stage_order": 90.0, "usual": float(np.log1p(7)), "left": 9.0},
}
CATEGORIES = ("stage", "close_month_of_quarter", "own_Champion__c", "industry")
# Nobody who sells can change these.
GIVEN = {
    "age_days", "seller_rate", "account_rate", "industry", "industry_rate", "employees", "source",
    "country", "calendar_chance", "month_of_quarter", "amount_log", "fell_back",
}  # fmt: skip


def a_frame(rows: int = 300, seed: int = 2) -> Frame:
    rng = np.random.default_rng(seed)
    stage = rng.choice(list(STAGES), rows)
    meetings = rng.poisson(1.0, rows).astype(float)
    calls = rng.poisson(1.0, rows).astype(float)
    mails = rng.poisson(1.5, (2, rows)).astype(float)
    done = meetings + calls + mails.sum(axis=0)
    since = rng.uniform(0, 60, (4, rows))
    since[0, rng.random(rows) < 0.2] = np.nan
    close = rng.uniform(-40, 200, rows)
    values = pd.DataFrame(
        {
            "age_days": rng.uniform(1, 200, rows),
            "stage": stage,
            "stage_order": [STAGES[one]["stage_order"] for one in stage],
            "days_in_stage": rng.uniform(0, 60, rows),
            "slower_than_won": rng.normal(0, 1, rows),
            "stage_moves": rng.integers(0, 4, rows).astype(float),
            "fell_back": rng.integers(0, 2, rows).astype(float),
            "meeting_30": meetings,
            "days_since_meeting": since[0],
            "call_30": calls,
            "days_since_call": since[1],
            "incoming_30": mails[0],
            "days_since_incoming": since[2],
            "outgoing_30": mails[1],
            "days_since_outgoing": since[3],
            "activities_7": np.minimum(done, 2),
            "activities_30": done,
            "activities_90": done + 3,
            "days_since_activity": np.nanmin(since, axis=0),
            "activity_of_late": np.log1p(done / 2),
            "contacts_by_role": rng.integers(0, 5, rows).astype(float),
            "contacts_met": rng.integers(0, 4, rows).astype(float),
            "senior_by_role": rng.integers(0, 2, rows).astype(float),
            "senior_met": rng.integers(0, 2, rows).astype(float),
            "has_next_step": rng.integers(0, 2, rows).astype(float),
            "days_to_close_date": close,
            "pushes": rng.integers(0, 4, rows).astype(float),
            "days_pushed": rng.uniform(0, 90, rows),
            "close_month_of_quarter": rng.choice(["1", "2", "3"], rows),
            "close_before_quarter_end": rng.uniform(0, 90, rows),
            "seller_rate": rng.normal(0, 0.1, rows),
            "industry": rng.choice(["Retail", "Health"], rows),
            "own_Champion__c": rng.choice(np.array(["true", "false", None], dtype=object), rows),
        }
    )
    liked = done - 3 + values["has_next_step"] + (values["own_Champion__c"] == "true")
    label = (rng.random(rows) < 1 / (1 + np.exp(-0.5 * liked))).astype(float)
    flags = {"has_next_step": Kind.FLAG} | dict.fromkeys(CATEGORIES, Kind.CATEGORY)
    features = [Feature(name, flags.get(name, Kind.NUMBER)) for name in values.columns]
    return make_frame(
        values,
        features=features,
        as_of=np.full(rows, AS_OF),
        label=label,
        label_known_at=np.full(rows, AS_OF + np.timedelta64(9, "D")),
    )


FRAME = a_frame()


def a_model(frame: Frame) -> Model:
    member = fit_linear(frame, strength=0.1)
    pair = VennAbers.fit(member.margin(frame), frame.label, frame.weight)
    return Model(member, Sigmoid(), pair)


def changes_of(
    name: str, frame: Frame = FRAME, *, first_month: int = 1
) -> tuple[Ints, dict[str, Any]]:
    move = next(one for one in moves_for(frame) if one.name == name)
    found = move.change(Deals(frame, STAGES, first_month))
    assert found is not None
    return np.flatnonzero(found[0]), found[1]


def offered(frame: Frame = FRAME) -> tuple[Model, Floats, list[list[dict[str, Any]]]]:
    model = a_model(frame)
    chance = model.probability(frame)
    return model, chance, moves_of(
        frame, model, chance, values=plain_rows(frame), stages=STAGES
    )  # fmt: skip


def test_only_what_helps_is_offered_the_best_first() -> None:
    _, chance, found = offered()
    assert sum(len(one) > 0 for one in found) > 200
    for row, moves in enumerate(found):
        points = [one["points"] for one in moves]
        assert len(points) <= MOST
        assert points == sorted(points, reverse=True)
        for one in moves:
            assert one["points"] >= LEAST_GAIN
            assert one["probability"] == pytest.approx(chance[row] + one["points"])
            assert 0 <= one["probability"] <= 1


def test_the_score_is_that_of_the_deal_with_all_its_changes() -> None:
    model, _, found = offered()
    for row, moves in list(enumerate(found))[:40]:
        for one in moves:
            values = FRAME.values.iloc[[row]].reset_index(drop=True).assign(**one["changes"])
            alone = replace(FRAME.take(np.array([row])), values=values)
            assert model.probability(alone)[0] == pytest.approx(one["probability"], abs=1e-4)


def test_nobody_is_told_to_change_what_is_given() -> None:
    deals = Deals(FRAME, STAGES)
    for move in moves_for(FRAME):
        found = move.change(deals)
        assert found is not None, move.name
        assert not set(found[1]) & GIVEN, move.name
        assert set(found[1]) <= set(FRAME.values.columns)
        assert all(len(column) == len(FRAME) for column in found[1].values())


def test_a_meeting_is_also_an_activity_and_the_newest() -> None:
    rows, changes = changes_of("book_meeting")
    assert set(changes) == {
        "meeting_30", "days_since_meeting", "activities_7", "activities_30", "activities_90",
        "days_since_activity", "activity_of_late",
    }  # fmt: skip
    since = FRAME.values["days_since_meeting"].to_numpy()
    assert (np.isnan(since[rows]) | (since[rows] > 7)).all()
    assert len(rows) < len(FRAME)
    np.testing.assert_array_equal(changes["days_since_meeting"], np.fmin(since, 1))
    assert (changes["activities_30"] == FRAME.values["activities_30"] + 1).all()
    late = np.expm1(changes["activity_of_late"]) - np.expm1(FRAME.values["activity_of_late"])
    np.testing.assert_allclose(late, 1)


@pytest.mark.parametrize(
    ("name", "fewest", "most"), [("first_contact", 0, 0), ("second_contact", 1, 1)]
)
def test_a_contact_is_offered_to_who_has_few(name: str, fewest: int, most: int) -> None:
    rows, changes = changes_of(name)
    people = FRAME.values[["contacts_by_role", "contacts_met"]].max(axis=1).to_numpy()[rows]
    assert people.min() >= fewest
    assert people.max() <= most
    assert (changes["contacts_met"] == FRAME.values["contacts_met"] + 1).all()
    assert "senior_met" not in changes
    assert "outgoing_30" in changes


def test_a_director_is_also_a_contact() -> None:
    rows, changes = changes_of("senior_contact")
    assert (FRAME.values[["senior_by_role", "senior_met"]].to_numpy()[rows] == 0).all()
    assert {"senior_met", "contacts_met", "contacts_by_role"} <= set(changes)


@pytest.mark.parametrize("first_month", [1, 2, 12])
def test_a_close_date_is_moved_to_when_deals_of_its_stage_close(first_month: int) -> None:
    rows, changes = changes_of("settle_close_date", first_month=first_month)
    now = FRAME.values["days_to_close_date"].to_numpy()
    usual = floats([STAGES[one]["left"] for one in FRAME.values["stage"]])
    assert ((now[rows] < 0) | (now[rows] > 3 * usual[rows])).all()
    np.testing.assert_array_equal(changes["days_to_close_date"], usual)
    later = changes["days_pushed"] - FRAME.values["days_pushed"].to_numpy()
    np.testing.assert_allclose(later, np.maximum(usual - now, 0))
    pushed = changes["pushes"] - FRAME.values["pushes"].to_numpy()
    np.testing.assert_array_equal(pushed, later > 0)
    at = (AS_OF.astype(np.int64) + usual * 86_400).astype(np.int64)
    _, to_end = calendar(at, first_month=first_month)
    months = at.astype("datetime64[s]").astype("datetime64[M]").astype(int) % 12 + 1
    in_quarter = [str((month - first_month) % 3 + 1) for month in months]
    assert changes["close_month_of_quarter"].tolist() == in_quarter
    np.testing.assert_array_equal(changes["close_before_quarter_end"], to_end)


def test_a_stage_is_entered_anew() -> None:
    rows, changes = changes_of("advance_stage")
    stage = FRAME.values["stage"].to_numpy()
    assert set(stage[rows]) == {"Talk", "Offer"}
    talk = int(np.flatnonzero(stage == "Talk")[0])
    assert changes["stage"][talk] == "Offer"
    assert changes["stage_order"][talk] == 50
    assert changes["days_in_stage"][talk] == 0
    assert changes["slower_than_won"][talk] == pytest.approx(-np.log1p(20))
    assert changes["stage_moves"][talk] == FRAME.values["stage_moves"][talk] + 1


def test_a_mark_of_the_orgs_own_is_won_where_it_is_not_set() -> None:
    rows, changes = changes_of("confirm_own_Champion__c")
    said = FRAME.values["own_Champion__c"].to_numpy()
    assert set(said[rows]) == {"false"}
    assert set(changes["own_Champion__c"][rows]) == {"true"}
    named = replace(FRAME, values=FRAME.values.assign(own_Champion__c=["Ann", "Bob", "Eve"] * 100))
    assert len(moves_for(named)) == len(MOVES)


def test_a_first_meeting_is_the_last_one_too() -> None:
    none = replace(FRAME, values=FRAME.values.assign(meeting_30=0.0, days_since_meeting=np.nan))
    found = MOVES[0].change(Deals(none, STAGES))
    assert found is not None
    assert found[0].all()
    assert (found[1]["days_since_meeting"] == 1).all()


def test_what_an_org_does_not_record_is_not_offered() -> None:
    bare = FRAME.only(["age_days", "seller_rate", "industry"])
    model = a_model(bare)
    chance = model.probability(bare)
    assert moves_of(bare, model, chance, values=plain_rows(bare), stages={}) == [[]] * len(bare)
    silent = replace(
        FRAME, values=FRAME.values.assign(meeting_30=np.nan, days_since_meeting=np.nan)
    )
    move: Move = MOVES[0]
    assert move.change(Deals(silent, STAGES)) is None
