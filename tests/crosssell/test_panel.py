"""The panel of an account: what it owns, what it could own, and why."""

from decimal import Decimal
from typing import Any

import pytest

from tests.crosssell.team import Team
from tests.factories.facts import a_purchase, an_opportunity

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def team() -> Team:
    return Team()


def panel(team: Team, who: str, account: Any) -> Any:
    return team.client(who).get(f"/o/acme/sell/accounts/{account.pk}/", headers=HTMX)


def test_it_says_what_is_owned_and_what_could_be_with_the_reason(team: Team) -> None:
    account = team.account()
    owned = team.product("Core", family="Base")
    a_purchase(org=team.org, account_ref=account.external_id, product_ref=owned.external_id)
    team.suggestion("Care", account=account, probability=0.4, value=Decimal(700))
    team.suggestion("Plus", account=account, probability=0.1, value=Decimal(300))
    team.suggestion("Gone", account=account, state="dismissed")
    found = panel(team, "rep", account).context["panel"]
    assert [row.product_said for row in found.could_own] == ["Care", "Plus"]
    assert found.value == 1000.0
    looks = {cell.name: cell.look for _, cells in found.families for cell in cells}
    assert looks == {"Core": "owned", "Care": "shade-4", "Plus": "shade-2", "Gone": "none"}
    text = panel(team, "rep", account).content.decode()
    assert "often follows it" in text
    assert "<html" not in text


def test_it_is_on_the_pages_of_accounts_and_deals(team: Team) -> None:
    account = team.account()
    deal = an_opportunity(org=team.org, owner_ref="u-rep", account_ref=account.external_id)
    team.suggestion("Care", account=account)
    client = team.client("rep")
    page = client.get(f"/o/acme/accounts/{account.pk}/").content.decode()
    assert f"/o/acme/sell/accounts/{account.pk}/" in page
    page = client.get(f"/o/acme/deals/{deal.pk}/").content.decode()
    assert f"/o/acme/sell/deals/{deal.pk}/" in page
    assert b"Care" in client.get(f"/o/acme/sell/deals/{deal.pk}/").content


def test_an_account_of_others_is_not_there(team: Team) -> None:
    account = team.account("outside")
    team.suggestion("Care", account=account)
    assert panel(team, "rep", account).status_code == 404
    assert panel(team, "executive", account).status_code == 200


def test_where_nothing_is_suggested_the_panel_takes_no_place_and_the_page_says_so(
    team: Team,
) -> None:
    account = team.account()
    assert panel(team, "rep", account).content == b""
    text = team.page("rep", f"accounts/{account.pk}/").content.decode()
    assert "Nothing to suggest for this account now" in text


def test_of_a_long_catalogue_only_what_concerns_the_account_is_drawn(team: Team) -> None:
    account = team.account()
    for number in range(70):
        team.product(f"P{number}")
    team.suggestion("Care", account=account)
    found = panel(team, "rep", account).context["panel"]
    assert [cell.name for _, cells in found.families for cell in cells] == ["Care"]
