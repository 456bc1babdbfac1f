"""Who hears what people said of a number: its own people and those above, nobody below."""

import pytest

from accounts.models import CrmUser
from forecasting.models import Forecast, ForecastNode
from revenue.users.models import Org
from tests.factories.facts import a_crm_role
from tests.forecasting import test_calls as calls
from tests.forecasting.forecasts import a_node
from tests.forecasting.test_calls import page, rows, say
from tests.forecasting.test_dashboard import Team

pytestmark = pytest.mark.django_db
team = calls.team


def alone_in_the_forecast(team: Team) -> None:
    """One seller has deals: every number above lists that one alone."""
    ForecastNode.objects.exclude(key__in=["", "u-manager", "u-rep"]).delete()
    ForecastNode.objects.filter(is_total=False).delete()
    ForecastNode.objects.update(owners=["u-rep"])


def test_what_was_said_above_stays_above_where_one_alone_sells(team: Team) -> None:
    say(team, "manager", "u-manager", "5000", note="Between us")
    say(team, "executive", "", "7000", note="For the board")
    say(team, "rep", "u-rep", "300", note="Mine")
    alone_in_the_forecast(team)
    assert list(rows(team, "rep")) == ["Rep Person"]
    for key in ("u-manager", ""):
        answer = page(team, "rep", f"?open={key}")
        assert answer.context["page"].opened is None
        assert {place[0] for place in answer.context["page"].seats.said} == {"u-rep"}
        told = answer.content.decode()
        assert "Between us" not in told
        assert "For the board" not in told
    assert page(team, "rep", "?team=u-manager").status_code == 404
    # Those above still hear what is below, and the seller what is theirs.
    assert "Mine" in page(team, "rep", "?open=u-rep").content.decode()
    assert "Mine" in page(team, "manager", "?open=u-rep").content.decode()
    assert "Between us" in page(team, "manager", "?open=u-manager").content.decode()
    assert "For the board" in page(team, "admin", "?open=").content.decode()


def test_no_page_of_the_forecast_shows_a_line_above_its_reader(team: Team) -> None:
    say(team, "manager", "u-manager", "5432", note="Between us")
    alone_in_the_forecast(team)
    client = team.client("rep")
    for name in ("", "deals/", "what-if/", "bridge/"):
        told = client.get(f"/o/acme/forecast/{name}")
        assert told.status_code == 200
        assert "5,432" not in told.content.decode()
        assert "5.4k" not in told.content.decode()
    assert client.get("/o/acme/forecast/").context["overview"].node.key == "u-rep"
    for name in ("", "deals/", "what-if/", "calls/"):
        assert client.get(f"/o/acme/forecast/{name}?team=u-manager").status_code == 404
    own = team.client("manager").get("/o/acme/forecast/").context["overview"]
    assert own.node.key == "u-manager"


def test_of_a_shared_role_only_those_above_hear_what_is_said(team: Team) -> None:
    top = a_crm_role(org=team.org, external_id="r-top", name="Head")
    a_crm_role(org=team.org, external_id="r-low", name="Sellers", parent_ref=top.external_id)
    Org.objects.update(hierarchy="roles")
    CrmUser.objects.update(role_ref="r-low")
    CrmUser.objects.filter(external_id="u-manager").update(role_ref="r-top")
    ForecastNode.objects.exclude(key="").delete()
    a_node(Forecast.objects.get(), "r-low", name="Sellers", owners=["u-rep"])
    say(team, "executive", "r-low", "70", note="Of all sellers")
    assert "Of all sellers" not in page(team, "rep", "?open=r-low").content.decode()
    assert "Of all sellers" in page(team, "manager", "?open=r-low").content.decode()


def test_what_was_said_in_another_currency_is_heard_no_more(team: Team) -> None:
    say(team, "rep", "u-rep", "300", note="In dollars")
    org = Org.objects.get(slug="acme")
    org.currency = "EUR" if org.currency != "EUR" else "USD"
    org.save()
    assert "In dollars" not in page(team, "rep", "?open=u-rep").content.decode()
    say(team, "rep", "u-rep", "280", note="In euros")
    assert "In euros" in page(team, "rep", "?open=u-rep").content.decode()
