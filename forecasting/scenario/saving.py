"""Named what-ifs: private to whoever made them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from forecasting.models import Scenario
from forecasting.quarter_pages.asked import Asked
from forecasting.scenario.changes import Changes, one_line
from forecasting.scenario.page import Desk, as_found
from revenue.users.models import Membership

MOST_KEPT = 60
NAME_LENGTH = Scenario._meta.get_field("name").max_length or 0


class ScenarioError(ValueError):
    """Says why it cannot be kept."""


@dataclass(frozen=True)
class Kept:
    scenario: Scenario

    @property
    def changes(self) -> Changes:
        return Changes.from_json(self.scenario.changes)

    @property
    def then(self) -> str | None:
        """The P50 as forecast on the day it was kept; `now` is what it would have been."""
        return self.found("before")

    @property
    def now(self) -> str | None:
        return self.found("after")

    def found(self, side: str) -> str | None:
        band: dict[str, str] = self.scenario.found.get(side, {})
        return band.get("p50")

    @property
    def said(self) -> str:
        return one_line(self.changes)


def kept_by(reader: Membership, asked: Asked) -> QuerySet[Scenario]:
    """Of the period; of every team that its reader looked at."""
    rows = Scenario.objects.visible_to(reader).filter(
        length=asked.period.length.value, since=asked.period.since
    )
    return rows.order_by("-made_at", "-id")


def keep(desk: Desk, changes: Changes, *, name: str, at: datetime) -> Scenario:
    """In the place of one of the same name."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise ScenarioError(f"Give it a name of at most {NAME_LENGTH} characters.")
    picked = desk.picked(changes)
    changes = changes.of(picked)
    if changes.is_none:
        raise ScenarioError("Nothing is supposed otherwise yet: there is nothing to keep.")
    mine = kept_by(desk.reader, desk.asked)
    if not mine.filter(name=name).exists() and mine.count() >= MOST_KEPT:
        raise ScenarioError(f"You keep {MOST_KEPT} of this period: delete one first.")
    found, _ = Scenario.objects.update_or_create(
        org=desk.reader.org,
        owner=desk.reader.user,
        length=desk.asked.period.length.value,
        since=desk.asked.period.since,
        name=name,
        defaults={
            "key": desk.node.key,
            "changes": changes.as_json(),
            "found": as_found(desk.outcome(changes, picked)),
            "made_at": at,
        },
    )
    return found
