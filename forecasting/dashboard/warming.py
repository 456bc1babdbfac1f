"""Counting ahead, as soon as scores are written, what the first reader would wait for."""

from datetime import datetime

from django.http import QueryDict

from accounts.visibility import WHOLE_ORG
from forecasting.dashboard.board import Board
from revenue.users.models import Membership, Org


def warm(org: Org, *, at: datetime) -> None:
    """For all who read the whole org, whose figures are the same."""
    readers = Membership.objects.active().filter(org=org, role__in=WHOLE_ORG)
    reader = readers.select_related("org").order_by("id").first()
    if reader is None:
        return
    board = Board(
        reader=reader,
        asked=QueryDict(),
        path="",
        today=org.today(at=at),
        is_scoring=False,
    )
    _ = board.standing, board.unscored
