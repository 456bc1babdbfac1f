"""Who stands below whom, as a tree; and what each team's deals come to."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.about.hierarchy import Node, tree_of
from accounts.about.teams import teams_seen_by
from accounts.models import CrmUser, Opportunity
from forecasting.dashboard.rates import Closed, Rate, together
from forecasting.dashboard.team_rows import book_of
from revenue.users.models import Membership, Org
from tests.factories.facts import a_crm_role, an_opportunity
from tests.forecasting.test_dashboard import DAY, Team, team

__all__ = ["team"]


def node(key: str, parent: str | None = None, *, holds: bool = True) -> Node:
    return Node(key=key, name=key.upper(), parent=parent, owners=(key,) if holds else ())


def test_a_tree_knows_who_is_below_and_the_way_up() -> None:
    tree = tree_of([node("a"), node("b", "a"), node("c", "b"), node("d", "a")])
    assert [one.key for one in tree.tops] == ["a"]
    assert [one.key for one in tree.teams] == ["a", "b"]
    assert sorted(tree.owners_below(tree.nodes["a"])) == ["a", "b", "c", "d"]
    assert [one.key for one in tree.path(tree.nodes["c"])] == ["a", "b", "c"]
    assert not tree.is_team(tree.nodes["d"])


def test_who_holds_nothing_stays_only_where_somebody_is_below() -> None:
    tree = tree_of(
        [
            node("chief", holds=False),
            node("lead", "chief", holds=False),
            node("a", "lead"),
            node("b", "lead"),
            node("idle", "chief", holds=False),
        ]
    )
    # The chief has one line that matters, so that it begins with the lead.
    assert [one.key for one in tree.tops] == ["lead"]
    assert set(tree.nodes) == {"lead", "a", "b"}


def test_a_circle_and_a_line_that_leads_nowhere_hold_only_themselves() -> None:
    tree = tree_of([node("a", "b"), node("b", "a"), node("c", "b"), node("d", "gone")])
    assert {one.key for one in tree.tops} >= {"a", "b", "d"}
    assert all(len(tree.path(one)) <= 3 for one in tree.nodes.values())
    assert tree.owners_below(tree.nodes["d"]) == ["d"]


def test_an_interval_holds_the_share_and_is_wide_where_deals_are_few() -> None:
    few, many = Rate(won=3, closed=10), Rate(won=300, closed=1000)
    for rate in (few, many):
        low, high = rate.interval
        assert low < rate.won / rate.closed < high
    assert few.interval[1] - few.interval[0] > 5 * (many.interval[1] - many.interval[0])
    assert Rate(0, 0).value is None
    assert Rate(0, 5).interval[0] == 0.0
    assert Rate(5, 5).interval[1] == pytest.approx(1.0)


def test_quarters_of_several_sellers_are_added_before_they_are_compared() -> None:
    quarters = [DAY.replace(month=month) for month in (1, 4, 7)]
    one = Closed(Rate(1, 4), dict.fromkeys(quarters, (3, 6)))
    other = Closed(Rate(2, 4), dict.fromkeys(quarters, (1, 6)))
    both = together([one, other])
    assert both.year == Rate(3, 8)
    assert both.quarters == dict.fromkeys(quarters, (4, 12))
    assert both.consistency is not None
    assert both.consistency.value == pytest.approx(1.0)


@pytest.mark.django_db
def test_the_tree_is_cut_to_what_its_reader_sees(team: Team) -> None:
    seen = {who: set(teams_seen_by(team.members[who]).nodes) for who in ("rep", "manager")}
    assert seen == {"rep": {"u-rep"}, "manager": {"u-manager", "u-rep", "u-other"}}
    assert set(teams_seen_by(team.members["executive"]).nodes) == seen["manager"] | {"u-outside"}


@pytest.mark.django_db
def test_by_roles_peers_stand_beside_each_other(team: Team) -> None:
    top = a_crm_role(org=team.org, name="Head")
    low = a_crm_role(org=team.org, name="Sellers", parent_ref=top.external_id)
    Org.objects.update(hierarchy="roles")
    CrmUser.objects.update(role_ref=low.external_id)
    CrmUser.objects.filter(external_id="u-manager").update(role_ref=top.external_id)
    reader = Membership.objects.select_related("org").get(pk=team.members["executive"].pk)
    tree = teams_seen_by(reader)
    assert [one.name for one in tree.tops] == ["Head: Manager Person"]
    (below,) = tree.children[top.external_id]
    assert sorted(below.owners) == ["u-other", "u-outside", "u-rep"]


@pytest.mark.django_db
def test_without_lines_in_the_crm_members_stand_in(team: Team) -> None:
    CrmUser.objects.update(manager_ref=None)
    Membership.objects.filter(pk=team.members["rep"].pk).update(reports_to=team.members["manager"])
    tree = teams_seen_by(team.members["manager"])
    assert [one.owners for one in tree.teams] == [("u-manager",)]
    assert sorted(tree.owners_below(tree.teams[0])) == ["u-manager", "u-rep"]


def asked(team: Team, who: str, query: str = "") -> Any:
    answer = team.client(who).get(f"/o/acme/risk/team/{query}")
    assert answer.status_code == 200
    return answer


@pytest.mark.django_db
def test_each_row_sums_everyone_below_and_every_number_opens_its_deals(team: Team) -> None:
    team.deal("manager", corporate_amount=5000, probability=0.5, grade="A")
    team.deal("rep", corporate_amount=3000, probability=0.5, grade="D", warnings=["ghosted"])
    team.deal("other", corporate_amount=1000, probability=0.2, grade="D")
    team.deal("outside", corporate_amount=700)
    for number in range(12):
        closed = {"won": True} if number < 3 else {"lost": True}
        an_opportunity(org=team.org, owner_ref="u-rep", close_date=DAY, **closed)
    rows = {row.name: row for row in asked(team, "manager").context["rows"]}
    assert set(rows) == {"Manager Person", "Rep Person", "Other Person"}
    assert (rows["Rep Person"].open.amount, rows["Rep Person"].open.warned) == (3000, 1)
    assert rows["Rep Person"].closed.year == Rate(3, 12)
    whole = asked(team, "executive").context["rows"]
    teams = {row.name: row for row in whole}
    assert teams["Manager Person"].open.amount == 9000
    assert teams["Manager Person"].open.grades == {"A": 1, "B": 0, "C": 0, "D": 2}
    for row in whole:
        deals = team.page("executive", f"?{row.query}").context["table"]
        assert deals.count == row.open.deals
        assert float(deals.totals["sum_amount"]) == row.open.amount
        for grade, count, query in row.by_grade:
            found = team.page("executive", f"?{query}").context["table"]
            assert found.count == count, grade


@pytest.mark.django_db
def test_the_way_down_has_a_way_back(team: Team) -> None:
    team.deal("rep")
    team.deal("outside")
    html = asked(team, "executive").content.decode()
    assert "/risk/team/?of=u-manager" in html
    below = asked(team, "executive", "?of=u-manager")
    assert [text for text, _ in below.context["crumbs"]] == [
        "Deals at risk",
        "Teams",
        "Manager Person",
    ]


@pytest.mark.django_db
def test_a_rep_has_no_team_page_and_nobody_opens_a_team_above(team: Team) -> None:
    assert team.client("rep").get("/o/acme/risk/team/").status_code == 403
    assert team.client("manager").get("/o/acme/risk/team/?of=u-outside").status_code == 404
    assert team.client("manager").get("/o/acme/risk/team/?of=%00").status_code == 404


@pytest.mark.django_db
def test_this_quarter_is_the_org_s_own(team: Team) -> None:
    team.deal(name="Now", close_date=date(2026, 4, 30))
    team.deal(name="Next", close_date=date(2026, 5, 1))
    assert team.names("manager", "?window=next") == ["Next", "Now"]
    Org.objects.filter(pk=team.org.pk).update(fiscal_month=2)
    assert team.names("manager", "?window=quarter") == ["Now"]
    assert team.names("manager", "?window=next") == ["Next"]


@pytest.mark.django_db
def test_how_even_sellers_are_is_told_of_the_org_s_own_quarters(team: Team) -> None:
    for month, won in ((11, True), (12, False), (1, False)):
        closed = date(2026 if month == 1 else 2025, month, 5)
        an_opportunity(org=team.org, owner_ref="u-rep", close_date=closed, won=won, lost=not won)
    reader = team.members["manager"]
    reader.org.fiscal_month = 2
    found = book_of(reader, today=date(2026, 3, 2)).closed["u-rep"]
    assert found.quarters == {date(2025, 11, 1): (1, 3)}
    reader.org.fiscal_month = 1
    found = book_of(reader, today=date(2026, 3, 2)).closed["u-rep"]
    assert found.quarters == {date(2025, 10, 1): (1, 2)}


@pytest.mark.django_db
def test_what_was_closed_counts_in_its_year_alone(team: Team) -> None:
    team.deal("rep")
    an_opportunity(org=team.org, owner_ref="u-rep", close_date=DAY.replace(year=2024), won=True)
    an_opportunity(org=team.org, owner_ref="u-rep", close_date=DAY, lost=True)
    rows = asked(team, "manager").context["rows"]
    assert [row.closed.year for row in rows] == [Rate(0, 1)]
    assert Opportunity.objects.filter(is_closed=True).count() == 2


@pytest.mark.django_db
def test_as_many_queries_whoever_is_below(team: Team) -> None:
    def queries() -> int:
        client = team.client("manager")
        with CaptureQueriesContext(connection) as found:
            assert client.get("/o/acme/risk/team/").status_code == 200
        return len([each for each in found if 'last_seen_at" =' not in each["sql"]])

    team.deal("rep")
    few = queries()
    for who in ("other", "rep", "manager"):
        for _ in range(5):
            team.deal(who)
    assert queries() == few
