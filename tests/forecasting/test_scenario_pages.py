"""What-ifs from the address to the page, and kept by those who made them."""

import zlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import CrmUser, Opportunity
from forecasting.models import DealScore, Forecast, ForecastDeal, ForecastNode, Scenario
from forecasting.quarter.worlds import Inputs, Worlds, band, inputs_of, run
from forecasting.scenario import page, reckoning, saving
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user, an_opportunity
from tests.factories.models import a_model_run
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.forecasts import AS_OF, METHOD, TODAY, a_forecast, a_forecast_deal, a_node

pytestmark = pytest.mark.django_db
URL = "/o/acme/forecast/what-if/"
DUE = TODAY + timedelta(days=20)
NEW = {"mean": 2.0, "spread": 0.3, "each_mean": 500.0, "each_sd": 200.0}


class Trial:
    """Ann and Bob below their boss, with two deals each."""

    def __init__(self) -> None:
        self.org: Org = OrgFactory(slug="acme", name="Acme", clock_date=TODAY, data_as_of=AS_OF)
        by_owner = {"ann": 1.0, "bob": 3.0}
        self.forecast: Forecast = a_forecast(
            self.org, method={**METHOD, "new": {**NEW, "by_owner": by_owner}}
        )
        self.members: dict[str, Membership] = {}
        for ref, boss, role in (
            ("boss", None, Role.MANAGER),
            ("ann", "boss", Role.REP),
            ("bob", "boss", Role.REP),
        ):
            self.members[ref] = MembershipFactory(org=self.org, role=role)
            a_crm_user(
                org=self.org,
                external_id=ref,
                name=ref.title(),
                manager_ref=boss,
                membership=self.members[ref],
            )
        self.members["chief"] = MembershipFactory(org=self.org, role=Role.EXECUTIVE)
        a_node(self.forecast, owners=["ann", "bob", "boss"])
        a_node(self.forecast, "boss", parent="", depth=1, owners=["ann", "bob", "boss"])
        for at, ref in enumerate(("ann", "bob")):
            a_node(self.forecast, ref, parent="boss", depth=2)
            for number in (1, 2):
                self.deal(f"{ref}-{number}", owner=ref, amount=1000 * number + at)
        self.store_bands()

    def deal(self, ref: str, *, owner: str, amount: int, **said: Any) -> Opportunity:
        deal = an_opportunity(
            org=self.org,
            external_id=ref,
            name=f"Deal {ref}",
            owner_ref=owner,
            close_date=DUE,
            amount=amount,
            corporate_amount=amount,
        )
        weeks = [0.0] * 8 + [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]
        a_forecast_deal(self.forecast, deal, **{"weeks": weeks, **said})
        return deal

    def store_bands(self) -> None:
        """As the worlds of the deals give them."""
        inputs, owners, _ = inputs_of(self.forecast)
        worlds = run(inputs)
        for node in ForecastNode.objects.filter(forecast=self.forecast):
            found = band(worlds.of([owners.index(one) for one in node.owners if one in owners]))
            ForecastNode.objects.filter(pk=node.pk).update(**vars(found))

    def client(self, who: str) -> Client:
        client = Client()
        client.force_login(self.members[who].user)
        return client

    def page(self, who: str, query: str = "", *, status: int = 200, **headers: str) -> Any:
        answer = self.client(who).get(f"{URL}{query}", headers=headers)
        assert answer.status_code == status
        return answer

    def text(self, who: str, query: str = "") -> str:
        return str(self.page(who, query).content.decode())

    def keep(self, who: str, name: str, **said: Any) -> Any:
        where = {"length": "quarter", "since": TODAY.isoformat(), "name": name}
        return self.client(who).post(f"{URL}save/", {**where, **said}, follow=True)


@pytest.fixture
def trial() -> Trial:
    return Trial()


def test_the_band_before_is_that_of_the_forecast(trial: Trial) -> None:
    inputs, owners, _ = inputs_of(trial.forecast)
    worlds = run(inputs)
    for who, roster in (("chief", ["ann", "bob", "boss"]), ("ann", ["ann"])):
        found = trial.page(who).context["outcome"]
        expected = worlds.of([owners.index(one) for one in roster if one in owners])
        assert found.before == found.after == band(expected)
        supposed = trial.page(who, "?deal=ann-1&drop-ann-1=yes").context["outcome"]
        assert supposed.before == band(expected) != supposed.after


def test_deals_of_nobody_are_drawn_with_nobodys_number(trial: Trial) -> None:
    deal = trial.deal("lost", owner="ann", amount=4000, owner_ref=None)
    Opportunity.objects.filter(pk=deal.pk).update(owner_ref=None)
    a_node(trial.forecast, "-", parent="", depth=1, name="Nobody's", owners=[""])
    whole = trial.page("chief", "?team=-&deal=lost&drop-lost=yes").context["outcome"]
    assert whole.before.mean > 0
    assert whole.after.mean == 0
    (choice,) = trial.page("chief", "?team=-").context["choices"]
    assert choice.opportunity_ref == "lost"


def test_dropping_a_deal_lowers_the_number_and_says_by_how_much(trial: Trial) -> None:
    answer = trial.page("chief", "?deal=ann-2&drop-ann-2=yes&deal=bob-1&chance-bob-1=90")
    lines = {line.change.ref: line for line in answer.context["lines"]}
    assert lines["ann-2"].delta == Decimal("-800.00")
    assert lines["bob-1"].delta == Decimal("500.50")
    found = answer.context["outcome"]
    assert found.after.p10 != found.before.p10
    text = answer.content.decode()
    assert "nothing of it goes to the CRM" in text
    assert "Deal ann-2" in text


def test_moving_a_date_out_takes_the_chance_with_it(trial: Trial) -> None:
    query = f"?deal=ann-1&close-ann-1={(DUE + timedelta(days=90)).isoformat()}"
    (line,) = trial.page("ann", query).context["lines"]
    assert line.chance == 0
    assert ForecastDeal.objects.get(opportunity_ref="ann-1").chance == 0.4


def test_moving_a_date_forward_reads_what_the_curve_gives_after_the_period(trial: Trial) -> None:
    days = (trial.forecast.until - TODAY).days
    weeks = [0.3 * (week + 1) * 7 / days for week in range(10)]
    DealScore.objects.create(
        org=trial.org,
        opportunity_ref="ann-1",
        as_of=AS_OF,
        run=a_model_run(org=trial.org),
        source="model",
        probability=0.5,
        low=0.4,
        high=0.6,
        base=0,
        contributions={},
        won_by=weeks,
        is_latest=True,
    )
    query = f"?deal=ann-1&close-ann-1={(DUE - timedelta(days=7)).isoformat()}"
    (line,) = trial.page("ann", query).context["lines"]
    assert line.chance == pytest.approx(0.4 * (days + 7) / days, rel=0.01)
    assert not line.is_unsure


def test_what_is_not_known_of_a_moved_date_is_said(trial: Trial) -> None:
    query = f"?deal=ann-1&close-ann-1={(DUE - timedelta(days=7)).isoformat()}"
    assert "No curve of this deal is known" in trial.text("ann", query)
    assert "No curve of this deal is known" not in trial.text("ann", "?deal=ann-1&chance-ann-1=5")


def test_nothing_is_drawn_until_something_is_supposed_and_the_team_once(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    def counted(inputs: Inputs, **options: Any) -> Worlds:
        drawn.append(len(inputs.deals))
        return run(inputs, **options)

    for module in (page, reckoning):
        monkeypatch.setattr(module, "run", counted)
    trial.page("boss")
    trial.page("boss", "?deal=ann-1")
    assert drawn == []
    trial.page("boss", "?deal=ann-1&drop-ann-1=yes")
    assert drawn == [4, 2, 2]
    trial.page("boss", "?deal=bob-2&chance-bob-2=9&hires=1")
    assert drawn == [4, 2, 2, 2, 2, 0]
    # The org's own draws are stored with its forecast.
    cents = run(inputs_of(trial.forecast)[0]).cents.sum(axis=0)
    Forecast.objects.update(worlds=zlib.compress(cents.astype("<i8").tobytes()))
    found = trial.page("chief", "?deal=ann-1&drop-ann-1=yes").context["outcome"]
    assert drawn[6:] == [2, 2]
    assert found == trial.page("boss", "?deal=ann-1&drop-ann-1=yes").context["outcome"]


def test_new_sellers_are_like_the_median_of_those_shown(trial: Trial) -> None:
    answer = trial.page("chief", "?hires=2&ramp=0")
    assert answer.context["seller"].median == 2.0
    assert answer.context["outcome"].after.mean > answer.context["outcome"].before.mean
    assert trial.page("ann", "?hires=2").context["seller"].median == 1.0
    assert "for the later start" in answer.content.decode()


def test_the_largest_deals_are_offered_and_searched(trial: Trial) -> None:
    refs = [row.opportunity_ref for row in trial.page("chief").context["choices"]]
    assert refs == ["bob-2", "ann-2", "bob-1", "ann-1"]
    found = trial.page("chief", "?q=deal+ann&deal=ann-1").context["choices"]
    assert [row.opportunity_ref for row in found] == ["ann-2"]
    assert "is called so" in trial.text("chief", "?q=zzz")


def test_a_seller_sees_and_changes_the_own_deals_alone(trial: Trial) -> None:
    text = trial.text("ann", "?deal=bob-1&drop-bob-1=yes")
    assert "not yours: left out" in text
    assert "Deal bob" not in text
    trial.page("ann", "?team=bob", status=404)
    trial.page("ann", "?team=boss", status=404)
    assert "Deal bob-1" in trial.text("boss")


def test_strangers_and_machines_are_refused(trial: Trial) -> None:
    for org, role, status in (
        (OrgFactory(), Role.ADMIN, 404),
        (trial.org, Role.INTEGRATOR, 403),
    ):
        client = Client()
        client.force_login(MembershipFactory(org=org, role=role).user)
        assert client.get(URL).status_code == status
        assert client.post(f"{URL}save/").status_code == status


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?deal=nobody&drop-nobody=yes", "left out"),
        ("?deal=ann-1&chance-ann-1=400", "between 0 and 100"),
        ("?deal=ann-1&close-ann-1=soon", "year-month-day"),
        ("?hires=9999", "whole number up to 50"),
        ("?" + "&".join(f"deal=x{at}" for at in range(50)), "At most 40"),
        ("?since=never&length=era", "year-month-day"),
        ("?deal=%00&q=%00&add=%27%22%3Cscript%3E", "left out"),
    ],
)
def test_what_cannot_be_is_said_and_the_rest_shown(trial: Trial, query: str, said: str) -> None:
    text = trial.text("chief", query)
    assert said in text
    assert "Before and after" in text


def test_without_script_the_same_page_and_with_it_a_part(trial: Trial) -> None:
    query = "?deal=ann-1&drop-ann-1=yes&add=bob-2&q=deal"
    answer = trial.page("chief", query, HX_Request="true", HX_Target="what-if")
    assert "<html" not in answer.content.decode()
    pushed = answer.headers["HX-Push-Url"]
    assert "deal=ann-1&deal=bob-2&drop-ann-1=yes" in pushed
    assert "q=deal" not in pushed
    assert "add=" not in pushed


def test_empty_states_say_what_is_missing(trial: Trial) -> None:
    assert "not been forecast yet" in trial.text("chief", "?length=month")
    ForecastDeal.objects.all().delete()
    assert "No other deal is open" in trial.text("chief")
    ForecastNode.objects.all().delete()
    assert "No number of yours" in trial.text("chief")


def test_a_period_that_is_over_is_not_tried_on(trial: Trial) -> None:
    Forecast.objects.update(since=date(2026, 7, 1), until=date(2026, 10, 1))
    assert "This period is over" in trial.text("chief", "?since=2026-07-01")


def test_the_day_of_a_forecast_is_the_orgs_own(trial: Trial) -> None:
    asked = trial.page("chief").context["asked"]
    desk = page.Desk(trial.members["chief"], asked, trial.forecast, None)
    desk.reader.org.clock_date, desk.reader.org.timezone = None, "Pacific/Auckland"
    assert desk.day == AS_OF.date() + timedelta(days=1)


def test_several_who_stand_beside_each_other_are_a_choice(trial: Trial) -> None:
    CrmUser.objects.filter(external_id="boss").update(membership=None)
    member = trial.members["boss"]
    CrmUser.objects.filter(external_id__in=("ann", "bob")).update(membership=member)
    text = trial.text("boss")
    assert "Choose whose number" in text
    assert "Before and after" in trial.text("boss", "?team=ann")


def test_a_what_if_is_kept_opened_and_deleted_by_its_owner_alone(trial: Trial) -> None:
    answer = trial.keep("boss", " Without  Ann ", deal="ann-1", **{"drop-ann-1": "yes"})
    kept = Scenario.objects.get()
    assert kept.name == "Without Ann"
    assert kept.changes["drop"] == ["ann-1"]
    assert Decimal(kept.found["after"]["mean"]) < Decimal(kept.found["before"]["mean"])
    text = answer.content.decode()
    assert "1 deal dropped" in text
    assert "deal=ann-1&amp;drop-ann-1=yes" in text
    assert "Without Ann" not in trial.text("chief")
    where = f"{URL}{kept.pk}/delete/"
    assert trial.client("chief").post(where).status_code == 404
    assert trial.client("boss").get(where).status_code == 405
    assert trial.client("boss").post(where).status_code == 302
    assert not Scenario.objects.exists()


def test_the_same_name_takes_the_place_of_the_former(trial: Trial) -> None:
    for ref in ("ann-1", "ann-2"):
        trial.keep("ann", "Less", deal=ref, **{f"drop-{ref}": "yes"})
    assert Scenario.objects.get().changes["drop"] == ["ann-2"]


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("", {"deal": "ann-1", "drop-ann-1": "yes"}, "Give it a name"),
        ("x" * 121, {"deal": "ann-1", "drop-ann-1": "yes"}, "Give it a name"),
        ("Nothing", {"deal": "ann-1"}, "nothing to keep"),
        ("Not mine", {"deal": "bob-1", "drop-bob-1": "yes"}, "nothing to keep"),
    ],
)
def test_what_cannot_be_kept_is_said(
    trial: Trial, name: str, said: dict[str, str], told: str
) -> None:
    assert told in trial.keep("ann", name, **said).content.decode()
    assert not Scenario.objects.exists()


def test_only_so_many_are_kept(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST_KEPT", 1)
    trial.keep("ann", "One", hires="1")
    assert "delete one first" in trial.keep("ann", "Two", hires="1").content.decode()
    trial.keep("ann", "One", hires="2")
    assert Scenario.objects.get().changes["hires"]["number"] == 2


def test_two_are_held_side_by_side(trial: Trial) -> None:
    trial.keep("boss", "Without", deal="ann-2", **{"drop-ann-2": "yes"})
    trial.keep("boss", "Hired", hires="3", ramp="0")
    one, other = Scenario.objects.order_by("id")
    client = trial.client("boss")
    query = f"{URL}compare/?one={one.pk}&other={other.pk}"
    answer = client.get(query)
    label, before, less, more, between = answer.context["rows"][3]
    assert label == "Mean"
    assert less < before < more
    assert between == more - less
    assert "Without" in answer.content.decode()
    assert trial.client("chief").get(query).status_code == 404
    assert client.get(f"{URL}compare/?one={one.pk}&other=x").status_code == 404
    Scenario.objects.filter(pk=other.pk).update(key="ann")
    assert "cannot be held side by side" in client.get(query).content.decode()


def test_the_number_of_queries_is_the_same_for_many_deals(trial: Trial) -> None:
    trial.page("boss", "?deal=ann-1&drop-ann-1=yes")  # the team's draws are kept from here on

    def number(query: str) -> int:
        with CaptureQueriesContext(connection) as found:
            trial.page("boss", query)
        return len(found)

    first = number("?deal=ann-1&drop-ann-1=yes")
    for at in range(15):
        trial.deal(f"more-{at}", owner="ann", amount=50 + at)
    for at in range(3):
        trial.keep("boss", f"Kept {at}", hires="1")
    many = "&".join(f"deal=more-{at}&chance-more-{at}=50" for at in range(15))
    assert number(f"?{many}") == first
