"""Who gets what from the pages of questions in plain words."""

from tests.access.rules import Rule

RULES: dict[str, Rule] = {}
