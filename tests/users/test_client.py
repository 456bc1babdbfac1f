from typing import Any

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from revenue.users import client as source
from tests.factories.people import PASSWORD


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "expected"),
    [
        (0, "203.0.113.1", "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.1", "10.0.0.1", "203.0.113.1"),
        (1, "evil, 203.0.113.1", "10.0.0.1", "203.0.113.1"),
        (2, "192.0.2.66, 203.0.113.1, 10.0.0.2", "10.0.0.1", "203.0.113.1"),
        (2, "203.0.113.1", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1", "10.0.0.1"),
        (1, "203.0.113.1:4711", "10.0.0.1", "203.0.113.1"),
        (1, "[2001:db8::1]:4711", "10.0.0.1", "2001:db8::1"),
        (1, "2001:db8::1", "10.0.0.1", "2001:db8::1"),
        (0, "", "", None),
    ],
)
def test_only_as_many_proxies_are_believed_as_there_are(
    settings: Any, proxies: int, forwarded: str, remote: str, expected: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)
    assert source.client_ip(request) == expected


@given(st.text(max_size=60))
def test_no_header_breaks_it(text: str) -> None:
    found = source.address(text)
    assert found is None or source.address(found) == found


def test_a_forged_header_does_not_escape_the_limit(client: Client, db: None) -> None:
    statuses = [
        client.post(
            "/account/login/",
            {"login": f"person{n}@example.com", "password": PASSWORD},
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        ).status_code
        for n in range(11)
    ]
    assert statuses == [200] * 10 + [429]
