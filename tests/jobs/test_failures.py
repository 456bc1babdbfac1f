import pytest
from django.db import OperationalError
from pytest_django import Settings

from revenue.jobs.failures import (
    HIDDEN,
    SENTENCE_LENGTH,
    TRANSIENT,
    JobError,
    RetryableError,
    failure_of,
    scrubbed,
)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("could not connect to postgresql://me:s3cretpw@db/x", "s3cretpw"),
        ("redis://:s3cretpw@cache:6379/0 is away", "s3cretpw"),
        ("password=s3cretpw is wrong", "s3cretpw"),
        ("{'client_secret': 's3cretpw', 'id': 1}", "s3cretpw"),
        ('{"access_token": "s3cretpw"}', "s3cretpw"),
        ("X-API-Key: s3cretpw", "s3cretpw"),
        ("Authorization: Bearer abcdef.ghijkl", "abcdef.ghijkl"),
        ("sent Bearer abcdefghijkl", "abcdefghijkl"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(text: str, secret: str) -> None:
    found = scrubbed(text)
    assert secret not in found
    assert HIDDEN in found


def test_secrets_of_the_settings_are_blotted_out(settings: Settings) -> None:
    settings.SECRET_KEY = "the key of this installation"
    assert scrubbed(f"bad signature by {settings.SECRET_KEY}!") == f"bad signature by {HIDDEN}!"


def test_ordinary_words_stay() -> None:
    text = "Row 17 of acme-2026.csv: the amount 1,200.50 has no currency. See https://example.com/a"
    assert scrubbed(text) == text


def test_a_sentence_for_people_is_told_as_it_is() -> None:
    assert failure_of(JobError("Choose  another\nfile.")).sentence == "Choose another file."
    assert failure_of(RetryableError("Busy.")).sentence == "Busy."


def test_other_errors_say_what_they_are() -> None:
    assert "ValueError: no such row" in failure_of(ValueError("no such row")).sentence
    assert "database" in failure_of(OperationalError("server closed")).sentence
    assert failure_of(KeyError()).sentence
    assert len(failure_of(ValueError("x" * 10_000)).sentence) == SENTENCE_LENGTH


def test_the_trace_names_the_place() -> None:
    try:
        raise ValueError("token=abcdef1234")
    except ValueError as error:
        failure = failure_of(error)
    assert "test_the_trace_names_the_place" in failure.trace
    assert failure.sentence.endswith(HIDDEN)


def test_what_is_transient() -> None:
    assert isinstance(ConnectionResetError(), TRANSIENT)
    assert isinstance(OperationalError(), TRANSIENT)
    assert not isinstance(JobError(), TRANSIENT)
    assert not isinstance(ValueError(), TRANSIENT)
