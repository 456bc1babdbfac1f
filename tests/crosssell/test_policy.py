"""The policy: who may change it, what is refused, and that it is kept and told."""

import re
from typing import Any

import pytest

from crosssell.models import CrosssellPolicy
from crosssell.policy import policy_of
from revenue.users.models import AuditEvent
from tests.crosssell.team import Team

pytestmark = pytest.mark.django_db
USUAL = {
    "held_out": "10",
    "horizon_days": "90",
    "expires_days": "90",
    "an_account": "5",
    "candidates": "100",
}


@pytest.fixture
def team() -> Team:
    return Team()


def save(team: Team, who: str = "admin", **said: str) -> Any:
    return team.client(who).post("/o/acme/sell/policy/", {**USUAL, **said}, follow=True)


def test_an_admin_changes_it_and_the_audit_trail_tells_what_was(team: Team) -> None:
    page = team.page("admin", "policy/").content
    assert b"drawn by lot" in page
    assert re.search(rb'<form[^>]*method="post"[^>]*action="/o/acme/sell/policy/"', page)
    assert b"Saved." in save(team, held_out="12.5", an_account="8").content
    policy = policy_of(team.org)
    assert (policy.held_out, policy.an_account, policy.candidates) == (0.125, 8, 100)
    event = AuditEvent.objects.get(subject="Cross-sell policy")
    assert event.detail["crosssell_policy"] == {"held_out": [0.1, 0.125], "an_account": [5, 8]}
    assert b'value="12.5"' in team.page("admin", "policy/").content


def test_what_changes_nothing_is_not_written(team: Team) -> None:
    assert b"Nothing was changed" in save(team).content
    assert not CrosssellPolicy.objects.exists()
    assert not AuditEvent.objects.filter(subject="Cross-sell policy").exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"held_out": "51"}, "less than or equal to 50"),
        ({"held_out": "-1"}, "greater than or equal to 0"),
        ({"held_out": "nan"}, "Enter a number"),
        ({"horizon_days": "0"}, "greater than or equal to 1"),
        ({"an_account": ""}, "required"),
        ({"an_account": "20", "candidates": "10"}, "no fewer candidates"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    said: dict[str, str], words: str, team: Team
) -> None:
    answer = save(team, **said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not CrosssellPolicy.objects.exists()


def test_it_is_for_admins_alone(team: Team) -> None:
    for who in ("rep", "manager", "executive", "integrator"):
        assert team.client(who).get("/o/acme/sell/policy/").status_code == 403
        assert team.client(who).post("/o/acme/sell/policy/", USUAL).status_code == 403
