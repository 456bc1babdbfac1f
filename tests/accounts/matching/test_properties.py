"""Whatever accounts there are and whatever persons decide, the promises of matching hold."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.matching.joining import decide, follow_decisions, match_group, reopen, undo
from accounts.models import Account, CustomerAccount, Match
from revenue.users.models import Org, OrgGroup, User
from tests.factories.facts import NOON, an_account
from tests.factories.people import OrgFactory, OrgGroupFactory, UserFactory

pytestmark = pytest.mark.django_db
EXAMPLES = 200 if os.environ.get("SOAK") else 15
CAREFUL = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ORGS = 4  # Three of one group, and one that nobody has grouped.
NAMES = ["Northwind Traders", "Northwind Traders Inc.", "Northwind Traders GmbH", "Redwood Dental"]
SITES = ["", "https://northwind.example", "northwind.example", "redwood.example"]
PHONES = ["", "+1 555 251 4913", "(555) 251-4913"]
ACCOUNTS = st.lists(
    st.tuples(
        st.integers(0, ORGS - 1),
        st.sampled_from(NAMES),
        st.sampled_from(SITES),
        st.sampled_from(PHONES),
    ),
    min_size=2,
    max_size=10,
)
ANSWERS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["same", "different", "undo"])))
State = Any


class Sandbox:
    """Each example begins with the same orgs, and leaves nothing behind."""

    def __init__(self, *, group: OrgGroup, orgs: list[Org], admin: User) -> None:
        self.group, self.orgs, self.admin = group, orgs, admin

    @contextmanager
    def holding(self, accounts: list[tuple[int, str, str, str]]) -> Iterator[None]:
        with transaction.atomic():
            for at, name, website, phone in accounts:
                an_account(org=self.orgs[at], name=name, website=website, phone=phone)
            yield
            transaction.set_rollback(True)

    def match(self, *, days: int = 0) -> None:
        match_group(group=self.group, at=NOON + timedelta(days=days))

    def answer(self, match: Match, answer: str) -> None:
        if answer == "undo":
            undo(match=match, by=self.admin, at=NOON)
        else:
            decide(match=match, same=answer == "same", by=self.admin, at=NOON)

    def answer_some(self, answers: list[tuple[int, str]]) -> None:
        found = list(Match.objects.order_by("org", "account_ref", "other_org", "other_ref"))
        for place, answer in answers:
            if found:
                self.answer(found[place % len(found)], answer)

    def customers(self) -> set[frozenset[tuple[int, str]]]:
        groups: dict[int, set[tuple[int, str]]] = {}
        for link in CustomerAccount.objects.all():
            groups.setdefault(link.customer_id, set()).add((link.org_id, link.account_ref))
        return {frozenset(members) for members in groups.values()}


@pytest.fixture
def sandbox() -> Sandbox:
    group = OrgGroupFactory()
    orgs = [OrgFactory(group=group) for _ in range(ORGS - 1)]
    admin = UserFactory(is_superuser=True)
    return Sandbox(group=group, orgs=[*orgs, OrgFactory(group=OrgGroupFactory())], admin=admin)


def rows() -> list[dict[str, State]]:
    return [dict(each) for each in Match.objects.order_by("pk").values()]


@CAREFUL
@given(accounts=ACCOUNTS, answers=ANSWERS)
def test_nothing_crosses_to_an_org_that_nobody_grouped(
    sandbox: Sandbox, accounts: list[Any], answers: list[Any]
) -> None:
    with sandbox.holding(accounts):
        sandbox.match()
        sandbox.answer_some(answers)
        sandbox.match(days=1)
        stranger = sandbox.orgs[-1].pk
        assert stranger not in {each["org_id"] for each in rows()}
        assert stranger not in {each["other_org_id"] for each in rows()}
        assert not CustomerAccount.objects.filter(org=stranger).exists()


@CAREFUL
@given(accounts=ACCOUNTS, answers=ANSWERS)
def test_each_pair_is_told_with_its_confidence_and_reasons(
    sandbox: Sandbox, accounts: list[Any], answers: list[Any]
) -> None:
    with sandbox.holding(accounts):
        sandbox.match()
        for match in Match.objects.all():
            assert 0.5 <= match.confidence <= 1
            assert match.reasons
            assert match.state in (Match.State.JOINED, Match.State.DOUBTFUL)
            assert match.state == Match.State.DOUBTFUL or match.confidence >= 0.95


@CAREFUL
@given(accounts=ACCOUNTS, place=st.integers(0, 20))
def test_a_join_that_is_taken_back_leaves_everything_as_it_was(
    sandbox: Sandbox, accounts: list[Any], place: int
) -> None:
    with sandbox.holding(accounts):
        sandbox.match()
        doubtful = list(Match.objects.filter(state=Match.State.DOUBTFUL).order_by("pk"))
        if not doubtful:
            return
        customers, before = sandbox.customers(), rows()
        match = doubtful[place % len(doubtful)]
        ends = {(match.org_id, match.account_ref), (match.other_org_id, match.other_ref)}
        sandbox.answer(match, "same")
        follow_decisions(group=sandbox.group, at=NOON)
        assert any(ends <= members for members in sandbox.customers())
        sandbox.answer(match, "undo")
        follow_decisions(group=sandbox.group, at=NOON)
        assert sandbox.customers() == customers
        reopen(match=match, by=sandbox.admin)
        follow_decisions(group=sandbox.group, at=NOON)
        assert (sandbox.customers(), rows()) == (customers, before)


@CAREFUL
@given(accounts=ACCOUNTS, answers=ANSWERS, renamed=st.sampled_from(NAMES))
def test_what_persons_decided_outlives_every_sync(
    sandbox: Sandbox, accounts: list[Any], answers: list[Any], renamed: str
) -> None:
    with sandbox.holding(accounts):
        sandbox.match()
        sandbox.answer_some(answers)
        decided = [each for each in rows() if each["decided_at"]]
        Account.objects.filter(org=sandbox.orgs[0]).update(name=renamed, website="", phone="")
        sandbox.match(days=1)
        after = {each["id"]: each for each in rows()}
        assert [after[each["id"]] for each in decided] == decided
        settled = (sandbox.customers(), rows())
        sandbox.match(days=2)
        assert (sandbox.customers(), rows()) == settled
        for each in decided:
            ends = {
                (each["org_id"], each["account_ref"]),
                (each["other_org_id"], each["other_ref"]),
            }
            together = any(ends <= members for members in sandbox.customers())
            assert together or each["state"] != Match.State.JOINED
