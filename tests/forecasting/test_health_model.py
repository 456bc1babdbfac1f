"""Account health: bounds, bands and order of scores; what features know; who counts as gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from forecasting.health.composite import composite_of
from forecasting.health.dataset import Labels, customers_now, dataset, spread
from forecasting.health.dimensions import DIMENSIONS, WEIGHTS, dimension_of
from forecasting.health.leaving import leaving_of
from forecasting.health.plays import USUAL, plays_of, trigger_of
from forecasting.health.policy import Policy, PolicyError, band_of, policy_of
from forecasting.health.score import odds_of, score_by_odds, score_of, whole
from forecasting.models.health import Band, HealthPolicy
from revenue.ml.arrays import floats
from revenue.ml.frames import Feature, make_frame
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.people import OrgFactory

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHANCE = st.floats(0, 1)
ORDER = {Band.RED: 0, Band.YELLOW: 1, Band.GREEN: 2}


def days(count: float) -> datetime:
    return AT + timedelta(days=count)


@given(st.lists(CHANCE, min_size=2, max_size=20), st.floats(0.001, 0.9))
def test_a_score_is_within_bounds_and_never_rises_with_the_chance(
    chances: list[float], usual: float
) -> None:
    ordered = floats(sorted(chances))
    score = whole(score_of(ordered, usual=usual))
    assert ((score >= 0) & (score <= 100)).all()
    assert (np.diff(score) <= 0).all()


@given(st.floats(0.001, 0.6))
def test_usual_odds_are_yellow_at_most_and_three_times_these_are_red(usual: float) -> None:
    odds = usual / (1 - usual)
    thrice = 3 * odds / (1 + 3 * odds)
    score = whole(score_of(floats([usual, thrice]), usual=usual))
    assert score.tolist() == [75, 50]
    assert [band_of(float(one), Policy()) for one in score] == [Band.YELLOW, Band.RED]


@given(st.integers(0, 98), st.integers(1, 99), st.lists(st.integers(0, 100), min_size=2))
def test_bands_rise_with_the_score_wherever_they_end(
    red: int, more: int, scores: list[int]
) -> None:
    policy = Policy(bands={"red": red, "yellow": min(red + more, 99)})
    found = [ORDER[band_of(one, policy)] for one in sorted(scores)]
    assert found == sorted(found)


@given(st.floats(0.5, 99.5))
def test_the_way_back_from_a_score_is_the_way_there(score: float) -> None:
    assert score_by_odds(odds_of(floats([score])))[0] == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"bands": {"red": 80, "yellow": 60}}, "Yellow must reach higher"),
        ({"bands": {"red": 10}}, "Give the highest score"),
        ({"bands": {"red": -1, "yellow": 60}}, "between 0 and 99"),
        ({"weights": dict.fromkeys(WEIGHTS, 0)}, "at least one dimension"),
        ({"weights": {"use": 1}}, "Give a weight to each"),
        ({"contraction": 0}, "above 0 %"),
    ],
)
def test_a_policy_that_makes_no_sense_says_why(said: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        Policy(**said)


@pytest.mark.django_db
def test_a_policy_is_as_usual_but_for_what_its_row_says() -> None:
    org = OrgFactory()
    assert policy_of(org) == Policy()
    HealthPolicy.objects.create(org=org, bands={"red": 40}, weights={"use": 0}, contraction=0.3)
    found = policy_of(org)
    assert dict(found.bands) == {"red": 40, "yellow": 75}
    assert found.weights["use"] == 0
    assert sum(found.weights.values()) == pytest.approx(1)


def test_every_dimension_that_can_be_acted_on_has_a_play() -> None:
    for key in set(DIMENSIONS) - {"profile"}:
        assert trigger_of("anything", key) in USUAL
    assert trigger_of("industry", "profile") == ""
    own = plays_of(Policy(plays={"no_contact": {"title": "Ring", "on": False}}))
    assert (own["no_contact"].title, own["no_contact"].is_on) == ("Ring", False)
    assert own["use_falls"] == USUAL["use_falls"]


@pytest.mark.parametrize(
    ("feature", "dimension"),
    [
        ("own_Active_Users__c_share", "use"), ("cases_grave", "support"),
        ("people_left_90", "people"), ("contacts_met", "people"),
        ("rhythm_silence", "dealings"), ("open_amount", "pipeline"),
        ("revenue_365", "money"), ("own_MonthlyCharges", "money"), ("own_TechSupport", "support"),
        ("own_StreamingTV", "use"), ("industry", "profile"), ("visit_90", "dealings"),
    ],
)  # fmt: skip
def test_each_feature_speaks_for_one_dimension(feature: str, dimension: str) -> None:
    assert dimension_of(feature) == dimension


def few(values: dict[str, Any]) -> Any:
    rows = len(next(iter(values.values())))
    frame = pd.DataFrame(values)
    return make_frame(frame, features=[Feature(name) for name in values], as_of=[AT] * rows)


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30))
def test_a_composite_is_within_bounds_and_more_cases_never_make_it_better(
    cases: list[float],
) -> None:
    found = composite_of(few({"cases_90": cases}), WEIGHTS)
    assert ((found.score >= 0) & (found.score <= 100)).all()
    order = np.argsort(cases, kind="stable")
    assert (np.diff(found.score[order]) <= 1e-9).all()
    assert all(np.isnan(part).all() for key, part in found.parts.items() if key != "support")


def test_of_whom_nothing_is_known_nothing_is_said_by_hand() -> None:
    found = composite_of(few({"cases_90": [1.0, np.nan, 3.0]}), WEIGHTS)
    assert np.isnan(found.score).tolist() == [False, True, False]
    points = found.points_of(0, Policy().weights)
    assert sum(points.values()) == pytest.approx(found.score[0] - 75)


def test_a_file_without_dates_is_drawn_by_ids_and_evenly_by_outcome() -> None:
    frame = few({"cases_90": np.arange(400.0)})
    label = (np.arange(400) % 4 == 0).astype(float)
    labelled = make_frame(
        frame.values,
        features=frame.features,
        as_of=[AT] * 400,
        label=label,
        label_known_at=[AT] * 400,
    )
    found = spread(labelled, as_of=AT)
    again = spread(labelled, as_of=AT)
    assert (found.as_of == again.as_of).all()
    last = found.as_of > np.quantile(found.as_of.astype("int64"), 0.8).astype("datetime64[s]")
    assert found.label[last].mean() == pytest.approx(0.25, abs=0.02)


@pytest.fixture
def org() -> Org:
    return OrgFactory(currency="USD")


def field(org: Org, name: str, type_: str) -> None:
    facts.a_source_field(org=org, object_name="Account", name=name, type=type_, column="", label="")


def customers(org: Org, *extras: dict[str, Any]) -> list[Account]:
    return [facts.an_account(org=org, created_at=days(-900), extra=one) for one in extras]


@pytest.mark.django_db
def test_who_left_is_found_by_a_day(org: Org) -> None:
    field(org, "Churned_On__c", "date")
    field(org, "Renewed_On__c", "date")
    gone, _, _ = customers(
        org, {"Churned_On__c": "2025-06-01"}, {}, {"Churned_On__c": "2026-06-01"}
    )
    found = leaving_of(org=org, as_of=AT, policy=Policy())
    assert (found.how, found.field, found.is_dated) == ("date", "Churned_On__c", True)
    assert found.gone["ref"].tolist() == [gone.external_id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "type_", "left", "stays"),
    [
        ("Churn", "boolean", True, False),
        ("Churn", "string", "Yes", "No"),
        ("Lifecycle__c", "picklist", "Churned", "Active"),
        ("Status__c", "string", "Cancelled by customer", "Live"),
    ],
)
def test_who_left_is_found_by_a_mark(
    org: Org, name: str, type_: str, left: Any, stays: Any
) -> None:
    field(org, name, type_)
    field(org, "Plan__c", "picklist")
    rows = customers(
        org, {name: left, "Plan__c": "A"}, {name: stays, "Plan__c": "B"}, {name: stays}
    )
    found = leaving_of(org=org, as_of=AT, policy=Policy())
    assert (found.how, found.field, found.is_dated) == ("flag", name, False)
    assert found.gone["ref"].tolist() == [rows[0].external_id]
    assert name in found.hidden


@pytest.mark.django_db
def test_an_admins_word_goes_before_what_is_found(org: Org) -> None:
    field(org, "Churn", "boolean")
    field(org, "Plan__c", "picklist")
    rows = customers(
        org, {"Churn": True, "Plan__c": "None"}, {"Plan__c": "Gold"}, {"Plan__c": "none"}
    )
    found = leaving_of(org=org, as_of=AT, policy=Policy(left_field="Plan__c", left_value="none"))
    assert set(found.gone["ref"]) == {rows[0].external_id, rows[2].external_id}
    assert found.hidden == {"Churn", "Plan__c"}


@pytest.mark.django_db
def test_a_mark_whose_changes_are_recorded_has_a_day(org: Org) -> None:
    field(org, "Churn", "boolean")
    rows = customers(org, {"Churn": True}, {"Churn": False})
    facts.a_field_change(
        org=org, record="account", record_ref=rows[0].external_id, field_name="Churn",
        old_value="false", new_value="true", changed_at=days(-30),
    )  # fmt: skip
    found = leaving_of(org=org, as_of=AT, policy=Policy())
    assert found.is_dated
    assert found.dated()[rows[0].external_id] == pd.Timestamp(days(-30))
    assert not len(leaving_of(org=org, as_of=days(-31), policy=Policy()).gone)


@pytest.mark.django_db
def test_without_a_field_all_that_has_ended_says_so_and_else_revenue(org: Org) -> None:
    assert leaving_of(org=org, as_of=AT, policy=Policy()).how == "revenue"
    for number in range(30):
        account = facts.an_account(org=org, created_at=days(-900))
        ends = days(-10 if number < 25 else 100).date()
        facts.a_purchase(
            org=org, account_ref=account.external_id, purchased_at=days(-400),
            created_at=days(-400), ends_date=ends,
        )  # fmt: skip
    found = leaving_of(org=org, as_of=AT, policy=Policy())
    assert found.how == "ends"
    assert len(found.gone) == 25
    labels = Labels(found, pd.DataFrame(), empty_purchases(), 0.5, 180)
    refs = pd.Index([*found.gone["ref"][:1], "somebody"])
    assert labels.of(refs, days(-100)).tolist() == [1.0, 0.0]
    assert np.isnan(labels.of(refs, AT)).tolist() == [True, False]


def empty_purchases() -> pd.DataFrame:
    day = pd.Series([], dtype="datetime64[us, UTC]")
    return pd.DataFrame({"ref": [], "purchased_at": day, "ends_at": day, "worth": []})


@pytest.mark.django_db
def test_nothing_that_came_after_a_moment_changes_a_feature(org: Org) -> None:
    account = a_customer(org)
    before = customers_now(org=org, as_of=AT)
    about = {"org": org, "account_ref": account.external_id}
    facts.a_case(opened_at=days(3), created_at=days(3), priority="High", **about)
    facts.a_contact(created_at=days(4), extra={"Left_On__c": "2026-02-01"}, **about)
    facts.an_activity(happens_at=days(2), created_at=days(2), **about)
    facts.a_purchase(purchased_at=days(3), created_at=days(3), **about)
    facts.a_field_change(
        org=org, record="account", record_ref=account.external_id, field_name="Users__c",
        old_value="40", new_value="0", changed_at=days(20),
    )  # fmt: skip
    extra = {"Users__c": 0, "Licensed_Users__c": 80, "Churned_On__c": "2026-01-21"}
    Account.objects.filter(pk=account.pk).update(extra=extra, kind="Former Customer")
    facts.a_field_change(
        org=org, record="account", record_ref=account.external_id, field_name="kind",
        old_value="Customer", new_value="Former Customer", changed_at=days(20),
    )  # fmt: skip
    after = customers_now(org=org, as_of=AT)
    assert [one.name for one in before.features] == [one.name for one in after.features]
    pd.testing.assert_frame_equal(before.values, after.values)
    row = after.values.iloc[0]
    assert row["own_Users__c_share_now"] == pytest.approx(0.5)
    assert row["cases_grave"] == 1
    assert row["people_left_90"] == 1
    assert not [one.name for one in after.features if "Churned" in one.name]


def a_customer(org: Org, *, licences_since: float = -120) -> Account:
    field(org, "Churned_On__c", "date")
    field(org, "Users__c", "integer")
    field(org, "Licensed_Users__c", "integer")
    facts.a_source_field(org=org, object_name="Contact", name="Left_On__c", type="date", column="")
    extra = {"Users__c": 40, "Licensed_Users__c": 80}
    account = facts.an_account(org=org, created_at=days(-700), extra=extra, kind="Customer")
    about = {"org": org, "account_ref": account.external_id}
    facts.a_purchase(purchased_at=days(-290), created_at=days(-290), **about)
    facts.a_case(opened_at=days(-30), created_at=days(-30), priority="High", **about)
    facts.a_contact(created_at=days(-500), extra={"Left_On__c": "2025-12-01"}, **about)
    for name, was, now, since in (
        ("Users__c", "30", "40", -120),
        ("Licensed_Users__c", "60", "80", licences_since),
    ):
        facts.a_field_change(
            org=org, record="account", record_ref=account.external_id, field_name=name,
            old_value=was, new_value=now, changed_at=days(since),
        )  # fmt: skip
    return account


@pytest.mark.django_db
def test_who_has_left_is_scored_no_more_until_it_buys_again(org: Org) -> None:
    account = a_customer(org)
    facts.an_account(org=org, created_at=days(-700))
    extra = {**account.extra, "Churned_On__c": "2025-11-01"}
    Account.objects.filter(pk=account.pk).update(extra=extra)
    assert not len(customers_now(org=org, as_of=AT))
    assert len(customers_now(org=org, as_of=days(-90))) == 1
    facts.an_opportunity(
        won=True, created_at=days(-20), close_date=days(-10).date(), org=org,
        account_ref=account.external_id,
    )  # fmt: skip
    assert len(customers_now(org=org, as_of=AT)) == 1


@pytest.mark.django_db
def test_labels_are_known_a_horizon_later_and_only_of_who_was_there(org: Org) -> None:
    for day in (-400, -380):
        account = facts.an_account(org=org, created_at=days(-900))
        facts.a_purchase(
            org=org, account_ref=account.external_id, purchased_at=days(day), created_at=days(day)
        )
    field(org, "Churned_On__c", "date")
    gone = days(-200).date().isoformat()
    Account.objects.filter(pk=account.pk).update(extra={"Churned_On__c": gone})
    rows = dataset(org=org, as_of=AT)
    frame = rows.frame
    of_gone = frame.ids == account.external_id
    assert (frame.label_known_at - frame.as_of == np.timedelta64(180, "D")).all()
    assert frame.label_known_at.max() <= np.datetime64(AT.replace(tzinfo=None))
    assert set(frame.label[of_gone]) == {1.0}
    assert frame.as_of[of_gone].max() < np.datetime64(days(-200).replace(tzinfo=None))
    assert set(frame.label[~of_gone]) == {0.0}
