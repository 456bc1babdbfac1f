"""Plays for a customer: who decides, what is kept, and where it is seen at once."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting import acting
from forecasting.acting import ActingError
from forecasting.models import AccountAction
from revenue.users.models import User
from tests.factories.facts import NOON, an_opportunity
from tests.factories.people import UserFactory
from tests.forecasting.healthy import Customers

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "account-health"}


@pytest.fixture
def team() -> Customers:
    return Customers()


@pytest.fixture
def person() -> User:
    return UserFactory(full_name="Ada Keeper")


def fresh(action: AccountAction) -> Any:
    return AccountAction.objects.get(pk=action.pk)


def decide(
    team: Customers, who: str, play: AccountAction, *, htmx: bool = True, **said: str
) -> Any:
    address = f"/o/acme/health/accounts/{play.account.pk}/actions/{play.pk}/"
    return team.client(who).post(address, said, headers=HTMX if htmx else {})


def test_health_is_noted_beside_each_decision_and_all_of_it_is_kept(
    team: Customers, person: User
) -> None:
    play = team.play(team.customer(score=41))
    acting.accept(play, by=person, at=NOON)
    acting.dismiss(play, reason="  they \n said no ", by=person, at=NOON + timedelta(days=1))
    found = fresh(play)
    assert (found.state, found.reason, found.score) == ("dismissed", "they said no", 41)
    acting.undo(play, by=person, at=NOON + timedelta(days=2))
    found = fresh(play)
    assert (found.state, found.reason, found.decided_at) == ("accepted", "", NOON)
    assert [each["state"] for each in found.past] == ["accepted", "dismissed", "undone"]
    assert [each["score"] for each in found.past] == [41, 41, 41]


STEPS = st.lists(st.sampled_from(["accept", "dismiss", "done", "undo"]), max_size=8)
FROM = {"accept": {"suggested"}, "dismiss": {"suggested", "accepted"}}
FROM["done"] = FROM["dismiss"]
TO = {"accept": "accepted", "dismiss": "dismissed", "done": "done"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_is_decided_and_taken_back_the_history_is_complete(
    steps: list[str], team: Customers, person: User
) -> None:
    """Against the plainest model of it: a stack of states."""
    play, states, kept = team.play(team.customer()), ["suggested"], 0
    deeds: dict[str, Any] = {
        "accept": lambda: acting.accept(play, by=person, at=NOON),
        "dismiss": lambda: acting.dismiss(play, reason="no", by=person, at=NOON),
        "done": lambda: acting.finish(play, by=person, at=NOON),
        "undo": lambda: acting.undo(play, by=person, at=NOON),
    }
    for step in steps:
        allowed = len(states) > 1 if step == "undo" else states[-1] in FROM[step]
        if not allowed:
            with pytest.raises(ActingError):
                deeds[step]()
            continue
        deeds[step]()
        kept += 1
        states = states[:-1] if step == "undo" else [*states, TO[step]]
    found = fresh(play)
    assert found.state == states[-1]
    assert len(found.past) == kept
    assert (found.decided_by is None) == (len(states) == 1)
    assert found.reason == ("no" if states[-1] == "dismissed" else "")


def test_the_same_suggested_anew_is_decided_instead(team: Customers, person: User) -> None:
    row = team.customer()
    play = team.play(row)
    acting.dismiss(play, reason="no", by=person, at=NOON)
    team.play(row)
    with pytest.raises(ActingError, match="anew"):
        acting.undo(play, by=person, at=NOON)
    gone = team.play(row, title="Another", state="withdrawn")
    with pytest.raises(ActingError, match="no longer suggested"):
        acting.accept(gone, by=person, at=NOON)
    with pytest.raises(ActingError, match="Nothing has been decided"):
        acting.undo(gone, by=person, at=NOON)


def test_the_owner_and_those_above_decide_and_nobody_else(team: Customers) -> None:
    play = team.play(team.customer())
    for who, status in (("admin", 403), ("integrator", 403), ("outside", 404), ("other", 404)):
        assert decide(team, who, play, decision="accept").status_code == status
    # Who has a deal there reads the account, and answers for it no more than before.
    an_opportunity(org=team.org, owner_ref="u-other", account_ref=play.account_ref)
    assert team.listed("other") == [play.account.name]
    assert decide(team, "other", play, decision="accept").status_code == 404
    assert b"Accept" not in team.health("other", f"accounts/{play.account.pk}/").content
    assert b"Accept" not in team.health("admin", f"accounts/{play.account.pk}/").content
    assert fresh(play).past == []
    for who in ("rep", "manager", "executive"):
        answer = decide(team, who, play, decision="accept")
        assert answer.status_code == 200
        assert b"Accepted by" in answer.content
        assert "toast" in answer["HX-Trigger"]
        assert decide(team, who, play, decision="undo").status_code == 200
    assert len(fresh(play).past) == 6


def test_a_play_of_another_customer_is_not_decided_here(team: Customers) -> None:
    one, other = team.customer(), team.play(team.customer())
    address = f"/o/acme/health/accounts/{one.account.pk}/actions/{other.pk}/"
    assert team.client("rep").post(address, {"decision": "accept"}).status_code == 404


def test_what_cannot_be_done_says_why_in_its_place(team: Customers) -> None:
    play = team.play(team.customer())
    answer = decide(team, "rep", play, decision="dismiss", reason=" ")
    assert answer.status_code == 422
    assert "Say why not" in answer.content.decode()
    assert decide(team, "rep", play, decision="sell").status_code == 422
    plain = decide(team, "rep", play, htmx=False, decision="undo")
    assert plain.status_code == 422
    assert b"<html" in plain.content


def test_without_script_one_comes_to_the_page_of_the_customer(team: Customers) -> None:
    play = team.play(team.customer(score=44))
    client = team.client("rep")
    address = f"/o/acme/health/accounts/{play.account.pk}/"
    said = {"decision": "dismiss", "reason": "<b>not now</b>"}
    answer = client.post(f"{address}actions/{play.pk}/", said)
    assert answer["Location"] == address
    text = client.get(address).content.decode()
    assert "Dismissed." in text
    assert "at health 44: “&lt;b&gt;not now" in text


def test_from_the_list_row_and_tiles_change_at_once(team: Customers) -> None:
    row = team.customer("Open one")
    team.customer("Other one", score=90)
    play = team.play(row)
    here = f"http://testserver/o/acme/health/?band=red&open={row.pk}"
    headers = {"HX-Request": "true", "HX-Target": "customers-at-risk", "HX-Current-URL": here}
    address = f"/o/acme/health/accounts/{row.account.pk}/actions/{play.pk}/"
    answer = team.client("rep").post(address, {"decision": "accept"}, headers=headers)
    text = answer.content.decode()
    assert "<html" not in text
    assert "Accepted by" in text
    assert "Open one" in text
    assert "Other one" not in text.partition('id="health-tiles"')[0]
    figures = {tile.label: tile.value for tile in answer.context["board"].tiles}
    assert figures["Plays under way"] == "1"
    assert team.listed("rep", "?plays=accepted") == ["Open one"]
    assert team.figures("executive")["Plays under way"] == "1"
    refused = team.client("rep").post(address, {"decision": "accept"}, headers=headers)
    assert refused.status_code == 422
    assert "It is accepted already" in refused.content.decode()
