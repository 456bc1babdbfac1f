import hashlib
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from revenue.users import api_keys
from revenue.users.models import ApiKey, AuditEvent, Membership, User
from tests.factories.people import MembershipFactory, OrgFactory


def make(user: User, **changes: object) -> tuple[ApiKey, str]:
    wish = {
        "name": "export",
        "scope": "read",
        "expires_at": timezone.now() + timedelta(days=30),
    }
    return api_keys.make_key(by=user, **(wish | changes))  # type: ignore[arg-type]


def test_secret_is_found_and_kept_only_as_a_hash(rep: Membership) -> None:
    key, secret = make(rep.user)
    found = api_keys.find_key(secret=secret, at=timezone.now(), ip="192.0.2.1")
    assert found == key
    key.refresh_from_db()
    assert key.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(list(ApiKey.objects.values())) + str(list(AuditEvent.objects.values()))
    assert key.last_used_ip == "192.0.2.1"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s[:-1] + ("A" if s[-1] != "A" else "B"),
        lambda s: s[:12],
        lambda s: s[:0],
        lambda s: s.replace(s[-1], "é"),
        lambda s: "\0" + s,
        lambda s: s + " ",
    ],
)
def test_anything_but_the_secret_finds_nothing(rep: Membership, spoil: object) -> None:
    _, secret = make(rep.user)
    assert api_keys.find_key(secret=spoil(secret), at=timezone.now()) is None  # type: ignore[operator]


def test_a_spent_key_finds_nothing(rep: Membership) -> None:
    now = timezone.now()
    key, secret = make(rep.user)
    assert api_keys.find_key(secret=secret, at=now + timedelta(days=31)) is None
    User.objects.filter(pk=rep.user.pk).update(is_active=False)
    assert api_keys.find_key(secret=secret, at=now) is None
    User.objects.filter(pk=rep.user.pk).update(is_active=True)
    assert api_keys.revoke_key(key=key, by=rep.user)
    assert not api_keys.revoke_key(key=key, by=rep.user)
    assert api_keys.find_key(secret=secret, at=now) is None
    revoked = AuditEvent.objects.filter(action="key_revoked", actor=rep.user)
    assert revoked.count() == 1


def test_a_key_of_one_org_ends_with_the_membership(rep: Membership) -> None:
    _, secret = make(rep.user, org=rep.org)
    assert api_keys.find_key(secret=secret, at=timezone.now())
    Membership.objects.filter(pk=rep.pk).update(is_active=False)
    assert api_keys.find_key(secret=secret, at=timezone.now()) is None


def test_last_use_is_written_at_most_once_a_minute(rep: Membership) -> None:
    key, secret = make(rep.user)
    start = timezone.now()
    for seconds in (0, 30, 59, 61, 90):
        api_keys.find_key(secret=secret, at=start + timedelta(seconds=seconds))
        key.refresh_from_db()
        expected = start if seconds < 60 else start + timedelta(seconds=61)
        assert key.last_used_at == expected


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": " "}, "name"),
        ({"scope": "all"}, "scope"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expires_at"),
        ({"expires_at": timezone.now() + timedelta(days=400)}, "expires_at"),
    ],
)
def test_what_cannot_be_is_refused(rep: Membership, changes: dict[str, object], word: str) -> None:
    with pytest.raises(ValidationError) as refused:
        make(rep.user, **changes)
    assert word in refused.value.message_dict
    assert not ApiKey.objects.exists()


def test_a_key_for_a_foreign_org_is_refused(rep: Membership) -> None:
    with pytest.raises(ValidationError, match="member"):
        make(rep.user, org=OrgFactory())


def test_the_number_of_keys_is_bounded(rep: Membership) -> None:
    for _ in range(api_keys.MAX_LIVE_KEYS):
        key, _ = make(rep.user)
    with pytest.raises(ValidationError, match="Revoke one"):
        make(rep.user)
    api_keys.revoke_key(key=key, by=rep.user)
    make(rep.user)


def test_page_shows_the_secret_once(client: Client, rep: Membership) -> None:
    client.force_login(rep.user)
    data = {"name": "nightly", "scope": "read", "days": "90", "org": rep.org.pk}
    made = client.post("/me/api-keys/new/", data)
    assert made.status_code == 302
    first = client.get(made["Location"])
    secret = first.context["secret"]
    assert secret.startswith("ri_")
    assert secret in first.content.decode()
    assert "no-store" in first["Cache-Control"]
    assert secret not in client.get(made["Location"]).content.decode()
    assert api_keys.find_key(secret=secret, at=timezone.now())


def test_nobody_revokes_the_key_of_another(client: Client, rep: Membership) -> None:
    key, secret = make(rep.user)
    client.force_login(MembershipFactory(org=rep.org).user)
    assert client.post(f"/me/api-keys/{key.pk}/revoke/").status_code == 404
    assert api_keys.find_key(secret=secret, at=timezone.now())
    client.force_login(rep.user)
    assert client.get(f"/me/api-keys/{key.pk}/revoke/").status_code == 200
    assert api_keys.find_key(secret=secret, at=timezone.now())
    client.post(f"/me/api-keys/{key.pk}/revoke/")
    assert api_keys.find_key(secret=secret, at=timezone.now()) is None
