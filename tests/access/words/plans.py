"""Who gets what from the pages of plans before a call."""

from tests.access.rules import Rule

RULES: dict[str, Rule] = {}
