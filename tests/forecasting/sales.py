"""A team whose quarter is foreseen, and what each of them meets on its pages."""

from datetime import timedelta
from typing import Any

from django.test import Client

from forecasting.models import Forecast
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user, an_account, an_opportunity
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.forecasts import AS_OF, TODAY, a_forecast, a_forecast_deal, a_node

OWNERS = {"manager": None, "rep": "manager", "other": "manager", "outside": None}


class Sales:
    """A manager who also sells, above two reps; and a seller beside them. One has no CRM user."""

    def __init__(self) -> None:
        self.org: Org = OrgFactory(slug="acme", name="Acme", clock_date=TODAY, data_as_of=AS_OF)
        roles = {"executive": Role.EXECUTIVE, "admin": Role.ADMIN, "manager": Role.MANAGER}
        people = (*OWNERS, "executive", "admin", "nobody")
        self.members = {
            who: MembershipFactory(org=self.org, role=roles.get(who, Role.REP)) for who in people
        }
        for who, boss in OWNERS.items():
            a_crm_user(
                org=self.org,
                external_id=f"u-{who}",
                name=f"{who.title()} Person",
                membership=self.members[who],
                manager_ref=boss and f"u-{boss}",
            )
        self.forecast = a_forecast(self.org)
        self.nodes(self.forecast)

    def nodes(self, forecast: Forecast) -> None:
        everybody = [f"u-{who}" for who in OWNERS]
        a_node(forecast, owners=everybody, closed=700, from_open=800, from_new=300)
        team = everybody[:3]
        own: dict[str, Any] = {"name": "Manager Person", "depth": 1}
        a_node(forecast, "u-manager", owners=team, closed=600, from_open=700, **own)
        a_node(forecast, "u-manager", is_total=False, owners=["u-manager"], closed=100, **own)
        for who in ("rep", "other"):
            a_node(forecast, f"u-{who}", name=f"{who.title()} Person", parent="u-manager", depth=2)
        a_node(forecast, "u-outside", name="Outside Person", closed=100)

    def deal(self, who: str = "rep", *, forecast: Forecast | None = None, **said: Any) -> Any:
        names = ("name", "won", "close_date", "corporate_amount")
        facts = {name: said.pop(name) for name in names if name in said}
        account = an_account(org=self.org, owner_ref=f"u-{who}", name=f"{who} account")
        deal = an_opportunity(
            org=self.org,
            owner_ref=f"u-{who}",
            account_ref=account.external_id,
            **{"close_date": TODAY + timedelta(days=9), **facts},
        )
        return a_forecast_deal(forecast or self.forecast, deal, **said)

    def client(self, who: str) -> Client:
        client = Client()
        client.force_login(self.members[who].user)
        return client

    def page(self, who: str, address: str = "", status: int = 200, **headers: str) -> Any:
        answer = self.client(who).get(f"/o/acme/forecast/{address}", headers=headers)
        assert answer.status_code == status
        return answer

    def names(self, who: str, query: str = "") -> list[str]:
        table = self.page(who, f"deals/{query}").context["table"]
        return [row.name for row in table.page.rows]
