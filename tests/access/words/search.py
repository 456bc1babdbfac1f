"""Who gets what from the pages of what finds."""

from tests.access.rules import Rule

RULES: dict[str, Rule] = {}
