"""What is suggested for customers, what was accepted, and what became of the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import Account
from accounts.visibility import owners_visible_to
from forecasting.acting import OPEN
from forecasting.dashboard.tiles import Tile
from forecasting.deal_page.acted import events_of
from forecasting.models import AccountAction
from revenue.users.models import Membership
from revenue.users.roles import SELLING, Role

State = AccountAction.State
MOST_SUGGESTED, MOST_ENDED = 5, 10
ENDED = (State.DONE, State.DISMISSED)


@dataclass(frozen=True)
class Acts:
    """Of one customer."""

    accepted: Sequence[Any] = ()
    suggested: Sequence[Any] = ()
    hidden: int = 0
    ended: Sequence[Any] = ()
    may_act: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.accepted or self.suggested or self.ended)


@dataclass(frozen=True)
class Acting:
    """Of some customers at once."""

    by_account: Mapping[str, list[Any]] = field(default_factory=dict)
    may_act_for: frozenset[str] = frozenset()

    @classmethod
    def of(cls, reader: Membership, accounts: Sequence[Account]) -> "Acting":
        if not accounts:
            return cls()
        found: dict[str, list[Any]] = {}
        refs = [account.external_id for account in accounts]
        rows = AccountAction.objects.visible_to(reader).filter(
            org=reader.org_id, account_ref__in=refs
        )
        for row in rows.order_by("suggested_at", "id"):
            row.events = events_of(row.past)
            found.setdefault(row.account_ref, []).append(row)
        return cls(found, frozenset(those_who_act(reader, accounts)))

    def acts_of(self, account: Account) -> Acts:
        rows = self.by_account.get(account.external_id, [])
        suggested = [row for row in rows if row.state == State.SUGGESTED]
        ended = sorted(
            (row for row in rows if row.state in ENDED),
            key=lambda row: (row.decided_at or row.suggested_at, row.pk),
            reverse=True,
        )
        return Acts(
            accepted=[row for row in rows if row.state == State.ACCEPTED],
            suggested=suggested[:MOST_SUGGESTED],
            hidden=max(0, len(suggested) - MOST_SUGGESTED),
            ended=ended[:MOST_ENDED],
            may_act=account.external_id in self.may_act_for,
        )


def those_who_act(reader: Membership, accounts: Iterable[Account]) -> list[str]:
    """Of which of the accounts the reader is the owner, or stands above the owner.

    Who reads an account for the sake of a deal alone does not answer for it.
    """
    if reader.role not in SELLING:
        return []
    listed = list(accounts)
    if reader.role == Role.EXECUTIVE:
        return [account.external_id for account in listed]
    refs = {account.owner_ref for account in listed} - {None}
    owners = owners_visible_to(reader).filter(external_id__in=refs)
    own = set(owners.values_list("external_id", flat=True))
    return [account.external_id for account in listed if account.owner_ref in own]


def actions_counted(reader: Membership, *, among: QuerySet[Any]) -> dict[str, int]:
    """Of the customers of a list, by state: counted each time, so that a decision is seen."""
    refs = among.order_by().values("account_ref")
    rows = AccountAction.objects.filter(org=reader.org_id, account_ref__in=refs, state__in=OPEN)
    grouped = rows.order_by().values("state").annotate(many=Count("pk"))
    return {row["state"]: row["many"] for row in grouped}


def tile_of(counted: Mapping[str, int]) -> Tile:
    waiting = counted.get(State.SUGGESTED, 0)
    return Tile(
        label="Plays under way",
        value=f"{counted.get(State.ACCEPTED, 0):,}",
        query="plays=accepted",
        hint=f"{waiting:,} suggested, not decided" if waiting else "Nothing waits for a decision",
    )
