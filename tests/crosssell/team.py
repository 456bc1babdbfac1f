"""A manager above two reps, and a rep of somebody else; each a user of the CRM."""

from datetime import date
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crosssell.models import Recommendation
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user, a_product, an_account
from tests.factories.people import MembershipFactory, OrgFactory
from tests.factories.selling import a_recommendation

DAY = date(2026, 3, 2)


class Team:
    def __init__(self) -> None:
        self.org: Org = OrgFactory(
            slug="acme", name="Acme", clock_date=DAY, data_as_of=timezone.now()
        )
        self.members = {
            "executive": MembershipFactory(org=self.org, role=Role.EXECUTIVE),
            "admin": MembershipFactory(org=self.org, role=Role.ADMIN),
            "integrator": MembershipFactory(org=self.org, role=Role.INTEGRATOR),
            "manager": MembershipFactory(org=self.org, role=Role.MANAGER),
            "rep": MembershipFactory(org=self.org),
            "other": MembershipFactory(org=self.org),
            "outside": MembershipFactory(org=self.org),
        }
        self.user("manager", None)
        for who, boss in {"rep": "manager", "other": "manager", "outside": None}.items():
            self.user(who, boss)

    def user(self, who: str, boss: str | None) -> None:
        a_crm_user(
            org=self.org,
            external_id=f"u-{who}",
            name=f"{who.title()} Person",
            membership=self.members[who],
            manager_ref=boss and f"u-{boss}",
        )

    def account(self, who: str = "rep", **facts: Any) -> Any:
        return an_account(org=self.org, owner_ref=f"u-{who}", **facts)

    def product(self, name: str, **facts: Any) -> Any:
        return a_product(org=self.org, name=name, **facts)

    def suggestion(self, name: str = "", who: str = "rep", **facts: Any) -> Recommendation:
        """Of a product with the name, to an account of its own where none is given."""
        if "account" not in facts:
            facts["account"] = self.account(who)
        if name:
            facts["product"] = self.product(name)
        return a_recommendation(**facts)

    def client(self, who: str) -> Client:
        client = Client()
        client.force_login(self.members[who].user)
        return client

    def page(self, who: str, path: str = "", **headers: str) -> Any:
        answer = self.client(who).get(f"/o/acme/sell/{path}", headers=headers)
        assert answer.status_code == 200, answer.status_code
        return answer

    def products(self, who: str, query: str = "") -> list[str]:
        return [row.product.name for row in self.page(who, query).context["table"].page.rows]

    def queries(self, who: str, path: str = "") -> int:
        client = self.client(who)
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/o/acme/sell/{path}").status_code == 200
        return len([each for each in found if 'last_seen_at" =' not in each["sql"]])
