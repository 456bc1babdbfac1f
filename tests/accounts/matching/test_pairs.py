from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from accounts.matching.likeness import compare
from accounts.matching.pairs import Key, Pair, components, joinable
from accounts.matching.traits import Traits, core_name
from tests.accounts.matching.in_memory import alike

BASE = Traits(
    org_id=1,
    account_ref="a",
    name="Northwind Traders Inc.",
    core_name="northwind traders",
    domain="northwind.example",
    phone="125550147",
    street="12 high st",
    postal_code="10001",
    city="new york",
    country="us",
)


def other(**facts: object) -> Traits:
    found = replace(BASE, org_id=2, account_ref="b", **facts)  # type: ignore[arg-type]
    return replace(found, core_name=core_name(found.name))


def test_name_and_domain_are_certain() -> None:
    found = compare(BASE, other(name="NORTHWIND Traders GmbH", phone="", street="", country="de"))
    assert found.is_certain
    assert [reason.text for reason in found.reasons[:2]] == [
        "same name apart from the legal form",
        "same domain northwind.example",
    ]


def test_a_name_alone_is_never_certain() -> None:
    nothing = {
        "domain": "",
        "phone": "",
        "street": "",
        "postal_code": "",
        "city": "",
        "country": "",
    }
    assert compare(replace(BASE, **nothing), other(**nothing)).is_doubtful  # type: ignore[arg-type]


def test_a_switchboard_of_two_firms_joins_nobody() -> None:
    stranger = other(name="Redwood Dental Care", domain="redwood.example")
    found = compare(BASE, stranger)
    assert not found.is_certain


def test_a_false_friend_is_left_apart() -> None:
    friend = other(
        name="Northwind Logistics Ltd",
        domain="northwind-logistics.example",
        phone="999888777",
        street="1 dock rd",
        postal_code="E14",
        city="london",
        country="uk",
    )
    assert not compare(BASE, friend).is_certain


def test_only_accounts_of_two_orgs_are_compared() -> None:
    assert alike([BASE, replace(BASE, account_ref="a2")]) == []
    assert len(alike([BASE, other()])) == 1


def test_of_two_equal_partners_one_is_left_for_a_person() -> None:
    pairs = alike([BASE, other(), replace(other(), account_ref="c")])
    assert [pair.other for pair in pairs] == [(2, "b"), (2, "c")]
    assert [pair.other for pair in joinable(pairs, joined=[])] == [(2, "b")]
    assert [pair.other for pair in joinable(pairs, joined=[((1, "a"), (2, "c"))])] == [(2, "c")]
    assert [pair.other for pair in joinable(pairs, joined=[], apart={((1, "a"), (2, "b"))})] == [
        (2, "c")
    ]


letters = st.sampled_from("abcdef")
orgs = st.sampled_from([(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)])
links = st.lists(
    st.builds(lambda two, a, b: ((two[0], a), (two[1], b)), orgs, letters, letters), max_size=30
)


@given(links)
def test_components_are_what_links_reach(found: list[tuple[Key, Key]]) -> None:
    groups = components(found)
    everybody = {key for pair in found for key in pair}
    assert sorted(key for group in groups for key in group) == sorted(everybody)
    for one, two in found:
        assert any(one in group and two in group for group in groups)


@given(links, links)
def test_no_run_puts_two_accounts_of_an_org_together(
    found: list[tuple[Key, Key]], apart: list[tuple[Key, Key]]
) -> None:
    sure = compare(BASE, other())
    pairs = [Pair(one, two, sure) for one, two in found]
    chosen = list(joinable(pairs, joined=[], apart=set(apart)))
    for group in components((pair.one, pair.other) for pair in chosen):
        orgs = [org_id for org_id, _ in group]
        assert len(orgs) == len(set(orgs))
        assert not any(one in group and two in group for one, two in apart)


@given(st.permutations([BASE, other(), replace(other(), org_id=3, account_ref="d")]))
def test_the_order_of_accounts_changes_nothing(accounts: list[Traits]) -> None:
    assert len(alike(accounts)) == 3
    assert alike(accounts) == alike(list(reversed(accounts)))
