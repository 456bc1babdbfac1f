"""What kinds, states and sources of suggestions are called, and how they look."""

from crosssell.models import Recommendation

State = Recommendation.State
KIND_KINDS = {
    "first": "accent",
    "next": "positive",
    "bundle": "positive",
    "renewal": "warning",
    "upsell": "accent",
}
STATE_KINDS = {
    State.ACCEPTED: "accent",
    State.CONVERTED: "positive",
    State.DISMISSED: "negative",
    State.EXPIRED: "warning",
}
SOURCES = {
    "together": "All of them together",
    "alone": "All together, without the group's other companies",
    "rules": "Fits by industry, size and country",
    "copurchase": "Often bought together with what they own",
    "sequence": "Often the next purchase after what they own",
    "lookalike": "Owned by customers like this one",
    "crossorg": "Owned by like customers of the group's other companies",
    "popular": "Bought by many lately",
    "ease": "Goes with the whole of what they own",
    "repeat": "They buy it again and again, and it is due",
    "contract": "They have it, and it ends",
    "more": "They have it, and may want more of it",
}
GONE = "A product that the CRM no longer has"


def source_said(name: str) -> str:
    return SOURCES.get(name) or name.replace("_", " ").capitalize()
