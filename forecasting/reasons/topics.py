"""Which features speak of the same, so that three reasons are three different things."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from revenue.ml.arrays import Floats, Ints
from revenue.ml.frames import Feature

# A window or a way of counting is no thing of its own: meeting_30 and days_since_meeting.
STEM = re.compile(r"^(?:days_since_)?(?P<stem>.+?)(?:_rate_of_late|_rate|_of_late|_trend|_\d+)?$")
OWN = "own_"
TOPIC_OF = {
    "activities": "activity",
    "contacts_by_role": "people",
    "contacts_met": "people",
    "senior_by_role": "people",
    "senior_met": "people",
    "senior_first": "people",
    "noted": "activity",
    "segment": "industry",
    "bought_before": "account",
    "stage_order": "stage",
    "days_in_stage": "pace",
    "slower_than_won": "pace",
    "stage_moves": "moves",
    "fell_back": "moves",
    "amount_log": "amount",
    "amount_is_missing": "amount",
    "amount_growth": "amount_changes",
    "days_to_close_date": "close_date",
    "pushes": "pushes",
    "days_pushed": "pushes",
    "close_month_of_quarter": "close_quarter",
    "close_before_quarter_end": "close_quarter",
    "age_days": "age",
    "calendar_chance": "calendar",
    "month_of_quarter": "calendar",
    "days_to_quarter_end": "calendar",
    "month_of_year": "calendar",
    "products": "product",
    "product_family": "product",
    "has_next_step": "next_step",
}
TITLES = {
    "activity": "Activity",
    "call": "Calls",
    "meeting": "Meetings",
    "task": "Tasks",
    "incoming": "E-mails from the customer",
    "outgoing": "E-mails to the customer",
    "people": "Contacts",
    "stage": "Stage",
    "pace": "Time in its stage",
    "moves": "Changes of stage",
    "amount": "Amount",
    "amount_changes": "Changes of the amount",
    "close_date": "Close date",
    "pushes": "Pushes of the close date",
    "close_quarter": "Close date in its quarter",
    "age": "Age",
    "calendar": "Time of the year",
    "industry": "Industry",
    "source": "Source",
    "seller": "Seller",
    "account": "Account",
    "product": "Products",
    "next_step": "Next step",
}


@dataclass(frozen=True)
class Topic:
    name: str
    title: str
    places: tuple[int, ...]  # of its features, among those of the model


def topic_of(name: str) -> str:
    """A field of the org's own stands alone: what its name means is not for us to say."""
    if name in TOPIC_OF:
        return TOPIC_OF[name]
    if name.startswith(OWN):
        return name
    found = STEM.match(name)
    stem = found.group("stem") if found else name
    return TOPIC_OF.get(stem, stem)


def topics_of(features: Sequence[Feature]) -> tuple[Topic, ...]:
    places: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        places.setdefault(topic_of(feature.name), []).append(place)
    return tuple(
        Topic(name, TITLES.get(name, features[found[0]].title), tuple(found))
        for name, found in places.items()
    )


def drawn_together(by_feature: Floats, topics: Sequence[Topic]) -> Floats:
    """By row and topic: contributions add up, so nothing is lost."""
    columns = [by_feature[:, list(topic.places)].sum(axis=1) for topic in topics]
    return np.column_stack(columns) if columns else np.zeros((len(by_feature), 0))


def leads(by_feature: Floats, topics: Sequence[Topic]) -> Ints:
    """By row and topic, the feature that speaks for it: the one that adds most to its sum."""
    found = np.zeros((len(by_feature), len(topics)), dtype=np.int64)
    for at, topic in enumerate(topics):
        parts = by_feature[:, list(topic.places)]
        way = np.where(parts.sum(axis=1) < 0, -1.0, 1.0)
        best = np.argmax(parts * way[:, None], axis=1)
        found[:, at] = np.array(topic.places, dtype=np.int64)[best]
    return found
