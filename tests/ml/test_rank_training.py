"""A market whose tastes are known, and one of none: what is learned, what speaks, what is said."""

from dataclasses import replace

import numpy as np
import pytest

from revenue.ml.artefact import ArtefactError, digest
from revenue.ml.frames import Feature
from revenue.ml.rank.blending import Blended, Scale
from revenue.ml.rank.choosing import SCALES
from revenue.ml.rank.comparing import compare_rankings
from revenue.ml.rank.interactions import DAY
from revenue.ml.rank.judging import gain
from revenue.ml.rank.learning import NAMES, Plain, RankSettings, drawn_lists
from revenue.ml.rank.lists import Market, divided, labelled
from revenue.ml.rank.ranked import Ranked
from revenue.ml.rank.rivals import PLAIN, TITLES, judge_way
from revenue.ml.rank.training import parted, train_ranker
from revenue.ml.readiness import State
from revenue.ml.regression import Regressed
from tests.ml.markets import HORIZON, MOMENTS, UNTIL, market

SETTINGS = RankSettings("crosssell", most_trees=40, stop_after=8, rounds=12, bootstraps=150)
FEW = replace(SETTINGS, most_trees=8, rounds=3, bootstraps=20, most_lists=60, most_rows=5_000)


@pytest.fixture(scope="module")
def tastes() -> Market:
    return market(signal=True)


@pytest.fixture(scope="module")
def learned(tastes: Market) -> Ranked:
    return train_ranker(tastes, SETTINGS)


@pytest.fixture(scope="module")
def nothing() -> tuple[Market, Ranked]:
    made = market(signal=False)
    return made, train_ranker(made, SETTINGS)


def test_where_tastes_are_told_it_beats_every_rival(learned: Ranked) -> None:
    report = learned.report
    assert learned.blend is not None
    assert learned.readiness.state is State.READY
    assert set(report["baselines"]) == set(TITLES)
    for name, one in report["gains"].items():
        assert one["chance"] >= (0.9 if name not in PLAIN else 1.0), name
    assert report["metrics"]["ndcg"] > report["baselines"]["recent"]["ndcg"] * 1.8
    low, high = report["metrics"]["intervals"]["ndcg"]
    assert low < report["metrics"]["ndcg"] < high
    assert report["importance"][0]["name"] == "fit"
    assert report["metrics"]["ece"] < 0.03


def test_what_it_says_of_itself_is_what_a_later_judge_finds(
    tastes: Market, learned: Ranked
) -> None:
    test = parted(tastes, SETTINGS).test
    assert test.at.min() == MOMENTS[-1]
    again = learned.judge(tastes, test)
    assert again.ndcg == pytest.approx(learned.report["metrics"]["ndcg"])
    rival = judge_way(learned.way, tastes, test)
    found = gain(again, rival, bootstraps=150, seed=SETTINGS.seed)
    assert found.as_json() == pytest.approx(learned.report["gains"][learned.way.kind])


def test_weights_fitted_starting_and_equal_stand_beside_each_member(learned: Ranked) -> None:
    choice = learned.report["choice"]
    assert set(choice["weights"]) == {*NAMES, "equal", "starting", "fitted"}
    assert choice["weights"]["starting"] == {
        "network": 0.3,
        "ranker": 0.3,
        "forest": 0.2,
        "boosted": 0.2,
    }
    for one in choice["weights"].values():
        assert sum(one.values()) == pytest.approx(1)
        assert min(one.values()) >= 0
    assert set(learned.report["members"]) == set(choice["weights"])
    assert learned.kind == choice["chosen"]
    best = max(choice["ndcg"].values())
    assert choice["ndcg"][learned.kind] > best - 0.05


@pytest.mark.parametrize("scale", SCALES)
def test_reasons_sum_to_the_score(tastes: Market, learned: Ranked, scale: Scale) -> None:
    assert learned.blend is not None
    blend = replace(learned.blend, scale=scale)
    made = replace(learned, blend=blend)
    test = parted(tastes, SETTINGS).test
    rows = np.arange(0, len(test.of), 37)
    scores = made.score(tastes, test)
    parts = made.contributions(test.rows(rows), scores.take(rows))
    np.testing.assert_allclose(parts.margin, scores.score[rows], atol=1e-4)
    assert np.abs(parts.by_feature).sum() > 0


def test_it_comes_back_alike_and_learned_twice_is_the_same(tastes: Market, learned: Ranked) -> None:
    ways = learned.ways
    data = train_ranker(tastes, FEW, ways=ways).to_bytes()
    assert train_ranker(tastes, FEW, ways=ways).to_bytes() == data
    kept = learned.to_bytes()
    again = Ranked.from_bytes(kept, sha256=digest(kept))
    assert again.to_bytes() == kept
    test = parted(tastes, SETTINGS).test
    told, said = learned.score(tastes, test), again.score(tastes, test)
    np.testing.assert_array_equal(told.score, said.score)
    np.testing.assert_array_equal(told.probability, said.probability)
    with pytest.raises(ArtefactError, match="its hash differs"):
        Ranked.from_bytes(kept[:-1] + b"!", sha256=digest(kept))
    with pytest.raises(ArtefactError, match="a chance and not a number"):
        Regressed.from_bytes(kept, sha256=digest(kept))


def test_of_noise_it_is_not_ready_and_names_no_reasons(nothing: tuple[Market, Ranked]) -> None:
    _, found = nothing
    assert found.readiness.state is State.NOT_READY
    assert "No usable signal" in found.readiness.reasons[0]
    assert found.report["importance"] == []
    assert found.report["metrics"]["ndcg"] < 0.25


def test_a_way_that_speaks_gives_its_scores_and_chances(
    nothing: tuple[Market, Ranked], tastes: Market, learned: Ranked
) -> None:
    for asked, found in (nothing, (tastes, replace(learned, blend=None))):
        scores = found.score(asked)
        assert ((scores.probability > 0) & (scores.probability < 1)).all()
        parts = found.contributions(asked.lists, scores)
        assert not parts.by_feature.any()
        np.testing.assert_array_equal(parts.margin, scores.score)


def test_what_came_after_the_test_window_began_changes_nothing_that_was_learned(
    tastes: Market,
) -> None:
    past = tastes.past
    late = past.moment > MOMENTS[-1]
    moved = replace(past, item=np.where(late, (past.item + 5) % past.n_items, past.item))
    lists = labelled(tastes.lists, moved, horizon_days=HORIZON, until=UNTIL)
    first = train_ranker(tastes, FEW)
    second = train_ranker(Market(moved, lists, HORIZON), FEW)
    assert first.report["choice"] == second.report["choice"]
    test = tastes.lists
    np.testing.assert_array_equal(
        first.score(tastes, test).probability, second.score(tastes, test).probability
    )
    assert first.report["metrics"] != second.report["metrics"]


def test_held_against_the_live_one_on_the_same_lists(
    tastes: Market, learned: Ranked, nothing: tuple[Market, Ranked]
) -> None:
    found = compare_rankings(learned, replace(learned, blend=None), tastes)
    assert found["candidate"]["ndcg"] == learned.report["metrics"]["ndcg"]
    assert found["live"]["ndcg"] == learned.report["baselines"][learned.way.kind]["ndcg"]


def test_too_short_a_past_is_said(tastes: Market) -> None:
    short = replace(tastes, lists=tastes.lists.during(MOMENTS[-1:].tolist()))
    found = train_ranker(short, SETTINGS)
    assert found.readiness.state is State.NOT_READY
    assert "at least two stretches of 90 days" in found.readiness.reasons[0]
    assert found.kind == "recent"
    again = Ranked.from_bytes(found.to_bytes(), sha256=digest(found.to_bytes()))
    assert np.isfinite(again.score(tastes).score).all()


def test_windows_follow_each_other_and_their_horizons_do_not_meet() -> None:
    moments = np.arange(0, 720, 30) * DAY
    found = divided(moments, horizon_days=HORIZON, until=720 * DAY)
    assert found.test == (630 * DAY,)
    assert found.validate == (540 * DAY,)
    assert max(found.train) == 450 * DAY
    nothing = divided(moments[:2], horizon_days=HORIZON, until=720 * DAY)
    assert nothing.validate == nothing.train == ()


def test_lists_are_drawn_whole(tastes: Market) -> None:
    lists = tastes.lists
    drawn = drawn_lists(lists, most_rows=2000, seed=1)
    assert len(drawn.of) <= 2000
    sizes = {
        (who, when): count
        for who, when, count in zip(lists.customer, lists.at, np.bincount(lists.of), strict=True)
    }
    for who, when, count in zip(drawn.customer, drawn.at, np.bincount(drawn.of), strict=True):
        assert sizes[who, when] == count


def test_two_stretches_are_enough_to_choose_a_plain_way_by(tastes: Market) -> None:
    found = train_ranker(replace(tastes, lists=tastes.lists.during(MOMENTS[-2:].tolist())), FEW)
    assert found.blend is None
    assert found.kind == found.report["choice"]["best_way"]
    assert "too little was bought to learn a ranking from" in found.readiness.reasons[1]


def test_it_is_said_which_window_chose_and_by_how_much(learned: Ranked) -> None:
    choice, day = learned.report["choice"], learned.report["windows"]["calibrate_from"][:10]
    said = learned.readiness.reasons[1]
    assert f"chosen over {TITLES[choice['best_way']]} on " in said
    assert f"from {day} on: NDCG@10 {choice['beats_best_way']['value']:+.4f}" in said


def test_labels_of_a_shorter_stretch_may_teach(tastes: Market) -> None:
    lists, near = tastes.lists, int(MOMENTS[1] + 45 * DAY)
    at = np.where(lists.at == MOMENTS[1], near, lists.at)
    frame = replace(lists.frame, as_of=at[lists.of].astype("datetime64[s]"))
    moved = replace(lists, at=at, frame=frame)
    short = labelled(moved, tastes.past, horizon_days=45, until=UNTIL)
    far = labelled(moved, tastes.past, horizon_days=HORIZON, until=UNTIL)
    is_near = at[lists.of] == near
    for name, is_taught in (("short", True), ("far", False)):
        label = np.where(is_near & is_taught, short.frame.label, far.frame.label)
        known = np.where(is_near & is_taught, short.frame.label_known_at, far.frame.label_known_at)
        told = replace(far, frame=replace(far.frame, label=label, label_known_at=known))
        found = parted(Market(tastes.past, told, HORIZON), SETTINGS).division
        assert (near in found.train) is is_taught, name
        assert found.validate == (MOMENTS[2],)


def test_a_feature_that_is_an_order_is_weighed_as_it_stands(tastes: Market) -> None:
    frame = tastes.lists.frame
    features = (*frame.features, Feature("ease", label="All that they own"))
    values = frame.values.assign(ease=frame.values["fit"] * 3 + 1)
    told = replace(tastes.lists, frame=replace(frame, features=features, values=values))
    found = train_ranker(replace(tastes, lists=told), FEW)
    weights = found.report["choice"]["weights"]
    assert 0 <= weights["fitted"]["ease"] <= 1
    assert weights["starting"]["ease"] == weights["equal"]["ease"] == 0
    again = Ranked.from_bytes(found.to_bytes(), sha256=digest(found.to_bytes()))
    mixed = replace(again, blend=plain_alone())
    asked = replace(tastes, lists=told)
    scores = mixed.score(asked)
    rows = np.arange(0, len(told.of), 99)
    parts = mixed.contributions(told.rows(rows), scores.take(rows))
    np.testing.assert_allclose(parts.margin, scores.score[rows], atol=1e-4)


def plain_alone() -> Blended:
    """The feature says all of the score."""
    return Blended({"ease": Plain("ease", 0.5)}, np.ones(1), "whole", np.zeros(1), np.ones(1))
