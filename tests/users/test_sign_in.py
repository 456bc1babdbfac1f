import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client
from django.urls import reverse

from revenue.users.models import AuditEvent, Membership, User
from tests.factories.people import PASSWORD

LOGIN = "/account/login/"


def sign_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": user.email.upper(), "password": password})


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1])))


def test_password_signs_in_and_the_session_is_a_new_one(client: Client, rep: Membership) -> None:
    client.get(LOGIN)
    client.session["before"] = "planted"
    before = client.session.session_key
    answer = sign_in(client, rep.user)
    assert answer["Location"] == reverse("users:home")
    assert client.session.session_key != before
    event = AuditEvent.objects.get(action="signed_in")
    assert (event.actor, event.ip, event.detail) == (
        rep.user,
        "127.0.0.1",
        {"with": ["password"]},
    )


def test_wrong_password_is_refused_and_recorded_with_the_address(
    client: Client, rep: Membership
) -> None:
    answer = sign_in(client, rep.user, "not the pass phrase")
    assert answer.status_code == 200
    client.post(LOGIN, {"login": "nobody@nowhere.example", "password": PASSWORD})
    known, unknown = AuditEvent.objects.filter(action="sign_in_failed").order_by("id")
    assert (known.actor, known.person, known.actor_email) == (None, rep.user, rep.user.email)
    assert (unknown.person, unknown.actor_email) == (None, "nobody@nowhere.example")
    assert PASSWORD not in str(list(AuditEvent.objects.values()))


def test_nobody_signs_up(client: Client, db: None) -> None:
    data = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert "invitation" in client.post("/account/signup/", data).content.decode()
    assert not User.objects.exists()


def test_inactive_person_stays_out(client: Client, rep: Membership) -> None:
    User.objects.filter(pk=rep.user.pk).update(is_active=False)
    answer = sign_in(client, rep.user)
    assert answer["Location"] == "/account/inactive/"
    assert "_auth_user_id" not in client.session


def test_too_many_failures_answer_429_with_a_time(client: Client, rep: Membership) -> None:
    answers = [sign_in(client, rep.user, "wrong wrong wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) == 300
    assert sign_in(client, rep.user).status_code == 429


ATTEMPT = """
import django; django.setup()
from django.test import Client
data = {"login": "somebody@example.com", "password": "wrong"}
for _ in range(3):
    print(Client().post("/account/login/", data, HTTP_HOST="127.0.0.1").status_code)
"""


@pytest.mark.django_db(transaction=True)
def test_limits_hold_across_processes(client: Client, settings: Any, tmp_path: Path) -> None:
    script = tmp_path / "attempt.py"
    database = settings.DATABASES["default"]["NAME"]
    script.write_text(
        "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {database!r}\n" + ATTEMPT
    )
    outputs = [
        subprocess.run(
            [sys.executable, str(script)],
            check=True,
            capture_output=True,
            text=True,
            cwd=settings.BASE_DIR,
            env=child_environment(settings),
        ).stdout
        for _ in range(2)
    ]
    assert " ".join(outputs).split() == ["200", "200", "200", "200", "200", "429"]
    answer = client.post(LOGIN, {"login": "somebody@example.com", "password": "wrong"})
    assert answer.status_code == 429


def child_environment(settings: Any) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }


def test_forgotten_password_is_chosen_anew_and_other_devices_are_out(
    client: Client, rep: Membership
) -> None:
    elsewhere = Client()
    elsewhere.force_login(rep.user)
    client.post("/account/password/reset/", {"email": rep.user.email})
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    assert form.status_code == 200
    new = "an entirely new pass phrase"
    answer = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert answer.status_code == 302
    assert client.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    rep.user.refresh_from_db()
    assert rep.user.check_password(new)
    assert "no longer works" in client.get(link[1], follow=True).content.decode()
    assert AuditEvent.objects.get(action="password_changed").detail == {"how": "by e-mailed link"}


def test_link_in_the_mail_is_built_on_the_site_address(
    client: Client, rep: Membership, settings: Any
) -> None:
    settings.SITE_URL = "https://revenue.example.com"
    client.post("/account/password/reset/", {"email": rep.user.email}, HTTP_HOST="localhost")
    assert "https://revenue.example.com/account/password/reset/key/" in str(mail.outbox[0].body)
    assert "localhost" not in str(mail.outbox[0].body)


def test_changed_password_ends_every_session(client: Client, rep: Membership) -> None:
    elsewhere = Client()
    elsewhere.force_login(rep.user)
    sign_in(client, rep.user)
    new = "an entirely new pass phrase"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    rep.user.refresh_from_db()
    assert rep.user.check_password(new)
    assert client.get("/me/").status_code == 302
    assert elsewhere.get("/me/").status_code == 302


def test_second_step_is_asked_for_and_its_secret_is_encrypted(
    client: Client, rep: Membership
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(rep.user, secret)
    assert secret not in str(Authenticator.objects.get().data)
    answer = sign_in(client, rep.user)
    assert answer["Location"] == "/account/2fa/authenticate/"
    assert client.get("/me/").status_code == 302
    wrong = client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert AuditEvent.objects.get(action="sign_in_failed").detail == {"step": "second factor"}
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/me/").status_code == 200
    assert AuditEvent.objects.get(action="signed_in").detail == {"with": ["password", "totp"]}


@pytest.mark.django_db(transaction=True)
def test_factor_is_set_up_after_confirming_oneself(client: Client, rep: Membership) -> None:
    sign_in(client, rep.user)
    page = client.get("/account/2fa/totp/activate/")
    assert page["Location"].startswith("/account/reauthenticate/")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    kinds = set(
        AuditEvent.objects.filter(action="second_factor_added").values_list(
            "detail__kind", flat=True
        )
    )
    assert kinds == {"totp", "recovery_codes"}
    codes = client.get("/account/2fa/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10
    overview = client.get("/me/security/").content.decode()
    assert "10 left" in overview
    assert codes[0] not in overview


@pytest.mark.parametrize(
    "path", ["/account/email/", "/account/confirm-email/", "/account/3rdparty/signup/"]
)
def test_addresses_that_the_product_does_not_use_are_closed(
    client: Client, rep: Membership, path: str
) -> None:
    client.force_login(rep.user)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/account/login/",
        "/account/password/reset/",
        "/account/password/reset/done/",
        "/account/password/reset/key/1-nothing/",
        "/account/signup/",
        "/account/inactive/",
        "/account/logout/",
        "/account/3rdparty/login/cancelled/",
        "/account/3rdparty/login/error/",
    ],
)
def test_pages_stand_in_the_products_frame_without_inline_script(
    client: Client, rep: Membership, path: str
) -> None:
    if "logout" in path:
        client.force_login(rep.user)
    html = client.get(path).content.decode()
    assert "plain-panel" in html
    for script in re.findall(r"<script([^>]*)>", html):
        assert "src=" in script or "application/json" in script
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", html)


def test_what_the_limit_refuses_is_recorded_too(client: Client, rep: Membership) -> None:
    for _ in range(5):
        sign_in(client, rep.user, "not the pass phrase")
    assert sign_in(client, rep.user).status_code == 429
    last = AuditEvent.objects.filter(action="sign_in_failed").latest("id")
    assert (last.person, last.detail) == (rep.user, {"reason": "too many tries"})
