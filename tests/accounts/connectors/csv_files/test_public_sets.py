"""The public sets, whole, with exact counts; skipped where the folder of data is not there."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import (
    Account,
    CrmUser,
    Lead,
    LineItem,
    Opportunity,
    Product,
    Purchase,
    StageChange,
)
from revenue.users.models import Org
from tests.accounts.connectors.csv_files.importing import imported
from tests.factories.jobs import an_org

PUBLIC = Path(settings.BASE_DIR).parent / "shared" / "data" / "public"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not PUBLIC.exists(), reason="The folder of public data is not here."),
]


@pytest.fixture
def org() -> Org:
    return an_org(slug="public", kind="csv")


def beginning(path: Path, *, lines: int, folder: Path) -> Path:
    with path.open("rb") as whole:
        (folder / path.name).write_bytes(b"".join(islice(whole, lines)))
    return folder / path.name


def rows(result: dict[str, Any]) -> dict[str, int]:
    return {each["name"]: each["accepted"] for each in result["files"]}


@pytest.fixture(scope="module")
def maven(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Org, list[dict[str, Any]]]]:
    """Imported twice, for all tests of it; at the end all of it is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        org = an_org(slug="maven", kind="csv")
        yield org, [imported(org, PUBLIC / "maven_crm") for _ in range(2)]
        transaction.set_rollback(True)


def test_sales_opportunities(maven: tuple[Org, list[dict[str, Any]]]) -> None:
    org, (result, _) = maven
    assert rows(result) == {
        "accounts.csv": 85,
        "data_dictionary.csv": 0,
        "products.csv": 7,
        "sales_pipeline.csv": 8800,
        "sales_teams.csv": 35,
    }
    assert result["rows"]["refused"] == 0
    deals = Opportunity.objects.of(org)
    assert Counter(deals.values_list("stage", flat=True)) == {
        "Won": 4238,
        "Lost": 2473,
        "Engaging": 1589,
        "Prospecting": 500,
    }
    assert deals.filter(is_won=True).aggregate(won=Sum("amount"))["won"] == Decimal(10_005_534)
    assert deals.filter(account_ref=None).count() == 1425
    assert deals.filter(created_at=None).count() == 500
    org.refresh_from_db()
    assert org.clock_date == date(2017, 12, 31)


def test_sales_opportunities_are_joined_by_their_names(
    maven: tuple[Org, list[dict[str, Any]]],
) -> None:
    org, _ = maven
    deals = Opportunity.objects.of(org)
    assert CrmUser.objects.of(org).count() == 35 + 6
    assert CrmUser.objects.of(org).filter(manager_ref=None).count() == 6
    assert not deals.filter(owner__external_id=None).exists()
    assert not deals.exclude(account_ref=None).filter(account__external_id=None).exists()
    assert Product.objects.of(org).count() == 7
    items = LineItem.objects.of(org)
    assert items.count() == 8800
    assert not items.filter(product__external_id=None).exists()
    assert items.filter(product__name="GTX Pro").count() == 1480
    assert StageChange.objects.of(org).count() == 8300 + 6711
    bluth = Account.objects.of(org).get(name="Bluth Company")
    assert bluth.parent is not None
    assert (bluth.parent.name, bluth.industry) == ("Acme Corporation", "technolgy")
    assert bluth.annual_revenue == Decimal("1242320000")
    assert bluth.extra == {"year_established": 1993}


def test_the_same_files_again_change_nothing(maven: tuple[Org, list[dict[str, Any]]]) -> None:
    _, (_, again) = maven
    assert again["rows"]["written"] == 0
    assert again["rows"]["accepted"] == 85 + 7 + 8800 + 35


def test_sales_challenge(org: Org) -> None:
    result = imported(org, PUBLIC / "skygeni")
    assert rows(result) == {"skygeni_sales_data.csv": 5000}
    deals = Opportunity.objects.of(org)
    assert (deals.filter(is_won=True).count(), deals.filter(is_closed=True).count()) == (2263, 5000)
    assert CrmUser.objects.of(org).count() == 25
    first = deals.get(external_id="D00001")
    assert (first.stage, first.extra["deal_stage"]) == ("Won", "Qualified")
    assert first.owner is not None
    org.refresh_from_db()
    assert org.clock_date == date(2024, 7, 20)


@pytest.mark.slow
def test_all_leads(org: Org) -> None:
    assert rows(imported(org, PUBLIC / "x_education_leads")) == {"Leads.csv": 9240}
    assert Lead.objects.of(org).filter(is_converted=True).count() == 3561


def test_leads_with_select_as_nothing(org: Org, tmp_path: Path) -> None:
    head = beginning(PUBLIC / "x_education_leads" / "Leads.csv", lines=801, folder=tmp_path)
    assert rows(imported(org, head)) == {"Leads.csv": 800}
    leads = Lead.objects.of(org)
    assert not leads.filter(city="Select").exists()
    assert not leads.filter(extra__Specialization="Select").exists()
    one = leads.get(external_id="8cc8c611-a219-4f35-ad23-fdfd2656bd8a")
    assert one.extra["TotalVisits"] == 2
    assert one.extra["Search"] is False
    assert one.city == "Mumbai"


@pytest.mark.slow
def test_all_customers(org: Org) -> None:
    assert rows(imported(org, PUBLIC / "telco_churn")) == {
        "WA_Fn-UseC_-Telco-Customer-Churn.csv": 7043
    }
    customers = Account.objects.of(org)
    assert customers.filter(extra__Churn=True).count() == 1869
    assert customers.exclude(extra__has_key="TotalCharges").count() == 11


def test_customers_with_churn(org: Org, tmp_path: Path) -> None:
    (whole,) = (PUBLIC / "telco_churn").glob("*.csv")
    imported(org, beginning(whole, lines=801, folder=tmp_path))
    customers = Account.objects.of(org)
    assert customers.count() == 800
    one = customers.get(external_id="7590-VHVEG")
    assert (one.extra["MonthlyCharges"], one.extra["SeniorCitizen"]) == (29.85, 0)
    assert customers.exclude(extra__has_key="TotalCharges").count() == 2


@pytest.mark.slow
def test_order_lines(org: Org) -> None:
    result = imported(org, PUBLIC / "online_retail_2009_2010.csv.gz")
    (file,) = result["files"]
    assert file["rows"] == 525_461
    assert file["left_out"] == {"The row names no customer.": 107_927}
    assert (file["accepted"], file["refused"]) == (417_534, 0)
    purchases = Purchase.objects.of(org)
    assert purchases.count() == 417_534
    assert purchases.filter(status="Cancelled", quantity__lt=0).count() == 9_839
    assert Account.objects.of(org).count() == 4_383
    assert not purchases.filter(account__external_id=None).exists()
    assert not purchases.filter(product__external_id=None).exists()
    org.refresh_from_db()
    assert org.clock_date == date(2010, 12, 9)
