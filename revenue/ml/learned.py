"""A model that is not on record yet, and what stands in the way of one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from revenue.ml.models import ModelRun
from revenue.ml.recording import AnyModel, Owner, Rows, record_and_promote
from revenue.users.models import Org, User


class NothingToLearnError(Exception):
    """Says what is missing, and what to do."""


class NoModelError(Exception):
    """Says which command makes one."""

    @classmethod
    def of(cls, org: Org, task: str) -> Self:
        return cls(
            f"No model of {org.slug} is live: run manage.py train {task} --org {org.slug} first."
        )


@dataclass(frozen=True, eq=False)
class Learned:
    """Learning takes long, and recording does not."""

    owner: Owner
    as_of: datetime
    rows: Rows
    trained: AnyModel

    def record(self, *, at: datetime, by: User | None = None) -> ModelRun:
        return record_and_promote(
            self.trained, owner=self.owner, as_of=self.as_of, at=at, frame=self.rows, by=by
        )
