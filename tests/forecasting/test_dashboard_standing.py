"""Figures that are kept for whoever reads the whole org: until when they hold."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import CrmUser
from forecasting.dashboard.warming import warm
from forecasting.models import DealOutlook
from revenue.users.roles import Role
from tests.factories.facts import NOON
from tests.forecasting.test_dashboard import Team, team

__all__ = ["team"]
pytestmark = pytest.mark.django_db


def test_what_is_counted_ahead_is_what_an_executive_reads(team: Team) -> None:
    team.deal(corporate_amount=Decimal(1000))
    warm(team.org, at=timezone.now())
    team.deal(corporate_amount=Decimal(3000), as_of=NOON)
    # The same scores: what was counted stands. Newer ones: it is counted anew.
    assert team.tiles("executive")["Open pipeline"].value == "$1k"
    DealOutlook.objects.update(as_of=NOON + timedelta(hours=6))
    assert team.tiles("executive")["Open pipeline"].value == "$4k"
    assert team.tiles("rep")["Open pipeline"].value == "$4k"


def test_another_line_of_reporting_ends_what_was_counted_of_a_team(team: Team) -> None:
    team.deal("rep", corporate_amount=Decimal(1000))
    team.deal("outside", corporate_amount=Decimal(3000))
    of_manager = "?team=u-manager"
    assert team.tiles("executive", of_manager)["Open pipeline"].value == "$1k"
    CrmUser.objects.filter(external_id="u-outside").update(manager_ref="u-manager")
    assert team.tiles("executive", of_manager)["Open pipeline"].value == "$4k"


def test_whoever_reads_no_longer_the_whole_org_is_told_of_their_own_deals(team: Team) -> None:
    team.deal("rep", corporate_amount=Decimal(1000))
    team.deal("outside", corporate_amount=Decimal(3000))
    member = team.members["rep"]
    for role, said in ((Role.EXECUTIVE, "$4k"), (Role.REP, "$1k"), (Role.EXECUTIVE, "$4k")):
        type(member).objects.filter(pk=member.pk).update(role=role)
        assert team.tiles("rep")["Open pipeline"].value == said
