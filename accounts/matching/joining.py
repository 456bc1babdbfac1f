"""Joining accounts of a group's orgs into customers; a person's decision outlives every run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from accounts.matching.comparing import (
    CHUNK,
    compare_all,
    fill,
    in_chunks,
    make_tables,
    surest_first,
)
from accounts.matching.pairs import Ends, Key, components, joinable
from accounts.matching.reading import traits_of
from accounts.models import Account, Customer, CustomerAccount, Match
from revenue.users.models import Org, OrgGroup, User

LOCK = 7_318_001  # of advisory locks, the class of those on groups
ENDS = ("org_id", "account_ref", "other_org_id", "other_ref")
SAME = " AND ".join(f"m.{name} = f.{name}" for name in ENDS)
# Somebody may decide meanwhile, so whatever is written asks once more.
KEEP = (
    f"""
    CREATE TEMP TABLE matching_kept ON COMMIT DROP AS
    SELECT f.*, CASE WHEN EXISTS (
        SELECT FROM matching_chosen m WHERE {SAME}
    ) THEN %(joined)s ELSE %(doubtful)s END AS state
    FROM matching_found f
    """,  # noqa: S608
    "ANALYZE matching_kept",
    f"""
    DELETE FROM accounts_match m
    WHERE group_id = %(group)s AND decided_at IS NULL
      AND NOT EXISTS (SELECT FROM matching_kept f WHERE {SAME})
    """,  # noqa: S608
    f"""
    UPDATE accounts_match m
    SET state = f.state, confidence = f.confidence, reasons = f.reasons
    FROM matching_kept f
    WHERE m.group_id = %(group)s AND m.decided_at IS NULL AND {SAME}
      AND (m.state, m.confidence, m.reasons) IS DISTINCT FROM (f.state, f.confidence, f.reasons)
    """,  # noqa: S608
    f"""
    INSERT INTO accounts_match
        (group_id, {", ".join(ENDS)}, confidence, reasons, state, found_at)
    SELECT %(group)s, {", ".join(ENDS)}, confidence, reasons, state, %(at)s FROM matching_kept
    ORDER BY confidence DESC, {", ".join(ENDS)}
    ON CONFLICT DO NOTHING
    """,  # noqa: S608
)
LINKS = {
    "matching_link": 'org_id bigint, account_ref varchar COLLATE "C", customer_id bigint',
}
LINK = (
    "ANALYZE matching_link",
    """
    DELETE FROM accounts_customeraccount a USING accounts_customer c
    WHERE c.id = a.customer_id AND c.group_id = %(group)s AND NOT EXISTS (
        SELECT FROM matching_link l WHERE l.org_id = a.org_id AND l.account_ref = a.account_ref
    )
    """,
    """
    INSERT INTO accounts_customeraccount AS a (customer_id, org_id, account_ref, joined_at)
    SELECT customer_id, org_id, account_ref, %(at)s FROM matching_link
    ORDER BY customer_id, org_id, account_ref
    ON CONFLICT (org_id, account_ref) DO UPDATE
    SET customer_id = excluded.customer_id, joined_at = excluded.joined_at
    WHERE a.customer_id <> excluded.customer_id
    """,
)


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
        compare_all(traits for org_id in sorted(orgs) for traits in traits_of(org_id=org_id))
        choose(group)
        keep_matches(group=group, at=at)
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
    CustomerAccount.objects.filter(org__in=orgs).exclude(customer__group=group).delete()
    CustomerAccount.objects.filter(customer__group=group).exclude(org__in=orgs).delete()


def choose(group: OrgGroup) -> None:
    """Of the certain pairs those that may be joined, beside what persons have decided."""
    decided = decisions(group)
    agreed = {ends for ends, state in decided.items() if state == Match.State.JOINED}
    undecided = (pair for pair in surest_first() if (pair.one, pair.other) not in decided)
    chosen = joinable(undecided, joined=agreed, apart=decided.keys() - agreed)
    make_tables({"matching_chosen": ", ".join(chosen_columns())})
    for some in in_chunks(chosen):
        fill("matching_chosen", ((*pair.one, *pair.other) for pair in some))


def chosen_columns() -> Iterator[str]:
    for name in ENDS:
        yield f'{name} varchar COLLATE "C"' if name.endswith("_ref") else f"{name} bigint"


def decisions(group: OrgGroup) -> dict[Ends, str]:
    rows = Match.objects.filter(group=group, decided_at__isnull=False)
    return {
        ((org_id, ref), (other_org_id, other_ref)): state
        for org_id, ref, other_org_id, other_ref, state in rows.values_list(*ENDS, "state")
    }


def keep_matches(*, group: OrgGroup, at: datetime) -> None:
    """Rows that no person has touched become what was found now; equal ones are not written."""
    values: dict[str, Any] = {
        "group": group.pk,
        "at": at,
        "joined": Match.State.JOINED,
        "doubtful": Match.State.DOUBTFUL,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.matching_kept")
        for statement in KEEP:
            cursor.execute(statement, values)


def rebuild_customers(*, group: OrgGroup, at: datetime) -> int:
    """Customers as the joins have it; one that goes on keeps its id, for what hangs on it."""
    wanted = components(joins_of(group))
    present = dict(customers_now(group))
    taken: set[int] = set()
    new: list[frozenset[Key]] = []
    make_tables(LINKS)
    for some in in_chunks(wanted):
        going_on: list[tuple[int, str, int]] = []
        for members in some:
            customer_id = survivor(members, present=present, taken=taken)
            if customer_id is None:
                new.append(members)
            else:
                taken.add(customer_id)
                going_on += [(*key, customer_id) for key in members]
        fill("matching_link", going_on)
    for some in in_chunks(new):
        fill("matching_link", made(some, group=group, at=at))
    with connection.cursor() as cursor:
        for statement in LINK:
            cursor.execute(statement, {"group": group.pk, "at": at})
    Customer.objects.filter(group=group, members=None).delete()
    return len(wanted)


def joins_of(group: OrgGroup) -> Iterator[Ends]:
    rows = Match.objects.filter(group=group, state=Match.State.JOINED).order_by("id")
    for org_id, ref, other_org_id, other_ref in rows.values_list(*ENDS).iterator(CHUNK):
        yield (org_id, ref), (other_org_id, other_ref)


def customers_now(group: OrgGroup) -> Iterator[tuple[Key, int]]:
    rows = CustomerAccount.objects.filter(customer__group=group)
    for org_id, ref, customer_id in rows.values_list(
        "org_id", "account_ref", "customer_id"
    ).iterator(CHUNK):
        yield (org_id, ref), customer_id


def survivor(members: Iterable[Key], *, present: dict[Key, int], taken: set[int]) -> int | None:
    """The customer to which most of the members belong already, where none has claimed it."""
    votes: dict[int, int] = defaultdict(int)
    for key in members:
        if key in present and present[key] not in taken:
            votes[present[key]] += 1
    return min(votes, key=lambda found: (-votes[found], found)) if votes else None


def made(
    groups: list[frozenset[Key]], *, group: OrgGroup, at: datetime
) -> list[tuple[int, str, int]]:
    names = names_of(groups)
    customers = Customer.objects.bulk_create(
        Customer(group=group, name=names[min(members)], made_at=at) for members in groups
    )
    return [
        (*key, customer.pk)
        for members, customer in zip(groups, customers, strict=True)
        for key in members
    ]


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
