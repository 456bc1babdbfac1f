"""Who gets what from the pages of providers of text, what they may cost."""

from tests.access.rules import Rule

RULES: dict[str, Rule] = {}
