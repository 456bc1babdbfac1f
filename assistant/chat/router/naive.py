"""What a router has to beat: the first agent whose keyword stands in the question."""

from typing import Any

from assistant.chat.router.agents import TAKES
from assistant.chat.router.lexicon import NO_LEXICON, Lexicon
from assistant.chat.router.route import Routed
from assistant.chat.router.slots import read_slots
from assistant.chat.router.words import split

KEYWORDS = (
    ("mail", ("mail", "write", "draft")),
    ("winrate", ("why",)),
    ("forecast", ("forecast", "prognose")),
    ("quota", ("quota", "target")),
    ("leads", ("lead",)),
    ("industries", ("industr", "branche")),
    ("health", ("health", "churn")),
    ("crosssell", ("sell",)),
    ("conversion", ("win rate", "conversion")),
    ("risk", ("risk",)),
    ("top", ("top", "biggest")),
    ("pipeline", ("pipeline",)),
    ("plan", ("prep", "meeting")),
    ("changes", ("change",)),
    ("team", ("team", "rep")),
    ("deals", ("deal", "opportunit")),
    ("accounts", ("accounts", "customers")),
    ("account", ("tell me about", "summar")),
    ("help", ("help", "what can you")),
    ("readonly", ("delete", "set ", "update")),
)


def by_keyword(
    text: str,
    *,
    previous: Any = None,  # noqa: ARG001
    lexicon: Lexicon = NO_LEXICON,
) -> Routed:
    """Slots by the same grammar, so that only the choice of the agent differs."""
    lower = text.lower()
    agent = next(
        (agent for agent, words in KEYWORDS if any(word in lower for word in words)), "knowledge"
    )
    slots = read_slots(split(text), lexicon).slots
    return Routed(agent, {name: value for name, value in slots.items() if name in TAKES[agent]})
