"""Signing in, with the session kept between runs; a refresh token is never sent twice."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import requests
from django.db import connections, transaction

from accounts.connectors.base import NeedsSignInError
from accounts.connectors.salesforce.faults import SetupError, TransientError
from accounts.connectors.salesforce.oauth import Answer, complete, form_of, read_answer
from accounts.connectors.salesforce.transport import Transport, wait_s
from accounts.models import Connection
from revenue.users.encryption import UndecryptableError

LOCK = 0x5F0C
IN_USE = "refresh_in_use"
SESSION = "session"
CLOCK_SKEW = timedelta(minutes=1)
UNSENT = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)


class SignIn:
    def __init__(self, connection: Connection, transport: Transport, *, at: datetime) -> None:
        self.connection, self.transport = connection, transport
        self.at, self.started = at, time.monotonic()
        self.organization_id = ""

    def start(self, *, is_trial: bool = False) -> None:
        """With the kept session where there is one: it costs no call, and no sign-in."""
        if self.connection.state == Connection.State.NEEDS_SIGN_IN and not is_trial:
            raise NeedsSignInError(self.connection.problem)
        self._check_version()
        session = self._secrets(self.connection).get(SESSION)
        if session:
            self._use(Answer(session["access_token"], session["instance_url"]))
        else:
            self._sign_in(refused="")

    def again(self) -> None:
        """After a refused session: once a run, or simple-salesforce's endless loop were ours."""
        if self.transport.is_renewed:
            raise NeedsSignInError(
                "Salesforce refuses a session that it has only just opened. "
                "Give the connected app the scope “api” and the user the permission "
                "“API Enabled”, then test the connection."
            )
        self.transport.is_renewed = True
        self._sign_in(refused=self.transport.bearer)

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.started)

    def _sign_in(self, *, refused: str) -> None:
        try:
            if self.connection.method == Connection.Method.REFRESH_TOKEN:
                answer = self._rotate(refused=refused)
            else:
                answer = self._ask_patiently()
                self._keep({SESSION: _session(answer)})
        except TransientError as fault:
            raise fault.ended() from None
        self._use(answer)

    def _use(self, answer: Answer) -> None:
        self.transport.sign(access_token=answer.access_token, instance_url=answer.instance_url)
        self.organization_id = answer.organization_id
        if self.connection.instance_url != self.transport.origin:
            self.connection.instance_url = self.transport.origin
            self._rows().update(instance_url=self.transport.origin)

    def _ask_patiently(self) -> Answer:
        tries = 0
        while True:
            tries += 1
            try:
                return complete(self._ask_by_either_clock())
            except TransientError as fault:
                if tries >= fault.tries:
                    raise
                self.transport.sleep(wait_s(fault.retry_after, tries))

    def _ask_by_either_clock(self) -> Answer:
        """Our clock may be wrong, and an assertion lives for minutes by Salesforce's."""
        secrets = self._secrets(self.connection)
        try:
            return self._ask(form_of(self.connection, secrets, now=self.now()))
        except NeedsSignInError:
            theirs = self.transport.server_time
            is_skewed = theirs is not None and abs(theirs - self.now()) > CLOCK_SKEW
            if self.connection.method != Connection.Method.JWT or not is_skewed or theirs is None:
                raise
            return self._ask(form_of(self.connection, secrets, now=theirs))

    def _ask(self, form: dict[str, str]) -> Answer:
        try:
            response = self.transport.post_token(self.connection.login_url, form)
        except requests.exceptions.SSLError:
            raise SetupError(
                "The certificate of the login address is not one that this machine trusts. "
                "No credential was sent. Check the address, and the proxy between."
            ) from None
        except requests.exceptions.RequestException:
            raise TransientError("sign-in, no answer") from None
        return read_answer(response)

    # Refresh tokens. Each is good for one use: Salesforce takes a second one for theft, and ends
    # everything. So it is marked before it is sent, and its successor is kept before it is used.

    def _rotate(self, *, refused: str) -> Answer:
        with one_at_a_time(self.connection.pk):
            secrets, kept = self._reserve(refused=refused)
            if kept is not None:
                return kept
            form = form_of(self.connection, secrets, now=self.now())
            answer = self._spend(form)
            fresh: dict[str, Any] = {IN_USE: None}
            if answer.refresh_token:
                fresh["refresh_token"] = answer.refresh_token
            if answer.access_token and answer.instance_url:
                fresh[SESSION] = _session(answer)
            self._keep(fresh, durable=True)
            return complete(answer)

    def _reserve(self, *, refused: str) -> tuple[dict[str, Any], Answer | None]:
        """The secrets with the token marked; or the session that another worker opened."""
        with transaction.atomic(durable=True):
            row = self._rows().select_for_update().get()
            self.connection.secrets_changed_at = row.secrets_changed_at
            secrets = self._secrets(row)
            session = secrets.get(SESSION)
            if session and session["access_token"] != refused:
                self.connection.secrets = row.secrets
                return secrets, Answer(session["access_token"], session["instance_url"])
            is_lost = bool(secrets.get(IN_USE))
            if not is_lost:
                form_of(row, secrets, now=self.now())
                row.write_secrets({**secrets, SESSION: None, IN_USE: True})
                row.save(update_fields=["secrets"])
                self.connection.secrets = row.secrets
        if is_lost:
            raise NeedsSignInError(
                "A worker stopped while it exchanged the refresh token, so nobody knows whether "
                "that token was used. It is not sent again: sign in anew to get another one."
            )
        return secrets, None

    def _spend(self, form: dict[str, str]) -> Answer:
        try:
            response = self.transport.post_token(self.connection.login_url, form)
        except UNSENT as error:
            self._keep({IN_USE: None}, durable=True)
            if isinstance(error, requests.exceptions.SSLError):
                raise SetupError(
                    "The certificate of the login address is not one that this machine trusts. "
                    "The refresh token was not sent."
                ) from None
            raise TransientError("sign-in, no connection") from None
        except requests.exceptions.RequestException:
            raise NeedsSignInError(
                "The connection broke while the refresh token was exchanged, so nobody knows "
                "whether it was used. It is not sent again: sign in anew to get another one."
            ) from None
        try:
            return read_answer(response)
        except NeedsSignInError:
            raise
        except Exception:
            # It answered, and exchanged nothing: too busy, or not the token service at all.
            self._keep({IN_USE: None}, durable=True)
            raise

    def _keep(self, changes: dict[str, Any], *, durable: bool = False) -> None:
        with transaction.atomic(durable=durable):
            row = self._rows().select_for_update().get()
            if row.secrets_changed_at != self.connection.secrets_changed_at:
                # Cut, or connected anew, while this run held the former credential.
                return
            kept = {**self._secrets(row), **changes}
            row.write_secrets({name: value for name, value in kept.items() if value is not None})
            row.save(update_fields=["secrets"])
        self.connection.secrets = row.secrets

    def _rows(self) -> Any:
        return Connection.objects.filter(pk=self.connection.pk)

    def _secrets(self, row: Connection) -> dict[str, Any]:
        try:
            return row.read_secrets()
        except UndecryptableError as error:
            raise SetupError(str(error)) from None

    def _check_version(self) -> None:
        version = self.connection.api_version
        major, _, minor = version.partition(".")
        if not (major.isdigit() and minor.isdigit() and int(major) >= 60):
            raise SetupError(
                "The API version of the connection must be 60.0 or later, such as 62.0: "
                "Salesforce ends older ones."
            )


@contextmanager
def one_at_a_time(pk: int) -> Iterator[None]:
    """On a connection of its own, held by the server until we are done or dead."""
    own: Any = connections["default"].copy()
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, pk])
        yield
        own.rollback()
    finally:
        own.close()


def _session(answer: Answer) -> dict[str, str]:
    return {"access_token": answer.access_token, "instance_url": answer.instance_url}
