"""The pages of writing: who may choose, what is refused, what is told of it, and what it cost."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from assistant.models import WriterPolicy, WriterSpend
from assistant.writers.policy import policy_of
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent, Org
from tests.assistant.writer_server import Answer, WriterServer
from tests.factories.people import MembershipFactory, OrgFactory
from tests.factories.words_writers import KEY, a_writer_policy, a_writer_spend

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/assistant/writing/"
SPEND = "/o/acme/assistant/spend/"
USUAL = {
    "provider": "anthropic",
    "model": "a-model",
    "base_url": "",
    "api_version": "",
    "key": KEY,
    "is_on": "on",
    "price_in": "3",
    "price_out": "15",
    "daily_tokens": "50000",
    "daily_cost": "2.50",
    "quiet_s": "20",
    "total_s": "60",
}


@pytest.fixture
def org() -> Org:
    return OrgFactory(slug="acme", name="Acme")


def someone(org: Org, role: str, name: str = "") -> tuple[Client, Any]:
    member = MembershipFactory(org=org, role=role)
    if name:
        member.user.full_name = name
        member.user.save()
    client = Client()
    client.force_login(member.user)
    return client, member.user


def save(client: Client, **said: str) -> Any:
    return client.post(PAGE, {**USUAL, **said}, follow=True)


def tried(org: Org) -> Job:
    """What a worker does with the message of the job."""
    from assistant.writers.trying import try_writer

    job = Job.objects.filter(org=org).latest("created_at")
    try_writer.message_task(str(job.pk))
    job.refresh_from_db()
    return job


def test_an_admin_chooses_and_the_key_is_kept_encrypted_and_never_told(org: Org) -> None:
    client, admin = someone(org, "admin")
    assert b"nothing leaves this installation" in client.get(PAGE).content
    answer = save(client)
    assert answer.status_code == 200
    assert b"It is being tried." in answer.content
    policy = policy_of(org)
    assert policy.read_key() == KEY
    assert KEY not in policy.key
    assert KEY not in answer.content.decode() + client.get(PAGE).content.decode()
    event = AuditEvent.objects.get(action="credential_changed")
    assert (event.actor, event.org, event.subject) == (admin, org, "Writing service")
    assert event.detail["key"] == "replaced"
    assert event.detail["writing_service"]["provider"] == ["offline", "anthropic"]
    assert KEY not in str(event.detail)
    save(client, key="", daily_cost="3")
    event = AuditEvent.objects.filter(action="org_changed").latest("id")
    assert event.detail == {"writing_service": {"daily_cost": [2.5, 3.0]}}
    assert b"Nothing was changed" in save(client, key="", daily_cost="3").content
    assert policy_of(org).read_key() == KEY


def test_a_key_is_never_sent_to_another_place_than_it_was_entered_for(org: Org) -> None:
    client, _ = someone(org, "admin")
    save(client)
    answer = client.post(PAGE, {**USUAL, "key": "", "base_url": "https://evil.example.com/v1"})
    assert answer.status_code == 422
    assert "Enter the key anew" in answer.content.decode()
    assert policy_of(org).read_key() == KEY
    own = {"key": "", "provider": "openai", "base_url": "https://own.example.com/v1"}
    assert client.post(PAGE, {**USUAL, **own}).status_code == 302
    assert policy_of(org).key == ""
    assert AuditEvent.objects.filter(detail__key="removed").count() == 1


def test_a_key_can_be_removed(org: Org) -> None:
    a_writer_policy(org=org, base_url="https://own.example.com/v1")
    client, _ = someone(org, "admin")
    own = {"provider": "openai", "base_url": "https://own.example.com/v1", "key": ""}
    assert client.post(PAGE, {**USUAL, **own, "drops_key": "on"}).status_code == 302
    assert policy_of(org).key == ""


def test_rotation_reaches_the_key(org: Org, settings: Any, capsys: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.SECRET_ENCRYPTION_KEYS = [old]
    a_writer_policy(org=org)
    settings.SECRET_ENCRYPTION_KEYS = [new, old]
    call_command("rotate_secrets", "--json")
    assert json.loads(capsys.readouterr().out)["writer_policies"] == 1
    settings.SECRET_ENCRYPTION_KEYS = [new]
    assert policy_of(org).read_key() == KEY


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"model": ""}, "Name the model"),
        ({"key": ""}, "Enter the key"),
        ({"key": "two words"}, "one word without blanks"),
        ({"base_url": "http://169.254.169.254/"}, "own services"),
        ({"base_url": "http://10.0.0.1/"}, "WRITER_LOCAL_HOSTS"),
        ({"base_url": "file:///etc/passwd"}, "must begin with https"),
        ({"base_url": "https://a:b@llm.example.com"}, "no user name"),
        ({"api_version": "2024"}, "Azure alone"),
        ({"price_in": "0", "price_out": "0"}, "Give the prices"),
        ({"price_in": "-1"}, "greater than or equal to 0"),
        ({"total_s": "0"}, "greater than or equal to 1"),
        ({"daily_tokens": "many"}, "whole number"),
        ({"provider": "other"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    said: dict[str, str], words: str, org: Org
) -> None:
    client, _ = someone(org, "admin")
    answer = client.post(PAGE, {**USUAL, **said})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert KEY not in answer.content.decode()
    assert not WriterPolicy.objects.exists()


def test_it_is_tried_and_the_page_says_how_it_went(org: Org, writer_server: WriterServer) -> None:
    client, _ = someone(org, "admin")
    writer_server.plays(Answer("ready"))
    assert client.post(PAGE, {**USUAL, "base_url": writer_server.url}).status_code == 302
    assert tried(org).state == "succeeded"
    page = client.get(PAGE).content.decode()
    assert "The last test went well." in page
    assert "a-model answered in" in page
    assert WriterSpend.objects.get().purpose == "test"
    writer_server.plays(Answer(status=401, message=f"wrong: {KEY}"))
    assert client.post(f"{PAGE}try/").status_code == 302
    job = tried(org)
    assert job.state == "failed"
    assert "refused the key" in job.error
    assert "401" in job.error
    assert KEY not in job.error
    assert "The last test failed." in client.get(PAGE).content.decode()


def test_where_nobody_is_chosen_nobody_is_tried(org: Org) -> None:
    client, _ = someone(org, "admin")
    assert "nobody to try" in client.post(f"{PAGE}try/", follow=True).content.decode()
    assert not Job.objects.exists()


def test_an_admin_sees_what_everybody_spent_all_others_their_own(org: Org) -> None:
    a_writer_policy(org=org, daily_tokens=1000)
    client, rep = someone(org, "rep", "Rita Rep")
    admin_client, admin = someone(org, "admin", "Ada Admin")
    today = org.today(at=timezone.now())
    a_writer_spend(org=org, person=rep, day=today)
    a_writer_spend(org=org, person=admin, day=today - timedelta(days=2), purpose="chat")
    a_writer_spend(org=OrgFactory(), person=admin, purpose="foreign")
    page = client.get(SPEND).content.decode()
    assert "of 1,000 a day" in page
    assert "$0.0081" in page
    assert "used up" in page
    assert "Ada Admin" not in page
    whole = admin_client.get(SPEND).content.decode()
    assert "Rita Rep" in whole
    assert "foreign" not in whole
    assert "3,000 tokens in 30 days" in whole
    only = admin_client.get(f"{SPEND}?purpose=chat").content.decode()
    assert "2,000" not in only
    assert "1 entry" in only
    # Whose rows they are is asked of the database, not of the address.
    assert "Ada Admin" not in client.get(f"{SPEND}?person={admin.pk}").content.decode()


def test_where_nobody_writes_it_says_so(org: Org) -> None:
    client, _ = someone(org, "manager")
    page = client.get(SPEND).content.decode()
    assert "No writing service is chosen" in page
    assert "Nothing was spent" in page
