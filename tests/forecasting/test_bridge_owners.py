"""Whose bridge it is where deals have no owner, or people have left."""

import pytest

from accounts.models import CrmUser
from forecasting.bridge.making import make_bridge
from forecasting.models import BridgeDeal, BridgeNode, ForecastDeal, ForecastNode
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user
from tests.forecasting import test_bridge_pages as bridges
from tests.forecasting.forecasts import AS_OF, a_node
from tests.forecasting.test_bridge_pages import page, two_forecasts, visitor

pytestmark = pytest.mark.django_db
org = bridges.org


def test_deals_that_had_no_owner_stand_under_nobodys(org: Org) -> None:
    before, after = two_forecasts(org)
    ForecastDeal.objects.filter(opportunity_ref="likelier").update(owner_ref=None)
    ForecastDeal.objects.filter(forecast=before, opportunity_ref="same").update(owner_ref=None)
    for forecast in (before, after):
        a_node(forecast, "-", parent="", depth=1, name="Nobody's", owners=[""])
    bridge = make_bridge(before, after, at=AS_OF)
    found = BridgeDeal.objects.get(bridge=bridge, step="owner")
    assert (found.opportunity_ref, found.owner_then, found.owner_now) == ("same", None, "ann")
    whole = page(visitor(org, Role.EXECUTIVE), "?team=-")
    assert "Deal likelier" in whole
    assert "Deal same" in whole
    assert "Deal pushed" not in whole


def test_a_way_that_began_with_others_is_not_for_those_who_do_not_see_them(org: Org) -> None:
    before, after = two_forecasts(org)
    a_crm_user(org=org, external_id="zoe", name="Zoe")
    node = ForecastNode.objects.filter(forecast=before, key="boss")
    node.update(owners=["ann", "bob", "boss", "zoe"])
    bridge = make_bridge(before, after, at=AS_OF)
    made = BridgeNode.objects.get(bridge=bridge, key="boss")
    assert made.owners == ["ann", "bob", "boss", "zoe"]
    client = visitor(org, Role.MANAGER, ref="boss")
    assert "The likely number" not in page(client)
    assert "People whom you do not see" in page(client)
    assert "The likely number" in page(client, "?team=ann")
    CrmUser.objects.filter(external_id="zoe").update(manager_ref="boss")
    assert "The likely number" in page(client)
