"""From two kept forecasts to the page that says what moved the number."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import CrmUser, Opportunity
from forecasting.bridge import making
from forecasting.bridge.making import kept, make_bridge, usual_pair
from forecasting.bridge.reading import read
from forecasting.bridge.running import Running
from forecasting.models import BridgeDeal, BridgeNode, Forecast, ForecastBridge, ForecastNode
from forecasting.quarter.worlds import band, inputs_of, run
from forecasting.tasks import bridge_forecasts, start_usual_bridge
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user, a_stage_change, an_opportunity
from tests.factories.jobs import a_job
from tests.factories.models import a_model_run
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.forecasts import AS_OF, METHOD, TODAY, a_forecast, a_forecast_deal, a_node

pytestmark = pytest.mark.django_db
THEN = AS_OF - timedelta(days=7)
DUE, OUT = TODAY + timedelta(days=20), TODAY + timedelta(days=90)
URL = "/o/acme/forecast/bridge/"
NEW: dict[str, Any] = {"mean": 2.0, "spread": 0.3, "each_mean": 500.0, "each_sd": 200.0}


@pytest.fixture
def org() -> Org:
    found: Org = OrgFactory(slug="acme", name="Acme", clock_date=TODAY, data_as_of=AS_OF)
    boss = a_crm_user(org=found, external_id="boss", name="Bo Boss")
    for ref in ("ann", "bob"):
        a_crm_user(org=found, external_id=ref, name=ref.title(), manager_ref=boss.external_id)
    return found


def a_deal(
    org: Org, ref: str, *, owner: str = "ann", close: Any = DUE, **facts: Any
) -> Opportunity:
    usual = {"amount": 1000, "corporate_amount": 1000, "close_date": close, "stage": "Proposal"}
    return an_opportunity(
        org=org,
        external_id=ref,
        name=f"Deal {ref}",
        owner_ref=owner,
        created_at=THEN - timedelta(days=30),
        **{**usual, **facts},
    )


def with_nodes(forecast: Forecast) -> Forecast:
    """Ann and Bob below their boss; with the P50 that the worlds of the deals give."""
    a_node(forecast, owners=["ann", "bob", "boss"])
    a_node(forecast, "boss", parent="", depth=1, owners=["ann", "bob", "boss"])
    for ref in ("ann", "bob"):
        a_node(forecast, ref, parent="boss", depth=2)
    inputs, owners, _ = inputs_of(forecast)
    worlds = run(inputs)
    for node in ForecastNode.objects.filter(forecast=forecast):
        found = band(worlds.of([owners.index(one) for one in node.owners if one in owners]))
        ForecastNode.objects.filter(pk=node.pk).update(p50=found.p50)
    return forecast


def two_forecasts(org: Org, **later: Any) -> tuple[Forecast, Forecast]:
    """One deal of each fate."""
    method: dict[str, Any] = {**METHOD, "new": {**NEW, "by_owner": {"ann": 1.0, "bob": 1.0}}}
    now_method = {**method, "new": {**NEW, "by_owner": {"ann": 0.8, "bob": 0.7}}}
    first = a_forecast(org, as_of=THEN, made_at=THEN, is_latest=False, method=method)
    second = a_forecast(org, method={**now_method, **later.pop("method", {})}, **later)
    for ref in ("same", "amount", "likelier", "pushed"):
        deal = a_deal(org, ref, owner="bob" if ref == "amount" else "ann")
        a_forecast_deal(first, deal)
        changes: dict[str, dict[str, Any]] = {
            "same": {},
            "amount": {"amount": Decimal(3000)},
            "likelier": {"chance": 0.9},
            "pushed": {"chance": 0.05, "close_date": OUT},
        }
        a_forecast_deal(second, deal, **changes[ref])
    Opportunity.objects.filter(org=org, external_id="pushed").update(close_date=OUT)
    a_stage_change(
        org=org,
        opportunity_ref="amount",
        changed_at=THEN + timedelta(days=1),
        close_date=DUE,
        stage="Proposal",
        amount=3000,
        currency="USD",
    )
    for ref, day, at in (("pushed", DUE, THEN - timedelta(days=9)), ("pushed", OUT, AS_OF)):
        a_stage_change(
            org=org,
            opportunity_ref=ref,
            changed_at=at - timedelta(hours=1),
            close_date=day,
            stage="Proposal",
            amount=1000,
            currency="USD",
        )
    ended: dict[str, Any] = {"close": TODAY - timedelta(days=2), "is_closed": True}
    won = a_deal(org, "won", stage="Closed Won", is_won=True, **ended)
    a_forecast_deal(first, won, standing="open", chance=0.3)
    a_forecast_deal(second, won, standing="won")
    a_forecast_deal(first, a_deal(org, "lost", stage="Closed Lost", **ended), standing="open")
    made = a_deal(org, "made")
    Opportunity.objects.filter(pk=made.pk).update(created_at=AS_OF - timedelta(days=2))
    a_forecast_deal(second, made)
    return with_nodes(first), with_nodes(second)


def steps_of(node: BridgeNode) -> dict[str, Decimal]:
    return {step["name"]: Decimal(step["delta"]) for step in node.steps}


def test_every_deal_is_told_by_what_became_of_it(org: Org) -> None:
    before, after = two_forecasts(org)
    bridge = make_bridge(before, after, at=AS_OF)
    found = {(row.step, row.opportunity_ref) for row in BridgeDeal.objects.filter(bridge=bridge)}
    assert found == {
        ("won", "won"),
        ("lost", "lost"),
        ("new", "made"),
        ("pushed", "pushed"),
        ("amount", "amount"),
        ("probability", "likelier"),
    }
    pushed = BridgeDeal.objects.get(bridge=bridge, opportunity_ref="pushed")
    assert (pushed.close_then, pushed.close_now, pushed.delta) == (DUE, OUT, Decimal("-350.00"))
    assert bridge.problem == ""


def test_the_parts_of_every_team_sum_to_what_its_two_forecasts_show(org: Org) -> None:
    before, after = two_forecasts(org)
    bridge = make_bridge(before, after, at=AS_OF)
    shown = dict(ForecastNode.objects.filter(forecast=after).values_list("key", "p50"))
    nodes = list(BridgeNode.objects.filter(bridge=bridge))
    assert {node.key for node in nodes} == {"", "boss", "ann", "bob"}
    for node in nodes:
        assert node.now == shown[node.key]
        assert node.then is not None
        assert sum(steps_of(node).values()) == node.now - node.then
        assert not steps_of(node)["model"]  # nothing is left over: the worlds are those stored
    bob = next(node for node in nodes if node.key == "bob")
    assert {name for name, delta in steps_of(bob).items() if delta} == {"amount", "new_business"}


def test_what_is_read_draws_the_worlds_of_the_forecast(org: Org) -> None:
    forecast, _ = two_forecasts(org)
    found = read(forecast).state
    inputs, owners, _ = inputs_of(forecast)
    assert Running(found, owners=owners).totals.tolist() == run(inputs).cents.tolist()


def test_a_number_that_cannot_be_drawn_again_is_a_change_of_the_model(org: Org) -> None:
    before, after = two_forecasts(org)
    ForecastNode.objects.filter(forecast=after, key="ann").update(p50=Decimal("12345.67"))
    node = BridgeNode.objects.get(bridge=make_bridge(before, after, at=AS_OF), key="ann")
    assert node.now == Decimal("12345.67")
    assert steps_of(node)["model"]
    assert node.then is not None
    assert sum(steps_of(node).values()) == node.now - node.then


def test_another_calibration_is_a_change_of_the_model(org: Org) -> None:
    before, after = two_forecasts(org, method={"level": 0.5})
    node = BridgeNode.objects.get(bridge=make_bridge(before, after, at=AS_OF), key="")
    assert steps_of(node)["model"] < 0


@pytest.mark.parametrize(
    ("facts", "said"), [({"source": "rates"}, "rates"), ({"run": True}, "not kept any more")]
)
def test_where_the_earlier_model_cannot_be_asked_the_page_says_so(
    org: Org, facts: dict[str, Any], said: str
) -> None:
    later = {**facts, **({"run": a_model_run(org=org)} if "run" in facts else {})}
    bridge = make_bridge(*two_forecasts(org, **later), at=AS_OF)
    assert said in bridge.problem
    assert not BridgeDeal.objects.filter(bridge=bridge, step="model").exists()


def test_the_earlier_model_is_asked_of_the_later_deals(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = two_forecasts(org)
    chances = {"same": 0.4, "likelier": 0.9}
    monkeypatch.setattr(making, "seen_by_old_model", lambda *_: ({**chances, "likelier": 0.4}, ""))
    bridge = make_bridge(before, after, at=AS_OF)
    rows = BridgeDeal.objects.filter(bridge=bridge, opportunity_ref="likelier")
    assert [row.step for row in rows] == ["model"]


def test_the_usual_two_are_a_week_apart(org: Org) -> None:
    days = (0, 1, 3, 6, 8, 15)
    made = {at: a_forecast(org, as_of=AS_OF - timedelta(days=at), is_latest=at == 0) for at in days}
    assert usual_pair(list(made.values())) == (made[6], made[0])
    assert usual_pair([made[0], made[1]]) == (made[1], made[0])
    assert usual_pair([made[0]]) is None
    # Without deals only the latest is worth anything.
    assert list(kept(org, length=made[0].length, since=made[0].since)) == [made[0]]


def test_the_job_makes_the_bridge_that_was_asked_for(org: Org) -> None:
    before, after = two_forecasts(org)
    job = start_usual_bridge(org=org, length=after.length, since=after.since)
    assert job is not None
    assert job.arguments == {"before": before.pk, "after": after.pk}
    run_of = a_job(org=org, running=True, task=bridge_forecasts.name, arguments=dict(job.arguments))
    bridge_forecasts.function(JobRun.of(run_of))
    assert ForecastBridge.objects.get().before == before


def test_a_forecast_that_is_gone_is_said_to_be(org: Org) -> None:
    job = a_job(
        org=org, running=True, task=bridge_forecasts.name, arguments={"before": 1, "after": 2}
    )
    with pytest.raises(JobError, match="not kept any more"):
        bridge_forecasts.function(JobRun.of(job))


def visitor(org: Org, role: Role, *, ref: str = "") -> Client:
    member = MembershipFactory(org=org, role=role)
    if ref:
        CrmUser.objects.filter(org=org, external_id=ref).update(membership=member)
    client = Client()
    client.force_login(member.user)
    return client


def page(client: Client, query: str = "", *, status: int = 200, **headers: str) -> str:
    answer = client.get(f"{URL}{query}", headers=headers)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_page_walks_from_one_number_to_the_other(org: Org) -> None:
    before, after = two_forecasts(org)
    make_bridge(before, after, at=AS_OF)
    client = visitor(org, Role.EXECUTIVE)
    whole = page(client)
    for words in (
        "The likely number (P50) ",
        "Pushed out",
        "Deal pushed",
        "Bo Boss",
        "Business to",
    ):
        assert words in whole
    one = page(client, "?team=bob&step=amount")
    assert "Deal amount" in one
    assert "Deal pushed" not in one
    assert "step=amount#bridge-deals" in one
    fragment = page(client, "?step=won", HX_Request="true", HX_Target="bridge-deals")
    assert "Deal won" in fragment
    assert "<html" not in fragment


def test_a_seller_sees_the_own_number_and_deals_alone(org: Org) -> None:
    make_bridge(*two_forecasts(org), at=AS_OF)
    client = visitor(org, Role.REP, ref="ann")
    whole = page(client)
    assert "Deal pushed" in whole
    assert "Deal amount" not in whole
    for team in ("bob", "boss"):
        page(client, f"?team={team}", status=404)
    manager = page(visitor(org, Role.MANAGER, ref="boss"))
    assert "Deal amount" in manager
    assert "Who it moved with" in manager


def test_strangers_and_machines_see_nothing(org: Org) -> None:
    two_forecasts(org)
    page(visitor(OrgFactory(), Role.ADMIN), status=404)
    page(visitor(org, Role.INTEGRATOR), status=403)


def test_a_forecast_of_another_org_is_no_choice(org: Org) -> None:
    make_bridge(*two_forecasts(org), at=AS_OF)
    alien = a_forecast(OrgFactory())
    whole = page(visitor(org, Role.EXECUTIVE), f"?before={alien.pk}")
    assert "others are shown" in whole


@pytest.mark.parametrize("query", ["?before=x&after=9", "?since=never", "?length=era"])
def test_what_cannot_be_asked_for_shows_the_usual(org: Org, query: str) -> None:
    make_bridge(*two_forecasts(org), at=AS_OF)
    assert "What moved it" in page(visitor(org, Role.EXECUTIVE), query)


def test_the_two_may_not_be_turned_round(org: Org) -> None:
    before, after = two_forecasts(org)
    query = f"?before={after.pk}&after={before.pk}"
    assert "before the second" in page(visitor(org, Role.ADMIN), query)


def test_empty_states_say_what_is_missing(org: Org) -> None:
    client = visitor(org, Role.EXECUTIVE)
    assert "not been forecast yet" in page(client)
    a_forecast(org)
    assert "one forecast of this period so far" in page(client)


def test_whoever_presses_compare_waits_for_one_job(org: Org) -> None:
    before, after = two_forecasts(org)
    client = visitor(org, Role.REP, ref="ann")
    assert "not been held side by side" in page(client)
    sides = {"before": before.pk, "after": after.pk, "length": "quarter"}
    for _ in range(2):
        answer = client.post(f"{URL}start/", sides)
        assert answer.status_code == 302
    assert Job.objects.filter(task=bridge_forecasts.name).count() == 1
    whole = page(client)
    assert "Going through what changed" in whole
    make_bridge(before, after, at=AS_OF)
    Job.objects.update(state="succeeded", finished_at=AS_OF)
    client.post(f"{URL}start/", sides)
    assert Job.objects.filter(task=bridge_forecasts.name).count() == 1
    answer = client.get(URL, headers={"HX-Request": "true", "HX-Target": "bridging"})
    assert answer.headers["HX-Refresh"] == "true"


def test_the_number_of_queries_is_the_same_for_many_teams_and_deals(org: Org) -> None:
    before, after = two_forecasts(org)
    make_bridge(before, after, at=AS_OF)
    client = visitor(org, Role.EXECUTIVE)
    page(client, "?team=boss")

    def number() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            page(client, "?team=boss")
        return len(found)

    first = number()
    for at in range(12):
        a_crm_user(org=org, external_id=f"x{at}", name=f"X {at}", manager_ref="boss")
        for forecast in (before, after):
            a_node(forecast, f"x{at}", parent="boss", depth=2)
            a_forecast_deal(forecast, a_deal(org, f"m{at}{forecast.pk}", owner=f"x{at}"))
    make_bridge(before, after, at=AS_OF)
    assert number() == first


def test_a_bridge_older_than_its_forecasts_is_made_anew(org: Org) -> None:
    before, after = two_forecasts(org)
    make_bridge(before, after, at=AS_OF - timedelta(hours=1))
    assert "not been held side by side" in page(visitor(org, Role.EXECUTIVE))


def test_only_so_many_are_kept(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = two_forecasts(org)
    third = a_forecast(org, as_of=THEN - timedelta(days=7), is_latest=False)
    for at, one in enumerate((before, third)):
        make_bridge(one, after, at=AS_OF + timedelta(hours=at))
    monkeypatch.setattr(making, "MOST_KEPT", 1)
    making.forget_old(org=org)
    assert ForecastBridge.objects.get().before == third
