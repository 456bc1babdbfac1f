"""What a person asked, and was answered."""

import re
from datetime import date
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import SearchEntry
from assistant.models import ChatTurn, Conversation
from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role
from tests.factories.deals import an_outlook
from tests.factories.facts import NOON, a_crm_user, an_account, an_opportunity
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

TODAY = date(2026, 3, 2)


def a_conversation(*, org: Org, owner: User, **facts: Any) -> Conversation:
    """With one question, answered."""
    conversation = Conversation.objects.create(
        **{
            "org": org,
            "owner": owner,
            "title": "How does the pipeline look?",
            "made_at": NOON,
            "changed_at": NOON,
            **facts,
        }
    )
    a_turn(conversation=conversation, question=conversation.title)
    return conversation


def a_turn(*, conversation: Conversation, **facts: Any) -> ChatTurn:
    found: ChatTurn = ChatTurn.objects.create(
        **{
            "org": conversation.org,
            "owner": conversation.owner,
            "conversation": conversation,
            "question": "How does the pipeline look?",
            "routed": {"agent": "pipeline", "slots": {}, "confidence": 1.0},
            "state": ChatTurn.State.ANSWERED,
            "answer": {"title": "Pipeline", "text": "**$1** is open."},
            "asked_at": NOON,
            "answered_at": NOON,
            **facts,
        }
    )
    return found


class AskingTeam:
    """A manager above two reps, two of them called Anna, with deals that are scored."""

    def __init__(self) -> None:
        self.org: Org = OrgFactory(
            slug="acme", name="Acme", clock_date=TODAY, data_as_of=timezone.now()
        )
        people = {
            "executive": (Role.EXECUTIVE, "Elena Vargas", None),
            "manager": (Role.MANAGER, "Marcus Webb", None),
            "anna": (Role.REP, "Anna Keller", "manager"),
            "other": (Role.REP, "Anna Schmidt", "manager"),
            "ben": (Role.REP, "Ben Carver", None),
        }
        self.members: dict[str, Membership] = {}
        for who, (role, name, boss) in people.items():
            user = UserFactory(full_name=name)
            self.members[who] = MembershipFactory(org=self.org, role=role, user=user)
            a_crm_user(
                org=self.org,
                external_id=f"u-{who}",
                name=name,
                membership=self.members[who],
                manager_ref=boss and f"u-{boss}",
            )

    def deal(self, who: str, account: str, **facts: Any) -> Any:
        """Open and scored; `facts` of the deal itself, and of its outlook."""
        names = ("name", "stage", "close_date", "corporate_amount", "next_step")
        own = {name: facts.pop(name) for name in names if name in facts}
        owner = f"u-{who}"
        of_account = an_account(
            org=self.org, owner_ref=owner, name=account, industry=facts.get("industry", "")
        )
        deal = an_opportunity(
            org=self.org, owner_ref=owner, account_ref=of_account.external_id, **own
        )
        told = {"owner_name": who, "account_name": account, "owner_ref": owner}
        an_outlook(deal=deal, **{**told, **facts})
        for kind, row in (("account", of_account), ("deal", deal)):
            self.found_by_name(kind, row)
        return deal

    def found_by_name(self, kind: str, row: Any) -> None:
        """As a sync would have it: each word of the name leads to the record."""
        said = re.findall(r"[a-z0-9]+", row.name.lower())
        words = " ".join(f"'{self.org.pk}{kind}:{word}'" for word in said)
        SearchEntry.objects.create(
            org=self.org, kind=kind, record_id=row.pk, name=row.name, words=words
        )

    def closed(self, who: str, *, won: bool, **facts: Any) -> Any:
        return an_opportunity(
            org=self.org, owner_ref=f"u-{who}", is_closed=True, is_won=won, **facts
        )

    def client(self, who: str) -> Client:
        client = Client()
        client.force_login(self.members[who].user)
        return client
