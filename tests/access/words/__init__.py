"""Who gets what from the pages of words."""

from tests.access.rules import Rule
from tests.access.words import chat, knowledge, plans, search, writers

WORDS: dict[str, Rule] = {
    **writers.RULES,
    **knowledge.RULES,
    **search.RULES,
    **plans.RULES,
    **chat.RULES,
}
