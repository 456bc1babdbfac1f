"""A team whose accounts are customers: health, plays and what they are worth, as rows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forecasting.health.policy import Policy, band_of
from forecasting.models import AccountAction, AccountHealth
from revenue.users.roles import Role
from tests.factories.facts import NOON, an_account
from tests.factories.outlooks import a_health, an_account_action
from tests.factories.people import MembershipFactory
from tests.forecasting.test_dashboard import Team

REASONS = [
    {
        "name": "cases_90",
        "title": "Cases within 90 days",
        "text": "Cases within 90 days: 5; 30% of such customers left, against 8% of the others",
        "points": -14,
        "trigger": "support_heavy",
    },
    {"name": "won_deals", "title": "Deals won", "text": "Deals won: 12", "points": 6},
]


class Customers(Team):
    def __init__(self) -> None:
        super().__init__()
        for role in (Role.ADMIN, Role.INTEGRATOR):
            self.members[str(role)] = MembershipFactory(org=self.org, role=role)

    def account(self, who: str = "rep", **facts: Any) -> Any:
        return an_account(org=self.org, owner_ref=f"u-{who}", **facts)

    def customer(self, name: str = "", who: str = "rep", **facts: Any) -> AccountHealth:
        """The band is that of the score; at risk a third of the value, where nothing is said."""
        told = {"industry", "country", "employees"}
        own = {key: facts.pop(key) for key in list(facts) if key in told}
        account = facts.pop("account", None) or self.account(who, **own, **named(name))
        score = facts.get("score", 45)
        usual: dict[str, Any] = {
            "account": account,
            "score": score,
            "band": band_of(score, Policy()).value,
            "reasons": REASONS,
            "value": Decimal(30_000),
            "as_of": NOON,
        }
        usual["at_risk"] = facts.get("value", usual["value"]) / 3
        return a_health(**usual | facts)

    def before(self, row: AccountHealth, weeks: int, **facts: Any) -> AccountHealth:
        account = row.account
        then = NOON - timedelta(weeks=weeks)
        return self.customer(account=account, as_of=then, is_latest=False, change=None, **facts)

    def play(self, row: AccountHealth, **facts: Any) -> AccountAction:
        return an_account_action(account=row.account, **facts)

    def health(self, who: str, path: str = "", **headers: str) -> Any:
        answer = self.client(who).get(f"/o/acme/health/{path}", headers=headers)
        assert answer.status_code == 200, answer.status_code
        return answer

    def listed(self, who: str, query: str = "") -> list[str]:
        table = self.health(who, query).context["table"]
        return [row.account.name for row in table.page.rows]

    def figures(self, who: str, query: str = "") -> dict[str, str]:
        tiles = self.health(who, query).context["board"].tiles
        return {tile.label: tile.value for tile in tiles}

    def queries(self, who: str, path: str = "") -> int:
        client: Client = self.client(who)
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/o/acme/health/{path}").status_code == 200
        return len([each for each in found if 'last_seen_at" =' not in each["sql"]])


def named(name: str) -> dict[str, str]:
    return {"name": name} if name else {}
