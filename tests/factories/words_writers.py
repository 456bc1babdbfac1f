"""Who writes for an org, and what it cost."""

from datetime import date
from typing import Any

from assistant.models import WriterPolicy, WriterSpend
from revenue.users.models import Org, User
from tests.factories.facts import NOON

KEY = "sk-test-Canary-Key-9137"


def a_writer_policy(*, org: Org, key: str = KEY, **fields: Any) -> WriterPolicy:
    usual: dict[str, Any] = {
        "provider": "openai",
        "model": "a-model",
        "quiet_s": 5,
        "total_s": 10,
        "price_in": "3",
        "price_out": "15",
    }
    policy = WriterPolicy(org=org, **(usual | fields))
    policy.write_key(key)
    policy.save()
    return policy


def a_writer_spend(
    *, org: Org, person: User, day: date | None = None, **fields: Any
) -> WriterSpend:
    usual: dict[str, Any] = {
        "purpose": "plan",
        "calls": 2,
        "failed": 1,
        "tokens_in": 1200,
        "tokens_out": 300,
        "cost": "0.0081",
    }
    return WriterSpend.objects.create(
        org=org, person=person, day=day or NOON.date(), **(usual | fields)
    )
