"""The list of what to sell next: what it holds, for whom, in which order, and what it costs."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from crosssell.listing import why
from crosssell.listing.freshness import SCORING, freshness_of
from crosssell.listing.table import top_reason
from crosssell.models import Recommendation
from crosssell.tasks.recommending import score_crosssell
from revenue.users.models import AuditEvent, SavedView
from revenue.web import exporting
from tests.crosssell.team import DAY, Team
from tests.factories.facts import NOON, a_line_item, an_account, an_opportunity
from tests.factories.people import OrgFactory, OrgGroupFactory
from tests.factories.selling import the_selling_run

pytestmark = pytest.mark.django_db
FOR_BOTH = ("", "accounts/")


@pytest.fixture
def team() -> Team:
    return Team()


def test_each_reads_the_suggestions_of_the_accounts_that_are_theirs(team: Team) -> None:
    for who in ("rep", "other", "outside"):
        team.suggestion(f"for {who}", who)
    for path in FOR_BOTH:
        assert team.products("rep", path) == ["for rep"]
        assert set(team.products("manager", path)) == {"for rep", "for other"}
        assert len(team.products("executive", path)) == len(team.products("integrator", path)) == 3


def test_what_is_held_out_is_shown_to_nobody(team: Team) -> None:
    account = team.account()
    held = team.suggestion(
        "other",
        account=account,
        is_held_out=True,
        value=Decimal(10**6),
        reasons=[{"title": "secret", "words": "", "points": 0.5}],
    )
    team.suggestion("plain", account=account)
    for who in ("rep", "executive", "admin"):
        for path in (*FOR_BOTH, "?state=all", "export.csv", f"accounts/{account.pk}/"):
            answer = team.page(who, path)
            body = b"".join(answer) if answer.streaming else answer.content
            assert b"plain" in body
            assert b"secret" not in body, (who, path)
        assert team.client(who).get(f"/o/acme/sell/{held.pk}/").status_code == 404
    tiles = {tile.label: tile.value for tile in team.page("executive").context["board"].tiles}
    assert tiles["Open suggestions"] == "1"


def test_the_most_valuable_stands_first_and_what_has_no_price_last(team: Team) -> None:
    for name, value in (("low", 10), ("high", 900), ("middle", 200), ("none", None)):
        team.suggestion(name, value=None if value is None else Decimal(value))
    assert team.products("rep") == ["high", "middle", "low", "none"]
    assert team.products("rep", "?sort=value") == ["low", "middle", "high", "none"]
    assert team.products("rep", "?sort=product") == ["high", "low", "middle", "none"]


def test_a_row_says_account_product_kind_chance_value_and_why(team: Team) -> None:
    account = team.account(name="Long & Sons")
    row = team.suggestion("Care", account=account, kind="bundle", probability=0.25)
    cells = [cell.text for cell in next(iter(team.page("rep").context["table"].cells))]
    assert cells[:5] == ["Long & Sons", "Care", "Bundle", "25%", "$250"]
    assert cells[5:7] == ["Suggested", "Bought together: often follows it"]
    text = team.page("rep", f"?open={row.pk}").content.decode()
    assert "Price</strong>: dearer than what they buy" in text
    assert "Often bought together with what they own" in text


def test_filters_narrow_and_stay_in_the_address(team: Team) -> None:
    health = team.account(industry="Health", name="Clinic")
    team.product("spare", family="Services")
    team.suggestion(
        account=health,
        product=team.product("care", family="Support"),
        kind="upsell",
        value=Decimal(700),
        expires_on=DAY + timedelta(days=3),
    )
    team.suggestion("tool", account=team.account(industry="Retail"), value=Decimal(50))
    ref = Recommendation.objects.get(account_ref=health.external_id).product_ref
    for query in (
        "kind=upsell",
        f"product={ref}",
        "family=Support",
        "industry=Health",
        "value_from=500",
        "ends=week",
        "q=clinic",
        "q=care",
    ):
        assert team.products("rep", f"?{query}") == ["care"], query
        assert team.page("rep", f"?{query}").context["table"].url.endswith(query)
    assert team.products("manager", "?owner=u-other") == []
    assert len(team.products("manager", "?team=u-manager")) == 2
    wrong = team.page("rep", "?kind=nothing")
    assert len(wrong.context["table"].page.rows) == 2
    assert b"Choose from the list." in wrong.content


def test_open_ones_are_shown_unless_others_are_asked_for(team: Team) -> None:
    for state in ("suggested", "accepted", "dismissed", "expired", "withdrawn"):
        team.suggestion(state, state=state)
    team.suggestion("bought", state="converted", bought_at=NOON, bought_for=Decimal(80))
    team.suggestion("late", state="expired", bought_at=NOON, bought_for=Decimal(20))
    assert set(team.products("rep")) == {"suggested", "accepted"}
    assert team.products("rep", "?state=suggested") == ["suggested"]
    assert team.products("rep", "?state=dismissed") == ["dismissed"]
    assert set(team.products("rep", "?state=bought")) == {"bought", "late"}
    assert len(team.products("rep", "?state=all")) == 7


def test_tiles_count_what_is_open_accepted_and_bought_and_lead_there(team: Team) -> None:
    team.suggestion("one", value=Decimal(300))
    team.suggestion("two", state="accepted", value=Decimal(200))
    team.suggestion("three", state="converted", bought_at=NOON, bought_for=Decimal(5000))
    team.suggestion("elsewhere", "outside", value=Decimal(9000))
    found = {tile.label: tile for tile in team.page("rep").context["board"].tiles}
    assert [found[name].value for name in found] == ["2", "$500", "1", "1"]
    assert found["Bought after being suggested"].hint == "for $5k"
    assert found["Accepted"].href == "/o/acme/sell/?state=accepted"
    shown = {
        tile.label: tile for tile in team.page("rep", "?state=accepted").context["board"].tiles
    }
    assert shown["Accepted"].active
    assert shown["Open suggestions"].value == "2"


def test_a_decision_changes_the_figures_of_those_who_read_the_whole_org(
    team: Team, django_capture_on_commit_callbacks: Any
) -> None:
    row = team.suggestion("one")

    def accepted() -> str:
        tiles = team.page("executive").context["board"].tiles
        return str(next(tile.value for tile in tiles if tile.label == "Accepted"))

    assert accepted() == "0"
    with django_capture_on_commit_callbacks(execute=True):
        answer = team.client("rep").post(f"/o/acme/sell/{row.pk}/decide/", {"decision": "accept"})
    assert answer.status_code == 302
    assert accepted() == "1"


def test_by_account_each_account_stands_once_with_all_of_its_suggestions(team: Team) -> None:
    first, second = team.account(name="First"), team.account(name="Second")
    for name, value in (("a", 100), ("b", 400), ("c", 300)):
        team.suggestion(name, account=first, value=Decimal(value), kind="next")
    team.suggestion("d", account=second, value=Decimal(350), kind="bundle")
    page = team.page("rep", "accounts/")
    assert [row.account.name for row in page.context["table"].page.rows] == ["First", "Second"]
    lines = [[cell.text for cell in line] for line in page.context["table"].cells]
    assert lines[0][1:6] == ["b", "Next in sequence", "$400", "3", "$800"]
    assert page.context["table"].count == 2
    best = page.context["table"].page.rows[0]
    opened = team.page("rep", f"accounts/?open={best.pk}").content.decode()
    assert all(f">{name}</a>" in opened for name in "abc")
    only = team.page("rep", "accounts/?kind=bundle").context["table"]
    assert [row.account.name for row in only.page.rows] == ["Second"]
    cheap = team.page("rep", "accounts/?value_to=360").context["table"]
    assert [row.product.name for row in cheap.page.rows] == ["d", "c"]


def test_lookalikes_are_named_to_those_who_may_open_them_and_to_nobody_else(team: Team) -> None:
    group = OrgGroupFactory()
    sister = OrgFactory(slug="sister", name="Sister", group=group)
    team.org.group = group
    team.org.save()
    own, others = team.account(name="Mine Too"), team.account("outside", name="Hidden Corp")
    away = an_account(org=sister, name="Far Away")
    row = team.suggestion(
        "Care",
        lookalikes=[
            {"org": team.org.pk, "ref": own.external_id, "likeness": 0.8},
            {"org": team.org.pk, "ref": others.external_id, "likeness": 0.9},
            {"org": sister.pk, "ref": away.external_id, "likeness": 0.7},
        ],
    )
    for path in (f"?open={row.pk}", f"{row.pk}/"):
        text = team.page("rep", path).content.decode()
        assert "Mine Too" in text
        assert "80% alike" in text
        assert "Hidden Corp" not in text
        assert "Far Away" not in text
        text = team.page("executive", path).content.decode()
        assert text.index("Hidden Corp") < text.index("Mine Too")
        assert "Far Away" not in text


def test_more_rows_and_more_that_are_open_cost_no_query_more(team: Team) -> None:
    def opened() -> str:
        return ",".join(str(pk) for pk in Recommendation.objects.values_list("pk", flat=True))

    like = team.account()
    alike = [{"org": team.org.pk, "ref": like.external_id, "likeness": 0.5}]
    team.suggestion("one", lookalikes=alike)
    for who in ("rep", "manager"):
        for path in (f"?open={opened()}", f"accounts/?open={opened()}", "team/"):
            if path == "team/" and who == "rep":
                continue
            team.queries(who, path)  # what the filters offer is kept for some minutes
            few = team.queries(who, path)
            for number in range(4):
                team.suggestion(f"{who} {path} {number}", "other", lookalikes=alike)
                team.suggestion(f"{who} {path} more {number}", lookalikes=alike)
            many = path.partition("=")[0] + f"={opened()}" if "open" in path else path
            assert team.queries(who, many) == few, (who, path)
            assert few < 40


def test_a_file_holds_exactly_the_rows_and_columns_that_are_shown(team: Team) -> None:
    team.suggestion("=1+1", kind="bundle", value=Decimal(500))
    team.suggestion("tool", kind="next")
    team.suggestion("elsewhere", "outside", kind="bundle")
    answer = team.page("rep", "export.csv?kind=bundle&cols=product,value")
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert lines[0] == ["Account", "Product", "Value"]
    assert [line[1:] for line in lines[1:]] == [["'=1+1", "500.0000"]]
    sheet = team.page("rep", "export.xlsx?kind=bundle")
    assert b"".join(sheet).startswith(b"PK")
    events = AuditEvent.objects.filter(action=AuditEvent.Action.EXPORT_TAKEN).order_by("id")
    assert [event.detail["rows"] for event in events] == [1, 1]
    assert events[0].detail["query"] == "kind=bundle&cols=product%2Cvalue"


def test_a_workbook_too_large_is_refused_with_what_to_do_instead(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_IN_A_SHEET", 1)
    team.suggestion("one")
    team.suggestion("two")
    client = team.client("rep")
    answer = client.get("/o/acme/sell/export.xlsx?sort=product")
    assert answer["Location"] == "/o/acme/sell/?sort=product"
    assert "take CSV" in client.get(answer["Location"]).content.decode()


def test_a_view_is_kept_and_may_be_where_one_begins(team: Team) -> None:
    team.suggestion("one", kind="bundle")
    client = team.client("rep")
    page = "crosssell:recommendation-list"
    kept = {"page": page, "name": "Bundles", "query": "kind=bundle", "is_default": "on"}
    assert client.post(reverse("users:view-save", args=["acme"]), kept).status_code == 302
    view = SavedView.objects.get(name="Bundles")
    answer = client.get("/o/acme/sell/")
    assert answer["Location"] == f"/o/acme/sell/?view={view.pk}&kind=bundle"
    assert b"Bundles" in client.get(answer["Location"]).content


def test_htmx_gets_the_list_alone_with_its_figures_and_its_address(team: Team) -> None:
    team.suggestion("one")
    for path, target in (("", "suggestions"), ("accounts/", "suggested-accounts")):
        headers = {"HX-Request": "true", "HX-Target": target}
        answer = team.client("rep").get(f"/o/acme/sell/{path}?kind=next", headers=headers)
        assert answer["HX-Push-Url"] == f"/o/acme/sell/{path}?kind=next"
        assert b"<html" not in answer.content
        assert b'id="sell-tiles"' in answer.content


def test_a_product_that_the_crm_has_deleted_is_not_named(team: Team) -> None:
    gone = team.product("Bygone", deleted_at=NOON)
    row = team.suggestion(product=gone)
    for path in ("", f"{row.pk}/", "accounts/"):
        text = team.page("rep", path).content.decode()
        assert "A product that the CRM no longer has" in text
        assert "Bygone" not in text


def test_an_org_without_suggestions_says_what_to_wait_for(team: Team) -> None:
    assert b"No suggestions yet" in team.page("rep").content
    the_selling_run(team.org)
    assert b"Nothing has been suggested yet" in team.page("rep").content
    team.suggestion("elsewhere", "outside")
    assert b"Nothing to suggest now" in team.page("rep").content


def test_the_job_that_the_page_waits_for_is_the_one_that_suggests() -> None:
    assert score_crosssell.name == SCORING


def test_the_page_is_of_the_newest_scoring_also_where_what_was_suggested_last_has_ended(
    team: Team,
) -> None:
    team.suggestion("kept", as_of=NOON, suggested_at=NOON - timedelta(days=30))
    old = NOON - timedelta(days=2)
    team.suggestion("ended", state="dismissed", as_of=old, suggested_at=old)
    assert freshness_of(team.org).scored_at == NOON


def test_a_team_is_read_from_the_top_down_and_leads_to_its_rows(team: Team) -> None:
    team.suggestion("one", value=Decimal(300))
    team.suggestion("two", "other", state="accepted")
    team.suggestion("three", "other", state="dismissed")
    team.suggestion("four", "outside")
    page = team.page("manager", "team/")
    rows = {row.name: row for row in page.context["rows"]}
    assert set(rows) == {"Rep Person", "Other Person"}
    assert rows["Other Person"].answered == 1.0
    assert rows["Rep Person"].answered == 0.0
    assert page.context["total"].standing.whole.count == 3
    top = team.page("executive", "team/").context["rows"]
    assert {row.name for row in top} == {"Manager Person", "Outside Person"}
    assert "of=u-manager" in next(row.url for row in top if row.name == "Manager Person")
    assert team.client("executive").get("/o/acme/sell/team/?of=nobody").status_code == 404
    assert team.client("manager").get("/o/acme/sell/team/?of=u-outside").status_code == 404
    assert team.client("rep").get("/o/acme/sell/team/").status_code == 403


def test_a_rep_begins_with_own_accounts_and_may_look_at_all_that_is_shared(team: Team) -> None:
    theirs = team.account("outside")
    an_opportunity(org=team.org, account_ref=theirs.external_id, owner_ref="u-rep")
    team.suggestion("shared", account=theirs)
    team.suggestion("mine")
    assert team.products("rep") == ["mine"]
    board = team.page("rep").context["board"]
    assert board.tiles[0].value == "1"
    assert board.whose_url == "/o/acme/sell/?whose=all"
    assert set(team.products("rep", "?whose=all")) == {"mine", "shared"}
    assert team.page("rep", "?whose=all").context["board"].whose_url == "/o/acme/sell/"
    assert set(team.products("executive")) == {"mine", "shared"}


def test_what_somebody_decides_about_stays_while_it_is_open(team: Team) -> None:
    row = team.suggestion("gone", state="dismissed", ended_at=NOON)
    left = team.suggestion("left")
    assert team.products("rep") == ["left"]
    page = team.page("rep", f"?open={row.pk}")
    assert {one.product.name for one in page.context["table"].page.rows} == {"gone", "left"}
    assert page.context["table"].count == 1
    assert b"Take back" in page.content
    answer = team.client("rep").post(
        f"/o/acme/sell/{left.pk}/decide/", {"decision": "accept"}, headers={"HX-Request": "true"}
    )
    assert "suggestion-decided" in answer.headers["HX-Trigger"]


def test_lost_deals_about_it_speak_against_it(team: Team) -> None:
    account, product = team.account(), team.product("Care")
    row = team.suggestion(account=account, product=product, reasons=[])
    assert "no lost deal held it" in team.page("rep", f"{row.pk}/").content.decode()
    deal = an_opportunity(
        org=team.org, account_ref=account.external_id, owner_ref="u-rep", lost=True, name="In vain"
    )
    a_line_item(org=team.org, opportunity_ref=deal.external_id, product_ref=product.external_id)
    text = team.page("rep", f"{row.pk}/").content.decode()
    assert "It was offered before and lost" in text
    assert "In vain" in text
    assert "no lost deal held it" not in text


def test_a_share_below_that_of_all_is_no_reason_unless_the_model_counts_it(team: Team) -> None:
    few = {"title": "Industry", "words": "Owned by 20 %", "numbers": {"share": 0.2, "of_all": 0.3}}
    more = {"title": "Alike", "words": "Owned by 40 %", "numbers": {"share": 0.4, "of_all": 0.3}}
    row = team.suggestion(reasons=[{**few, "points": 0.0}, {**more, "points": 0.0}])
    found = why.of(row, reader=team.members["rep"], lookalikes=[], lost=[])
    assert [one.title for one in found.speaks_for] == ["Alike"]
    assert [one.title for one in found.speaks_against] == ["Industry"]
    counted = team.suggestion(reasons=[{**few, "points": 0.3}, {**more, "points": 0.1}])
    assert top_reason(counted) == "Alike: Owned by 40 %"
    told = why.of(counted, reader=team.members["rep"], lookalikes=[], lost=[]).speaks_for[0].words
    assert told.startswith("Owned by 20 %; fewer than of all")
