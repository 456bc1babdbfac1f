"""Who reads which record: each kind by its rule, each role from its place."""

from typing import Any

import pytest
from django.apps import apps

from accounts.models import (
    Account,
    Activity,
    CampaignMember,
    Case,
    Contact,
    CrmUser,
    FieldChange,
    LineItem,
    Match,
    Opportunity,
    PipelineSnapshot,
    RefusedRow,
)
from accounts.visibility import FOR_EVERY_MEMBER, RULES, owners_visible_to, sees_whole_org
from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role
from tests.factories import facts
from tests.factories.everything import records_of, system_of
from tests.factories.facts import NOON
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory, UserFactory

pytestmark = pytest.mark.django_db
# An org's credential has pages of its own, the search asks for the records themselves, and a match
# is for those who read both of its accounts.
WITHOUT_RULE = {"Connection", "Match", "SearchEntry", "SearchWord"}


def models() -> list[Any]:
    return list(apps.get_app_config("accounts").get_models())


def seen(reader: Membership | User) -> dict[str, int]:
    ruled = [m for m in models() if m.__name__ in RULES or m.__name__ in FOR_EVERY_MEMBER]
    return {model.__name__: model.objects.visible_to(reader).count() for model in ruled}


def a_member(org: Org, role: Role = Role.REP, **crm: Any) -> tuple[Membership, CrmUser]:
    member = MembershipFactory(org=org, role=role)
    return member, facts.a_crm_user(org=org, membership=member, **crm)


def a_deal(owner: CrmUser, **of_it: Any) -> Opportunity:
    return facts.an_opportunity(**{"org": owner.org, "owner_ref": owner.external_id, **of_it})


def deals(reader: Membership | User) -> set[Opportunity]:
    return set(Opportunity.objects.visible_to(reader))


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def full_org(org: Org) -> Org:
    """Everything once, all of it a rep's."""
    rep, seller = a_member(org)
    account = records_of(seller, mark="mine").account
    system_of(org, member=rep, mark="mine")
    org.group = OrgGroupFactory()
    org.save()
    customer = facts.a_customer(group=org.group)
    facts.a_customer_account(org=org, customer=customer, account_ref=account.external_id)
    return org


def test_every_kind_of_record_has_its_rule() -> None:
    with_org = {m.__name__ for m in models() if any(f.name == "org" for f in m._meta.fields)}
    assert with_org - set(RULES) - FOR_EVERY_MEMBER - WITHOUT_RULE == set()
    assert (set(RULES) | FOR_EVERY_MEMBER) <= {m.__name__ for m in models()}


FOR_THOSE_WHO_RUN_IT = {"ColumnMapping", "RefusedRow", "Upload", "UploadedFile"}


def test_a_rep_reads_own_rows_of_every_kind_and_a_colleague_none(full_org: Org) -> None:
    rep = Membership.objects.get(org=full_org)
    colleague, _ = a_member(full_org)
    assert {name for name, count in seen(rep).items() if not count} == FOR_THOSE_WHO_RUN_IT
    assert {name for name, count in seen(colleague).items() if count} == FOR_EVERY_MEMBER


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.ADMIN, Role.INTEGRATOR])
def test_who_runs_the_org_reads_all_of_it_and_nothing_of_another(full_org: Org, role: Role) -> None:
    inside = MembershipFactory(org=full_org, role=role)
    assert sees_whole_org(inside)
    assert 0 not in seen(inside).values()
    outside = MembershipFactory(role=role)
    assert set(seen(outside).values()) == {0}


def test_a_manager_reads_what_those_below_own_and_no_sibling_does(org: Org) -> None:
    top, head = a_member(org, Role.MANAGER)
    middle, chief = a_member(org, Role.MANAGER, manager_ref=head.external_id)
    sibling, _ = a_member(org, Role.MANAGER, manager_ref=head.external_id)
    rep, seller = a_member(org, manager_ref=chief.external_id)
    sold, own = a_deal(seller), a_deal(chief)
    assert deals(top) == deals(middle) == {sold, own}
    assert deals(sibling) == set()
    assert deals(rep) == {sold}
    assert set(owners_visible_to(middle)) == {chief, seller}
    assert owners_visible_to(MembershipFactory(org=org, role=Role.ADMIN)).count() == 4


def test_a_manager_reads_every_kind_of_those_below(full_org: Org) -> None:
    manager, chief = a_member(full_org, Role.MANAGER)
    CrmUser.objects.exclude(pk=chief.pk).update(manager_ref=chief.external_id)
    assert {name for name, count in seen(manager).items() if not count} == FOR_THOSE_WHO_RUN_IT


def test_by_roles_those_in_roles_strictly_below_count_and_peers_do_not() -> None:
    org = OrgFactory(hierarchy=Org.Hierarchy.ROLES)
    above = facts.a_crm_role(org=org)
    below = facts.a_crm_role(org=org, parent_ref=above.external_id)
    manager, chief = a_member(org, Role.MANAGER, role_ref=above.external_id)
    peer = facts.a_crm_user(org=org, role_ref=above.external_id)
    seller = facts.a_crm_user(org=org, role_ref=below.external_id)
    # By managers it would be the other way round, and that does not hold here.
    CrmUser.objects.filter(pk=chief.pk).update(manager_ref=seller.external_id)
    own, sold, _ = a_deal(chief), a_deal(seller), a_deal(peer)
    assert deals(manager) == {own, sold}


def test_reporting_lines_of_members_stand_in_only_where_the_crm_knows_none(org: Org) -> None:
    manager = MembershipFactory(org=org, role=Role.MANAGER)
    rep = MembershipFactory(org=org, reports_to=manager)
    seller = facts.a_crm_user(org=org, membership=rep)
    sold = a_deal(seller)
    assert deals(manager) == {sold}
    facts.a_crm_user(org=org, manager_ref="somebody who is not here")
    assert deals(manager) == set()


@pytest.mark.parametrize("circle", [("chief",), ("chief", "other"), ("other", "third")])
def test_who_stands_in_or_under_a_circle_reads_own_rows_alone(
    org: Org, circle: tuple[str, ...]
) -> None:
    manager, chief = a_member(org, Role.MANAGER)
    named = {name: facts.a_crm_user(org=org) for name in ("other", "third")} | {"chief": chief}
    if "chief" not in circle:
        CrmUser.objects.filter(pk=chief.pk).update(manager_ref=named[circle[0]].external_id)
    for name, above in zip(circle, (*circle[1:], circle[0]), strict=True):
        CrmUser.objects.filter(pk=named[name].pk).update(manager_ref=named[above].external_id)
    own = a_deal(chief)
    a_deal(facts.a_crm_user(org=org, manager_ref=chief.external_id))
    assert deals(manager) == {own}


def test_a_chain_over_somebody_deleted_is_broken(org: Org) -> None:
    manager, head = a_member(org, Role.MANAGER)
    middle = facts.a_crm_user(org=org, manager_ref=head.external_id)
    seller = facts.a_crm_user(org=org, manager_ref=middle.external_id)
    sold = a_deal(seller)
    assert deals(manager) == {sold}
    CrmUser.objects.filter(pk=middle.pk).update(deleted_at=NOON)
    assert deals(manager) == set()


def test_a_hierarchy_of_another_org_with_the_same_ids_gives_nothing(org: Org) -> None:
    manager, head = a_member(org, Role.MANAGER)
    twin = OrgFactory()
    facts.a_crm_user(org=twin, external_id=head.external_id)
    seller = facts.a_crm_user(org=twin, manager_ref=head.external_id)
    a_deal(seller)
    facts.an_opportunity(org=twin, owner_ref=head.external_id)
    facts.an_opportunity(org=org, owner_ref=seller.external_id)
    assert deals(manager) == set()


def test_a_link_to_a_member_of_another_org_gives_nothing(org: Org) -> None:
    stranger = MembershipFactory()
    a_deal(facts.a_crm_user(org=org, membership=stranger))
    assert deals(stranger) == deals(stranger.user) == set()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("switched_off", ["membership", "user", "org"])
def test_who_is_switched_off_reads_nothing(full_org: Org, role: Role, switched_off: str) -> None:
    rep = Membership.objects.get(org=full_org)
    Membership.objects.filter(pk=rep.pk).update(role=role)
    rep.role = role
    {
        "membership": Membership.objects.filter(pk=rep.pk),
        "user": User.objects.filter(pk=rep.user_id),
        "org": Org.objects.filter(pk=rep.org_id),
    }[switched_off].update(is_active=False)
    assert set(seen(rep).values()) == {0}


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER])
def test_a_member_without_a_crm_user_reads_what_is_for_everybody(full_org: Org, role: Role) -> None:
    nobody = MembershipFactory(org=full_org, role=role)
    assert {name for name, count in seen(nobody).items() if count} == FOR_EVERY_MEMBER
    assert set(owners_visible_to(nobody)) == set()


def test_one_person_may_be_several_users_of_the_crm(org: Org) -> None:
    rep, first = a_member(org)
    second = facts.a_crm_user(org=org, membership=rep)
    sold = {a_deal(first), a_deal(second)}
    assert deals(rep) == sold


def test_a_person_reads_what_each_membership_gives() -> None:
    user = UserFactory()
    rep = MembershipFactory(user=user)
    executive = MembershipFactory(user=user, role=Role.EXECUTIVE)
    own = a_deal(facts.a_crm_user(org=rep.org, membership=rep))
    a_deal(facts.a_crm_user(org=rep.org))
    whole = a_deal(facts.a_crm_user(org=executive.org))
    assert deals(user) == {own, whole}
    assert deals(rep) == {own}
    assert deals(UserFactory(is_superuser=True)) == set()


def test_what_the_crm_has_no_more_is_for_nobody(full_org: Org) -> None:
    rep = Membership.objects.get(org=full_org)
    Opportunity.objects.update(deleted_at=NOON)
    executive = MembershipFactory(org=full_org, role=Role.EXECUTIVE)
    assert not Opportunity.objects.visible_to(executive).exists()
    assert not LineItem.objects.visible_to(rep).exists()
    assert PipelineSnapshot.objects.visible_to(rep).count() == 1  # it was a deal of the rep's


def test_whoever_reads_a_deal_reads_its_account_and_that_accounts_people(org: Org) -> None:
    rep, seller = a_member(org)
    account = facts.an_account(org=org, owner_ref="somebody else")
    contact = facts.a_contact(org=org, account_ref=account.external_id)
    case = facts.a_case(org=org, account_ref=account.external_id)
    about_it = facts.an_activity(org=org, account_ref=account.external_id)
    other = facts.an_opportunity(org=org, account_ref=account.external_id)
    facts.an_activity(org=org, account_ref=account.external_id, opportunity_ref=other.external_id)
    for model in (Account, Contact, Case, Activity):
        assert not model.objects.visible_to(rep).exists()
    own = a_deal(seller, account_ref=account.external_id)
    assert deals(rep) == {own}
    assert list(Account.objects.visible_to(rep)) == [account]
    assert list(Contact.objects.visible_to(rep)) == [contact]
    assert list(Case.objects.visible_to(rep)) == [case]
    assert list(Activity.objects.visible_to(rep)) == [about_it]


def test_a_change_is_read_with_the_record_that_changed(org: Org) -> None:
    rep, seller = a_member(org)
    lead = facts.a_lead(org=org, owner_ref=seller.external_id)
    change = facts.a_field_change(org=org, record="lead", record_ref=lead.external_id)
    facts.a_field_change(org=org, record="account", record_ref=lead.external_id)
    facts.a_field_change(org=org, record="something new", record_ref=lead.external_id)
    sent = facts.a_campaign_member(org=org, lead_ref=lead.external_id)
    facts.a_campaign_member(org=org)
    assert list(FieldChange.objects.visible_to(rep)) == [change]
    assert list(CampaignMember.objects.visible_to(rep)) == [sent]


def test_refused_rows_are_for_those_who_read_the_whole_org(full_org: Org) -> None:
    manager, _ = a_member(full_org, Role.MANAGER)
    integrator = MembershipFactory(org=full_org, role=Role.INTEGRATOR)
    assert not RefusedRow.objects.visible_to(manager).exists()
    assert RefusedRow.objects.visible_to(integrator).count() == 1


def test_a_match_is_for_those_who_read_both_of_its_accounts() -> None:
    user = UserFactory()
    members = [MembershipFactory(user=user, role=Role.ADMIN) for _ in range(2)]
    one, other = sorted(members, key=lambda member: member.org_id)
    group = OrgGroupFactory()
    Org.objects.filter(pk__in=[one.org_id, other.org_id]).update(group=group)
    accounts = [facts.an_account(org=member.org) for member in (one, other)]
    match = facts.a_match(
        group=group,
        org=one.org,
        account_ref=accounts[0].external_id,
        other_org=other.org,
        other_ref=accounts[1].external_id,
    )
    for reader in (user, one, other):
        assert list(Match.objects.visible_to(reader)) == [match]
    for member in (one, other):
        assert not Match.objects.visible_to(MembershipFactory(org=member.org, role=Role.ADMIN))
