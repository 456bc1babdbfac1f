"""Who gets what from each address: written by hand, apart from the marks that the views carry."""

from fnmatch import fnmatchcase

from tests.access.rules import Rule

RULES: dict[str, Rule] = {}


def rule_for(name: str) -> Rule | None:
    if name in RULES:
        return RULES[name]
    for pattern, rule in RULES.items():
        if fnmatchcase(name, pattern):
            return rule
    return None
