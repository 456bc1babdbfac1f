"""The page on which people say a number, beside what is foreseen; and who may."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import CrmUser
from forecasting.calls.locking import locked_calls
from forecasting.models import Forecast, ForecastCall, ForecastNode, ForecastPolicy
from revenue.periods import Period
from revenue.users.models import AuditEvent, Membership, Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_role, a_crm_user
from tests.factories.people import MembershipFactory
from tests.forecasting.forecasts import TODAY, a_forecast, a_node
from tests.forecasting.test_dashboard import Team

pytestmark = pytest.mark.django_db
PAGE, MAKE, POLICY = (f"/o/acme/forecast/{name}/" for name in ("calls", "calls/make", "policy"))
HTMX = {"HX-Request": "true", "HX-Target": "calls"}
PERIOD = Period.of(TODAY)


@pytest.fixture
def team() -> Team:
    made = Team()
    Org.objects.update(clock_date=TODAY)
    for role in (Role.ADMIN, Role.INTEGRATOR):
        made.members[role.value] = MembershipFactory(org=made.org, role=role)
    forecast = a_forecast(made.org)
    reps = ["u-rep", "u-other"]
    a_node(forecast, "", owners=[*reps, "u-outside", "u-manager"], closed=900)
    a_node(forecast, "u-manager", name="Manager Person", owners=[*reps, "u-manager"], closed=700)
    a_node(forecast, "u-manager", name="Manager Person", owners=["u-manager"], is_total=False,
           parent="u-manager", closed=5)  # fmt: skip
    for who in ("rep", "other"):
        a_node(forecast, f"u-{who}", name=f"{who.title()} Person", parent="u-manager", depth=2)
    a_node(forecast, "u-outside", name="Outside Person")
    return made


def say(team: Team, who: str, node: str, amount: str = "", **more: Any) -> Any:
    data = {"node": node, "kind": "submission", "amount": amount, **more}
    return team.client(who).post(MAKE, data)


def page(team: Team, who: str, query: str = "", **headers: str) -> Any:
    return team.client(who).get(f"{PAGE}{query}", headers=headers)


def rows(team: Team, who: str, query: str = "") -> dict[str, Any]:
    answer = page(team, who, query)
    assert answer.status_code == 200
    return {row.name: row for row in answer.context["rows"]}


def test_the_addresses_have_their_names(team: Team) -> None:
    names = ("forecast-calls", "forecast-call-make", "forecast-policy")
    assert [reverse(f"forecasting:{one}", args=["acme"]) for one in names] == [PAGE, MAKE, POLICY]


def test_each_sees_their_own_top_and_those_right_below(team: Team) -> None:
    assert list(rows(team, "rep")) == ["Rep Person"]
    own = ["Manager Person", "Manager Person: own deals", "Other Person", "Rep Person"]
    assert list(rows(team, "manager")) == own
    assert list(rows(team, "executive")) == ["Acme", "Manager Person", "Outside Person"]
    assert list(rows(team, "executive", "?team=u-manager")) == own
    assert rows(team, "rep")["Rep Person"].foreseen.p50 == 1000
    assert page(team, "integrator").status_code == 403
    assert list(rows(team, "admin")) == ["Acme", "Manager Person", "Outside Person"]


@pytest.mark.parametrize(
    ("who", "node", "submits", "adjusts"),
    [
        ("rep", "u-rep", True, False),
        ("rep", "u-other", False, False),
        ("rep", "u-manager", False, False),
        ("rep", "", False, False),
        ("manager", "u-manager", True, True),
        ("manager", "u-rep", False, True),
        ("manager", "u-outside", False, False),
        ("manager", "", False, False),
        ("executive", "", True, True),
        ("executive", "u-rep", True, True),
        ("admin", "", False, False),
        ("admin", "u-rep", False, False),
        ("integrator", "u-rep", False, False),
    ],
)
def test_who_may_say_which_number(
    team: Team, who: str, node: str, submits: bool, adjusts: bool
) -> None:
    refused = 404 if who in ("rep", "manager") else 403
    for kind, may in (("submission", submits), ("adjustment", adjusts)):
        answer = say(team, who, node, "1m", kind=kind, note="so")
        assert answer.status_code == (302 if may else refused), kind
        assert ForecastCall.objects.filter(kind=kind).exists() == may
        form = page(team, who, f"?node={node}&kind={kind}")
        # An admin reads the page, and has no form on it.
        assert form.status_code == (200 if may else 403 if who == "integrator" else 404)


def test_a_node_that_the_reader_does_not_see_is_not_there(team: Team) -> None:
    assert page(team, "rep", "?team=u-other").status_code == 404
    assert page(team, "manager", "?team=u-outside").status_code == 404
    assert page(team, "executive", "?team=nobody").status_code == 404
    assert page(team, "rep", "?open=u-other").context["page"].opened is None


def test_each_call_is_a_new_row_and_the_past_is_shown(team: Team) -> None:
    say(team, "rep", "u-rep", "1.2m", commit="1m", best_case="1,500,000", note="First")
    say(team, "rep", "u-rep", "900k", note="Lost <b>one</b>")
    say(team, "rep", "u-rep", note="Wrong", take_back="1")
    calls = list(ForecastCall.objects.order_by("made_at", "id"))
    assert [call.amount for call in calls] == [1_200_000, 900_000, None]
    assert (calls[0].commit, calls[0].best_case) == (1_000_000, 1_500_000)
    assert {call.currency for call in calls} == {"USD"}
    assert all(call.by == team.members["rep"] and call.owners == ["u-rep"] for call in calls)
    answer = page(team, "rep", "?open=u-rep")
    steps = answer.context["page"].opened.steps
    assert [(step.before, step.call.amount) for step in steps] == [
        (900_000, None),
        (1_200_000, 900_000),
        (None, 1_200_000),
    ]
    html = answer.content.decode()
    assert "$1,200,000 → $900,000" in html
    assert "$900,000 → nothing" in html
    assert "Lost &lt;b&gt;one&lt;/b&gt;" in html
    assert rows(team, "rep")["Rep Person"].submitted.amount is None
    assert "nothing to take back" in say(team, "rep", "u-rep", take_back="1").content.decode()
    assert ForecastCall.objects.count() == 3


def test_a_manager_sees_what_their_team_sums_to_until_they_say_their_own(team: Team) -> None:
    say(team, "rep", "u-rep", "300")
    own = rows(team, "manager")["Manager Person"]
    assert (own.submitted.amount, own.submitted.said, own.submitted.asked) == (300, 1, 3)
    assert "1 of 3 submitted" in page(team, "manager").content.decode()
    say(team, "manager", "u-rep", "200", kind="adjustment", note="Too high")
    found = rows(team, "manager")
    assert (found["Rep Person"].submitted.amount, found["Rep Person"].number) == (300, 200)
    assert found["Rep Person"].gap == -800
    assert (found["Manager Person"].submitted.amount, found["Manager Person"].number) == (300, 200)
    # The rep is told that the number was changed, by whom and why.
    html = page(team, "rep", "?open=u-rep").content.decode()
    assert "Too high" in html
    say(team, "manager", "u-manager", "5000")
    found = rows(team, "executive")
    assert found["Manager Person"].submitted.is_own
    assert (found["Acme"].submitted.amount, found["Acme"].submitted.said) == (5000, 3)
    say(team, "rep", "u-rep", "250")
    assert rows(team, "rep")["Rep Person"].is_stale


def test_a_number_stays_the_managers_own_when_the_team_changes(team: Team) -> None:
    say(team, "manager", "u-manager", "5000")
    CrmUser.objects.filter(external_id="u-other").update(manager_ref=None)
    assert rows(team, "manager")["Manager Person"].submitted.amount == 5000


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"amount": "soon"}, "Write an amount such as"),
        ({"amount": ""}, "This field is required"),
        ({"amount": "-5"}, "Write an amount such as"),
        ({"amount": "9999b"}, "more than a trillion"),
        ({"amount": "10", "commit": "11"}, "Commit is a part"),
        ({"amount": "10", "best_case": "9"}, "no less than the submission"),
        ({"amount": "10", "note": "x" * 2001}, "at most 2000"),
    ],
)
def test_what_cannot_be_is_told_in_its_place(team: Team, fields: dict[str, str], why: str) -> None:
    answer = say(team, "rep", "u-rep", **fields)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not ForecastCall.objects.exists()
    assert say(team, "manager", "u-rep", "5", kind="adjustment").status_code == 422  # no note


def test_a_locked_week_takes_no_call_and_says_until_when(team: Team) -> None:
    say(team, "rep", "u-rep", "100")
    ForecastPolicy.objects.create(org=team.org, locks=True, lock_weekday=0, lock_hour=0)
    answer = say(team, "rep", "u-rep", "200")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "locked until Monday" in html
    assert "New ones are taken from" in html
    assert ForecastCall.objects.count() == 1
    shown = page(team, "rep").content.decode()
    assert "The calls of this week are locked" in shown
    assert ">Submit<" not in shown
    notice = page(team, "rep", **{"HX-Request": "true", "HX-Target": "calls-lock"})
    assert notice.content.decode().lstrip().startswith('<div id="calls-lock"')


def test_what_stood_at_the_lock_is_kept(team: Team) -> None:
    ForecastPolicy.objects.create(org=team.org, locks=True, lock_weekday=4, lock_hour=17)
    Org.objects.update(timezone="America/New_York")
    org = Org.objects.get(pk=team.org.pk)
    locks_at = datetime(2026, 11, 20, 22, tzinfo=UTC)  # 17:00 there

    def call(amount: int | None, at: datetime, key: str = "u-rep") -> None:
        ForecastCall.objects.create(
            org=org, length="quarter", since=PERIOD.since, key=key, kind="submission",
            owners=[key], made_at=at, amount=None if amount is None else Decimal(amount),
        )  # fmt: skip

    call(1, locks_at - timedelta(days=3))
    call(2, locks_at - timedelta(seconds=1))
    call(3, locks_at)
    call(9, locks_at - timedelta(days=2), key="u-other")
    call(None, locks_at - timedelta(days=1), key="u-other")
    assert {key: said.amount for key, said in locked_calls(org, PERIOD, TODAY).items()} == {
        ("u-rep", "submission"): Decimal(2)
    }
    after = locked_calls(org, PERIOD, TODAY + timedelta(days=7))
    assert after["u-rep", "submission"].amount == 3
    assert locked_calls(org, PERIOD.after(), TODAY) == {}


def test_a_period_that_is_over_takes_no_call(team: Team) -> None:
    before = PERIOD.before()
    a_node(a_forecast(team.org, period=before), "u-rep", name="Rep Person")
    query = {"length": "quarter", "since": before.since.isoformat()}
    answer = say(team, "rep", "u-rep", "5", **query)
    assert answer.status_code == 422
    assert "Q3 2026 is over" in answer.content.decode()


def test_inline_the_table_is_answered_with_what_was_said(team: Team) -> None:
    data = {"node": "u-rep", "kind": "submission", "amount": "77k"}
    answer = team.client("rep").post(MAKE, data, headers=HTMX)
    html = answer.content.decode()
    assert html.lstrip().startswith("<section")
    assert "$77k" in html
    assert "Submitted." in answer.headers["HX-Trigger"]
    data["amount"] = "soon"
    wrong = team.client("rep").post(MAKE, data, headers=HTMX)
    assert wrong.status_code == 422
    assert 'value="soon"' in wrong.content.decode()


def test_without_a_forecast_it_says_what_is_missing(team: Team) -> None:
    Forecast.objects.all().delete()
    answer = page(team, "rep")
    assert "No forecast of Q4 2026 yet" in answer.content.decode()


def test_whoever_shares_a_role_says_a_number_of_their_own(team: Team) -> None:
    top = a_crm_role(org=team.org, external_id="r-top", name="Head")
    a_crm_role(org=team.org, external_id="r-low", name="Sellers", parent_ref=top.external_id)
    Org.objects.update(hierarchy="roles")
    CrmUser.objects.update(role_ref="r-low")
    CrmUser.objects.filter(external_id="u-manager").update(role_ref="r-top")
    assert say(team, "rep", "u-rep", "10").status_code == 302
    assert say(team, "rep", "u-other", "10").status_code == 404
    assert say(team, "rep", "r-low", "10").status_code == 404
    assert list(rows(team, "rep")) == ["Rep Person"]
    found = rows(team, "manager", "?team=r-low")
    assert found["Sellers"].submitted.amount == 10
    assert found["Rep Person"].submitted.amount == 10


def test_by_reporting_lines_a_manager_leads_also_without_deals(team: Team) -> None:
    CrmUser.objects.update(manager_ref=None)
    CrmUser.objects.filter(external_id__in=["u-manager", "u-other"]).delete()
    ForecastNode.objects.exclude(key="").delete()
    rep, manager = team.members["rep"], team.members["manager"]
    Membership.objects.filter(pk=rep.pk).update(reports_to=manager)
    node = f"member-{rep.pk}"
    assert say(team, "rep", node, "10").status_code == 302
    assert say(team, "manager", node, "10").status_code == 404
    note = {"kind": "adjustment", "note": "Less"}
    assert say(team, "manager", node, "5", **note).status_code == 302
    (row,) = rows(team, "manager").values()
    assert (row.submitted.amount, row.number) == (10, 5)
    outside = f"member-{team.members['outside'].pk}"
    assert say(team, "manager", outside, "5", **note).status_code == 404


def test_it_asks_the_database_as_often_however_many(team: Team) -> None:
    def queries() -> int:
        client = team.client("manager")
        client.get(PAGE)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(f"{PAGE}?open=u-rep")
        return len(asked)

    say(team, "rep", "u-rep", "5")
    few = queries()
    forecast = Forecast.objects.get()
    for number in range(12):
        ref = f"u-more{number}"
        a_crm_user(org=team.org, external_id=ref, name=ref, manager_ref="u-manager")
        a_node(forecast, ref, parent="u-manager")
        say(team, "executive", ref, "5")
        say(team, "rep", "u-rep", str(number))
    assert len(rows(team, "manager")) == 16
    assert queries() == few
    assert few <= 30


def test_the_lock_is_changed_by_those_who_run_the_org_and_told(team: Team) -> None:
    said = {"locks": "on", "weekday": "3", "hour": "18"}
    for who in ("rep", "manager", "integrator"):
        assert team.client(who).get(POLICY).status_code == 403
        assert team.client(who).post(POLICY, said).status_code == 403
    assert not ForecastPolicy.objects.exists()
    answer = team.client("executive").post(POLICY, said, follow=True)
    assert "Saved." in answer.content.decode()
    row = ForecastPolicy.objects.get()
    assert (row.locks, row.lock_weekday, row.lock_hour) == (True, 3, 18)
    event = AuditEvent.objects.get(action="org_changed", org=team.org)
    assert (event.subject, event.actor) == ("Forecast policy", team.members["executive"].user)
    assert event.detail["forecast_policy"]["weekday"] == [4, 3]
    team.client("admin").post(POLICY, said)
    assert AuditEvent.objects.filter(action="org_changed").count() == 1
    assert team.client("admin").post(POLICY, {**said, "hour": "24"}).status_code == 422
    assert "Thursday" in team.client("admin").get(POLICY).content.decode()


@pytest.fixture
def lasting() -> Iterator[None]:
    yield
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_who_submit_at_once_lose_nothing(team: Team, lasting: None) -> None:
    start, clients = Barrier(2), [team.client("rep"), team.client("rep")]
    answers: list[int] = []

    def submit(client: Client, amount: str) -> None:
        start.wait()
        data = {"node": "u-rep", "kind": "submission", "amount": amount}
        answers.append(client.post(MAKE, data).status_code)
        connection.close()

    threads = [Thread(target=submit, args=pair) for pair in zip(clients, ("10", "20"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302, 302]
    assert set(ForecastCall.objects.values_list("amount", flat=True)) == {10, 20}
    last = ForecastCall.objects.latest("made_at", "id")
    assert rows(team, "rep")["Rep Person"].submitted.amount == last.amount
    assert last.made_at <= timezone.now()
