"""One feature against what it adds: of whose deals, in which colours, and where nothing speaks."""

from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Opportunity
from forecasting.interaction import points as reading
from forecasting.interaction.asked import Choice
from forecasting.interaction.picture import picture_of
from forecasting.interaction.points import NOT_KNOWN, Point, Points
from forecasting.models import DealAction, DealScore
from revenue.ml.models import ModelRun
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.deals import a_score, an_analysis, an_outlook
from tests.factories.facts import NOON, a_crm_user, an_opportunity
from tests.factories.models import a_model_run
from tests.factories.people import MembershipFactory, OrgFactory

FEATURES = [
    {"name": "pushes", "title": "Times the close date was pushed", "kind": "number"},
    {"name": "meeting_30", "title": "Meetings in 30 days", "kind": "number"},
    {"name": "source", "title": "Source", "kind": "category"},
    {"name": "own_x__y__c", "title": "An odd <b>name</b>", "kind": "flag"},
]
STARS = "This deal"


def some(count: int, *, value: Any = float, group: Any = str) -> Points:
    rng = np.random.default_rng(1)
    adds = np.sort(rng.normal(size=count))
    return Points(
        tuple(
            Point(at, f"D{at}", f"Deal {at}", value(at), float(adds[at]), group(at % 3))
            for at in range(count)
        ),
        count,
    )


def drawn(found: Points, name: str = "meeting_30", kind: str = "number", **how: Any) -> Any:
    given = {"coloured_by": "Stage", "starred": None, "currency": "EUR", "address": str} | how
    return picture_of(found, Choice(name, "Meetings in 30 days", kind), **given)


def test_every_deal_is_a_point_and_stands_in_the_table() -> None:
    chart = drawn(some(60))
    assert sum(len(one["x"]) for one in chart.data) == 60
    assert [one["name"] for one in chart.data] == ["0", "1", "2"]
    assert sum(int(row[1]) for row in chart.rows) == 60
    assert chart.rows[0][0] == "0 to 9"
    assert chart.summary.startswith("60 open deals, each a point")
    assert "It adds most at 50 to 59" in chart.summary
    means = [float(row[2].replace("−", "-").removesuffix(" points")) for row in chart.rows]
    assert means == sorted(means)


def test_the_deal_that_is_looked_at_is_starred() -> None:
    chart = drawn(some(9), starred=4)
    star = chart.data[-1]
    assert (star["name"], star["marker"]["symbol"], star["x"]) == (STARS, "star", [4.0])
    assert STARS not in [one["name"] for one in drawn(some(9), starred=99).data]


def test_what_is_not_known_is_counted_and_not_drawn() -> None:
    chart = drawn(some(20, value=lambda at: None if at < 5 else float(at)))
    assert sum(len(one["x"]) for one in chart.data) == 15
    assert chart.rows[-1][:2] == (NOT_KNOWN, "5")
    assert "Of 5 it is not known: they stand in the table." in chart.summary


def test_of_categories_the_best_comes_first_and_the_rare_share_one() -> None:
    levels = drawn(some(60, value=lambda at: f"L{at // 3:02d}"), kind="category")
    names = [row[0] for row in levels.rows]
    assert len(names) == 13
    assert names[-1] == "Others"
    assert levels.layout["xaxis"]["categoryarray"] == names
    assert {x for one in levels.data for x in one["x"]} == set(names)
    flags = drawn(some(9, value=lambda at: (True, False, None)[at % 3]), kind="flag")
    assert {row[0] for row in flags.rows} == {"Yes", "No", NOT_KNOWN}


def test_logarithms_and_rates_are_told_as_people_know_them() -> None:
    money = drawn(some(8, value=lambda at: float(np.log1p(1000 * (at + 1)))), "amount_log")
    assert money.layout["xaxis"]["type"] == "log"
    assert "€" in money.rows[0][0]
    assert money.data[0]["x"][0] == pytest.approx(1000)
    rate = drawn(some(8, value=lambda at: at / 100), "seller_rate")
    assert rate.rows[-1][0] == "+6.0 points to +7.0 points"


def test_of_many_groups_the_rest_share_a_colour() -> None:
    found = Points(tuple(Point(at, "", "", 1.0, 0.0, f"G{at % 20}") for at in range(200)), 200)
    chart = drawn(found)
    assert len(chart.data) == 8
    assert chart.data[-1]["name"] == "Others"
    assert "It makes no difference to these." in chart.summary


class Room:
    """A rep with deals, another rep with one, and the executive above."""

    def __init__(self, **run: Any) -> None:
        self.org: Org = OrgFactory(slug="acme", currency="EUR")
        self.rep: Membership = MembershipFactory(org=self.org, role=Role.REP)
        self.boss: Membership = MembershipFactory(org=self.org, role=Role.EXECUTIVE)
        a_crm_user(org=self.org, external_id="u1", membership=self.rep)
        given = {"features": FEATURES, "report": {"importance": [{"name": "meeting_30"}]}} | run
        self.run: ModelRun = a_model_run(org=self.org, live=True, **given)

    def deal(self, owner: str = "u1", *, name: str = "Mine", **value: Any) -> Opportunity:
        deal = an_opportunity(org=self.org, owner_ref=owner, name=name)
        values = {"meeting_30": 2.0, "pushes": 1.0, "source": "Web", "activities_30": 5.0} | value
        adds = {"meeting_30": 0.4, "source": -0.2, "own_x__y__c": 0.1}
        an_outlook(deal=deal, run=self.run)
        an_analysis(deal=deal, run=self.run, values=values)
        a_score(deal=deal, run=self.run, contributions=adds)
        return deal

    def page(self, who: Membership, query: str = "", **headers: str) -> Any:
        client = Client()
        client.force_login(who.user)
        return client.get(f"/o/acme/risk/interaction/{query}", headers=headers)

    def chart(self, who: Membership, query: str = "") -> Any:
        answer = self.page(who, query)
        assert answer.status_code == 200
        return answer.context["chart"]


def names_in(chart: Any) -> list[str]:
    return sorted(name for one in chart.data if one["name"] != STARS for name in one["text"])


@pytest.mark.django_db
def test_a_reader_sees_the_deals_that_are_theirs() -> None:
    room = Room()
    mine = room.deal()
    room.deal("u2", name="Secret")
    closed = room.deal(name="Closed since")
    Opportunity.objects.filter(pk=closed.pk).update(is_closed=True)
    assert names_in(room.chart(room.rep)) == ["Mine"]
    assert names_in(room.chart(room.boss)) == ["Mine", "Secret"]
    page = room.page(room.rep)
    assert "Secret" not in page.content.decode()
    assert page.context["chart"].data[0]["customdata"] == [f"/o/acme/deals/{mine.pk}/"]


@pytest.mark.django_db
def test_the_strongest_driver_comes_first_and_any_other_may_be_asked_for() -> None:
    room = Room()
    room.deal()
    first = room.chart(room.rep)
    assert first.title == "Meetings in 30 days, and what it adds"
    assert first.data[0]["x"] == [2.0]
    chance = DealScore.objects.get().probability
    without = 1 / (1 + np.exp(0.4 - np.log(chance / (1 - chance))))
    assert first.data[0]["y"] == [pytest.approx(chance - without, abs=1e-4)]
    assert first.layout["showlegend"]
    other = room.chart(room.rep, "?feature=pushes&colour=stage")
    assert (other.data[0]["x"], other.data[0]["y"]) == ([1.0], [0.0])
    odd = room.page(room.rep, "?feature=own_x__y__c")
    assert odd.context["chart"].data[0]["x"] == [NOT_KNOWN]
    assert "<b>name</b>" not in odd.content.decode()
    assert room.chart(room.rep, "?feature=nonsense&colour=nonsense").title == first.title


@pytest.mark.django_db
def test_points_are_coloured_by_what_was_done() -> None:
    room = Room()
    done, busy = room.deal(name="Done"), room.deal(name="Busy", activities_30=30.0)
    DealAction.objects.create(
        org=room.org, opportunity_ref=done.external_id, title="Call", state="done",
        suggested_at=NOON, decided_at=NOON,
    )  # fmt: skip
    DealAction.objects.create(
        org=room.org, opportunity_ref=busy.external_id, title="Call", suggested_at=NOON
    )
    by_actions = {one["name"]: one["text"] for one in room.chart(room.rep).data}
    assert by_actions == {"None": ["Busy"], "One": ["Done"]}
    query = "?colour=activity"
    by_activity = {one["name"]: one["text"] for one in room.chart(room.rep, query).data}
    assert by_activity == {"4 to 10": ["Done"], "More than 10": ["Busy"]}
    assert [one["name"] for one in room.chart(room.rep, "?colour=grade").data] == ["B"]


@pytest.mark.django_db
def test_a_deal_is_starred_for_who_may_see_it() -> None:
    room = Room()
    mine, other = room.deal(), room.deal("u2", name="Secret")
    chart = room.chart(room.rep, f"?deal={mine.pk}")
    assert chart.data[-1]["name"] == STARS
    assert room.page(room.rep, f"?deal={other.pk}").status_code == 404
    assert room.page(room.boss, f"?deal={other.pk}").status_code == 200
    assert room.page(room.rep, "?deal=nonsense").status_code == 200


@pytest.mark.django_db
def test_of_many_some_are_drawn_evenly_and_the_starred_one_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Room()
    deals = [room.deal(name=f"Deal {number}") for number in range(20)]
    monkeypatch.setattr(reading, "MOST", 5)
    chart = room.chart(room.rep)
    first = names_in(chart)
    assert 4 <= len(first) <= 6
    assert f"{len(first)} of 20 open deals" in chart.summary
    assert names_in(room.chart(room.rep)) == first
    left_out = next(deal for deal in deals if deal.name not in first)
    starred = room.chart(room.rep, f"?deal={left_out.pk}")
    assert starred.data[-1]["text"] == [left_out.name]


@pytest.mark.django_db
def test_many_deals_cost_no_more_questions_than_one() -> None:
    room = Room()
    room.deal()

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert room.page(room.rep).status_code == 200
        return len(found)

    asked()
    before = asked()
    for number in range(12):
        room.deal(name=f"Deal {number}")
    assert asked() == before


@pytest.mark.django_db
def test_where_nothing_speaks_it_says_so() -> None:
    org = OrgFactory(slug="acme")
    reader = MembershipFactory(org=org, role=Role.EXECUTIVE)
    client = Client()
    client.force_login(reader.user)
    page = client.get("/o/acme/risk/interaction/").content.decode()
    assert "No deal is scored yet" in page


@pytest.mark.django_db
def test_where_rates_speak_nothing_is_drawn() -> None:
    room = Room(readiness="not_ready")
    room.deal()
    page = room.page(room.boss).content.decode()
    assert "The model is not ready to be used" in page
    assert "data-chart" not in page


@pytest.mark.django_db
def test_without_a_deal_of_ones_own_there_is_nothing_to_draw() -> None:
    room = Room()
    room.deal("u2", name="Secret")
    page = room.page(room.rep).content.decode()
    assert "None of your open deals is scored yet" in page
    assert "data-chart" not in page


@pytest.mark.django_db
def test_a_choice_brings_the_plot_alone_and_the_address_says_which() -> None:
    room = Room()
    deal = room.deal()
    answer = room.page(
        room.rep, f"?feature=pushes&deal={deal.pk}",
        **{"HX-Request": "true", "HX-Target": "interaction"},
    )  # fmt: skip
    assert answer.headers["HX-Push-Url"] == (
        f"/o/acme/risk/interaction/?feature=pushes&colour=actions&deal={deal.pk}"
    )
    assert answer.content.decode().strip().startswith('<div class="stack" id="interaction">')
