"""Who gets what from the pages of documents of the house."""

from tests.access.rules import Rule

RULES: dict[str, Rule] = {}
