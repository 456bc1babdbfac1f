"""What the list of lead scores keeps between two who ask: never what another list or hour says."""

from datetime import datetime, timedelta

import pytest
from django.http import QueryDict

from accounts.about.teams import teams_seen_by
from forecasting.lead_pages.board import Board
from forecasting.lead_pages.standing import Sums
from forecasting.lead_pages.table import offered_to
from tests.forecasting.lead_team import NOW, LeadTeam

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def team() -> LeadTeam:
    return LeadTeam()


def test_a_status_that_ends_a_lead_is_not_offered_because_another_list_has_it(
    team: LeadTeam,
) -> None:
    for status in ("New", "Working", "Unqualified"):
        team.lead(status=status)
    assert b"Unqualified" in team.page("rep", "leads/").content
    reader = team.members["rep"]
    offered = offered_to(reader, tree=teams_seen_by(reader))
    assert [status for status, _ in offered.statuses] == ["New", "Working"]


def sums_at(team: LeadTeam, at: datetime) -> Sums:
    reader = team.members["executive"]
    return Board(reader=reader, asked=QueryDict(), path="/", today=at.date(), at=at).standing.whole


def test_who_becomes_late_is_counted_within_minutes(team: LeadTeam) -> None:
    team.org.__class__.objects.filter(pk=team.org.pk).update(clock_date=None)
    for who in team.members.values():
        who.org.refresh_from_db()
    at = NOW.replace(hour=12, minute=2, second=0)
    team.score(lead=team.lead(created_at=at - 55 * MINUTE))
    assert (sums_at(team, at).waiting, sums_at(team, at).late) == (1, 0)
    # Another lead, of which nobody was told, is counted with the next five minutes.
    team.score(lead=team.lead(created_at=at - 30 * MINUTE))
    assert sums_at(team, at + 2 * MINUTE).waiting == 1
    later = sums_at(team, at + 10 * MINUTE)
    assert (later.waiting, later.late) == (2, 1)
