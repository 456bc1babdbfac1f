"""What health reads of customers: nothing of later, and something wherever anything is known."""

import pytest

from accounts.customers.reading import purchases_with_ends
from accounts.frames import read_frame
from forecasting.health.dataset import customers_now
from forecasting.health.dimensions import dimension_of
from forecasting.health.plays import USUAL, trigger_of
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.people import OrgFactory
from tests.forecasting.test_health_model import AT, a_customer, days

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    return OrgFactory(currency="USD")


def test_a_purchase_that_was_written_down_later_is_not_read(org: Org) -> None:
    account = facts.an_account(org=org)
    facts.a_purchase(
        org=org, account_ref=account.external_id, purchased_at=days(-90), created_at=days(5)
    )
    assert not len(read_frame(purchases_with_ends(org, AT)))
    assert len(read_frame(purchases_with_ends(org, days(6)))) == 1


def test_a_licence_count_is_read_from_its_first_recorded_change_on(org: Org) -> None:
    account = a_customer(org, licences_since=-60)
    for moment, is_known in ((-61, False), (-1, True)):
        found = customers_now(org=org, as_of=days(moment))
        assert found.ids.tolist() == [account.external_id]
        assert ("own_Users__c_share" in found.values.columns) is is_known, moment


def test_some_fact_speaks_for_each_play(org: Org) -> None:
    a_customer(org)
    found = customers_now(org=org, as_of=AT)
    names = [one.name for one in found.features]
    assert {trigger_of(name, dimension_of(name)) for name in names} - {""} == set(USUAL)
