"""What is read of a past, and who is read together."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from accounts.models import Purchase
from crosssell.selling.candidates import SOURCES, Sources, candidates_of
from crosssell.selling.catalogue import catalogue_of
from crosssell.selling.dataset import dataset
from crosssell.selling.nearness import region_of
from crosssell.selling.reading import Past, orgs_beside, read_past
from crosssell.selling.standing import Standing, standing_of
from revenue.ml.learned import NothingToLearnError
from revenue.ml.rank.rivals import WAYS, Way, fitted, tops_of
from revenue.users.models import Org
from tests.crosssell.selling_world import AS_OF, a_market, a_sale
from tests.factories import facts
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db


def standing(*orgs: Org) -> Standing:
    past = read_past(orgs=orgs, as_of=AS_OF)
    return standing_of(past, catalogue_of(past))


def a_deal(org: Org, product: str, **said: bool) -> None:
    days = {"close_date": date(2026, 2, 1), "created_at": AS_OF}
    deal = facts.an_opportunity(org=org, account_ref="a1", **said, **days)  # type: ignore[arg-type]
    facts.a_line_item(
        org=org,
        opportunity_ref=deal.external_id,
        product_ref=product,
        corporate_total=Decimal(90),
        created_at=AS_OF,
    )


@pytest.fixture
def org() -> Org:
    org: Org = OrgFactory(slug="alone")
    facts.an_account(org=org, external_id="a1", industry="Mining", created_at=AS_OF)
    for ref in ("p1", "p2", "p3", "p4"):
        facts.a_product(org=org, external_id=ref, created_at=AS_OF)
    return org


def test_a_sale_that_two_records_tell_of_is_one(org: Org) -> None:
    a_deal(org, "p1", won=True)
    a_sale(org, "a1", "p1", AS_OF - timedelta(days=25)).save()
    a_sale(org, "a1", "p1", AS_OF - timedelta(days=400)).save()
    sales = standing(org).sales
    assert len(sales) == 2
    assert sales.total.tolist() == [200.0, 90.0]


def test_what_was_taken_back_is_no_sale(org: Org) -> None:
    for product, quantity in (("p1", 3), ("p2", -3)):
        sale = a_sale(org, "a1", product, AS_OF - timedelta(days=25))
        sale.quantity = Decimal(quantity)
        sale.save()
    assert standing(org).sales.item.tolist() == [0]


def test_who_has_no_first_day_was_there_from_when_it_was_heard_of(org: Org) -> None:
    for ref in ("a2", "a3", "a4"):
        facts.an_account(org=org, external_id=ref, created_at=None)
    a_sale(org, "a2", "p1", AS_OF - timedelta(days=25)).save()
    yesterday = AS_OF - timedelta(days=1)
    facts.an_activity(org=org, account_ref="a3", happens_at=yesterday, created_at=yesterday)
    found = standing(org)
    assert found.is_there.tolist() == [True] * 4
    assert found.was_there.tolist() == [True, True, True, False]


def test_a_short_past_teaches_by_labels_that_look_less_far_ahead() -> None:
    org, _ = a_market(is_grouped=False)
    long = dataset(orgs=(org,), as_of=AS_OF, horizon_days=90, most=20)
    assert set(long.market.ahead.values()) == {90}
    Purchase.objects.filter(org=org, purchased_at__lt=AS_OF - timedelta(days=330)).delete()
    short = dataset(orgs=(org,), as_of=AS_OF, horizon_days=90, most=20)
    ahead = {round((AS_OF.timestamp() - at) / 86_400): n for at, n in short.market.ahead.items()}
    assert ahead == {270: 90, 240: 60, 210: 30, 180: 90, 90: 90}
    lists = short.market.lists
    known = lists.frame.label_known_at.astype("datetime64[s]").astype(int)
    taught = lists.at[lists.of] < short.now.at - 180 * 86_400
    assert known[taught].max() <= short.now.at - 180 * 86_400


def test_what_is_open_is_being_sold_and_what_was_lost_is_a_wish(org: Org) -> None:
    a_deal(org, "p1", won=True)
    a_deal(org, "p2", lost=True)
    a_deal(org, "p3")
    found = standing(org)
    barred = found.barred().toarray()[0].astype(bool)
    assert barred.tolist() == [True, False, True, False]
    assert (len(found.lost), len(found.offered)) == (1, 1)
    pairs = candidates_of(Sources(found), np.array([0]), most=100)
    assert sorted(pairs.item.tolist()) == [1, 3]


def tables(past: Past) -> list[list[tuple[object, ...]]]:
    frames = (past.products, past.accounts, past.sales, past.offers, past.activities)
    return [[tuple(map(str, row)) for row in one.to_numpy()] for one in frames]


def test_what_came_later_is_not_read(org: Org) -> None:
    a_deal(org, "p2", lost=True)
    then = AS_OF + timedelta(days=1)
    before = tables(read_past(orgs=(org,), as_of=AS_OF))
    facts.a_product(org=org, created_at=then)
    facts.an_account(org=org, created_at=then)
    a_sale(org, "a1", "p1", then).save()
    facts.an_activity(org=org, account_ref="a1", happens_at=then, created_at=then)
    deal = facts.an_opportunity(
        org=org, account_ref="a1", won=True, created_at=then, close_date=then.date()
    )
    facts.a_line_item(org=org, opportunity_ref=deal.external_id, product_ref="p4", created_at=then)
    assert tables(read_past(orgs=(org,), as_of=AS_OF)) == before
    assert len(read_past(orgs=(org,), as_of=then).sales) == 2


def test_only_grouped_orgs_are_read_together() -> None:
    north, south = a_market(accounts=6, is_grouped=False)
    assert orgs_beside(north) == (north,)
    other = standing(north)
    assert set(other.catalogue.account_org) == {0}
    assert south not in orgs_beside(north)


def test_what_a_customer_has_of_one_org_is_suggested_by_none() -> None:
    north, south = a_market(accounts=20)
    assert orgs_beside(south) == (north, south)
    a_sale(north, "a001", "p0", AS_OF - timedelta(days=500)).save()
    found = standing(north, south)
    catalogue = found.catalogue
    assert (catalogue.items, catalogue.customers) == (8, 37)
    here = int(np.flatnonzero((catalogue.account_org == 1) & (catalogue.account_ref == "a001"))[0])
    pairs = candidates_of(Sources(found), np.array([here]), most=100)
    assert 0 not in pairs.item
    assert len(pairs) > 0
    everybody = candidates_of(Sources(found), np.arange(catalogue.accounts), most=100)
    assert everybody.sources.any(axis=1).all()
    assert everybody.sources[:, list(SOURCES).index("crossorg")].any()


def test_products_are_one_by_code_and_else_by_name() -> None:
    north, south = a_market(accounts=2)
    facts.a_product(org=north, external_id="x", name="Side  Table", code="", created_at=AS_OF)
    facts.a_product(org=south, external_id="y", name="side table", code="", created_at=AS_OF)
    facts.a_product(org=south, external_id="z", name="Other", code="c 0", created_at=AS_OF)
    catalogue = catalogue_of(read_past(orgs=(north, south), as_of=AS_OF))
    assert catalogue.items == 9
    product = catalogue.of_org[1, catalogue.product_item[catalogue.product_ref == "z"][0]]
    assert catalogue.product_ref[product] == "p0"


def test_without_products_or_sales_it_says_what_to_do(org: Org) -> None:
    asked = {"as_of": AS_OF, "horizon_days": 90, "most": 100}
    with pytest.raises(NothingToLearnError, match="sync or import purchases"):
        dataset(orgs=(org,), **asked)  # type: ignore[arg-type]
    with pytest.raises(NothingToLearnError, match="There are no products"):
        dataset(orgs=(OrgFactory(),), **asked)  # type: ignore[arg-type]
    a_sale(org, "a1", "p1", AS_OF - timedelta(days=9)).save()
    with pytest.raises(NothingToLearnError, match="has been followed for 90 days"):
        dataset(orgs=(org,), **asked)  # type: ignore[arg-type]


def test_rivals_are_fitted_on_customers_and_offer_what_the_org_sells() -> None:
    north, south = a_market(accounts=20)
    facts.a_product(org=south, external_id="s", name="Of South", code="", created_at=AS_OF)
    for nth in range(20):
        a_sale(south, f"a{nth:03d}", "s", AS_OF - timedelta(days=880)).save()
    data = dataset(orgs=(north, south), as_of=AS_OF, horizon_days=90, most=100)
    market, catalogue = data.market, data.catalogue
    at = int(market.lists.moments[-1])
    accounts = np.arange(catalogue.accounts)
    unsold = (catalogue.of_org < 0)[catalogue.account_org]
    assert unsold.sum() == 20
    barred = market.barred(at)
    assert barred.shape == (catalogue.accounts, catalogue.items)
    assert not (unsold & (barred[accounts].toarray() == 0)).any()
    item = int(np.flatnonzero(unsold.any(axis=0))[0])
    said = fitted(Way("popular"), market, at=at).scores(accounts)
    assert (said[:, item] == 20).all()
    for way in WAYS:
        tops = tops_of(fitted(way, market, at=at), barred, customers=accounts, k=catalogue.items)
        assert not (tops[catalogue.account_org == 0] == item).any()


def test_countries_are_near_within_a_part_of_the_world() -> None:
    assert region_of("germany") == region_of("AT") != region_of("Japan")
    assert region_of("Nowhere") == "Nowhere"
