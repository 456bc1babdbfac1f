"""Joining accounts of a group's orgs into customers; a person's decision outlives every run."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from accounts.matching.pairs import Ends, Key, Pair, alike, components, joinable
from accounts.matching.reading import traits_of
from accounts.models import Account, Customer, CustomerAccount, Match
from revenue.users.models import Org, OrgGroup, User

LOCK = 7_318_001  # of advisory locks, the class of those on groups


class NotYoursToDecideError(Exception):
    """A join crosses two orgs, so whoever decides runs both."""


@dataclass(frozen=True)
class Found:
    joined: int
    doubtful: int
    customers: int


def match_group(*, group: OrgGroup, at: datetime) -> Found:
    """Compare all accounts of the group's orgs; may run any number of times."""
    with transaction.atomic():
        lock(group)
        orgs = set(group.orgs.filter(is_active=True).values_list("pk", flat=True))
        forget_others(group=group, orgs=orgs)
        accounts = [traits for org_id in sorted(orgs) for traits in traits_of(org_id=org_id)]
        decided = decisions(group)
        pairs = [pair for pair in alike(accounts) if (pair.one, pair.other) not in decided]
        agreed = {ends for ends, state in decided.items() if state == Match.State.JOINED}
        apart = decided.keys() - agreed
        found = joinable(pairs, joined=agreed, apart=apart)
        chosen = {(pair.one, pair.other) for pair in found}
        keep_matches(group=group, pairs=pairs, chosen=chosen, at=at)
        customers = rebuild_customers(group=group, at=at)
        count = Match.objects.filter(group=group).filter
        return Found(
            joined=count(state=Match.State.JOINED).count(),
            doubtful=count(state=Match.State.DOUBTFUL).count(),
            customers=customers,
        )


def follow_decisions(*, group: OrgGroup, at: datetime) -> int:
    """Customers as the joins stand, without comparing anew."""
    with transaction.atomic():
        lock(group)
        return rebuild_customers(group=group, at=at)


def lock(group: OrgGroup) -> None:
    """Until the end of the transaction: two runs over one group would undo each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, group.pk % 2**31])


def forget_others(*, group: OrgGroup, orgs: set[int]) -> None:
    """What crosses a wall that stands again, an admin having taken an org out of the group."""
    of_group = Match.objects.filter(group=group)
    of_group.exclude(org__in=orgs, other_org__in=orgs).delete()
    Match.objects.filter(Q(org__in=orgs) | Q(other_org__in=orgs)).exclude(group=group).delete()
    CustomerAccount.objects.filter(customer__group=group).exclude(org__in=orgs).delete()


def decisions(group: OrgGroup) -> dict[Ends, str]:
    rows = Match.objects.filter(group=group, decided_at__isnull=False)
    return {ends_of(row): row.state for row in rows}


def ends_of(match: Match) -> Ends:
    return (match.org_id, match.account_ref), (match.other_org_id, match.other_ref)


def keep_matches(
    *, group: OrgGroup, pairs: Iterable[Pair], chosen: set[Ends], at: datetime
) -> None:
    """Rows that no person has touched become what was found now; equal ones are not written.

    Somebody may decide meanwhile, so what is written asks once more.
    """
    undecided = Match.objects.filter(group=group, decided_at__isnull=True)
    stored = {ends_of(row): row for row in undecided}
    new, changed = [], []
    for pair in pairs:
        ends = (pair.one, pair.other)
        facts = {
            "state": Match.State.JOINED if ends in chosen else Match.State.DOUBTFUL,
            "confidence": pair.likeness.confidence,
            "reasons": [reason.text for reason in pair.likeness.reasons],
        }
        row = stored.pop(ends, None)
        if row is None:
            new.append(made(group=group, ends=ends, at=at, facts=facts))
        elif any(getattr(row, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(row, name, value)
            changed.append(row)
    Match.objects.bulk_create(new, batch_size=2000, ignore_conflicts=True)
    undecided.bulk_update(changed, ["state", "confidence", "reasons"], batch_size=2000)
    undecided.filter(pk__in=[row.pk for row in stored.values()]).delete()


def made(*, group: OrgGroup, ends: Ends, at: datetime, facts: Mapping[str, Any]) -> Match:
    (org_id, account_ref), (other_org_id, other_ref) = ends
    return Match(
        group=group,
        org_id=org_id,
        account_ref=account_ref,
        other_org_id=other_org_id,
        other_ref=other_ref,
        found_at=at,
        **facts,
    )


def rebuild_customers(*, group: OrgGroup, at: datetime) -> int:
    """Customers as the joins have it; one that goes on keeps its id, for what hangs on it."""
    joins = Match.objects.filter(group=group, state=Match.State.JOINED)
    wanted = components(ends_of(row) for row in joins)
    present = {
        (link.org_id, link.account_ref): link
        for link in CustomerAccount.objects.filter(customer__group=group)
    }
    names = names_of(wanted)
    taken: set[int] = set()
    kept: set[Key] = set()
    for members in wanted:
        customer_id = survivor(members, present=present, taken=taken)
        if customer_id is None:
            customer_id = Customer.objects.create(
                group=group, name=names[min(members)], made_at=at
            ).pk
        taken.add(customer_id)
        kept |= members
        for key in members:
            link = present.get(key)
            if link is None:
                CustomerAccount.objects.create(
                    customer_id=customer_id, org_id=key[0], account_ref=key[1], joined_at=at
                )
            elif link.customer_id != customer_id:
                link.customer_id, link.joined_at = customer_id, at
                link.save(update_fields=["customer", "joined_at"])
    gone = [link.pk for key, link in present.items() if key not in kept]
    CustomerAccount.objects.filter(pk__in=gone).delete()
    Customer.objects.filter(group=group).exclude(pk__in=taken).delete()
    return len(wanted)


def survivor(
    members: Iterable[Key], *, present: dict[Key, CustomerAccount], taken: set[int]
) -> int | None:
    """The customer to which most of the members belong already, where none has claimed it."""
    votes: dict[int, int] = defaultdict(int)
    for key in members:
        if key in present and present[key].customer_id not in taken:
            votes[present[key].customer_id] += 1
    return min(votes, key=lambda found: (-votes[found], found)) if votes else None


def names_of(groups: Iterable[Iterable[Key]]) -> dict[Key, str]:
    wanted: dict[int, list[str]] = defaultdict(list)
    for members in groups:
        org_id, ref = min(members)
        wanted[org_id].append(ref)
    return {
        (org_id, ref): name
        for org_id, refs in wanted.items()
        for ref, name in Account.objects.filter(org=org_id, external_id__in=refs).values_list(
            "external_id", "name"
        )
    }


def decide(*, match: Match, same: bool, by: User, at: datetime) -> None:
    """A person says whether it is one customer. Customers follow by `match_group`."""
    state = Match.State.JOINED if same else Match.State.REFUSED
    set_state(match=match, state=state, by=by, at=at)


def undo(*, match: Match, by: User, at: datetime) -> None:
    """Taken apart, and no run joins it again."""
    set_state(match=match, state=Match.State.UNDONE, by=by, at=at)


def reopen(*, match: Match, by: User) -> None:
    """A decision is taken back: the pair waits for a person, or for the next run where certain."""
    refuse_strangers(match=match, by=by)
    match.state, match.decided_by, match.decided_at = Match.State.DOUBTFUL, None, None
    match.save(update_fields=["state", "decided_by", "decided_at"])


def set_state(*, match: Match, state: Match.State, by: User, at: datetime) -> None:
    refuse_strangers(match=match, by=by)
    match.state, match.decided_by, match.decided_at = state, by, at
    match.save(update_fields=["state", "decided_by", "decided_at"])


def refuse_strangers(*, match: Match, by: User) -> None:
    if Org.objects.run_by(by).filter(pk__in=[match.org_id, match.other_org_id]).count() != 2:
        raise NotYoursToDecideError("This joins two orgs: an admin of both decides it.")
