"""A reason as a person reads it."""

from typing import Any

import numpy as np
import pytest

from forecasting.deals import dealings
from forecasting.reasons.counting import number
from forecasting.reasons.sayings import SPECIAL
from forecasting.reasons.told import Told
from forecasting.reasons.topics import drawn_together, leads, topic_of, topics_of
from forecasting.reasons.words import reason_in_words
from revenue.ml.frames import Feature, Kind

PLAIN = {"stage": Kind.CATEGORY, "source": Kind.CATEGORY}


def said(name: str, raises: bool = False, *, feature: Feature | None = None, **known: Any) -> str:
    values = {name: known.pop("value", None)} | known.pop("values", {})
    told = Told(values, feature or Feature(name, PLAIN.get(name, Kind.NUMBER)), raises, **known)
    return reason_in_words(told)


@pytest.mark.parametrize(
    ("name", "value", "raises", "words"),
    [
        ("days_since_meeting", 21.4, False, "No meeting in 21 days"),
        ("days_since_meeting", 21.4, True, "Last meeting 21 days ago"),
        ("days_since_meeting", 2.0, False, "Last meeting 2 days ago"),
        ("days_since_meeting", 1.2, True, "Last meeting 1 day ago"),
        ("days_since_meeting", 0.3, True, "Last meeting today"),
        ("days_since_meeting", None, False, "No meeting yet"),
        ("days_since_incoming", 40.0, False, "No e-mail from the customer in 40 days"),
        ("meeting_30", 0.0, False, "No meeting in 30 days"),
        ("meeting_30", 2.0, False, "Only 2 meetings in 30 days"),
        ("meeting_30", 1.0, True, "1 meeting in 30 days"),
        ("meeting_14", 5.0, False, "5 meetings in 14 days"),
        ("activities_7", 1.0, False, "Only 1 activity in 7 days"),
        ("activities_7", None, False, "No activity known"),
        ("pushes", 3.0, False, "Close date pushed 3 times"),
        ("pushes", 1.0, False, "Close date pushed once"),
        ("pushes", 0.0, True, "Close date never pushed"),
        ("pushes", None, True, "Close date: its changes are not known"),
        ("days_to_close_date", -12.2, False, "Close date passed 12 days ago"),
        ("days_to_close_date", -0.4, False, "Close date is today"),
        ("days_to_close_date", 34.0, True, "Closes in 34 days"),
        ("days_to_close_date", None, False, "No close date"),
        ("age_days", 120.0, False, "Open for 120 days"),
        ("age_days", 0.2, True, "Made today"),
        ("close_month_of_quarter", "3", True, "Close date in the last month of a quarter"),
        ("close_before_quarter_end", 5.0, True, "Close date 5 days before a quarter ends"),
        ("month_of_quarter", "2", True, "The second month of the quarter"),
        ("month_of_year", "3", True, "It is March"),
        ("days_to_quarter_end", 12.0, True, "12 days to the end of the quarter"),
        ("calendar_chance", 0.0, True,
         "Of deals of its age, at this time of the quarter, 50% are won"),
        ("amount_log", float(np.log1p(45_000)), True, "Amount of $45,000"),
        ("amount_log", None, False, "No amount"),
        ("amount_growth", float(np.log(1.2)), True, "Amount raised by 20% since the beginning"),
        ("amount_growth", float(np.log(0.9)), False, "Amount cut by 10% since the beginning"),
        ("amount_growth", 0.0, False, "Amount as it was at the beginning"),
        ("amount_changes", 0.0, False, "Amount never changed"),
        ("amount_changes", 2.0, False, "Amount changed twice"),
        ("fell_back", 2.0, False, "Fell back a stage twice"),
        ("fell_back", 1.0, False, "Fell back a stage"),
        ("fell_back", 0.0, True, "Never fell back a stage"),
        ("stage_moves", 0.0, False, "Still in its first stage"),
        ("stage_moves", 3.0, True, "Moved to another stage 3 times"),
        ("stage", "Proposal", True, "In Proposal"),
        ("has_next_step", True, True, "Has a next step"),
        ("has_next_step", False, False, "No next step"),
        ("industry_rate_of_late", -0.08, False,
         "Of late, deals in its industry were won less often than all, by 8 points"),
        ("industry_rate_of_late", -0.02, True,
         (
             "Of late, deals in its industry were won less often than all, by 2 points;"
             " the usual deal stands worse"
         )),
        ("segment_rate_of_late", 0.001, True,
         "Of late, deals in its industry and country were won as often as all"),
        ("activity_trend", -0.7, False, "Less going on than in the month before"),
        ("activity_trend", 0.1, False, "As much going on as in the month before"),
        ("senior_first", True, True, "The first contact is a director or above"),
        ("senior_first", None, False, "No first contact named"),
        ("bought_before", float(np.log1p(2)), True, "The customer bought twice before"),
        ("bought_before", 0.0, False, "The customer has not bought yet"),
        ("employees", 1200.0, True, "Customer with 1,200 employees"),
        ("products", 1.0, True, "1 line of products"),
        ("products", 0.0, True, "No products"),
        ("product_family", "Cloud", True, "Product: Cloud"),
        ("source", "Partner", True, "Source: Partner"),
        ("source", None, True, "Source: not known"),
    ],
)  # fmt: skip
def test_what_is_so_is_said_plainly(name: str, value: Any, raises: bool, words: str) -> None:
    assert said(name, raises, value=value) == words


def test_a_window_longer_than_the_deals_life_is_not_named() -> None:
    assert said("call_30", value=0.0, values={"age_days": 4.0}) == "No call yet"
    assert said("call_30", value=0.0, values={"age_days": 40.0}) == "No call in 30 days"


def test_time_in_a_stage_stands_beside_that_of_won_deals() -> None:
    values = {"stage": "Proposal", "days_in_stage": 48.0, "slower_than_won": float(np.log(49 / 16))}
    assert said("slower_than_won", values=values) == "In Proposal for 48 days, won deals take 15"
    bare = {"stage": "Proposal", "days_in_stage": 48.0}
    assert said("days_in_stage", values=bare) == "In Proposal for 48 days"
    told = said("days_in_stage", values=bare, usual={"Proposal": 12.0})
    assert told == "In Proposal for 48 days, won deals take 12"


def test_people_are_counted_with_their_rank() -> None:
    def people(found: float | None, senior: float | None, way: str, raises: bool = False) -> str:
        values = {f"contacts_{way}": found, f"senior_{way}": senior}
        return said(f"contacts_{way}", raises, values=values)

    assert people(1, 0, "by_role") == "Only one contact, no director"
    assert people(1, 1, "by_role", raises=True) == "One contact, a director or above"
    assert people(4, 2, "by_role") == "4 contacts, 2 of them directors or above"
    assert people(4, 1, "by_role") == "4 contacts, 1 of them a director or above"
    assert people(3, 3, "met") == "3 contacts met or written to, all directors or above"
    assert people(0, 0, "met") == "Nobody met or written to"
    assert people(2, None, "by_role") == "2 contacts"


def test_a_rate_is_of_somebody_and_beside_all() -> None:
    told = said("seller_rate", value=0.08, seller="Priya Natarajan", won_of_all=0.33)
    assert told == "Priya Natarajan wins 41% of deals (all: 33%)"
    assert said("seller_rate", value=-0.08) == "The seller wins 8 points fewer than of all"
    told = said("industry_rate", value=0.1, values={"industry": "Retail"}, won_of_all=0.3)
    assert told == "40% of deals in Retail were won (all: 30%)"
    told = said("account_rate", value=0.5, won_of_all=0.8)
    assert told == "100% of deals with this customer were won (all: 80%)"


def test_a_field_of_the_orgs_own_is_told_as_it_is() -> None:
    def own(value: Any, kind: Kind = Kind.CATEGORY, title: str = "competitor") -> str:
        return said("own_X__c", value=value, feature=Feature("own_X__c", kind, title))

    assert own("Northwind") == "Competitor: Northwind"
    assert own(None) == "Competitor: nothing filled in"
    assert own("true", title="Champion") == "Champion: yes"
    assert own(12.5, Kind.NUMBER, "Discount") == "Discount: 12.5"
    assert own("days_since_call", title="Odd") == "Odd: days_since_call"


def test_what_nobody_has_foreseen_is_still_told() -> None:
    assert said("moon", value=2.0, feature=Feature("moon", label="phase of the moon")) == (
        "Phase of the moon: 2"
    )
    flag = Feature("is_hot", Kind.FLAG, "Hot")
    assert said("is_hot", value=True, feature=flag) == "Hot: yes"
    assert said("is_hot", value=None, feature=flag) == "Hot: not known"
    for name in SPECIAL:
        for value in (None, 0.0, 1.0, 7.3, "1", "x"):
            if isinstance(value, str) and Told({}, Feature(name), True).feature.kind is Kind.NUMBER:
                continue
            assert said(name, value=value)


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (0.1234, "0.123"), (1234.5, "1,234"), (12.34, "12.3")]
)
def test_numbers_are_no_longer_than_they_need(value: float, text: str) -> None:
    assert number(value) == text


def test_windows_and_recency_of_a_kind_are_one_topic() -> None:
    for kind in dealings.KINDS:
        assert {topic_of(f"{kind}_30"), topic_of(f"days_since_{kind}")} == {kind}
    names = ("activities_7", "activities_90", "days_since_activity", "activity_of_late")
    assert {topic_of(name) for name in names} == {"activity"}
    assert topic_of("noted_of_late") == topic_of("activity_trend") == "activity"
    assert topic_of("industry_rate_of_late") == topic_of("segment_rate_of_late") == "industry"
    assert topic_of("seller_rate") == "seller"
    assert topic_of("source") == topic_of("source_rate")
    assert topic_of("own_Score_30") == "own_Score_30"


def test_what_is_drawn_together_loses_nothing_and_is_led_by_the_largest_of_its_way() -> None:
    names = ("meeting_30", "stage", "days_since_meeting", "own_A", "meeting_7")
    features = [Feature(name) for name in names]
    topics = topics_of(features)
    parts = np.random.default_rng(3).normal(size=(50, len(names)))
    drawn = drawn_together(parts, topics)
    assert [one.name for one in topics] == ["meeting", "stage", "own_A"]
    np.testing.assert_allclose(drawn.sum(axis=1), parts.sum(axis=1), atol=1e-12)
    lead = leads(parts, topics)
    for row in range(50):
        mine = parts[row, [0, 2, 4]]
        best = mine.argmax() if mine.sum() >= 0 else mine.argmin()
        assert lead[row, 0] == (0, 2, 4)[best]
