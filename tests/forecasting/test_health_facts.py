"""What health reads of customers: nothing of later, and something wherever anything is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from accounts.customers.reading import purchases_with_ends
from accounts.frames import read_frame
from accounts.models import Account
from forecasting.health.composite import composite_of
from forecasting.health.dataset import AFTER, Labels, customers_now, dataset, won_of
from forecasting.health.dimensions import WEIGHTS, dimension_of
from forecasting.health.leaving import leaving_of
from forecasting.health.plays import USUAL, trigger_of
from forecasting.health.policy import Policy, policy_of
from forecasting.models.health import HealthPolicy
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.people import OrgFactory
from tests.forecasting.test_health_model import AT, a_customer, days, field

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


def bought(org: Org, *, status: str = "Active", won_days_ago: float = 100) -> str:
    account = facts.an_account(org=org, created_at=days(-900), extra={"Status": status})
    about: dict[str, Any] = {"org": org, "account_ref": account.external_id}
    facts.an_opportunity(
        won=True, created_at=days(-800), close_date=days(-won_days_ago).date(), **about
    )
    facts.a_case(opened_at=days(-30), created_at=days(-30), **about)
    facts.an_activity(happens_at=days(-20), created_at=days(-20), **about)
    return str(account.external_id)


@pytest.mark.parametrize(("name", "type_"), [("Status", "picklist"), ("Churned_On", "date")])
def test_where_few_or_none_left_each_is_weighted_by_hand(org: Org, name: str, type_: str) -> None:
    field(org, name, type_)
    here = [bought(org) for _ in range(4)]
    bought(org, status="Churned")
    HealthPolicy.objects.create(org=org, left_field=name, left_value="Churned" * (name == "Status"))
    leaving = leaving_of(org=org, as_of=AT, policy=policy_of(org))
    assert leaving.is_dated is (type_ == "date")
    frame = customers_now(org=org, as_of=AT)
    assert set(here) <= set(frame.ids)
    found = composite_of(frame, WEIGHTS)
    assert not np.isnan(found.score).any()
    known = {key for key, part in found.parts.items() if not np.isnan(part).all()}
    assert known == {"support", "dealings", "pipeline", "money"}
    names = [one.name for one in frame.features]
    assert len(names) == len(set(names))


def test_own_fields_are_read_as_the_model_read_them(org: Org) -> None:
    field(org, "Status", "picklist")
    field(org, "Plan", "picklist")
    for plan in ("Gold", "Iron"):
        ref = bought(org)
        Account.objects.filter(external_id=ref).update(extra={"Status": "Active", "Plan": plan})
    for is_dated in (True, False):
        frame = customers_now(org=org, as_of=AT, is_dated=is_dated)
        assert ("own_Plan" in frame.values.columns) is not is_dated


def test_without_dates_nothing_is_learned_from_what_came_after_leaving(org: Org) -> None:
    field(org, "Status", "picklist")
    field(org, "Plan", "picklist")
    for plan, status in (("Gold", "Active"), ("Iron", "Churned"), ("Gold", "Active")):
        ref = bought(org, won_days_ago=50 + len(plan) * len(status))
        Account.objects.filter(external_id=ref).update(extra={"Status": status, "Plan": plan})
    rows = dataset(org=org, as_of=AT)
    assert [one.name for one in rows.frame.features] == ["own_Plan"]
    assert rows.excluded["days_since_won"] == AFTER


def test_by_revenue_nothing_is_known_of_who_won_nothing_for_a_year(org: Org) -> None:
    gone, here = bought(org, won_days_ago=500), bought(org)
    leaving = leaving_of(org=org, as_of=AT, policy=Policy())
    purchases = read_frame(purchases_with_ends(org, AT))
    labels = Labels(leaving, won_of(org, AT), purchases, 0.5, 60)
    assert leaving.how == "revenue"
    found = labels.of(pd.Index([gone, here]), days(-70)).tolist()
    assert np.isnan(found[0])
    assert found[1] == 0
    assert customers_now(org=org, as_of=AT).ids.tolist() == [here]
    assert set(customers_now(org=org, as_of=days(-90)).ids) == {here}
