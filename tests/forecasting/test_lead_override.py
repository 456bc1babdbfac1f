"""A tier set by hand: who may, what stands, what is kept, and what happens at the same time."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Lead
from forecasting.lead_pages.overriding import (
    OverrideError,
    history_of,
    reset,
    set_tier,
    standing_of,
)
from forecasting.models import LeadOverride
from revenue.users.models import User
from tests.factories.facts import NOON, a_lead
from tests.factories.outlooks import a_lead_override, a_lead_score
from tests.factories.people import UserFactory
from tests.forecasting.lead_team import LeadTeam

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from("ABCD")),
        st.tuples(st.just("reset"), st.just("")),
    ),
    max_size=12,
)


@pytest.fixture
def team() -> LeadTeam:
    return LeadTeam()


@pytest.fixture
def person() -> User:
    return UserFactory(full_name="Ada Seller")


def tier_shown(team: LeadTeam) -> list[str]:
    return [row.tier_now for row in team.page("rep").context["table"].page.rows]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=DEEDS)
def test_whatever_is_set_and_reset_one_stands_at_most_and_all_of_it_is_kept(
    person: User, deeds: list[tuple[str, str]]
) -> None:
    lead = a_lead()
    a_lead_score(lead=lead, tier="C")
    tier, made = "", 0
    for place, (deed, wanted) in enumerate(deeds):
        at = NOON + timedelta(minutes=place)
        now = standing_of(lead)
        if deed == "set":
            set_tier(lead, tier=wanted, note="why", by=person, at=at, seen=now.pk if now else None)
            tier, made = wanted, made + 1
        elif now is None:
            with pytest.raises(OverrideError, match="nothing to reset"):
                reset(lead, by=person, at=at)
        else:
            reset(lead, by=person, at=at, seen=now.pk)
            tier = ""
        found = standing_of(lead)
        assert (found.tier if found else "") == tier
    past = history_of(lead.org, lead.external_id)
    assert len(past) == made
    assert [one.tier for one in past[::-1]] == [wanted for deed, wanted in deeds if deed == "set"]
    assert sum(one.ended_at is None for one in past) == bool(tier)
    assert all(one.was == "C" and one.made_by == person for one in past)
    # Each ended when the next began, or before it.
    for after, before in pairwise(past):
        assert before.ended_at is not None
        assert before.made_at <= before.ended_at <= after.made_at


def test_only_one_may_stand_whatever_the_code_does() -> None:
    row = a_lead_override()
    with pytest.raises(IntegrityError), transaction.atomic():
        a_lead_override(org=row.org, lead_ref=row.lead_ref)
    a_lead_override(org=row.org, lead_ref=row.lead_ref, ended_at=NOON)


def test_who_did_not_see_what_stands_does_not_overwrite_it(person: User) -> None:
    lead = a_lead()
    first = set_tier(lead, tier="A", note="They called", by=person, at=NOON)
    other = UserFactory(full_name="Bob")
    with pytest.raises(OverrideError, match="Ada Seller has set it to A meanwhile: “They called”"):
        set_tier(lead, tier="B", note="no", by=other, at=LATER)
    reset(lead, by=person, at=LATER, seen=first.pk)
    with pytest.raises(OverrideError, match="has reset it meanwhile"):
        set_tier(lead, tier="B", note="no", by=other, at=LATER, seen=first.pk)
    second = set_tier(lead, tier="B", note="yes", by=other, at=LATER)
    with pytest.raises(OverrideError, match="Bob has set it to B"):
        reset(lead, by=person, at=LATER, seen=first.pk)
    assert standing_of(lead) == second


def test_two_at_once_are_told_by_the_database(person: User, monkeypatch: Any) -> None:
    """Both have looked, and nothing stood: the later one meets the constraint."""
    lead = a_lead()
    made = a_lead_override(lead=lead, tier="A", note="first", made_by=person)
    looks = iter([None, made])
    monkeypatch.setattr(
        "forecasting.lead_pages.overriding.standing_of", lambda *_, **__: next(looks)
    )
    with pytest.raises(OverrideError, match="Ada Seller has set it to A meanwhile: “first”"):
        set_tier(lead, tier="B", note="second", by=person, at=NOON)
    assert LeadOverride.objects.get() == made


@pytest.mark.parametrize(
    ("tier", "note", "said"),
    [("", "why", "Choose a tier"), ("E", "why", "Choose a tier"), ("A", " \0 ", "Say why"),
     ("A", "x" * 501, "at most 500")],
)  # fmt: skip
def test_a_tier_needs_a_letter_and_a_note(person: User, tier: str, note: str, said: str) -> None:
    lead = a_lead()
    with pytest.raises(OverrideError, match=said):
        set_tier(lead, tier=tier, note=note, by=person, at=NOON)
    assert not LeadOverride.objects.exists()


def test_what_has_converted_is_left_alone(person: User) -> None:
    with pytest.raises(OverrideError, match="converted"):
        set_tier(a_lead(is_converted=True), tier="A", note="why", by=person, at=NOON)


def post(team: LeadTeam, who: str, lead: Lead, data: dict[str, Any], **headers: str) -> Any:
    path = f"/o/acme/lead-scores/leads/{lead.pk}/override/"
    return team.client(who).post(path, data, headers=headers)


SET = {"decision": "set", "tier": "A", "note": "They called twice", "seen": ""}


def test_owner_those_above_and_admins_may_and_nobody_else(team: LeadTeam) -> None:
    for who, answer in {
        "rep": 302,
        "manager": 302,
        "executive": 302,
        "admin": 302,
        "integrator": 403,
        "other": 404,
        "outside": 404,
    }.items():
        lead = team.lead()
        team.score(lead=lead)
        status = post(team, who, lead, SET).status_code
        assert (status, LeadOverride.objects.filter(lead_ref=lead.external_id).count()) == (
            answer if answer != 403 else status,
            int(answer == 302),
        )
        assert status == answer or (answer == 403 and status in (403, 404))
        text = team.client("integrator").get(f"/o/acme/lead-scores/leads/{lead.pk}/").content
        assert b"Set the tier" not in text


def test_without_script_it_is_set_changed_and_reset(team: LeadTeam) -> None:
    lead = team.lead(name="Ada Lead")
    team.score(lead=lead, tier="C")
    client = team.client("rep")
    path = f"/o/acme/lead-scores/leads/{lead.pk}/override/"
    page = client.post(path, SET, follow=True).content.decode()
    assert "Ada Lead is in tier A until somebody resets it." in page
    assert "Tier A by hand" in page
    assert "The model says C." in page
    assert tier_shown(team) == ["A"]
    now = LeadOverride.objects.get(ended_at=None)
    client.post(path, SET | {"tier": "B", "seen": now.pk})
    assert tier_shown(team) == ["B"]
    now = LeadOverride.objects.get(ended_at=None)
    page = client.post(path, {"decision": "reset", "seen": now.pk}, follow=True).content.decode()
    assert "The model speaks for Ada Lead again." in page
    assert "Tiers set by hand, 2" in page
    assert tier_shown(team) == ["C"]


def test_what_is_wrong_is_said_beside_the_form_and_what_was_typed_stays(team: LeadTeam) -> None:
    lead = team.lead()
    team.score(lead=lead)
    answer = post(team, "rep", lead, SET | {"note": " "})
    assert answer.status_code == 422
    assert b"Say why" in answer.content
    assert b'<option value="A" selected' in answer.content
    assert post(team, "rep", lead, {"decision": "x"}).status_code == 422
    assert post(team, "rep", lead, SET | {"seen": "9" * 30}).status_code == 302
    assert (
        team.client("rep").get(f"/o/acme/lead-scores/leads/{lead.pk}/override/").status_code == 405
    )


def test_in_the_list_row_tiles_and_filters_change_at_once(team: LeadTeam) -> None:
    lead = team.lead(name="Ada Lead")
    row = team.score(lead=lead, tier="C")
    headers = {
        "HX-Request": "true",
        "HX-Target": "lead-scores",
        "HX-Current-URL": f"http://testserver/o/acme/lead-scores/?open={row.pk}",
    }
    answer = post(team, "rep", lead, SET, **headers)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.lstrip().startswith("<section")
    assert 'id="lead-figures" hx-swap-oob="true"' in text
    assert "by hand; model: C" in text
    assert "Tier A by hand" in text
    assert "HX-Push-Url" not in answer.headers
    assert "is in tier A" in answer.headers["HX-Trigger"]
    wrong = post(team, "rep", lead, SET | {"note": "", "tier": "B"}, **headers)
    assert wrong.status_code == 422
    assert "Say why" in wrong.content.decode()


def test_on_the_lead_s_page_the_panel_comes_back(team: LeadTeam) -> None:
    lead = team.lead()
    team.score(lead=lead)
    headers = {"HX-Request": "true", "HX-Target": "lead-outlook"}
    text = post(team, "manager", lead, SET, **headers).content.decode()
    assert text.lstrip().startswith("<section")
    assert 'id="lead-outlook"' in text
    assert "Reset to the model" in text


def test_a_change_is_in_the_figures_of_who_reads_the_whole_org(
    team: LeadTeam, django_capture_on_commit_callbacks: Any
) -> None:
    lead = team.lead()
    team.score(lead=lead, tier="C")

    def by_hand() -> str:
        tiles = team.page("executive").context["board"].tiles
        return str(next(tile.value for tile in tiles if tile.label == "Set by hand"))

    assert by_hand() == "0"
    with django_capture_on_commit_callbacks(execute=True):
        post(team, "rep", lead, SET)
    assert by_hand() == "1"
