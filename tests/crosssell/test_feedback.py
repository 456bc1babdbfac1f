"""What people say to suggestions: who may, what is kept, and what is taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crosssell import feedback
from crosssell.feedback import FeedbackError
from crosssell.models import Recommendation
from revenue.users.models import User
from tests.crosssell.team import Team
from tests.factories.facts import DAY, NOON
from tests.factories.people import UserFactory
from tests.factories.selling import a_recommendation

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def person() -> User:
    return UserFactory(full_name="Ada Seller")


def fresh(row: Recommendation) -> Any:
    return Recommendation.objects.get(pk=row.pk)


def test_accepted_then_dismissed_then_taken_back_twice_and_all_of_it_kept(person: User) -> None:
    row = a_recommendation()
    feedback.accept(row, by=person, at=NOON)
    feedback.dismiss(row, why="price", words="  twice \n as much ", by=person, at=LATER)
    row = fresh(row)
    assert (row.state, row.reason) == ("dismissed", "Too expensive for them: twice as much")
    assert (row.decided_by, row.decided_at, row.ended_at) == (person, LATER, LATER)
    feedback.take_back(row, by=person, at=LATER)
    row = fresh(row)
    assert (row.state, row.reason, row.decided_at, row.ended_at) == ("accepted", "", NOON, None)
    feedback.take_back(row, by=person, at=LATER)
    row = fresh(row)
    assert (row.state, row.decided_by) == ("suggested", None)
    assert [each["state"] for each in row.past] == ["accepted", "dismissed", "undone", "undone"]
    assert [event.words for event in feedback.events_of(row)][:2] == ["Accepted", "Dismissed"]
    with pytest.raises(FeedbackError, match="no decision"):
        feedback.take_back(row, by=person, at=LATER)


def test_a_dismissal_needs_a_reason_of_the_list_or_own_words(person: User) -> None:
    row = a_recommendation()
    for why, words, said in (
        ("", "", "Choose why"),
        ("x", "y", "Choose why"),
        ("other", " ", "own"),
    ):
        with pytest.raises(FeedbackError, match=said):
            feedback.dismiss(row, why=why, words=words, by=person, at=NOON)
    assert fresh(row).past == []
    feedback.dismiss(row, why="other", words="x" * 900, by=person, at=NOON)
    assert len(fresh(row).reason) == feedback.MOST_WORDS
    for why in feedback.WHY_NOT:
        assert len(feedback.reason_of(why, "x" * 900)) <= 255


@pytest.mark.parametrize("state", ["accepted", "dismissed", "converted", "expired", "withdrawn"])
def test_what_is_decided_or_over_is_not_accepted_again(state: str, person: User) -> None:
    row = a_recommendation(state=state)
    with pytest.raises(FeedbackError, match="already"):
        feedback.accept(row, by=person, at=NOON)
    assert fresh(row).state == state


def test_a_dismissal_stays_where_the_same_was_suggested_anew_bought_or_ran_out(
    person: User,
) -> None:
    row = a_recommendation()
    feedback.dismiss(row, why="time", by=person, at=NOON)
    again = a_recommendation(org=row.org, account_ref=row.account_ref, product_ref=row.product_ref)
    with pytest.raises(FeedbackError, match="anew"):
        feedback.take_back(row, by=person, at=NOON)
    again.delete()
    Recommendation.objects.filter(pk=row.pk).update(bought_at=NOON)
    with pytest.raises(FeedbackError, match="bought"):
        feedback.take_back(row, by=person, at=NOON)
    Recommendation.objects.filter(pk=row.pk).update(
        bought_at=None, expires_on=DAY - timedelta(days=1)
    )
    row.org.clock_date = DAY
    row.org.save()
    with pytest.raises(FeedbackError, match="run out"):
        feedback.take_back(row, by=person, at=NOON)


class TestThroughPages:
    @pytest.fixture
    def team(self) -> Team:
        return Team()

    def decide(self, team: Team, who: str, row: Recommendation, **said: str) -> Any:
        headers = {"HX-Request": "true", "HX-Target": f"suggestion-{row.pk}"}
        return team.client(who).post(f"/o/acme/sell/{row.pk}/decide/", said, headers=headers)

    def test_sellers_who_read_the_account_decide_and_nobody_else(self, team: Team) -> None:
        row = team.suggestion("Care")
        for who, status in (("admin", 403), ("integrator", 403), ("outside", 404), ("other", 404)):
            assert self.decide(team, who, row, decision="accept").status_code == status
        assert fresh(row).state == "suggested"
        for who in ("rep", "manager", "executive"):
            answer = self.decide(team, who, row, decision="accept")
            assert answer.status_code == 200
            assert b"Accepted by" in answer.content
            assert "toast" in answer["HX-Trigger"]
            assert self.decide(team, who, row, decision="undo").status_code == 200
        assert len(fresh(row).past) == 6

    def test_what_cannot_be_done_says_why_in_its_place(self, team: Team) -> None:
        row = team.suggestion("Care")
        answer = self.decide(team, "rep", row, decision="dismiss")
        assert answer.status_code == 422
        assert b"Choose why not" in answer.content
        assert self.decide(team, "rep", row, decision="sell").status_code == 422
        plain = team.client("rep").post(f"/o/acme/sell/{row.pk}/decide/", {"decision": "undo"})
        assert plain.status_code == 422
        assert b"<html" in plain.content

    def test_without_script_one_comes_to_the_page_of_the_suggestion(self, team: Team) -> None:
        row = team.suggestion("Care")
        client = team.client("rep")
        said = {"decision": "dismiss", "why": "fit", "words": "<b>too big</b>"}
        answer = client.post(f"/o/acme/sell/{row.pk}/decide/", said)
        assert answer["Location"] == f"/o/acme/sell/{row.pk}/"
        text = client.get(answer["Location"]).content.decode()
        assert "Dismissed." in text
        assert "Does not fit this customer: &lt;b&gt;too big" in text

    def test_the_moment_is_that_of_the_clock_of_the_org(self, team: Team) -> None:
        row = team.suggestion("Care")
        assert self.decide(team, "rep", row, decision="dismiss", why="fit").status_code == 200
        last_of_day = datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
        assert (fresh(row).decided_at, fresh(row).ended_at) == (last_of_day, last_of_day)

    def test_who_may_not_act_sees_no_buttons(self, team: Team) -> None:
        row = team.suggestion("Care")
        assert b"Dismiss it" in team.page("rep", f"{row.pk}/").content
        assert b"Dismiss it" not in team.page("admin", f"{row.pk}/").content
