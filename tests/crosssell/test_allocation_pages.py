"""A plan from its form to what a seller follows, and who reads what of it."""

import csv
import io
import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import CrmUser
from crosssell.allocation import making
from crosssell.allocation.limits import Choice, Limits
from crosssell.allocation.reading import asked_of, customers
from crosssell.models import ActionType, AllocationPlan, AllocationRow, ExpansionScore
from crosssell.tasks.allocating import allocate_plan, job_of
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun
from revenue.users.models import AuditEvent
from tests.crosssell.team import Team
from tests.factories.facts import NOON
from tests.factories.jobs import RUNNING
from tests.factories.selling import an_expansion

pytestmark = pytest.mark.django_db
PLAIN = {"quotas": {"executive": 1}, "strategic": 0, "hours": 6.0, "total": 12}


@pytest.fixture
def team() -> Team:
    found = Team()
    for who, worth in {"rep": 9000, "other": 5000, "outside": 7000}.items():
        for number in range(3):
            account = found.account(who, name=f"{who} {number}")
            an_expansion(account=account, value=worth - 1000 * number)
    return found


def a_waiting_plan(team: Team, **limits: Any) -> AllocationPlan:
    said = Limits(**{**PLAIN, **limits}).as_json()
    now = NOON
    return AllocationPlan.objects.create(
        org=team.org, name="Plan 1", limits=said, made_at=now, made_by=team.members["admin"].user
    )


def worked_out(plan: AllocationPlan) -> AllocationPlan:
    job = Job.objects.create(
        org=plan.org,
        task=allocate_plan.name,
        title="Plan",
        queue="interactive",
        arguments={"plan": plan.pk},
        created_at=plan.made_at,
        **RUNNING,
    )
    allocate_plan.function(JobRun.of(job))
    plan.refresh_from_db()
    return plan


def a_plan(team: Team, **limits: Any) -> AllocationPlan:
    return worked_out(a_waiting_plan(team, **limits))


def at(name: str, *args: Any) -> str:
    return reverse(f"crosssell:allocation-{name}", args=["acme", *args])


def test_the_form_begins_with_the_classic_case_and_starts_a_job(team: Team) -> None:
    page = team.client("executive").get(at("list"))
    form = page.context["form"]
    assert (form["total"].value(), form["customers"].value(), form["each"].value()) == (250, 500, 5)
    said = {field.name: field.value() for field in form if field.value() not in (None, False)}
    answer = team.client("executive").post(at("start"), said)
    plan = AllocationPlan.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, at("show", plan.pk))
    job = job_of(plan)
    assert job is not None
    assert (job.state, job.task) == ("queued", allocate_plan.name)
    shown = team.client("executive").get(at("show", plan.pk))
    assert "Working out the plan" in shown.content.decode()


def test_what_cannot_be_meant_is_said_beside_its_field(team: Team) -> None:
    answer = team.client("admin").post(at("start"), {"name": "", "each": "99"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) >= {"name", "each", "hours"}
    assert not AllocationPlan.objects.exists()


def test_a_plan_keeps_to_hours_quotas_and_the_total_and_says_what_it_brings(team: Team) -> None:
    plan = a_plan(team)
    assert plan.state == "solved"
    rows = list(AllocationRow.objects.filter(plan=plan))
    hours: dict[str | None, float] = {}
    for row in rows:
        hours[row.owner_ref] = hours.get(row.owner_ref, 0) + row.hours
    assert set(hours) == {"u-rep", "u-other", "u-outside"}
    assert all(spent <= 6 for spent in hours.values())
    assert sum(row.count for row in rows if row.action == "executive") <= 1
    assert sum(row.count for row in rows) == plan.figures["actions"] <= 12
    total = float(sum(row.gain for row in rows))
    assert total == pytest.approx(plan.figures["expected"], abs=0.01)
    assert plan.figures["expected"] >= plan.figures["greedy"] - 0.01
    page = team.client("executive").get(at("show", plan.pk))
    text = page.content.decode()
    assert any(one["hour"] for one in page.context["seen"].sellers)
    assert "rep 0" in text
    assert [chart.id for chart in page.context["charts"]] == [
        "allocation-sellers",
        "allocation-types",
        "allocation-budgets",
    ]


def test_a_manager_reads_those_below_and_nothing_of_others(team: Team) -> None:
    plan = a_plan(team)
    page = team.client("manager").get(at("show", plan.pk))
    text = page.content.decode()
    assert "rep 0" in text
    assert "other 0" in text
    assert "outside 0" not in text
    assert "Outside Person" not in text
    seen = page.context["seen"]
    assert {one["name"] for one in seen.sellers} == {"Rep Person", "Other Person"}
    assert seen.totals["gain"] < plan.figures["expected"]


def test_a_rep_follows_the_adopted_plan_and_reads_the_own_part_of_it(team: Team) -> None:
    plan = a_plan(team)
    rep = team.client("rep")
    assert "No plan yet" in rep.get(at("mine")).content.decode()
    assert rep.get(at("list")).status_code == 403
    assert rep.post(at("adopt", plan.pk)).status_code == 403
    assert team.client("manager").post(at("adopt", plan.pk)).status_code == 403
    assert team.client("executive").post(at("adopt", plan.pk)).status_code == 302
    text = rep.get(at("mine")).content.decode()
    assert "rep 0" in text
    assert "other 0" not in text
    lines = list(csv.reader(io.StringIO(exported(rep.get(at("csv"))))))
    assert lines[0][:3] == ["Customer", "Action", "How many"]
    assert {line[0][:3] for line in lines[1:]} == {"rep"}
    assert {line[4] for line in lines[1:]} == {"Rep Person"}
    sheet = rep.get(at("xlsx"))
    assert sheet.status_code == 200
    sheet.close()


def exported(answer: Any) -> str:
    return b"".join(answer).decode().removeprefix("\ufeff")


def test_only_one_plan_is_followed_and_only_one_that_is_solved(team: Team) -> None:
    first, second = a_plan(team), a_plan(team, total=6)
    waiting = a_waiting_plan(team)
    admin = team.client("admin")
    for plan in (first, second, waiting):
        admin.post(at("adopt", plan.pk))
    followed = AllocationPlan.objects.filter(is_adopted=True)
    assert [plan.pk for plan in followed] == [second.pk]
    trail = AuditEvent.objects.filter(detail__has_key="allocation_plan_followed")
    assert trail.count() == 2


def test_a_plan_that_is_followed_can_be_dropped_again(team: Team) -> None:
    plan, client = a_plan(team), team.client("executive")
    assert "Let sellers follow it" in client.get(at("show", plan.pk)).content.decode()
    client.post(at("adopt", plan.pk))
    assert "Stop following it" in client.get(at("show", plan.pk)).content.decode()
    assert team.client("manager").post(at("drop", plan.pk)).status_code == 403
    assert client.post(at("drop", plan.pk)).status_code == 302
    assert not AllocationPlan.objects.filter(is_adopted=True).exists()
    assert "No plan yet" in team.client("rep").get(at("mine")).content.decode()
    client.post(at("drop", plan.pk))
    trail = AuditEvent.objects.filter(detail__has_key="allocation_plan_dropped")
    assert trail.count() == 1


def test_what_one_more_hour_brings_is_the_same_to_whoever_reads_the_seller(team: Team) -> None:
    plan = a_plan(team)
    seen = {
        who: {
            one["name"]: one["hour"]
            for one in team.client(who).get(at("show", plan.pk)).context["seen"].sellers
        }
        for who in ("executive", "manager")
    }
    assert any(seen["manager"].values())
    assert seen["manager"].items() <= seen["executive"].items()


def test_strategic_customers_are_named_and_what_nobody_knows_is_said(team: Team) -> None:
    client = team.client("executive")
    form = client.get(at("list")).context["form"]
    said = {one.name: one.value() for one in form if one.value() not in (None, False)}
    wrong = client.post(at("start"), said | {"named": "rep 2\nNobody Ltd"})
    assert wrong.status_code == 422
    assert "Nobody Ltd" in str(wrong.context["form"].errors["named"])
    client.post(at("start"), said | {"named": "rep 2\n outside 1 ", "strategic": 0})
    plan = AllocationPlan.objects.get()
    assert len(plan.limits["strategic_refs"]) == 2
    again = client.get(at("list"), {"from": plan.pk}).context["form"]
    assert set(again["named"].value().splitlines()) == {"rep 2", "outside 1"}
    manager = team.client("manager").get(at("list"), {"from": plan.pk}).context["form"]
    assert manager["named"].value() == "rep 2"
    assert len(manager.unseen_refs) == 1


def test_hours_of_sellers_whom_a_manager_does_not_lead_stay_as_they_are(team: Team) -> None:
    plan = a_waiting_plan(team, hours_of={"u-outside": 3.0, "u-rep": 5.0})
    AllocationPlan.objects.filter(pk=plan.pk).update(state="solved")
    manager = team.client("manager")
    form = manager.get(at("list"), {"from": plan.pk}).context["form"]
    said = {field.name: str(field.value()) for field in form if field.value() is not None}
    del said["shares_territory"]
    own = next(name for name, value in said.items() if name.startswith("hours_") and value == "5.0")
    manager.post(at("start"), {**said, own: "7", "from": plan.pk})
    newest = AllocationPlan.objects.latest("pk")
    assert newest.pk != plan.pk
    assert newest.limits["hours_of"] == {"u-outside": 3.0, "u-rep": 7.0}


def test_what_is_held_out_has_no_say_in_what_an_account_is_worth(team: Team) -> None:
    ExpansionScore.objects.all().delete()
    account = team.account("rep", name="Held")
    team.suggestion("Secret", account=account, value=777, is_held_out=True)
    team.suggestion("Open", account=account, value=5)
    frame, _, _ = customers(team.org)
    assert frame.set_index("name").loc["Held", "value"] == 5


def test_what_is_kept_stays_and_what_is_left_out_is_gone(team: Team) -> None:
    plan = a_plan(team)
    kept, out = AllocationRow.objects.filter(plan=plan).order_by("gain")[:2]
    answer = team.client("executive").post(
        at("again", plan.pk),
        {"row": [kept.pk, out.pk], f"choice-{kept.pk}": "keep", f"choice-{out.pk}": "out"},
    )
    assert answer.status_code == 302
    again = AllocationPlan.objects.exclude(pk=plan.pk).get()
    limits = Limits.from_json(again.limits)
    assert limits.locks == (Choice(kept.account_ref, kept.action, kept.count, kept.owner_ref),)
    assert limits.excluded == ((out.account_ref, out.action),)
    worked_out(again)
    rows = AllocationRow.objects.filter(plan=again)
    same = rows.get(account_ref=kept.account_ref, action=kept.action, owner_ref=kept.owner_ref)
    assert same.count >= kept.count
    assert same.is_locked
    assert not rows.filter(account_ref=out.account_ref, action=out.action).exists()


def test_limits_that_clash_are_named_to_those_who_read_the_whole_org(team: Team) -> None:
    plan = a_plan(team, total=2, strategic=3, cover=1)
    assert plan.state == "infeasible"
    assert plan.problem == (
        "1 or more actions at each of 3 strategic customers; at most 2 actions in all:"
        " these cannot all hold. Loosen any one of them."
    )
    assert plan.problem in team.client("admin").get(at("show", plan.pk)).content.decode()
    told = team.client("manager").get(at("show", plan.pk)).content.decode()
    assert plan.problem not in told
    assert "ask an executive or an admin" in told
    assert not AllocationRow.objects.filter(plan=plan).exists()


def test_without_any_type_of_action_the_plan_says_why_it_failed(team: Team) -> None:
    plan = a_waiting_plan(team)
    asked_of(team.org, Limits())
    ActionType.objects.update(is_active=False)
    with pytest.raises(JobError, match="Switch on at least one type of action"):
        worked_out(plan)
    plan.refresh_from_db()
    assert plan.state == "failed"
    assert "Switch on" in team.client("admin").get(at("show", plan.pk)).content.decode()


def test_a_plan_that_waits_can_be_cancelled_and_says_so(team: Team) -> None:
    client = team.client("executive")
    form = client.get(at("list")).context["form"]
    client.post(at("start"), {one.name: one.value() for one in form if one.value()} | {"cover": 0})
    plan = AllocationPlan.objects.get()
    client.post(at("cancel", plan.pk))
    job = job_of(plan)
    assert job is not None
    assert job.state == "cancelled"
    assert "It was cancelled" in client.get(at("show", plan.pk)).content.decode()


def test_plans_of_another_org_are_not_there(team: Team) -> None:
    plan = a_plan(team)
    stranger = team.client("executive")
    assert stranger.get(at("show", plan.pk + 999)).status_code == 404
    assert stranger.get(at("compare") + "?one=1&other=x").status_code == 404


def test_two_plans_stand_side_by_side(team: Team) -> None:
    first, second = a_plan(team), a_plan(team, total=4)
    page = team.client("admin").get(at("compare") + f"?one={first.pk}&other={second.pk}")
    lines = {line["label"]: line for line in page.context["lines"]}
    assert lines["Actions"]["one"] > lines["Actions"]["other"] == 4
    assert lines["Expected to add"]["between"] < 0
    apart = page.context["customers"]
    assert apart
    assert sum(one["between"] for one in apart) == pytest.approx(
        lines["Expected to add"]["between"], abs=Decimal("0.05")
    )
    back = team.client("admin").get(at("compare") + f"?one={second.pk}&other={first.pk}")
    assert "+$" in back.content.decode()
    same = team.client("admin").get(at("compare") + f"?one={first.pk}&other={first.pk}")
    assert same.context["customers"] == []


def test_types_are_changed_by_admins_and_kept_within_what_can_be_meant(team: Team) -> None:
    admin = team.client("admin")
    page = admin.get(at("types"))
    forms = page.context["forms"]
    assert [form.instance.key for form in forms][:2] == ["call", "visit"]
    said = {
        f"{form.prefix}-{name}": form[name].value()
        for form in forms
        for name in form.fields
        if form[name].value() is not None
    }
    counts = {
        f"form-{name}": forms.management_form[name].value()
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    said |= counts
    assert admin.post(at("types"), {**said, "form-0-hours": "2.5"}).status_code == 302
    assert ActionType.objects.get(key="call").hours == 2.5
    for wrong in ({"form-0-hours": "0"}, {"form-0-fades": "1.5"}, {"form-0-lift": "-1"}):
        assert admin.post(at("types"), said | wrong).status_code == 422
    assert team.client("executive").get(at("types")).status_code == 403


def test_territory_lets_a_colleague_with_time_left_serve(team: Team) -> None:
    CrmUser.objects.update(region="North")
    alone = a_plan(team, hours_of={"u-rep": 60.0, "u-other": 0.0, "u-outside": 0.0}, total=None)
    shared = a_plan(
        team,
        hours_of={"u-rep": 60.0, "u-other": 0.0, "u-outside": 0.0},
        total=None,
        shares_territory=True,
    )
    assert shared.figures["expected"] > alone.figures["expected"]
    rows = AllocationRow.objects.filter(plan=shared)
    assert {row.owner_ref for row in rows} == {"u-rep"}
    assert {row.account.owner_ref for row in rows} > {"u-rep"}


def test_the_command_says_the_same_and_keeps_nothing(team: Team) -> None:
    out = StringIO()
    call_command("allocate", "acme", "--json", total=12, hours=6.0, stdout=out)
    said = json.loads(out.getvalue())
    assert said["state"] == "solved"
    assert said["expected"] >= said["greedy"]
    assert {one["name"] for one in said["by_seller"]} == {
        "Rep Person",
        "Other Person",
        "Outside Person",
    }
    assert any(price["words"].startswith("One more hour of") for price in said["prices"])
    assert not AllocationPlan.objects.exists()
    with pytest.raises(CommandError, match="Name an org that there is"):
        call_command("allocate", "nobody")


def test_a_customer_without_a_score_counts_for_nothing_and_one_without_an_owner_for_nobody(
    team: Team,
) -> None:
    team.account(name="unscored")
    team.account("rep", name="free")
    asked = asked_of(team.org, Limits(strategic=2))
    at_name = dict(zip(asked.names, asked.values.tolist(), strict=True))
    assert at_name["unscored"] == 0
    assert at_name["rep 0"] == 9000
    assert asked.source == "expansion"
    assert asked.problem.covered.sum() == 2
    worked = making.worked_out(asked)
    assert worked.found is not None
    assert all(asked.names[place] != "unscored" for place in worked.found.plan.account)
