"""Deciding and noting through the client: who may, what is refused and how it is said."""

import json
from typing import Any

import pytest
from django.test import Client

from forecasting.models import DealAction, DealNote, Play
from forecasting.tasks import suggest_anew
from revenue.jobs.models import Job
from revenue.jobs.run import JobRun
from revenue.users.models import AuditEvent
from tests.accounts.about.world import World, make_world
from tests.factories.deals import a_note, a_play, an_action, an_outlook
from tests.factories.jobs import RUNNING, SUCCEEDED

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
BAR = HX | {"HX-Target": "suggesting"}


@pytest.fixture
def world() -> World:
    return make_world()


def post(client: Client, world: World, who: str, path: str, **data: Any) -> Any:
    client.force_login(world.people[who].user)
    headers = HX if data.pop("htmx", True) else {}
    return client.post(f"/o/{world.org.slug}/{path}", data, headers=headers)


def of_deal(world: World, rest: str) -> str:
    return f"risk/deals/{world.deal.pk}/{rest}"


def test_the_owner_accepts_and_sees_it_at_once(client: Client, world: World) -> None:
    an_outlook(deal=world.deal, probability=0.42)
    action = an_action(deal=world.deal, title="Call them")
    answer = post(client, world, "rep", of_deal(world, f"actions/{action.pk}/"), decision="accept")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Accepted by" in html
    assert "at 42%" in html
    assert "<html" not in html
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["text"] == "Accepted."


def test_without_script_one_is_led_back_to_the_page(client: Client, world: World) -> None:
    action = an_action(deal=world.deal)
    path = of_deal(world, f"actions/{action.pk}/")
    answer = post(client, world, "rep", path, htmx=False, decision="done")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/o/acme/risk/deals/{world.deal.pk}/#deal-actions"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"decision": "dismiss", "reason": " "}, "Say why not"),
        ({"decision": "undo"}, "Nothing has been decided"),
        ({"decision": "destroy"}, "Choose what to do"),
        ({}, "Choose what to do"),
    ],
)
def test_what_cannot_be_is_said_in_place(
    client: Client, world: World, data: dict[str, str], said: str
) -> None:
    action = an_action(deal=world.deal)
    answer = post(client, world, "rep", of_deal(world, f"actions/{action.pk}/"), **data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    action.refresh_from_db()
    assert action.state == "suggested"


@pytest.mark.parametrize(
    ("who", "status"),
    [("manager", 200), ("executive", 200), ("admin", 403), ("other", 404), ("stranger", 404)],
)
def test_who_may_decide(client: Client, world: World, who: str, status: int) -> None:
    action = an_action(deal=world.deal)
    path = of_deal(world, f"actions/{action.pk}/")
    assert post(client, world, who, path, decision="accept").status_code == status
    assert (DealAction.objects.get().state == "accepted") is (status == 200)


def test_an_action_of_another_deal_is_not_there(client: Client, world: World) -> None:
    action = an_action(org=world.org, opportunity_ref="another")
    path = of_deal(world, f"actions/{action.pk}/")
    assert post(client, world, "executive", path, decision="accept").status_code == 404


def test_an_admin_sees_what_is_suggested_and_no_buttons(client: Client, world: World) -> None:
    an_action(deal=world.deal, title="Call them")
    client.force_login(world.people["admin"].user)
    html = client.get(f"/o/acme/{of_deal(world, 'actions/')}", headers=HX).content.decode()
    assert "Call them" in html
    assert "<button" not in html


def test_a_note_is_written_escaped_changed_and_deleted(client: Client, world: World) -> None:
    answer = post(client, world, "rep", of_deal(world, "notes/"), text="<script>x</script>\nSecond")
    html = answer.content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "<script>x" not in html
    note = DealNote.objects.get()
    own = of_deal(world, f"notes/{note.pk}/")
    client.force_login(world.people["rep"].user)
    assert "Second</textarea>" in client.get(f"/o/acme/{own}", headers=HX).content.decode()
    assert post(client, world, "rep", own, text="").status_code == 422
    assert post(client, world, "rep", own, text="Better").status_code == 200
    note.refresh_from_db()
    assert note.text == "Better"
    assert post(client, world, "rep", f"{own}delete/").status_code == 200
    assert not DealNote.objects.exists()


@pytest.mark.parametrize(("text", "said"), [("  ", "Write something first."), ("x" * 5001, "5000")])
def test_a_note_that_is_none_is_refused_in_place(
    client: Client, world: World, text: str, said: str
) -> None:
    answer = post(client, world, "rep", of_deal(world, "notes/"), text=text)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not DealNote.objects.exists()


def test_a_note_is_its_authors_alone_to_change(client: Client, world: World) -> None:
    note = a_note(deal=world.deal, author=world.people["rep"].user, text="Mine")
    path = of_deal(world, f"notes/{note.pk}/")
    for who in ("manager", "executive", "admin"):
        client.force_login(world.people[who].user)
        seen = client.get(f"/o/acme/{of_deal(world, 'notes/')}", headers=HX).content.decode()
        assert "Mine" in seen
        assert path not in seen
        assert post(client, world, who, path, text="Theirs").status_code == 404
        assert post(client, world, who, f"{path}delete/").status_code == 404
    assert DealNote.objects.get().text == "Mine"


def test_the_playbook_is_written_by_admins_and_told_in_the_trail(
    client: Client, world: World
) -> None:
    an_outlook(deal=world.deal, warnings=["no_activity"])
    data = {"trigger": "no_activity", "title": "Call", "advice": "Now", "is_active": "on"}
    assert post(client, world, "executive", "risk/plays/add/", **data).status_code == 403
    assert post(client, world, "admin", "risk/plays/add/", htmx=False, **data).status_code == 302
    play = Play.objects.get()
    # The open deals of an org may be many: a job goes through them, and the page shows how far.
    assert not DealAction.objects.exists()
    page = client.get("/o/acme/risk/plays/").content.decode()
    assert "Suggesting anew" in page
    assert work_off(world) == {"made": 1, "withdrawn": 0}
    assert DealAction.objects.get().play == play
    polled = client.get("/o/acme/risk/plays/", headers=BAR)
    assert polled.headers["HX-Refresh"] == "true"
    event = AuditEvent.objects.get(subject="Play: Call")
    assert event.detail["title"] == "Call"
    assert event.actor == world.people["admin"].user
    for wrong, said in (
        ({"title": ""}, "required"),
        ({"trigger": "nonsense"}, "valid choice"),
        ({}, "The playbook has this already"),
    ):
        answer = post(client, world, "admin", "risk/plays/add/", htmx=False, **(data | wrong))
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert (
        post(client, world, "admin", f"risk/plays/{play.pk}/switch/", active="0").status_code == 200
    )
    assert "suggesting" in client.get("/o/acme/risk/plays/", headers=BAR).content.decode()
    assert work_off(world) == {"made": 0, "withdrawn": 1}
    assert not DealAction.objects.exists()


def work_off(world: World) -> dict[str, Any] | None:
    job = Job.objects.filter(org=world.org, task=suggest_anew.name).unfinished().get()
    Job.objects.filter(pk=job.pk).update(**RUNNING)
    job.refresh_from_db()
    done = suggest_anew.function(JobRun.of(job))
    Job.objects.filter(pk=job.pk).update(**SUCCEEDED)
    return done


def test_a_play_of_another_org_is_not_there(client: Client, world: World) -> None:
    play = a_play(org=world.people["stranger"].org)
    for path in (f"risk/plays/{play.pk}/", f"risk/plays/{play.pk}/switch/"):
        assert post(client, world, "admin", path, title="Mine").status_code == 404
    play.refresh_from_db()
    assert play.is_active


def test_a_play_that_waits_for_a_mark_of_the_org_keeps_it(client: Client, world: World) -> None:
    play = a_play(org=world.org, trigger="confirm_own_Champion__c", title="Win a champion")
    client.force_login(world.people["admin"].user)
    html = client.get(f"/o/acme/risk/plays/{play.pk}/").content.decode()
    assert 'value="confirm_own_Champion__c" selected' in html
