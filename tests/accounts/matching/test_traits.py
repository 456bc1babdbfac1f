import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.matching.traits import core_name, domain_of, phone_of, plain, street_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northwind Traders Inc.", "NORTHWIND Traders GmbH"),
        ("Müller & Söhne AG", "Muller Sohne"),
        ("The Blue Sky Company", "Blue Sky Co., Ltd."),
        ("Officine Rossi S.p.A.", "Officine Rossi SpA"),
        ("O'Neill Freight LLC", "ONeill Freight"),
        ("Société Générale SA", "societe generale"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert core_name(one) == core_name(other)


@pytest.mark.parametrize(
    ("name", "kept"), [("SAP SE", "sap"), ("AG", "ag"), ("The The", "the the")]
)
def test_something_of_a_name_is_always_left(name: str, kept: str) -> None:
    assert core_name(name) == kept


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.northwind.example/shop?x=1", "northwind.example"),
        ("northwind.example", "northwind.example"),
        ("WWW.Northwind.EXAMPLE.", "northwind.example"),
        ("Ann.Lee@eu.northwind.example", "northwind.example"),
        ("https://shop.northwind.co.uk", "northwind.co.uk"),
        ("ann@gmail.com", ""),
        ("https://facebook.com/northwind", ""),
        ("not an address", ""),
        ("http://[::1", ""),
        ("10.0.0.1", ""),
        ("", ""),
    ],
)
def test_the_domain_that_a_company_owns(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+49 (0)30 1234 5678", "030 12345678"),
        ("+1 212-555-0147", "(212) 555-0147 ext. 9"),
    ],
)
def test_one_number_written_twice(one: str, other: str) -> None:
    assert phone_of(one)[-8:] == phone_of(other)[-8:] != ""


@pytest.mark.parametrize("number", ["", "12345", "000 000 0000", "n/a"])
def test_what_is_no_number_is_none(number: str) -> None:
    assert phone_of(number) == ""


def test_streets_are_equal_in_their_short_forms() -> None:
    assert street_of("12 High Street") == street_of("12 high St.")
    assert street_of("Lindenstraße 4") == street_of("Lindenstr. 4")


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert isinstance(core_name(text), str)
    assert isinstance(domain_of(text), str)
    assert phone_of(text) == "" or phone_of(text).isdigit()
    street_of(text)
