"""Signing in by API: second factors, rotation, reuse, revocation."""

import threading
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import LazySettings, settings
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from revenue.api import tokens
from revenue.users.models import AuditEvent, User
from revenue.users.roles import Role
from tests.api.clients import with_bearer
from tests.factories.people import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def sign_in(user: User, **extra: str) -> Any:
    body = {"email": user.email, "password": PASSWORD, **extra}
    return APIClient().post("/api/v1/tokens", body)


def totp_code() -> str:
    return str(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30)))


def status_with(access: str) -> int:
    return int(with_bearer(access).get("/api/v1/me").status_code)


def deeds(user: User) -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(person=user).order_by("id")
    return [(row.action, row.detail.get("reason", "")) for row in rows]


def test_password_gives_a_pair_and_is_audited() -> None:
    user = UserFactory.create()
    answer = sign_in(user)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    pair = answer.json()
    assert pair["token_type"] == "Bearer"
    assert 890 <= pair["access_seconds"] <= 900
    assert status_with(pair["access"]) == 200
    assert status_with(pair["refresh"]) == 401
    assert deeds(user) == [("signed_in", "")]


def test_wrong_password_and_unknown_person_are_told_the_same() -> None:
    user = UserFactory.create()
    answers = [
        sign_in(user, password="not the one"),
        APIClient().post("/api/v1/tokens", {"email": "nobody@example.com", "password": "x"}),
    ]
    told = [(a.status_code, a.json()["type"], a.json()["detail"]) for a in answers]
    assert told[0] == told[1]
    assert told[0][:2] == (401, "urn:problem:revenue:sign-in-failed")
    failed = AuditEvent.objects.filter(action=AuditEvent.Action.SIGN_IN_FAILED)
    assert set(failed.values_list("actor_email", flat=True)) == {user.email, "nobody@example.com"}
    assert failed.count() == 2, "each once"


def test_switched_off_person_gets_no_token() -> None:
    assert sign_in(UserFactory.create(is_active=False)).status_code == 401
    assert not OutstandingToken.objects.exists()


def test_password_alone_is_not_enough_with_a_second_factor() -> None:
    user = UserFactory.create()
    TOTP.activate(user, SECRET)
    needed = sign_in(user)
    assert (needed.status_code, needed.json()["type"]) == (401, "urn:problem:revenue:code-needed")
    assert sign_in(user, code="000000").json()["type"] == "urn:problem:revenue:sign-in-failed"
    # Without the password, nobody learns that there is a second factor.
    guess = sign_in(user, password="not the one", code=totp_code())
    assert guess.json()["type"] == "urn:problem:revenue:sign-in-failed"
    code = totp_code()
    assert sign_in(user, code=code).status_code == 200
    assert sign_in(user, code=code).status_code == 401, "a code works once"
    assert [deed for deed, _ in deeds(user)] == [
        *["sign_in_failed"] * 2,
        "signed_in",
        "sign_in_failed",
    ]


def test_admin_without_a_second_factor_is_led_to_one(settings: LazySettings) -> None:
    settings.REQUIRE_SECOND_FACTOR_FOR_ADMINS = True
    admin = MembershipFactory.create(role=Role.ADMIN).user
    assert sign_in(admin).json()["type"] == "urn:problem:revenue:factor-missing"
    TOTP.activate(admin, SECRET)
    assert sign_in(admin, code=totp_code()).status_code == 200
    assert sign_in(MembershipFactory.create(role=Role.REP).user).status_code == 200


def test_recovery_code_works_once() -> None:
    user = UserFactory.create()
    TOTP.activate(user, SECRET)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    assert sign_in(user, code=code).status_code == 200
    assert sign_in(user, code=code).status_code == 401


def test_passkey_alone_is_led_to_another_way() -> None:
    user = UserFactory.create()
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    answer = sign_in(user)
    assert (answer.status_code, answer.json()["type"]) == (
        401,
        "urn:problem:revenue:code-impossible",
    )
    assert "API key" in answer.json()["detail"]


def test_failed_tries_are_limited_together_with_the_sign_in_page() -> None:
    user = UserFactory.create()
    page = {"login": user.email, "password": "not the one"}
    for _ in range(3):
        APIClient().post("/account/login/", page, format="multipart")
    told = [sign_in(user, password="not the one").status_code for _ in range(3)]
    assert told == [401, 401, 429]
    limited = sign_in(user)
    assert limited.status_code == 429
    assert int(limited["Retry-After"]) > 0
    assert ("sign_in_failed", "too many tries") in [
        (row.action, row.detail.get("reason", ""))
        for row in AuditEvent.objects.filter(actor_email=user.email)
    ]


def test_wrong_codes_are_limited() -> None:
    user = UserFactory.create()
    TOTP.activate(user, SECRET)
    told = [sign_in(user, code="000000").status_code for _ in range(6)]
    assert told == [401] * 5 + [429]


def test_refresh_token_rotates() -> None:
    first = sign_in(UserFactory.create()).json()
    second = APIClient().post("/api/v1/tokens/refresh", {"refresh": first["refresh"]}).json()
    assert second["refresh"] != first["refresh"]
    assert status_with(second["access"]) == status_with(first["access"]) == 200


def test_reuse_ends_the_whole_sign_in_and_no_other() -> None:
    user = UserFactory.create()
    stolen, elsewhere = sign_in(user).json(), sign_in(user).json()
    renewed = APIClient().post("/api/v1/tokens/refresh", {"refresh": stolen["refresh"]}).json()
    again = APIClient().post("/api/v1/tokens/refresh", {"refresh": stolen["refresh"]})
    assert (again.status_code, again.json()["type"]) == (401, "urn:problem:revenue:refresh-refused")
    assert status_with(renewed["access"]) == 401
    after = APIClient().post("/api/v1/tokens/refresh", {"refresh": renewed["refresh"]})
    assert after.status_code == 401
    assert status_with(elsewhere["access"]) == 200
    reuses = [reason for _, reason in deeds(user) if "twice" in reason]
    assert len(reuses) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_uses_at_once_one_at_most_wins() -> None:
    pair = tokens.issue(user=UserFactory.create(), at=timezone.now())
    won, barrier = [], threading.Barrier(4)

    def use() -> None:
        barrier.wait()
        try:
            won.append(tokens.rotate(secret=pair.refresh, at=timezone.now()))
        except tokens.RefusedError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert status_with(won[0].access) == 401, "the other three were reuse"


def test_revocation_ends_access_at_once() -> None:
    user = UserFactory.create()
    pair = sign_in(user).json()
    for _ in range(2):
        gone = APIClient().post("/api/v1/tokens/revoke", {"refresh": pair["refresh"]})
        assert gone.status_code == 204
    assert status_with(pair["access"]) == 401
    assert [deed for deed, _ in deeds(user)].count("signed_out") == 1
    wrong = APIClient().post("/api/v1/tokens/revoke", {"refresh": "no such token"})
    assert wrong.status_code == 204


def test_new_password_ends_all_tokens() -> None:
    user = UserFactory.create()
    pair = sign_in(user).json()
    user.set_password("quite another pass phrase")
    user.save()
    assert status_with(pair["access"]) == 401
    refused = APIClient().post("/api/v1/tokens/refresh", {"refresh": pair["refresh"]})
    assert refused.status_code == 401


def test_sign_in_lasts_thirty_days_at_most() -> None:
    at = timezone.now()
    pair = tokens.issue(user=UserFactory.create(), at=at)
    OutstandingToken.objects.filter(jti__startswith="family-").update(
        created_at=at - tokens.LONGEST_FAMILY + timedelta(minutes=5)
    )
    last = tokens.rotate(secret=pair.refresh, at=at)
    assert last.refresh_seconds <= 300
    assert last.access_seconds <= 300


def test_table_of_tokens_keeps_no_secret() -> None:
    sign_in(UserFactory.create())
    assert set(OutstandingToken.objects.values_list("token", flat=True)) == {""}


def forged(pair: tokens.Pair, *, key: str, algorithm: str, **claims: Any) -> str:
    payload = jwt.decode(pair.access, options={"verify_signature": False})
    return jwt.encode({**payload, **claims}, key, algorithm=algorithm)


def test_only_our_key_and_algorithm_count() -> None:
    pair = tokens.issue(user=UserFactory.create(), at=timezone.now())
    key = str(settings.SIMPLE_JWT["SIGNING_KEY"])
    assert status_with(forged(pair, key=key, algorithm="HS256")) == 200
    assert key != settings.SECRET_KEY
    refused = [
        forged(pair, key="", algorithm="none"),
        forged(pair, key=key, algorithm="HS512"),
        forged(pair, key=settings.SECRET_KEY, algorithm="HS256"),
        forged(pair, key=key, algorithm="HS256", exp=1),
        forged(pair, key=key, algorithm="HS256", exp=10**30),
        forged(pair, key=key, algorithm="HS256", iss="somebody"),
        forged(pair, key=key, algorithm="HS256", token_type="refresh"),
        forged(pair, key=key, algorithm="HS256", family=["x"]),
        forged(pair, key=key, algorithm="HS256", user_id="1\0"),
    ]
    assert [status_with(token) for token in refused] == [401] * len(refused)
