import json
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from revenue.users.models import AuditEvent, Membership, Org


def test_an_org_is_made_with_its_first_admin(db: None, capsys: Any) -> None:
    call_command("create_org", "acme-europe", "--admin", "Boss@Acme.com", "--json")
    out, err = capsys.readouterr()
    org = Org.objects.get()
    assert json.loads(out) == {
        "slug": "acme-europe",
        "name": "Acme Europe",
        "kind": "csv",
        "id": org.pk,
        "admin": "boss@acme.com",
        "invited": True,
    }
    assert "Making the org" in err
    assert Membership.objects.get().role == "admin"
    assert "/account/password/reset/key/" in str(mail.outbox[0].body)
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {
        "org_created",
        "user_created",
        "member_added",
        "invited",
    }


def test_a_printed_mail_does_not_spoil_the_json(db: None, capsys: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    call_command("create_org", "acme", "--admin", "boss@acme.com", "--json")
    assert json.loads(capsys.readouterr().out)["invited"] is True


def test_the_org_stands_where_the_mail_fails(db: None, capsys: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    call_command("create_org", "acme", "--admin", "boss@acme.com", "--json")
    out, err = capsys.readouterr()
    assert json.loads(out)["invited"] is False
    assert "EMAIL_URL" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Acme"], "small letters"),
        (["taken"], "already"),
        (["acme", "--admin", "no address"], "valid email"),
        (["acme", "--kind", "paper"], "paper"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_and_leaves_nothing(
    db: None, arguments: list[str], says: str
) -> None:
    call_command("create_org", "taken")
    with pytest.raises(CommandError, match=says):
        call_command("create_org", *arguments)
    assert Org.objects.count() == 1
