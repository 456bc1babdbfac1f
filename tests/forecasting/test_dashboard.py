"""The page that is opened in the morning: what it says, to whom, and what it costs."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from forecasting.dashboard.freshness import SCORES, Freshness
from forecasting.models import DealOutlook
from forecasting.risk.policy import USUAL_BORDERS
from forecasting.tasks import score_deals
from revenue.jobs.models import Job
from revenue.ml.models import ModelRun
from revenue.users.models import Org, SavedView
from revenue.users.roles import Role
from tests.factories.deals import an_outlook
from tests.factories.facts import NOON, a_crm_user, an_account, an_opportunity
from tests.factories.people import MembershipFactory, OrgFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
REASONS = [
    {"title": f"Reason {number}", "words": "no meeting in 21 days", "points": -0.1 / number}
    for number in range(1, 6)
]


class Team:
    """A manager above two reps, and a rep of somebody else; each a user of the CRM."""

    def __init__(self) -> None:
        self.org: Org = OrgFactory(
            slug="acme", name="Acme", clock_date=DAY, data_as_of=timezone.now()
        )
        self.members = {
            "executive": MembershipFactory(org=self.org, role=Role.EXECUTIVE),
            "manager": MembershipFactory(org=self.org, role=Role.MANAGER),
            "rep": MembershipFactory(org=self.org),
            "other": MembershipFactory(org=self.org),
            "outside": MembershipFactory(org=self.org),
        }
        self.user("manager", None)
        for who, boss in {"rep": "manager", "other": "manager", "outside": None}.items():
            self.user(who, boss)

    def user(self, who: str, boss: str | None) -> None:
        a_crm_user(
            org=self.org,
            external_id=f"u-{who}",
            name=f"{who.title()} Person",
            membership=self.members[who],
            manager_ref=boss and f"u-{boss}",
        )

    def deal(self, who: str = "rep", **facts: Any) -> DealOutlook:
        own = {
            name: facts.pop(name)
            for name in ("name", "stage", "close_date", "corporate_amount")
            if name in facts
        }
        account = an_account(org=self.org, owner_ref=f"u-{who}")
        deal = an_opportunity(
            org=self.org, owner_ref=f"u-{who}", account_ref=account.external_id, **own
        )
        told = {"owner_name": f"{who.title()} Person", "account_name": account.name}
        return an_outlook(deal=deal, reasons=REASONS, **{**told, **facts})

    def client(self, who: str) -> Client:
        client = Client()
        client.force_login(self.members[who].user)
        return client

    def page(self, who: str, query: str = "", **headers: str) -> Any:
        answer = self.client(who).get(f"/o/acme/risk/{query}", headers=headers)
        assert answer.status_code == 200
        return answer

    def names(self, who: str, query: str = "") -> list[str]:
        table = self.page(who, query).context["table"]
        return [row.name for row in table.page.rows]

    def tiles(self, who: str, query: str = "") -> dict[str, Any]:
        return {tile.label: tile for tile in self.page(who, query).context["board"].tiles}


@pytest.fixture
def team() -> Team:
    return Team()


def test_each_reader_meets_their_own_deals_by_risk_and_value(team: Team) -> None:
    team.deal("rep", name="Small", corporate_amount=Decimal(10))
    team.deal("rep", name="Large", corporate_amount=Decimal(90_000))
    team.deal("other", name="Middle", corporate_amount=Decimal(500))
    team.deal("outside", name="Elsewhere", corporate_amount=Decimal(70))
    assert team.names("rep") == ["Large", "Small"]
    assert team.names("manager") == ["Large", "Middle", "Small"]
    assert team.names("executive") == ["Large", "Middle", "Elsewhere", "Small"]


def test_what_was_closed_since_it_was_scored_is_not_there(team: Team) -> None:
    row = team.deal("rep", name="Won meanwhile")
    kept = team.deal("rep", name="Still open")
    deals = type(row.opportunity).objects
    deals.filter(external_id=row.opportunity_ref).update(is_closed=True, is_won=True)
    assert team.names("rep") == ["Still open"]
    assert team.tiles("rep")["Open pipeline"].value == "$1k"
    deals.filter(external_id=kept.opportunity_ref).update(owner_ref="u-outside")
    assert team.names("rep") == []


def test_tiles_add_up_what_their_list_holds(team: Team) -> None:
    team.deal(corporate_amount=Decimal(1000), probability=0.3, grade="A")
    team.deal(corporate_amount=Decimal(3000), probability=0.5, grade="D")
    tiles = team.tiles("rep")
    assert tiles["Open pipeline"].value == "$4k"
    assert tiles["Expected value"].value == "$1.8k"  # 300 + 1500
    assert tiles["Value at risk"].value == "$2.2k"
    # It opens all that it adds up, most at risk first; grades narrow the list, and no figure.
    risky = tiles["Value at risk"].href.partition("/risk/")[2]
    table = team.page("rep", risky).context["table"]
    assert [row.grade for row in table.page.rows] == ["D", "A"]
    assert table.totals["sum_at_risk"] == 2200
    assert team.tiles("rep", risky)["Value at risk"].active
    graded = team.page("rep", "?grade=C&grade=D").context["table"]
    assert (graded.count, graded.totals["sum_amount"]) == (1, 3000)
    assert team.tiles("rep", "?grade=C&grade=D")["Open pipeline"].value == "$4k"


def test_what_moved_within_a_week_is_counted_and_listed(team: Team) -> None:
    border = USUAL_BORDERS["B"]
    jumped: dict[str, Any] = {"risk": border + 13, "risk_before": border + 2}
    newly: dict[str, Any] = {"risk": border + 1, "risk_before": border - 1}
    team.deal(name="Jumped", probability_before=0.5, **jumped)
    team.deal(name="Newly", probability_before=0.4, grade="C", **newly)
    team.deal(name="Better", risk=20.0, risk_before=31.0, probability_before=0.3)
    team.deal(name="Still", risk=40.0, risk_before=40.0, probability_before=0.4)
    team.deal(name="Unknown", risk=99.0)
    tiles = team.tiles("rep")
    for label, name in {
        "Risk jumped": "Jumped",
        "Newly at risk": "Newly",
        "Got better": "Better",
    }.items():
        assert tiles[label].value == "1"
        query = tiles[label].href.partition("/risk/")[2]
        assert team.names("rep", query) == [name]
        assert team.page("rep", query).context["table"].count == 1


def test_a_week_ago_is_told_of_deals_that_were_there_and_those_made_since(team: Team) -> None:
    team.deal(name="Never compared")
    assert team.tiles("rep")["Expected value"].hint == "No score of a week ago yet"
    team.deal(
        name="Grew",
        corporate_amount=Decimal(5000),
        probability=0.5,
        amount_before=Decimal(4000),
        probability_before=0.25,
        risk_before=40.0,
    )
    team.deal(name="New", corporate_amount=Decimal(2000), probability=0.5, is_new=True)
    tiles = team.tiles("rep")
    said = {label: (tile.delta_direction, tile.delta) for label, tile in tiles.items()}
    assert (said["Open pipeline"], tiles["Open pipeline"].hint) == (("", ""), "3 deals")
    assert said["Expected value"] == ("up", "$2.5k")  # 2500 + 1000 - 1000
    assert said["Value at risk"] == ("up", "$500")  # 2500 + 1000 - 3000
    kinds = {label: tile.delta_kind for label, tile in tiles.items()}
    assert kinds["Expected value"] == "good"
    assert kinds["Value at risk"] == "bad"


FILTERS = {
    "?grade=D": "Bad",
    "?stage=Negotiation": "Late stage",
    "?owner=u-other": "Of another",
    "?warning=ghosted&warning=overdue": "Warned",
    "?warned=yes": "Warned",
    "?trend=declining": "Falling",
    "?industry=Retail": "Shop",
    "?region=North": "North",
    "?size=Large": "Big",
    "?window=overdue": "Overdue",
    "?window=next": "Next quarter",
    "?close_from=2026-05-01&close_to=2026-05-31": "Next quarter",
    "?q=findme+person": "Findme",
}


def test_filters_in_the_address_narrow_the_list(team: Team) -> None:
    team.deal(name="Usual", industry="Bank", region="South", size="Small")
    team.deal(name="Bad", grade="D")
    team.deal(name="Late stage", stage="Negotiation")
    team.deal("other", name="Of another")
    team.deal(name="Warned", warnings=["ghosted"])
    team.deal(name="Falling", trend="declining")
    team.deal(name="Shop", industry="Retail")
    team.deal(name="North", region="North")
    team.deal(name="Big", size="Large")
    team.deal(name="Overdue", close_date=DAY - timedelta(days=1))
    team.deal(name="Next quarter", close_date=date(2026, 5, 5))
    team.deal(name="Findme")
    found = {query: team.names("manager", query) for query in FILTERS}
    assert found == {query: [name] for query, name in FILTERS.items()}
    assert team.names("manager", "?team=u-manager") == team.names("manager")


def test_a_filter_that_names_what_one_may_not_see_narrows_nothing_and_says_so(team: Team) -> None:
    team.deal("rep", name="Mine")
    team.deal("outside", name="Elsewhere")
    answer = team.page("rep", "?owner=u-outside&team=u-manager")
    assert "Elsewhere" not in answer.content.decode()
    assert [row.name for row in answer.context["table"].page.rows] == ["Mine"]


def test_every_column_that_sorts_sorts(team: Team) -> None:
    for number in range(3):
        team.deal(name=f"Deal {number}", risk=10.0 * number, risk_before=5.0, health=50.0)
    table = team.page("rep").context["table"]
    for column in table.table.columns:
        assert column.sort, column.name
        for spec in (column.name, f"-{column.name}"):
            assert len(team.names("rep", f"?sort={spec}")) == 3, spec
    assert team.names("rep", "?sort=-change")[0] == "Deal 2"


def test_a_row_opens_with_its_three_first_reasons_in_the_address(team: Team) -> None:
    row = team.deal(name="Why me")
    plain = team.page("rep").content.decode()
    assert f'href="/o/acme/risk/?open={row.pk}"' in plain
    assert "no meeting in 21 days" not in plain
    opened = team.page("rep", f"?open={row.pk}").content.decode()
    assert [f"Reason {number}" in opened for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert 'aria-expanded="true"' in opened
    assert "−10 points" in opened


def test_where_rates_speak_it_is_said_and_no_reasons_are_given(team: Team) -> None:
    row = team.deal(source="rates")
    reason = "No usable signal: Brier score -1.0% (90 % interval -2.0% to +0.1%)."
    ModelRun.objects.update(readiness="not_ready", report={"readiness": {"reasons": [reason]}})
    html = team.page("rep", f"?open={row.pk}").content.decode()
    assert "the rate of each stage speaks instead" in html
    # In plain words; the figures stand on the page of the model.
    assert "it was not surely better than plain rates" in html
    assert "Brier" not in html
    assert "About the model</a> has" not in html
    assert "About the model</a> has" in team.page("executive").content.decode()
    assert "A rate has no reasons" in html


def test_deals_that_no_scoring_has_reached_are_counted(team: Team) -> None:
    team.deal(name="Scored")
    for owner in ("u-rep", "u-outside"):
        an_opportunity(org=team.org, owner_ref=owner)
    assert "1 open deal is not scored yet" in team.page("rep").content.decode()
    assert "2 open deals are not scored yet" in team.page("executive").content.decode()


def test_without_scores_the_page_says_what_to_do(team: Team) -> None:
    assert "No model yet" in team.page("rep").content.decode()
    Org.objects.update(data_as_of=None, clock_date=None)
    assert "No deals yet" in team.page("manager").content.decode()


def test_a_reader_without_deals_is_told_where_deals_come_from(team: Team) -> None:
    team.deal("other")
    assert "No open deal is yours to see" in team.page("rep").content.decode()


def test_the_job_that_is_looked_for_is_the_one_that_scores() -> None:
    assert score_deals.name == SCORES


def test_while_scores_are_made_a_bar_tells_how_far_it_is(team: Team) -> None:
    team.deal()
    job = Job.objects.create(
        task=SCORES,
        title="Scoring",
        queue="bulk",
        org=team.org,
        created_at=timezone.now(),
        done=3,
        total=10,
    )
    assert 'id="scoring"' in team.page("rep").content.decode()
    asked = {"HX-Request": "true", "HX-Target": "scoring"}
    bar = team.page("rep", **asked)
    assert "Scoring the open deals" in bar.content.decode()
    assert "<html" not in bar.content.decode()
    Job.objects.filter(pk=job.pk).update(state="succeeded", finished_at=timezone.now())
    assert team.page("rep", **asked).headers["HX-Refresh"] == "true"


def test_another_filter_brings_the_figures_along_and_another_sort_does_not(team: Team) -> None:
    team.deal(grade="D")
    asked = {"HX-Request": "true", "HX-Target": "deals-at-risk"}
    url = "http://testserver/o/acme/risk/"
    filtered = team.page("rep", "?grade=D", **asked, **{"HX-Current-URL": url}).content.decode()
    assert 'id="risk-tiles"' in filtered
    assert 'id="risk-pictures"' in filtered
    again = f"{url}?grade=D"
    asked_again = {**asked, "HX-Current-URL": again}
    sorted_anew = team.page("rep", "?grade=D&sort=name", **asked_again).content.decode()
    assert 'id="risk-tiles"' not in sorted_anew
    assert "sort=name" in sorted_anew


def test_a_default_view_is_where_the_plain_address_leads(team: Team) -> None:
    team.deal(grade="D")
    view = SavedView.objects.create(
        org=team.org,
        owner=team.members["rep"],
        page="forecasting:risk-list",
        name="Bad ones",
        query="grade=D",
        is_default=True,
        saved_at=timezone.now(),
    )
    answer = team.client("rep").get("/o/acme/risk/")
    assert answer["Location"] == f"/o/acme/risk/?view={view.pk}&grade=D"
    page = team.page("rep", f"?view={view.pk}&grade=D").content.decode()
    assert "?view=all" in page
    assert team.client("other").get("/o/acme/risk/").status_code == 200


def test_a_shared_view_shows_each_reader_their_own_rows(team: Team) -> None:
    team.deal("rep", name="Mine", grade="D")
    team.deal("outside", name="Elsewhere", grade="D")
    SavedView.objects.create(
        org=team.org,
        owner=team.members["outside"],
        page="forecasting:risk-list",
        name="Bad ones",
        query="grade=D&owner=u-outside",
        is_shared=True,
        saved_at=timezone.now(),
    )
    views = team.page("rep").context["views"]
    assert [each.view.name for each in views.shared] == ["Bad ones"]
    query = views.shared[0].url.partition("/risk/")[2]
    assert "Elsewhere" not in team.page("rep", query).content.decode()


def queries(team: Team, who: str, address: str) -> int:
    client = team.client(who)
    cache.clear()
    client.force_login(team.members[who].user)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(address).status_code == 200
    # That somebody was here is written down once in a while.
    return len([each for each in found if 'last_seen_at" =' not in each["sql"]])


@pytest.mark.parametrize("who", ["rep", "manager", "executive"])
@pytest.mark.parametrize("query", ["", "?grade=D&move=jumped&sort=-change&cols=at_risk,industry"])
def test_as_many_queries_for_200_rows_as_for_10(team: Team, who: str, query: str) -> None:
    def fill(rows: int) -> None:
        for number in range(rows):
            team.deal(
                grade="D",
                risk=80.0,
                risk_before=60.0,
                warnings=["ghosted"],
                stage=f"Stage {number % 5}",
                industry=f"Industry {number % 7}",
                corporate_amount=Decimal(1000 + number),
            )

    address = reverse("forecasting:risk-list", args=["acme"]) + query
    fill(10)
    few = queries(team, who, address)
    fill(190)
    assert queries(team, who, address) == few
    assert few <= 20


@pytest.mark.parametrize(("weeks", "said"), [(0, True), (3, True), (5, False), (None, False)])
def test_that_scores_were_filled_in_is_said_until_the_trend_is_younger_than_the_first_model(
    weeks: int | None, said: bool
) -> None:
    learned = None if weeks is None else NOON - timedelta(weeks=weeks)
    fresh = Freshness(scored_at=NOON, run=None, job=None, first_run_at=learned)

    assert fresh.is_filled_in is said
