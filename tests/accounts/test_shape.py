"""What holds for the tables of the facts as a whole: ids to the letter, money to its currency."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Opportunity
from accounts.salesforce_ids import KNOWN, full_id
from tests.factories.facts import LETTERS, an_opportunity
from tests.factories.people import OrgFactory

TAILS = st.text("abcXYZ0123", min_size=12, max_size=12)
OWN_MONEY = r"(amount|total_price|unit_price|list_price|annual_revenue)"
ADDED = re.compile(rf"\b(Sum|Avg|sum|avg)\(\s*[\"']?(\w+\.|\w+__)?{OWN_MONEY}\b")


@given(st.sampled_from(sorted(KNOWN)), TAILS)
def test_fifteen_characters_become_eighteen(prefix: str, tail: str) -> None:
    short = prefix + tail
    full = full_id(short)
    assert full[:15] == short
    for place, letter in enumerate(full[15:]):
        bits = LETTERS.index(letter)
        part = short[place * 5 : place * 5 + 5]
        assert [bool(bits & 1 << at) for at in range(5)] == [each.isupper() for each in part]
    assert full_id(full) == full


def test_an_id_that_the_documentation_gives() -> None:
    assert full_id("001A0000006Vm9r") == "001A0000006Vm9rIAC"


@pytest.mark.parametrize(
    "text", ["", "001", "Closed Won here", "INV-2024-000017", "hubspot-1234567"]
)
def test_what_is_no_id_of_salesforce_stays_as_it_is(text: str) -> None:
    assert full_id(text) == text


def test_every_id_and_reference_is_compared_byte_by_byte() -> None:
    fields = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("accounts").get_models()
        for field in model._meta.concrete_fields
        if (field.name == "external_id" or field.name.endswith("_ref"))
        and getattr(field, "db_collation", None) != "C"
        # The line of a file that was refused: what it gave as its id is shown, never looked up.
        and model.__name__ != "RefusedRow"
    ]
    assert fields == []


@pytest.mark.django_db
def test_ids_that_differ_by_case_are_two_records() -> None:
    org = OrgFactory()
    lower, upper = (an_opportunity(org=org, external_id=each) for each in ("006a", "006A"))
    assert list(Opportunity.objects.filter(external_id="006A")) == [upper]
    found = Opportunity.objects.order_by("external_id").values_list("pk", flat=True)
    assert list(found) == [upper.pk, lower.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT '006a' COLLATE \"C\" < '006B' COLLATE \"C\"")
        assert cursor.fetchone() == (False,)


def test_money_of_unlike_currencies_is_nowhere_added() -> None:
    """Only what stands in the org's own currency: corporate_amount, corporate_total."""
    found = [
        f"{path.relative_to(settings.BASE_DIR)}: {match[0]}"
        for room in ("accounts", "forecasting", "crosssell", "assistant")
        for path in Path(settings.BASE_DIR, room).rglob("*.py")
        for match in ADDED.finditer(path.read_text())
    ]
    assert found == []
    assert ADDED.search("Sum('amount')")
    assert ADDED.search("sum(line.total_price)")
    assert not ADDED.search("Sum('corporate_amount')")
