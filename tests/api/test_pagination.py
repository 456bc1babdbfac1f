"""Pages begin after a row: nothing is seen twice or missed while rows come and go."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role
from tests.api.clients import with_token
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def client(org: Org) -> APIClient:
    """Of an admin; eleven members in all, whose names and days are alike in groups."""
    for number in range(10):
        user = UserFactory.create(full_name=f"Name {number // 3}")
        MembershipFactory.create(org=org, user=user)
    admin = MembershipFactory.create(org=org, role=Role.ADMIN)
    day = timezone.now() - timedelta(days=3)
    Membership.objects.filter(org=org).update(created_at=day)
    return with_token(admin.user)


def follow(client: APIClient, address: str | None, *, way: str) -> list[list[int]]:
    pages = []
    while address:
        body = client.get(address).json()
        pages.append([row["id"] for row in body["results"]])
        address = body[way]
    return pages


@pytest.mark.parametrize("order", ["name", "-name", "joined_at", "-joined_at", "role"])
@pytest.mark.parametrize("size", [1, 3, 11, 50])
def test_pages_hold_each_row_once_there_and_back(
    client: APIClient, org: Org, order: str, size: int
) -> None:
    first = f"/api/v1/orgs/{org.slug}/members?order={order}&page_size={size}"
    there = follow(client, first, way="next")
    flat = [row for page in there for row in page]
    assert len(flat) == len(set(flat)) == 11
    last = first
    while following := client.get(last).json()["next"]:
        last = following
    assert follow(client, last, way="previous") == list(reversed(there))


def test_rows_that_come_and_go_move_no_other_page(client: APIClient, org: Org) -> None:
    address = f"/api/v1/orgs/{org.slug}/members?order=name&page_size=4"
    before = [row for page in follow(client, address, way="next") for row in page]
    body = client.get(address).json()
    seen = [row["id"] for row in body["results"]]
    Membership.objects.filter(id__in=seen).delete()
    MembershipFactory.create(org=org, user=UserFactory.create(full_name="A first one"))
    rest = [row for page in follow(client, body["next"], way="next") for row in page]
    assert seen + rest == before


def cursor_of(client: APIClient, org: Org, query: str = "order=name") -> str:
    body = client.get(f"/api/v1/orgs/{org.slug}/members?page_size=2&{query}").json()
    return str(body["next"].partition("cursor=")[2].partition("&")[0])


def refused(answer: Any) -> bool:
    return bool(
        answer.status_code == 400 and answer.json()["type"] == "urn:problem:revenue:bad-cursor"
    )


def test_cursor_that_was_changed_is_refused(client: APIClient, org: Org) -> None:
    cursor = cursor_of(client, org)
    base = f"/api/v1/orgs/{org.slug}/members?order=name"
    assert client.get(f"{base}&cursor={cursor}").status_code == 200
    for wrong in (cursor[:-1], "x" + cursor, cursor.swapcase(), "x", "a:b:c", "..", "%F0%9F%98%80"):
        assert refused(client.get(f"{base}&cursor={wrong}")), wrong


def test_cursor_of_another_list_or_order_is_refused(client: APIClient, org: Org) -> None:
    cursor = cursor_of(client, org)
    assert refused(client.get(f"/api/v1/orgs/{org.slug}/members?order=-name&cursor={cursor}"))
    assert refused(client.get(f"/api/v1/orgs?order=name&cursor={cursor}"))


def test_page_costs_the_same_at_any_depth(
    client: APIClient, org: Org, django_assert_num_queries: Any
) -> None:
    address = f"/api/v1/orgs/{org.slug}/members?page_size=2"
    for _ in range(3):
        # family, its end, membership, rows
        with django_assert_num_queries(4):
            address = client.get(address).json()["next"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
        min_size=1,
        max_size=8,
    ),
    size=st.integers(1, 4),
)
def test_any_names_page_well(names: list[str], size: int, db: None) -> None:
    org = OrgFactory()
    people = User.objects.bulk_create(UserFactory.build(full_name=name) for name in names)
    Membership.objects.bulk_create(Membership(user=user, org=org, role=Role.REP) for user in people)
    admin = MembershipFactory.create(org=org, role=Role.ADMIN)
    address = f"/api/v1/orgs/{org.slug}/members?order=-name&page_size={size}"
    pages = follow(with_token(admin.user), address, way="next")
    assert len({row for page in pages for row in page}) == len(names) + 1
