from typing import Any

import pytest
from django.test import Client

from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory


def opened(client: Client, member: Any, page: str, **headers: str) -> str:
    client.force_login(member.user)
    response = client.get(f"/o/{member.org.slug}/{page}/", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.django_db
def test_a_rep_is_told_whom_to_ask_for_data(client: Client) -> None:
    rep = MembershipFactory()
    MembershipFactory(
        org=rep.org, role=Role.ADMIN, user=UserFactory(full_name="Amara", email="a@example.com")
    )
    page = opened(client, rep, "deals")
    assert "No deals yet" in page
    assert "mailto:a@example.com" in page


@pytest.mark.django_db
def test_a_manager_sees_those_below_and_nobody_else(client: Client) -> None:
    org = OrgFactory()
    boss = MembershipFactory(org=org, role=Role.MANAGER)
    below = MembershipFactory(org=org, reports_to=boss, user=UserFactory(full_name="Below"))
    MembershipFactory(org=org, reports_to=below, user=UserFactory(full_name="Far below"))
    MembershipFactory(org=org, user=UserFactory(full_name="Beside"))
    page = opened(client, boss, "team")
    assert "Below" in page
    assert "Far below" in page
    assert "Beside" not in page


@pytest.mark.django_db
def test_the_team_page_asks_the_same_number_of_questions_however_large(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    boss = MembershipFactory(role=Role.EXECUTIVE)
    MembershipFactory.create_batch(30, org=boss.org)
    client.force_login(boss.user)
    address = f"/o/{boss.org.slug}/team/"
    client.get(address)
    with django_assert_max_num_queries(8):
        client.get(address)


@pytest.mark.django_db
def test_operations_looks_again_at_the_system_alone(client: Client) -> None:
    admin = MembershipFactory(role=Role.ADMIN)
    headers = {"HX-Request": "true", "HX-Target": "system"}
    fragment = opened(client, admin, "operations", **headers)
    assert 'id="system"' in fragment
    assert "<html" not in fragment
