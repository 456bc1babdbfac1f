from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from django.urls import NoReverseMatch

from revenue.web import navigation
from revenue.web.context import frame

ORG = SimpleNamespace(slug="acme", name="Acme", data_as_of=None)
OTHER = SimpleNamespace(slug="zeta", name="Zeta", data_as_of=None)
RECORDS = {"Deals at risk", "Forecast", "Pipeline changes", "Accounts", "Contacts", "Leads"}
PAGES = {
    "rep": {"Deals"} | RECORDS,
    "manager": {"Team", "Deals", "Members"} | RECORDS,
    "executive": {"Overview", "Win rate", "Team", "Deals", "Members", "Models"} | RECORDS,
    "admin": {"Overview", "Operations", "Members", "Jobs", "Audit trail", "Developers", *RECORDS}
    | {"Win rate", "Deals", "Same customers", "Connection", "Imports", "Models"},
    "integrator": {"Developers", "Deals"} | RECORDS - {"Forecast"},
}
# What the CRM gave and when is for whoever works with it.
GROWTH = {"Account health", "Lead scores", "Cross-sell", "Expansion"}
PAGES = {role: labels | {"Data", "Knowledge"} | GROWTH for role, labels in PAGES.items()}
for role in ("manager", "executive", "admin"):
    PAGES[role] |= {"Allocation"}
for role in ("rep", "manager", "executive", "admin"):
    PAGES[role] |= {"Ask"}
PAGES["rep"] |= {"My plan"}
PAGES["admin"] |= {"Writing", "Spend"}


def member(role: str, org: SimpleNamespace = ORG) -> SimpleNamespace:
    return SimpleNamespace(role=role, org=org)


@pytest.mark.parametrize("role", PAGES)
def test_a_role_sees_its_pages_and_its_home_is_one_of_them(role: str) -> None:
    sections = navigation.sections(membership=member(role), path="/")
    links = [link for section in sections for link in section.links]

    assert {link.label for link in links} == PAGES[role]
    assert navigation.home_url(membership=member(role)) in {link.url for link in links}
    assert all(section.links for section in sections)


def test_the_link_of_the_page_and_of_what_lies_below_is_marked() -> None:
    home = navigation.home_url(membership=member("admin"))

    for path in (home, f"{home}below/"):
        sections = navigation.sections(membership=member("admin"), path=path)
        active = [link.label for section in sections for link in section.links if link.active]
        assert active == ["Operations"]


def test_of_a_page_below_another_only_its_own_link_is_marked() -> None:
    for path, label in (
        ("/o/acme/risk/changes/", "Pipeline changes"),
        ("/o/acme/risk/policy/", "Deals at risk"),
    ):
        sections = navigation.sections(membership=member("rep"), path=path)
        active = [link.label for section in sections for link in section.links if link.active]
        assert active == [label]


def test_switching_org_lands_on_the_home_of_the_role_there() -> None:
    here, there = navigation.org_choices(
        memberships=[member("admin"), member("rep", OTHER)], current=ORG
    )

    assert (here.active, there.active) == (True, False)
    assert there.url == navigation.home_url(membership=member("rep", OTHER))


def test_a_page_that_does_not_exist_is_not_passed_over() -> None:
    group = navigation.NavGroup("X", (navigation.item("X", "web:nowhere", "x", "rep"),))

    with pytest.raises(NoReverseMatch):
        navigation.sections(membership=member("rep"), path="/", groups=(group,))


def request_with(**attributes: object) -> HttpRequest:
    request = RequestFactory().get("/")
    for name, value in attributes.items():
        setattr(request, name, value)
    return request


PERSON = SimpleNamespace(is_authenticated=True, theme="dark")


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"user": None},
        {"user": AnonymousUser()},
        {"user": PERSON},
        {"user": PERSON, "membership": None, "org": None, "memberships": []},
    ],
    ids=["bare", "no user", "signed out", "no middleware", "no org"],
)
def test_the_frame_stands_whatever_is_absent(attributes: dict[str, object]) -> None:
    context = frame(request_with(**attributes))

    assert (context["nav"], context["orgs"], context["org"]) == ([], [], None)
    assert context["home_url"] == "/"


def test_outside_an_org_the_frame_is_that_of_the_first() -> None:
    request = request_with(
        user=PERSON, membership=None, org=None, memberships=[member("rep"), member("admin", OTHER)]
    )
    context = frame(request)

    assert context["org"] is ORG
    assert context["theme"] == "dark"
    assert [choice.name for choice in context["orgs"]] == ["Acme", "Zeta"]


@override_settings(PRODUCT_NAME="Another")
def test_the_name_of_the_product_is_a_setting() -> None:
    assert frame(request_with())["product_name"] == "Another"
