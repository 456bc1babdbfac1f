"""What is learned here, by name: each task of an app above, which the commands serve alike.

`settings.LEARNING_TASKS` names a `LearningTask` for each, so that this room need know none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from revenue.ml.models import ModelRun
from revenue.users.models import Org

Tell = Callable[[str], object]


class LearningError(Exception):
    """Why it could not be done; the message says what to do."""


@dataclass(frozen=True)
class Said:
    """What a command prints: one JSON object, or some lines of text."""

    data: dict[str, Any]
    text: str


def said_of_run(run: ModelRun) -> Said:
    """What became of a training."""
    said = {
        "run": run.pk,
        "state": run.state,
        "readiness": run.readiness,
        "reasons": run.reasons,
        "reason": run.reason,
        "metrics": run.metrics,
    }
    text = f"{run}: {run.get_readiness_display()}, {run.get_state_display().lower()}."
    return Said(said, " ".join([text, *run.reasons, run.reason]).strip())


@dataclass(frozen=True)
class Asked:
    """Of which org, as of when; `test_from` only where it is judged; `tell` says what goes on."""

    org: Org
    as_of: datetime
    at: datetime
    tell: Tell
    test_from: datetime | None = None


@dataclass(frozen=True)
class LearningTask:
    train: Callable[[Asked], Said]
    score: Callable[[Asked], Said]
    evaluate: Callable[[Asked], Said]


# Of a set of its own: given the command's options and where to tell what goes on.
Judged = Callable[[Mapping[str, Any], Tell], Said]


def judged_names() -> list[str]:
    return list(settings.JUDGED_SETS)


def judged_named(name: str) -> Judged:
    found: Judged = import_string(settings.JUDGED_SETS[name])
    return found


def task_names() -> list[str]:
    return list(settings.LEARNING_TASKS)


def task_named(name: str) -> LearningTask:
    found: LearningTask = import_string(settings.LEARNING_TASKS[name])
    return found


def moment_for(org: Org, *, at: datetime) -> datetime:
    """The end of the day that the org's clock shows, where it has one of its own; else now."""
    if org.clock_date is None:
        return at
    return datetime.combine(org.clock_date, time(23, 59, 59), tzinfo=UTC)
