import pytest

from revenue.observe.redaction import (
    DEEPEST,
    LONGEST,
    REDACTED,
    is_secret_name,
    redact,
    redact_text,
)

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjo3fQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password1",
        "NewPassword",
        "client_secret",
        "refresh-token",
        "accessToken",
        "HTTP_AUTHORIZATION",
        "Set-Cookie",
        "api_key",
        "apiKey",
        "X-Api-Key",
        "private_key",
        "SECRET_ENCRYPTION_KEYS",
        "otp",
        "totp_code",
        "code",
        "recovery_codes",
        "sessionid",
        "csrfmiddlewaretoken",
        "DATABASE_URL",
        "SENTRY_DSN",
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["status_code", "tokens", "cache_key", "keyboard", "email", "route", "encoded", "org"]
)
def test_names_of_plain_facts_are_left(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key ri_a1b2c3d4_Zm9vYmFyYmF6cXV4 refused", "Zm9vYmFyYmF6cXV4"),
        (f"token was {JWT}!", JWT),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ("connect to postgresql://app:hunter2@db:5432/x failed", "hunter2"),
        ("redis://:hunter2@cache:6379/0", "hunter2"),
        ("postgresql://app:hun@ter2@db/x", "ter2"),
        ("GET /search?q=a&token=hunter2&page=2", "hunter2"),
        ("GET /oidc/callback/?state=hunter2&code=hunter3", "hunter3"),
        ('body {"password": "hunter2 with spaces", "email": "a@b.c"}', "with spaces"),
        ("{'password': 'hunter\\'2'}", "hunter"),
        ("connection failed: password=hunter2 host=db", "hunter2"),
        ("Internal Server Error: /account/password/reset/key/1a-c3d4e5/", "c3d4e5"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----", "hunter2"),
        ("-----BEGIN PRIVATE KEY-----\nMIIhunter2", "hunter2"),
        ("session 00D5g000004abcd!AQEAQGhunter2hunter2hunter2", "hunter2"),
        ("sk-proj-hunter2hunter2hunter2", "hunter2"),
    ],
)
def test_secrets_in_free_text_are_taken_out(text: str, secret: str) -> None:
    redacted = redact_text(text)
    assert secret not in redacted
    assert REDACTED in redacted


@pytest.mark.parametrize(
    "text",
    [
        "Task accounts.sync succeeded in 0.2s",
        "GET /o/acme/deals/?page=2&sort=amount",
        "https://example.com/path:80/x and mail a@example.com",
        "max_tokens=5",
        "ri_short",
        "2026-11-21T09:26:11Z",
    ],
)
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert redact_text(text) == text


def test_what_stands_around_a_secret_stays() -> None:
    assert redact_text("postgresql://app:pw@db:5432/x") == f"postgresql://{REDACTED}@db:5432/x"
    assert redact_text("?token=a&page=2") == f"?token={REDACTED}&page=2"


def test_structures_are_searched_to_the_bottom() -> None:
    event = {
        "request": {"headers": [("Cookie", "a"), {"cookie": "sessionid=b"}], "status": 200},
        "user": {"password": "c", "name": "Ann", "otp": ""},
        "raw": b"password=d",
    }
    assert redact(event) == {
        "request": {"headers": [["Cookie", "a"], {"cookie": REDACTED}], "status": 200},
        "user": {"password": REDACTED, "name": "Ann", "otp": ""},
        "raw": f"password={REDACTED}",
    }


def test_other_objects_are_written_out_first() -> None:
    class Connection:
        def __repr__(self) -> str:
            return "<Connection password=hunter2>"

    assert redact([Connection()]) == [f"<Connection password={REDACTED}>"]


def test_depth_and_length_are_bounded() -> None:
    nested: list[object] = []
    for _ in range(DEEPEST * 2):
        nested = [nested]
    assert "…" in str(redact(nested))
    assert len(redact_text("a-" * LONGEST)) < LONGEST + 100


def test_redacting_twice_changes_nothing() -> None:
    once = redact_text('Authorization: Bearer abcdef0123456789, "token": "x", ?code=1&key=2')
    assert redact_text(once) == once
