"""A reason as a sentence: what is so of this deal, whatever a model calls it."""

from forecasting.reasons.counting import counted, days
from forecasting.reasons.sayings import SPECIAL
from forecasting.reasons.told import Told, plainly, sentence
from forecasting.reasons.topics import OWN, topic_of

LONG_AGO = 7  # days from which "no … in" says more than "last …"
FEW = 3
DONE = {
    "activity": ("activity", "activities"),
    "call": ("call", "calls"),
    "meeting": ("meeting", "meetings"),
    "task": ("task", "tasks"),
    "incoming": ("e-mail from the customer", "e-mails from the customer"),
    "outgoing": ("e-mail to the customer", "e-mails to the customer"),
}
YES, NO = {"true", "yes", "1", "1.0"}, {"false", "no", "0", "0.0"}


def reason_in_words(told: Told) -> str:
    name = told.name
    if name.startswith(OWN):
        return own(told)
    if name in SPECIAL:
        return SPECIAL[name](told)
    topic = topic_of(name)
    if topic in DONE:
        return done(told, *DONE[topic])
    return plainly(told)


def own(told: Told) -> str:
    title, value = sentence(told.feature.title), told.value
    if value is None or value == "":
        return f"{title}: nothing filled in"
    if isinstance(value, str) and value.lower() in YES | NO:
        return f"{title}: {'yes' if value.lower() in YES else 'no'}"
    return plainly(told)


def done(told: Told, one: str, many: str) -> str:
    """Of what people did: how long ago, or how often."""
    value = told.value
    if told.name.startswith("days_since_"):
        return since(value, one, raises=told.raises)
    window = told.name.rpartition("_")[2]
    if not window.isdigit():
        return of_late(told, one, many)
    if value is None:
        return f"No {one} known"
    if round(value) == 0:
        return f"No {one} {within(told, int(window))}"
    few = not told.raises and value <= FEW
    return f"{'Only ' if few else ''}{counted(value, one, many)} in {window} days"


def within(told: Told, window: int) -> str:
    """Of a deal that is younger than the window, it is all of its life."""
    age = told.get("age_days")
    return "yet" if age is not None and age < window else f"in {window} days"


def since(value: float | None, one: str, *, raises: bool) -> str:
    if value is None:
        return f"No {one} yet"
    if value < 1:
        return f"Last {one} today"
    if value >= LONG_AGO and not raises:
        return f"No {one} in {days(value)}"
    return f"Last {one} {days(value)} ago"


def of_late(told: Told, one: str, many: str) -> str:
    month = told.get("activities_30")
    if month is not None and topic_of(told.name) == "activity":
        if round(month) == 0:
            return f"No activity {within(told, 30)}"
        much = "Much" if told.raises else "Little"
        return f"{much} going on: {counted(month, one, many)} in 30 days"
    return f"{'Many' if told.raises else 'Few'} {many} of late"
