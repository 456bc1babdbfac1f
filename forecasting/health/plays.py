"""What to do about each driver of ill health, as an org finds it before it changes anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from forecasting.health.policy import Policy


@dataclass(frozen=True)
class HealthPlay:
    """`trigger` is the driver that it answers; what is switched off is not suggested."""

    trigger: str
    driver: str
    title: str
    advice: str
    is_on: bool = True


USUAL: Mapping[str, HealthPlay] = MappingProxyType(
    {
        one.trigger: one
        for one in (
            HealthPlay(
                "use_falls",
                "Use is falling or low",
                "Find out who stopped using it",
                "Ask for the list of people who no longer sign in and call two of them."
                " Offer an hour of training to the team that fell the most, and agree what"
                " they will use it for.",
            ),
            HealthPlay(
                "support_heavy",
                "Many, grave or long support cases",
                "Go through the support cases together",
                "List every case of the last quarter with what it cost the customer. Bring"
                " whoever can fix the worst one to a call within a week, and say by when"
                " each is closed.",
            ),
            HealthPlay(
                "case_open",
                "Support cases are open",
                "Close the open cases, or say when",
                "Call the person who opened the oldest case: what it stops them from doing,"
                " and the day on which it will be solved. Ask support for an owner by name.",
            ),
            HealthPlay(
                "no_contact",
                "We speak less than usual",
                "Book a review with the main contact",
                "Propose two times and three lines of agenda: what they wanted, what they"
                " got, what is next. If nobody answers twice, write to their superior.",
            ),
            HealthPlay(
                "no_pipeline",
                "Nothing new is being bought",
                "Show what comparable customers bought next",
                "Choose one product that customers alike have and this one has not, and ask"
                " which of its plans it would serve. No is an answer that tells where the"
                " account stands.",
            ),
            HealthPlay(
                "revenue_falls",
                "Revenue is falling",
                "Ask what they spend it on instead",
                "Put two years of purchases side by side and ask what changed: need, budget"
                " or another supplier. Offer less scope before you offer a lower price.",
            ),
            HealthPlay(
                "people_left",
                "People whom we knew have left",
                "Meet whoever took over",
                "Ask who has the task now, and tell them in half an hour why it was bought"
                " and what it gives. Ask the one who left for an introduction at the new"
                " place, too.",
            ),
            HealthPlay(
                "few_people",
                "We know few people there",
                "Meet a second person",
                "Ask your contact who else uses it or pays for it, and invite one of them"
                " to the next meeting. If the contact leaves, the customer should not.",
            ),
        )
    }
)


def plays_of(policy: Policy) -> dict[str, HealthPlay]:
    """The usual ones, each with what the org says in its place: title, advice, on."""
    return {key: changed(one, policy.plays.get(key, {})) for key, one in USUAL.items()}


def changed(play: HealthPlay, said: Mapping[str, object]) -> HealthPlay:
    return HealthPlay(
        play.trigger,
        play.driver,
        str(said.get("title") or play.title)[:120],
        str(said.get("advice") or play.advice),
        bool(said.get("on", True)),
    )


# Which features speak for a driver, by how their names begin; the first that fits.
TRIGGERS: tuple[tuple[str, str], ...] = (
    ("cases_open", "case_open"),
    ("case", "support_heavy"),
    ("people_left", "people_left"),
    ("people_gone", "people_left"),
    ("contacts", "few_people"),
    ("people", "few_people"),
)
BY_DIMENSION: Mapping[str, str] = MappingProxyType(
    {
        "use": "use_falls",
        "support": "support_heavy",
        "dealings": "no_contact",
        "pipeline": "no_pipeline",
        "money": "revenue_falls",
        "people": "few_people",
    }
)


def trigger_of(feature: str, dimension: str) -> str:
    """Empty where nothing can be done about it: an industry, a size."""
    named = next((key for begins, key in TRIGGERS if feature.startswith(begins)), "")
    return named or BY_DIMENSION.get(dimension, "")
