"""An org with a rep below a manager, and another rep whose records carry a canary."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.test import Client

from accounts.models import Account, Contact, CrmUser, Lead, Opportunity
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.facts import (
    a_contact,
    a_crm_user,
    a_lead,
    an_account,
    an_activity,
    an_opportunity,
)
from tests.factories.people import MembershipFactory, OrgFactory

CANARY = "Zanzibar"


@dataclass
class World:
    org: Org
    people: dict[str, Membership]
    seller: CrmUser
    account: Account
    contact: Contact
    lead: Lead
    deal: Opportunity

    @property
    def pages(self) -> list[str]:
        return [
            f"accounts/{self.account.pk}/",
            f"contacts/{self.contact.pk}/",
            f"leads/{self.lead.pk}/",
            f"deals/{self.deal.pk}/",
        ]


def make_world() -> World:
    """A rep below a manager with one record of each kind; another rep with others."""
    cache.clear()
    org = OrgFactory(slug="acme", clock_date=date(2026, 3, 2))
    roles = {
        "executive": Role.EXECUTIVE,
        "admin": Role.ADMIN,
        "manager": Role.MANAGER,
        "rep": Role.REP,
        "other": Role.REP,
    }
    people = {name: MembershipFactory(org=org, role=role) for name, role in roles.items()}
    people["stranger"] = MembershipFactory(role=Role.ADMIN)
    boss = a_crm_user(org=org, name="Marcus Webb", membership=people["manager"])
    seller = a_crm_user(
        org=org, name="Rosa Delgado", membership=people["rep"], manager_ref=boss.external_id
    )
    other = a_crm_user(org=org, membership=people["other"]).external_id
    mine: dict[str, Any] = {"org": org, "owner_ref": seller.external_id}
    account = an_account(**mine, name="Northwind Traders", website="https://www.northwind.example/")
    ref = account.external_id
    hidden = an_account(org=org, owner_ref=other, name=f"{CANARY} Ltd")
    for make in (a_contact, a_lead, an_opportunity):
        make(org=org, owner_ref=other, name=f"{CANARY} {make.__name__}")
    an_activity(org=org, owner_ref=other, account_ref=hidden.external_id, subject=CANARY)
    return World(
        org=org,
        people=people,
        seller=seller,
        account=account,
        contact=a_contact(**mine, name="Ada Byron", account_ref=ref),
        lead=a_lead(**mine, name="Ann Lee", website="northwind.example"),
        deal=an_opportunity(
            **mine, name="Renewal", account_ref=ref, close_date=date(2026, 2, 28), currency="EUR"
        ),
    )


def get(client: Client, world: World, who: str, page: str, **headers: str) -> Any:
    client.force_login(world.people[who].user)
    return client.get(f"/o/{world.org.slug}/{page}", headers=headers)


def text(client: Client, world: World, page: str, who: str = "rep", **headers: str) -> str:
    response = get(client, world, who, page, **headers)
    assert response.status_code == 200
    return str(response.content.decode())
