"""How likely leads are and how well customers are, as rows: only what matters is given."""

from decimal import Decimal
from typing import Any

from accounts.models import Lead
from forecasting.models import (
    AccountAction,
    AccountHealth,
    LeadOverride,
    LeadScore,
    LifetimeValue,
)
from tests.factories.facts import NOON, a_lead
from tests.factories.selling import of_account, the_selling_run

REASONS = [
    {"name": "source", "title": "Source", "words": "referrals convert often", "points": 0.4},
    {"name": "free_mail", "title": "Free mail", "words": "a private address", "points": -0.2},
]


def of_lead(facts: dict[str, Any]) -> None:
    """The lead that is meant: given as `lead`, else by `org` and `lead_ref`, else new."""
    lead: Lead | None = facts.pop("lead", None)
    if lead is None and "lead_ref" not in facts:
        lead = a_lead(**({"org": facts["org"]} if "org" in facts else {}))
    if lead is not None:
        facts["org"], facts["lead_ref"] = lead.org, lead.external_id


def a_lead_score(**facts: Any) -> LeadScore:
    of_lead(facts)
    if "run" not in facts:
        facts["run"] = the_selling_run(facts["org"], task="lead_score")
    chance = facts.get("probability", 0.3)
    usual: dict[str, Any] = {
        "as_of": NOON,
        "source": "model",
        "probability": chance,
        "low": max(chance - 0.1, 0),
        "high": min(chance + 0.1, 1),
        "score": 70,
        "tier": "B",
        "base": -1.2,
        "contributions": {"source": 0.4, "free_mail": -0.2},
        "reasons": REASONS,
    }
    return LeadScore.objects.create(**usual | facts)


def a_lead_override(**facts: Any) -> LeadOverride:
    of_lead(facts)
    usual: dict[str, Any] = {"tier": "A", "note": "Called me twice", "was": "C", "made_at": NOON}
    return LeadOverride.objects.create(**usual | facts)


def a_health(**facts: Any) -> AccountHealth:
    of_account(facts)
    if facts.get("source", "model") == "model" and "run" not in facts:
        facts["run"] = the_selling_run(facts["org"], task="account_health")
    usual: dict[str, Any] = {
        "as_of": NOON,
        "source": "model",
        "score": 45,
        "band": "red",
        "probability": 0.3,
        "low": 0.2,
        "high": 0.4,
        "base": -2.0,
        "contributions": {"cases_90": 0.6},
        "parts": {"use": 40, "support": 20, "dealings": 60, "people": None},
        "reasons": [
            {"name": "cases_90", "title": "Cases", "words": "5 in 90 days", "points": -0.6}
        ],
        "value": Decimal(50_000),
        "at_risk": Decimal(15_000),
        "change": -8,
    }
    return AccountHealth.objects.create(**usual | facts)


def a_lifetime_value(**facts: Any) -> LifetimeValue:
    of_account(facts)
    usual: dict[str, Any] = {
        "as_of": NOON,
        "years": 3,
        "value": Decimal(90_000),
        "low": Decimal(40_000),
        "high": Decimal(150_000),
        "stays_years": 2.4,
        "a_year": Decimal(37_500),
    }
    return LifetimeValue.objects.create(**usual | facts)


def an_account_action(**facts: Any) -> AccountAction:
    of_account(facts)
    usual: dict[str, Any] = {"trigger": "cases", "title": "Review the open cases"}
    return AccountAction.objects.create(**usual | {"suggested_at": NOON} | facts)
