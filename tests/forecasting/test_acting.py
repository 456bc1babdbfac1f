"""What is suggested, and what people do about it: every decision is kept."""

from datetime import timedelta
from typing import Any

import pytest

from forecasting import acting, playbook
from forecasting.models import DealAction, Play
from revenue.users.models import AuditEvent, Org, User
from tests.factories.deals import a_play, an_action, an_analysis, an_outlook
from tests.factories.facts import NOON, an_opportunity
from tests.factories.people import OrgFactory, UserFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOON + timedelta(days=1)


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def rosa() -> User:
    return UserFactory(full_name="Rosa Delgado")


def suggested(org: Org) -> list[tuple[str, str]]:
    rows = DealAction.objects.filter(org=org, state="suggested").order_by("id")
    return list(rows.values_list("title", "opportunity_ref"))


def test_a_play_is_suggested_where_its_warning_or_its_move_holds(org: Org) -> None:
    quiet, lonely = an_opportunity(org=org), an_opportunity(org=org)
    an_outlook(deal=quiet, warnings=["overdue", "no_activity"])
    an_outlook(deal=lonely, warnings=[])
    an_analysis(deal=lonely, moves=[{"name": "book_meeting", "points": 0.1}])
    call = a_play(org=org, trigger="no_activity", title="Call")
    meet = a_play(org=org, trigger="book_meeting", title="Meet")
    a_play(org=org, trigger="ghosted", title="Write")
    a_play(org=org, trigger="overdue", title="Off", is_active=False)
    a_play(org=OrgFactory(), trigger="no_activity", title="Of another org")
    assert acting.suggest(org=org, at=NOON) == acting.Suggested(made=2, withdrawn=0)
    pairs = {("Call", quiet.external_id), ("Meet", lonely.external_id)}
    assert set(suggested(org)) == pairs
    assert acting.suggest(org=org, at=LATER) == acting.Suggested(made=0, withdrawn=0)
    first = DealAction.objects.get(play=call)
    assert (first.trigger, first.advice, first.suggested_at) == ("no_activity", "Soon.", NOON)
    assert DealAction.objects.get(play=meet).past == []


def test_what_nobody_decided_goes_with_its_reason(org: Org, rosa: User) -> None:
    deals = [an_opportunity(org=org) for _ in range(2)]
    outlooks = [an_outlook(deal=deal, warnings=["no_activity"]) for deal in deals]
    a_play(org=org)
    acting.suggest(org=org, at=NOON)
    kept = DealAction.objects.get(opportunity_ref=deals[0].external_id)
    acting.accept(kept, by=rosa, at=NOON)
    for outlook in outlooks:
        outlook.warnings = []
        outlook.save()
    assert acting.suggest(org=org, at=LATER) == acting.Suggested(made=0, withdrawn=1)
    assert list(DealAction.objects.filter(org=org)) == [kept]


def test_a_play_that_is_switched_off_is_withdrawn(org: Org) -> None:
    an_outlook(deal=an_opportunity(org=org), warnings=["no_activity"])
    play = a_play(org=org)
    acting.suggest(org=org, at=NOON)
    Play.objects.filter(pk=play.pk).update(is_active=False)
    assert acting.suggest(org=org, at=NOON) == acting.Suggested(made=0, withdrawn=1)


def test_a_dismissed_play_stays_quiet_for_a_while(org: Org, rosa: User) -> None:
    an_outlook(deal=an_opportunity(org=org), warnings=["no_activity"])
    a_play(org=org)
    acting.suggest(org=org, at=NOON)
    acting.dismiss(DealAction.objects.get(), reason="They are on holiday", by=rosa, at=NOON)
    assert acting.suggest(org=org, at=NOON + acting.QUIET - HOUR).made == 0
    assert acting.suggest(org=org, at=NOON + acting.QUIET + HOUR).made == 1


def test_who_decided_when_and_at_which_chance_is_kept(org: Org, rosa: User) -> None:
    deal = an_opportunity(org=org)
    outlook = an_outlook(deal=deal, probability=0.4)
    action = an_action(deal=deal)
    found = acting.accept(action, by=rosa, at=NOON)
    assert (found.state, found.decided_by, found.decided_at) == ("accepted", rosa, NOON)
    assert found.probability == 0.4
    outlook.probability, outlook.high = 0.6, 0.7
    outlook.save()
    found = acting.finish(action, by=rosa, at=LATER)
    assert (found.state, found.probability) == ("done", 0.6)
    assert [(each["state"], each["probability"]) for each in found.past] == [
        ("accepted", 0.4),
        ("done", 0.6),
    ]
    assert {each["name"] for each in found.past} == {"Rosa Delgado"}


def test_undoing_leads_back_step_by_step_and_forgets_nothing(org: Org, rosa: User) -> None:
    deal, marcus = an_opportunity(org=org), UserFactory(full_name="Marcus Webb")
    an_outlook(deal=deal)
    action = an_action(deal=deal)
    acting.accept(action, by=rosa, at=NOON)
    acting.dismiss(action, reason=" Not  now ", by=marcus, at=LATER)
    found = acting.undo(action, by=marcus, at=LATER + HOUR)
    assert (found.state, found.decided_by, found.decided_at) == ("accepted", rosa, NOON)
    assert found.reason == ""
    found = acting.undo(action, by=rosa, at=LATER + HOUR)
    assert (found.state, found.decided_by, found.decided_at) == ("suggested", None, None)
    with pytest.raises(acting.ActingError, match="Nothing has been decided"):
        acting.undo(action, by=rosa, at=LATER + HOUR)
    found = acting.finish(action, by=rosa, at=LATER + HOUR)
    assert [each["state"] for each in found.past] == [
        "accepted",
        "dismissed",
        "undone",
        "undone",
        "done",
    ]
    assert found.past[1]["reason"] == "Not now"


@pytest.mark.parametrize("reason", ["", " \n "])
def test_a_dismissal_without_a_reason_is_refused(org: Org, rosa: User, reason: str) -> None:
    action = an_action(org=org)
    with pytest.raises(acting.ActingError, match="Say why not"):
        acting.dismiss(action, reason=reason, by=rosa, at=NOON)
    action.refresh_from_db()
    assert action.state == "suggested"


def test_two_people_do_not_decide_the_same_twice(org: Org, rosa: User) -> None:
    deal = an_opportunity(org=org)
    action = an_action(deal=deal)
    stale = DealAction.objects.get(pk=action.pk)
    acting.finish(action, by=rosa, at=NOON)
    with pytest.raises(acting.ActingError, match="done already, by Rosa Delgado"):
        acting.accept(stale, by=rosa, at=NOON)


def test_what_was_suggested_anew_is_not_doubled_by_undoing(org: Org, rosa: User) -> None:
    deal = an_opportunity(org=org)
    play = a_play(org=org)
    old = an_action(deal=deal, play=play)
    acting.dismiss(old, reason="No", by=rosa, at=NOON)
    an_action(deal=deal, play=play)
    with pytest.raises(acting.ActingError, match="suggested anew"):
        acting.undo(old, by=rosa, at=LATER)


def test_one_play_alone_is_suggested_where_it_alone_was_changed(org: Org) -> None:
    an_outlook(deal=an_opportunity(org=org), warnings=["no_activity", "overdue"])
    call, other = a_play(org=org, title="Call"), a_play(org=org, trigger="overdue", title="Date")
    acting.suggest(org=org, at=NOON, play=call)
    assert [title for title, _ in suggested(org)] == ["Call"]
    Play.objects.update(is_active=False)
    assert acting.suggest(org=org, at=NOON, play=other) == acting.Suggested(made=0, withdrawn=0)
    assert acting.suggest(org=org, at=NOON, play=call).withdrawn == 1


def told(org: Org) -> list[tuple[str, dict[str, Any]]]:
    events = AuditEvent.objects.filter(org=org).order_by("id")
    return [(each.subject, each.detail) for each in events]


def test_the_playbook_keeps_its_order_and_tells_who_changed_it(org: Org, rosa: User) -> None:
    plays = [
        playbook.save(Play(org=org, trigger="overdue", title=title), changed={}, by=rosa)
        for title in "ABC"
    ]
    assert [play.position for play in plays] == [0, 1, 2]
    assert playbook.move(plays[2], up=True, by=rosa)
    assert not playbook.move(plays[0], up=True, by=rosa)
    assert "".join(play.title for play in playbook.in_order(org)) == "ACB"
    playbook.switch(plays[1], is_active=False, by=rosa)
    playbook.switch(plays[1], is_active=False, by=rosa)
    assert [detail for _, detail in told(org)[3:]] == [
        {"play": plays[2].pk, "moved": "up"},
        {"play": plays[1].pk, "active": False},
    ]
    assert told(org)[0][0] == "Play: A"


def test_suggesting_for_many_deals_is_two_questions(
    org: Org, django_assert_num_queries: Any
) -> None:
    for _ in range(20):
        an_outlook(deal=an_opportunity(org=org), warnings=["no_activity", "overdue"])
    for trigger in ("no_activity", "overdue"):
        a_play(org=org, trigger=trigger)
    with django_assert_num_queries(4):  # and the two ends of a savepoint
        assert acting.suggest(org=org, at=NOON).made == 40
