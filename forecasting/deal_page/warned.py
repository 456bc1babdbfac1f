"""What warns of a deal, in words: what it is, for how long, and from when on it warns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.about.clock import counted_days
from forecasting.deal_page.look import Look
from forecasting.risk.catalogue import WARNINGS, title_of
from forecasting.risk.policy import Policy

# The number that tells for how long it has been so, or since when.
LASTS = {
    "no_activity": ("for", "days_since_activity"),
    "stalled": ("for", "days_in_stage"),
    "ghosted": ("for", "days_since_sign"),
    "pushed": ("within", "days_since_third_push"),
    "amount_fell": ("within", "days_since_higher"),
}


@dataclass(frozen=True)
class Warned:
    title: str
    lasting: str
    rule: str


def warnings_of(look: Look) -> Sequence[Warned]:
    if look.outlook is None or not look.outlook.warnings:
        return ()
    policy = Policy.of(look.org)
    late = (look.today - look.deal.close_date).days if look.deal.close_date else 0
    return [
        Warned(
            title=title_of(name),
            lasting=f"for {counted_days(late)}"
            if name == "overdue" and late > 0
            else lasting(name, look.outlook.facts),
            rule=rule_of(name, policy),
        )
        for name in look.outlook.warnings
    ]


def lasting(name: str, facts: Mapping[str, Any]) -> str:
    way, number = LASTS.get(name, ("", ""))
    days = facts.get(number)
    return f"{way} {counted_days(round(days))}" if days is not None and days >= 1 else ""


def rule_of(name: str, policy: Policy) -> str:
    if name not in WARNINGS or name not in policy.rules:
        return ""
    return WARNINGS[name].said.format(days=policy.rules[name].days)
