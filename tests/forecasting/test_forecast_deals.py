"""The deals that a forecast is made of: whose, which, and as a file."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q

from accounts.models import Opportunity
from forecasting.owners import owned_by
from revenue.users.models import AuditEvent
from tests.factories.deals import an_outlook
from tests.forecasting.forecasts import TODAY, a_node
from tests.forecasting.sales import OWNERS, Sales

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales() -> Sales:
    return Sales()


def test_deals_are_those_that_the_reader_sees_of_the_team(sales: Sales) -> None:
    for who in OWNERS:
        sales.deal(who, name=f"Deal of {who}")
    assert sales.names("rep") == ["Deal of rep"]
    assert len(sales.names("manager")) == 3
    assert len(sales.names("executive")) == 4
    assert sales.names("executive", "?team=u-rep") == ["Deal of rep"]
    assert sales.names("executive", "?team=u-manager&own=yes") == ["Deal of manager"]
    assert sales.names("nobody") == []


def test_deals_that_nobody_owns_stand_under_nobodys(sales: Sales) -> None:
    sales.deal(name="Owned")
    lost = sales.deal(name="Lost", owner_ref=None)
    Opportunity.objects.filter(pk=lost.opportunity.pk).update(owner_ref=None)
    a_node(sales.forecast, "-", name="Nobody's", owners=["", "u-gone"])
    assert sales.names("executive", "?team=-") == ["Lost"]
    assert sales.names("executive", "?team=u-rep") == ["Owned"]
    # What a team without ownerless deals holds is found by its owners alone.
    assert owned_by(["u-rep"]) == Q(owner_ref__in=["u-rep"])


def test_deals_are_expected_to_bring_their_chance(sales: Sales) -> None:
    sales.deal(name="Sure", amount=Decimal(100), chance=0.9)
    sales.deal(name="Large", amount=Decimal(1000), chance=0.1)
    sales.deal(name="Won", won=True, amount=Decimal(80))
    page = sales.page("rep", "deals/")
    rows = page.context["table"].page.rows
    assert [(row.name, round(row.expected)) for row in rows] == [
        ("Large", 100),
        ("Sure", 90),
        ("Won", 80),
    ]
    assert "$270" in page.content.decode()
    assert "/deals/" in page.content.decode()


def test_deals_are_filtered_by_standing_category_and_when_they_are_due(sales: Sales) -> None:
    later = date(2027, 2, 1)
    sales.deal(name="Due", category="Commit")
    sales.deal(name="After", close_date=later, category="Pipeline")
    sales.deal(name="Late", close_date=TODAY - timedelta(days=1))
    sales.deal(name="Won", won=True, close_date=TODAY)
    slow = sales.deal(name="Slow", chance=0.1)
    an_outlook(deal=slow.opportunity, probability=0.6)
    found = {
        query: set(sales.names("rep", f"?{query}"))
        for query in (
            "standing=won",
            "category=Commit",
            "due=in",
            "due=after",
            "due=overdue",
            "due=slips",
            "q=after",
        )
    }
    assert found == {
        "standing=won": {"Won"},
        "category=Commit": {"Due"},
        "due=in": {"Due", "Late", "Won", "Slow"},
        "due=after": {"After"},
        "due=overdue": {"Late"},
        "due=slips": {"Slow"},
        "q=after": {"After"},
    }


def test_the_file_holds_what_the_list_holds(sales: Sales) -> None:
    sales.deal(name="=1+1", chance=0.5, amount=Decimal(10))
    sales.deal("other", name="Other")
    page = sales.page("manager", "deals/?team=u-rep&cols=account,amount")
    answer: Any = sales.client("manager").get(page.context["export_url"])
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == ["Deal,Account,Worth if won", "'=1+1,rep account,10.0000"]
    assert "quarter-2026-10-01.csv" in answer.headers["Content-Disposition"]
    event = AuditEvent.objects.get(action=AuditEvent.Action.EXPORT_TAKEN)
    assert (event.detail["rows"], event.org) == (1, sales.org)
