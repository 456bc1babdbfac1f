"""What to sell next and who acts, as rows: only the facts that matter are given."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from accounts.models import Account
from crosssell.models import (
    ActionType,
    AllocationPlan,
    AllocationRow,
    CrosssellPolicy,
    ExpansionScore,
    Recommendation,
)
from revenue.ml.models import ModelRun
from revenue.users.models import Org
from tests.factories.facts import DAY, NOON, a_product, an_account
from tests.factories.models import a_model_run

numbers = count(1)
REASONS = [
    {"name": "copurchase", "title": "Bought together", "words": "often follows it", "points": 0.4},
    {"name": "price", "title": "Price", "words": "dearer than what they buy", "points": -0.1},
]


def the_selling_run(org: Org, *, task: str = "crosssell", **facts: Any) -> ModelRun:
    """The org's live model of the task, made where there is none."""
    live = ModelRun.objects.filter(org=org, task=task, state="live").first()
    return live or a_model_run(org=org, task=task, live=True, **facts)


def of_account(facts: dict[str, Any]) -> None:
    """The account that is meant: given as `account`, else by `org` and `account_ref`, else new."""
    account: Account | None = facts.pop("account", None)
    if account is None and "account_ref" not in facts:
        account = an_account(**({"org": facts["org"]} if "org" in facts else {}))
    if account is not None:
        facts["org"], facts["account_ref"] = account.org, account.external_id


def a_recommendation(**facts: Any) -> Recommendation:
    """Of `account` and `product`, each made where it is not given; open where nothing is said."""
    of_account(facts)
    product = facts.pop("product", None)
    if product is None and "product_ref" not in facts:
        product = a_product(org=facts["org"], name=f"Product {next(numbers)}")
    if product is not None:
        facts["product_ref"] = product.external_id
    if "run" not in facts:
        facts["run"] = the_selling_run(facts["org"])
    price, chance = facts.get("price", Decimal(1000)), facts.get("probability", 0.2)
    usual: dict[str, Any] = {
        "as_of": NOON,
        "kind": "next",
        "rank": 1,
        "score": chance,
        "probability": chance,
        "price": price,
        "quantity": 1.0,
        "value": None if price is None else round(price * Decimal(str(chance)), 4),
        "sources": ["copurchase"],
        "reasons": REASONS,
        "suggested_at": NOON,
        "expires_on": DAY + timedelta(days=90),
    }
    if facts.get("state", "suggested") not in Recommendation.OPEN:
        usual["ended_at"] = NOON
    if facts.get("state") in ("accepted", "dismissed"):
        usual["decided_at"] = NOON
    return Recommendation.objects.create(**{**usual, **facts})


def a_crosssell_policy(*, org: Org, **facts: Any) -> CrosssellPolicy:
    return CrosssellPolicy.objects.create(org=org, **facts)


def an_expansion(**facts: Any) -> ExpansionScore:
    of_account(facts)
    if "run" not in facts:
        facts["run"] = the_selling_run(facts["org"], task="expansion")
    value = Decimal(facts.get("value", Decimal(5000)))
    usual: dict[str, Any] = {
        "as_of": NOON,
        "value": value,
        "low": value / 2,
        "high": value * 2,
        "base": Decimal(3000),
        "contributions": {"spent_a_year": float(value) - 3000.0},
        "values": {"spent_a_year": 12000.0},
    }
    return ExpansionScore.objects.create(**{**usual, **facts})


def an_action_type(*, org: Org, **facts: Any) -> ActionType:
    number = next(numbers)
    usual = {
        "key": f"visit-{number}",
        "title": f"Visit {number}",
        "hours": 2.0,
        "lift": 0.1,
        "fades": 0.5,
        "position": number % 1000,
    }
    return ActionType.objects.create(org=org, **{**usual, **facts})


def a_plan(*, org: Org, **facts: Any) -> AllocationPlan:
    """One that is solved, where nothing else is said."""
    usual: dict[str, Any] = {
        "name": f"Plan {next(numbers)}",
        "state": "solved",
        "as_of": NOON,
        "limits": {"total": 250, "an_account": 5},
        "figures": {"gain": 12000.0, "greedy": 11000.0},
        "made_at": NOON,
    }
    return AllocationPlan.objects.create(org=org, **{**usual, **facts})


def a_plan_row(*, plan: AllocationPlan, **facts: Any) -> AllocationRow:
    facts.setdefault("org", plan.org)
    of_account(facts)
    usual: dict[str, Any] = {"action": "visit", "count": 1, "hours": 2.0, "gain": Decimal(500)}
    return AllocationRow.objects.create(plan=plan, **{**usual, **facts})
