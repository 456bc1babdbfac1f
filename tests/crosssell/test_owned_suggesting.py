"""What runs out and what may grow, from recorded changes to rows with a chance and reasons."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import Account, FieldChange, Product, Purchase
from crosssell.models import Recommendation
from crosssell.owned import contracts, growth
from crosssell.owned.bought import bought_of_owned
from crosssell.owned.judging import CONTRACTS, GROWTH, RHYTHM, counted, report_of
from crosssell.owned.reading import read_had
from crosssell.owned.suggesting import Owning
from crosssell.selling.reading import read_past
from revenue.users.models import Org
from tests.crosssell.owned_world import AS_OF, GIVES_UP, an_org, at, change, ground
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def org(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Org]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield an_org()
        transaction.set_rollback(True)


def test_what_was_had_is_known_as_it_was(org: Org) -> None:
    had = read_had(org=org).at(at(2 * 365)).set_index("ref")
    one = had.loc["s-k000"]
    assert one["ends_date"].date() == (AS_OF - timedelta(days=365)).date()
    assert (one["quantity"], one["status"], one["runs"]) == (22, "Installed", True)
    assert one["total"] == 2_200
    now = read_had(org=org).at(AS_OF).set_index("ref").loc["s-k000"]
    assert (now["status"], bool(now["runs"])) == ("Cancelled", False)


def test_nothing_that_came_later_changes_what_was(org: Org) -> None:
    moment = at(400)
    before = read_had(org=org).at(moment)
    rows = list(Purchase.objects.filter(org=org).order_by("external_id"))
    later = AS_OF + timedelta(minutes=1)
    for row in rows:
        ref = row.account_ref
        FieldChange.objects.bulk_create(
            [
                change(org, ref, later, "quantity", int(row.quantity or 0), 77),
                change(org, ref, later, "status", row.status, "Void"),
            ]
        )
    Purchase.objects.filter(org=org).update(
        quantity=Decimal(77), status="Void", corporate_total=Decimal(7_700)
    )
    pd.testing.assert_frame_equal(read_had(org=org).at(moment), before)
    read = read_past(orgs=[org], as_of=moment.to_pydatetime()).sales
    assert float(read["quantity"].max()) < 77


def test_a_contract_was_renewed_or_it_was_not(org: Org) -> None:
    rows = contracts.look(ground(org), at(300)).set_index("account_ref")
    assert len(rows) > 30
    assert rows["label"].notna().all()
    gave_up = [ref for ref in rows.index if int(ref[1:]) % GIVES_UP == 0]
    assert gave_up
    assert (rows.loc[gave_up, "label"] == 0).all()
    assert (rows.drop(gave_up)["label"] == 1).all()
    assert contracts.look(ground(org), at(20))["label"].isna().all()  # not over yet


def test_each_end_within_the_horizon_is_suggested_until_that_day(org: Org) -> None:
    found = Owning(ground(org)).by_account
    renewals = [row for rows in found.values() for row in rows if row["kind"] == "renewal"]
    until = (AS_OF + timedelta(days=90)).date()
    due = Purchase.objects.filter(
        org=org, status="Installed", ends_date__gte=AS_OF.date(), ends_date__lt=until
    )
    assert {row["account_ref"] for row in renewals} == set(
        due.exclude(ends_date=AS_OF.date()).values_list("account_ref", flat=True)
    )
    known = counted(ground(org), CONTRACTS)
    assert known.rates is not None
    share = known.report["came"] / known.report["known"]
    for row in renewals:
        end = Purchase.objects.get(org=org, account_ref=row["account_ref"]).ends_date
        assert end is not None
        assert row["expires_on"] == end.isoformat()
        assert abs(row["probability"] - share) < 0.15
        assert row["value"] == pytest.approx(row["price"] * row["quantity"] * row["probability"])
        assert f"until {end:%d %b %Y}" in row["reasons"][0]["words"]


def test_who_took_more_before_is_foreseen_to_take_more(org: Org) -> None:
    known = counted(ground(org), GROWTH)
    assert known.rates is not None
    judged = known.report["judged"]
    assert judged["is_better"]
    assert judged["suggested"]["came"] > 1.5 * judged["base_rate"]
    rows = growth.look(ground(org), at(0))
    assert not set(rows["account_ref"]) & {
        row["account_ref"] for row in Owning(ground(org)).renewals()
    }


def test_what_became_of_it_is_read_from_the_changes(org: Org) -> None:
    asked = at(300).to_pydatetime()
    rows = contracts.look(ground(org), at(300))

    def row(pk: int, ref: str, kind: str = "renewal") -> Recommendation:
        return Recommendation(
            pk=pk, org=org, account_ref=ref, product_ref="k-core", kind=kind, suggested_at=asked
        )

    kept = [ref for ref in rows["account_ref"] if int(ref[1:]) % GIVES_UP]
    lost = [ref for ref in rows["account_ref"] if int(ref[1:]) % GIVES_UP == 0]
    found = bought_of_owned(ground(org), [row(1, kept[0]), row(2, lost[0])], days=90)
    assert set(found) == {1}
    moment, worth = found[1]
    assert moment > asked
    assert worth == Purchase.objects.get(org=org, account_ref=kept[0]).corporate_total
    early = ground(org, as_of=asked + timedelta(days=1))
    assert bought_of_owned(early, [row(1, kept[-1])], days=90) == {}


def test_without_ends_and_changes_nothing_is_invented() -> None:
    bare = OrgFactory(slug="bare", clock_date=AS_OF.date())
    said = report_of(ground(bare))
    assert "No purchases are here" in said["contracts"]["why_not"]
    Purchase.objects.create(
        org=bare, external_id="p", account_ref="a", product_ref="b", purchased_at=AS_OF,
        created_at=AS_OF, synced_at=AS_OF,
    )  # fmt: skip
    said = report_of(ground(bare))
    assert "says when it ends" in said["contracts"]["why_not"]
    Purchase.objects.filter(org=bare).update(ends_date=date(2026, 4, 1))
    said = report_of(ground(bare))
    assert "each sync from now on keeps them" in said["contracts"]["why_not"]
    assert said["growth"]["why_not"]
    assert Owning(ground(bare)).by_account == {}


def test_what_is_bought_by_the_clock_is_due_again() -> None:
    shop = OrgFactory(slug="shop", clock_date=AS_OF.date())
    template = {"org": shop, "synced_at": AS_OF}
    made = []
    for nth in range(60):
        made += [
            Purchase(
                external_id=f"o{nth}-{turn}", account_ref=f"a{nth}", product_ref="ink",
                quantity=Decimal(3), corporate_total=Decimal(30),
                purchased_at=AS_OF - timedelta(days=60 * turn + nth % 50),
                created_at=AS_OF - timedelta(days=60 * turn + nth % 50), **template,
            )
            # Every third gave up a year ago.
            for turn in range(6 if nth % 3 == 0 else 0, 14)
        ]  # fmt: skip
    Purchase.objects.bulk_create(made)
    from_org = Purchase.objects.filter(org=shop).values_list("account_ref", flat=True)
    kept = {"synced_at": AS_OF, "created_at": AS_OF - timedelta(days=900), "org": shop}
    Account.objects.bulk_create(
        Account(external_id=ref, name=ref, **kept) for ref in sorted(set(from_org))
    )
    Product.objects.create(external_id="ink", name="Ink", **kept)
    one = counted(ground(shop), RHYTHM)
    assert one.rates is not None
    assert one.report["came"] / one.report["known"] > 0.7
    found = Owning(ground(shop)).by_account
    assert set(found) == {f"a{nth}" for nth in range(60) if nth % 3}
    (row,) = found["a1"]
    assert (row["kind"], row["quantity"], row["price"]) == ("renewal", 3.0, 10.0)
    assert row["probability"] > 0.8
    assert "each 60 days or so" in row["reasons"][0]["words"]
