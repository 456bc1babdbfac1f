"""What health is made of: each dimension with what it asks, and which features speak of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

USUAL_SCORE = 75  # of a customer, or a dimension of it, whose odds of leaving are the usual ones
FORMULA = (
    "100 × 3 ÷ (3 + how many times the usual odds of leaving): usual odds give 75, three times"
    " these 50, a third 90. The higher the chance, the lower the score."
)


@dataclass(frozen=True)
class Dimension:
    """`weight` is its own in the composite; by the model it counts as much as it tells."""

    key: str
    title: str
    asks: str
    weight: float


DIMENSIONS: Mapping[str, Dimension] = MappingProxyType(
    {
        one.key: one
        for one in (
            Dimension("use", "Product use", "Is it used as much as before, and as licensed?", 30),
            Dimension("support", "Support", "How many cases, how grave, how long?", 20),
            Dimension("dealings", "Dealings", "Do we speak as often as we usually do?", 20),
            Dimension("pipeline", "Pipeline", "Does it want to buy more?", 10),
            Dimension("money", "Revenue and renewals", "Does it spend more, or less?", 10),
            Dimension("people", "People", "Who left, who is new, whom do we know?", 10),
            Dimension("profile", "Kind of customer", "Industry, country, size, for how long?", 0),
        )
    }
)
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {key: one.weight for key, one in DIMENSIONS.items() if one.weight}
)

# Of our own features, by how their names begin; the first that fits.
BEGINNINGS: tuple[tuple[str, str], ...] = (
    ("cases_", "support"),
    ("case_", "support"),
    ("contacts", "people"),
    ("people_", "people"),
    ("activities_", "dealings"),
    ("care_", "dealings"),
    ("days_since_activity", "dealings"),
    ("days_since_care", "dealings"),
    ("rhythm", "dealings"),
    ("open_", "pipeline"),
    ("new_deals_", "pipeline"),
    ("lost_deals_", "pipeline"),
    ("days_since_deal", "pipeline"),
    ("won_share", "pipeline"),
    ("revenue_", "money"),
    ("usual_won", "money"),
    ("biggest_won", "money"),
    ("won_deals", "money"),
    ("days_since_won", "money"),
    ("days_since_purchase", "money"),
    ("renewal_", "money"),
    ("asset", "money"),
    ("use_", "use"),
)
DEALT = ("call_", "visit_", "demo_", "executive_", "meeting_", "task_", "incoming_", "outgoing_")
# Of an org's own fields, by the words of their names; the first that fits.
WORDS: tuple[tuple[str, str], ...] = (
    (r"support|ticket|case|incident|complain|escalat|satisf|nps|csat", "support"),
    (
        r"charge|price|amount|paid|pay|bill|invoice|contract|renew|revenue|spend|value|arr|fee",
        "money",
    ),
    (r"contact|people|champion|sponsor|stakeholder", "people"),
    (r"call|meeting|visit|touch|email|reply", "dealings"),
    (r"user|login|active|session|usage|use|seat|licen|adopt|feature|module|download|sign", "use"),
    (r"service|stream|internet|phone|line|device|backup|security|product", "use"),
)


def dimension_of(feature: str) -> str:
    if feature.startswith("own_"):
        return dimension_of_own(feature.removeprefix("own_"))
    if feature.startswith(DEALT):
        return "dealings"
    return next((key for begins, key in BEGINNINGS if feature.startswith(begins)), "profile")


def dimension_of_own(name: str) -> str:
    words = " ".join(words_of(name))
    return next((key for found, key in WORDS if re.search(rf"\b(?:{found})", words)), "profile")


def words_of(name: str) -> list[str]:
    """Of a field's name, whether it is written Active_Users__c or activeUsers."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("__c"))
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", apart) if word]
