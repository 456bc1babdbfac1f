"""A credential goes in by a form and to the CRM; it is looked for everywhere else."""

import io
import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import connecting, trying
from accounts.connectors.base import ConnectorError
from accounts.connectors.opening import open_connector
from accounts.models import Connection
from revenue.celery import app
from revenue.jobs.models import Job
from revenue.users.models import Org
from tests.accounts.connected import METHODS, SECRETS, Desk, a_private_key, perform, wish_for
from tests.factories.facts import NOON, a_connection
from tests.factories.people import UserFactory
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db
PAGES = ("connection-show", "sync-show", "operations-show", "refused-list", "account-list")
OTHERS = ("jobs:job-list", "users:audit-list")
API = ("sync-run-list", "object-state-list", "refused-row-list")
CRASH = "the disk is full"


@pytest.fixture
def written(capfd: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """All that is logged, as it reaches a file: formatted, with tracebacks."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    yield lambda: stream.getvalue() + "".join(capfd.readouterr())
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the broker."""
    found: list[str] = []

    def note(*args: Any, **options: Any) -> None:
        found.append(repr((args, options)))

    monkeypatch.setattr(app, "send_task", note)
    return found


def canaries_of(method: str) -> dict[str, str]:
    """No one knows them, so the sign-in is refused; a key is known by each line of its text."""
    names = {
        "jwt": (),
        "client_credentials": ("client_secret",),
        "refresh_token": ("client_secret", "refresh_token"),
        "password": ("password", "security_token", "client_secret"),
    }[method]
    found = {name: f"Canary{number}Zq7{name.title()}" for number, name in enumerate(names)}
    return found or {"private_key": a_private_key()}


def pieces(secrets: dict[str, Any]) -> set[str]:
    flat = [str(each) for value in secrets.values() for each in values_in(value)]
    lines = [line for text in flat for line in text.splitlines()]
    return {line for line in lines if len(line) > 12 and "PRIVATE KEY" not in line}


def values_in(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [inner for each in value.values() for inner in values_in(each)]
    return [value] if isinstance(value, str) and not value.startswith("https://") else []


def everything_in_the_database() -> Iterator[tuple[str, str]]:
    """Every column of every row of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT string_agg(found::text, ' ') FROM {name} found")  # noqa: S608
            yield table, cursor.fetchone()[0] or ""


def everything_shown(desk: Desk, root: Client) -> Iterator[tuple[str, str]]:
    slug = desk.org.slug
    paths = [desk.address(name) for name in PAGES]
    paths += [reverse(name, args=[slug]) for name in OTHERS]
    paths += [reverse(f"accounts-api:{name}", args=[slug]) for name in API]
    jobs = Job.objects.filter(org=desk.org)
    paths += [reverse("jobs:job-show", args=[slug, job.pk]) for job in jobs]
    for path in paths:
        yield path, desk.client.get(path, follow=True).content.decode()
    pk = desk.connection().pk
    admin = [f"accounts/connection/{each}" for each in ("", f"{pk}/change/", f"{pk}/credential/")]
    admin += ["jobs/job/", "users/auditevent/", "accounts/syncrun/"]
    admin += [f"jobs/job/{job.pk}/change/" for job in jobs]
    for path in admin:
        for client in (desk.client, root):
            yield path, client.get(f"/admin/{path}").content.decode()


def chain_of(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield "".join(traceback.format_exception(error))
        yield repr(error)
        error = error.__cause__ or error.__context__


def found_in(places: Iterator[tuple[str, str]], secrets: set[str]) -> list[str]:
    assert secrets
    return [where for where, text in places if any(secret in text for secret in secrets)]


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.mark.parametrize("method", METHODS)
def test_a_refused_credential_is_nowhere(
    desk: Desk,
    root: Client,
    reached: Simulator,
    method: str,
    written: Any,
    sent: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    typed = canaries_of(method)
    secrets = pieces(typed)
    wish = wish_for(reached, method, **typed)
    shown = [("form", desk.connect(method, wish | {"client_id": ""}).content.decode())]
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.connect(method, wish).status_code == 302
    assert desk.perform("test-connection").state == "failed"
    renewed = {f"new-{name}": value for name, value in typed.items()}
    with django_capture_on_commit_callbacks(execute=True):
        desk.send("connection-renew", **renewed)
    assert desk.perform("renew-connection").state == "failed"
    desk.send("sync-start")
    with pytest.raises(ConnectorError) as refused:
        open_connector(desk.org, at=NOON).describe()

    assert found_in(iter(shown), secrets) == []
    assert found_in(everything_shown(desk, root), secrets) == []
    assert found_in(everything_in_the_database(), secrets) == []
    assert found_in((("log", each) for each in (written(),)), secrets) == []
    assert len(sent) == 2
    assert found_in((("message", each) for each in sent), secrets) == []
    assert found_in((("error", each) for each in chain_of(refused.value)), secrets) == []


@pytest.mark.parametrize("method", METHODS)
def test_a_credential_that_works_is_nowhere_either(
    desk: Desk, root: Client, reached: Simulator, method: str, written: Any
) -> None:
    """Nor the session that it opens, nor the token that comes in its place."""
    wish = wish_for(reached, method)
    desk.connect(method, wish)
    assert desk.perform("test-connection").state == "succeeded"
    held = desk.connection().read_secrets()
    assert "session" in held
    secrets = pieces(held) | pieces({name: wish[name] for name in SECRETS & set(wish)})
    if method == "jwt":
        desk.send("sync-start")
        assert perform(desk.job("sync")).state == "succeeded"
    assert found_in(everything_shown(desk, root), secrets) == []
    assert found_in(everything_in_the_database(), secrets) == []
    assert found_in((("log", each) for each in (written(),)), secrets) == []


@pytest.mark.parametrize("where", ["save_connection", "start_test", "renew_credential"])
def test_an_error_page_repeats_nothing_of_the_form(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, settings: Settings, written: Any, where: str
) -> None:
    def crash(**given: Any) -> None:
        raise RuntimeError(CRASH)

    made = a_connection(org=desk.org, method="password", login_url="https://test.salesforce.com")
    made.write_secrets({"password": "before"})
    made.save()
    settings.DEBUG, settings.ADMINS = False, [("Ops", "ops@example.com")]
    monkeypatch.setattr(connecting, where, crash)
    desk.client.raise_request_exception = False
    typed = canaries_of("password")
    if where == "renew_credential":
        form = {f"new-{name}": value for name, value in typed.items()}
        answer = desk.client.post(desk.address("connection-renew"), form)
    else:
        known = {"login_url": "https://test.salesforce.com", "client_id": "x", "username": "y"}
        answer = desk.connect("password", known | typed)
    assert answer.status_code == 500
    log = written()
    assert CRASH in log  # it was looked for in the right place
    assert found_in(iter([("page", answer.content.decode()), ("log", log)]), pieces(typed)) == []


def test_a_crash_of_the_job_keeps_a_trace_without_the_secret(
    desk: Desk, root: Client, reached: Simulator, monkeypatch: pytest.MonkeyPatch, written: Any
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError(CRASH)

    wish = wish_for(reached, "password", password="Canary0Zq7Password")
    desk.connect("password", wish)
    monkeypatch.setattr(trying, "ask", crash)
    job = desk.perform("test-connection")
    assert CRASH in job.traceback
    secrets = pieces({name: wish[name] for name in SECRETS & set(wish)})
    assert found_in(everything_shown(desk, root), secrets) == []
    assert found_in(everything_in_the_database(), secrets) == []
    assert found_in((("log", each) for each in (written(),)), secrets) == []


def test_the_object_itself_does_not_tell(desk: Desk) -> None:
    made = a_connection(org=desk.org, method="password")
    made.write_secrets({"password": "Canary0Zq7Password"})
    wish = connecting.Wish(method="password", secrets={"password": "Canary0Zq7Password"})
    assert "Canary0" not in f"{made!r} {made} {vars(made)} {wish!r}"


# Keys

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def three(org: Org) -> Connection:
    made = a_connection(org=org, method="client_credentials")
    for place in ("former_secrets", "candidate_secrets", "secrets"):
        made.write_secrets({"client_secret": place})
        setattr(made, place, made.secrets)
    made.save()
    return made


def test_rotation_reaches_what_waits_and_what_was_replaced_too(
    desk: Desk, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SECRET_ENCRYPTION_KEYS = [OLD]
    three(desk.org)
    settings.SECRET_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_secrets", "--json")
    assert json.loads(capsys.readouterr().out)["connections"] == 1
    settings.SECRET_ENCRYPTION_KEYS = [NEW]
    found = desk.connection()
    for place in Connection.encrypted_fields:
        found.secrets = getattr(found, place)
        assert found.read_secrets() == {"client_secret": place}


def test_a_lost_key_is_said_and_mended_by_a_new_credential(
    desk: Desk, reached: Simulator, settings: Settings
) -> None:
    settings.SECRET_ENCRYPTION_KEYS = [OLD]
    wish = wish_for(reached, "client_credentials")
    desk.connect("client_credentials", wish)
    settings.SECRET_ENCRYPTION_KEYS = [NEW]
    assert "Test the connection" in desk.read("connection-show")
    assert "rotate_secrets" in desk.perform("test-connection").error
    desk.send("connection-renew", **{"new-client_secret": wish["client_secret"]})
    assert desk.perform("renew-connection").state == "succeeded"
    assert desk.connection().state == Connection.State.WORKING
