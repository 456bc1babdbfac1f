"""One scoring of an org, cut into steps: the weeks before where nobody scored them, then the open
deals by chunk, each with its score, its outlook and its analysis, and last what follows from all.

A step is written whole or not at all, and its mark says where whoever goes on begins.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.about import kept
from forecasting.acting import suggest
from forecasting.deals import drifting, training
from forecasting.deals.training import Foreseen, foresee, said_of
from forecasting.models import DealOutlook
from forecasting.reasons.analysis import reasons_of, write_analyses
from forecasting.reasons.prepared import prepare
from forecasting.risk import history, outlooks
from forecasting.risk.outlooks import outlooks_of
from forecasting.risk.plays import ensure_playbook
from forecasting.risk.policy import Policy
from revenue.ml.arrays import Ints
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.ml.tasks import moment_for
from revenue.users.models import Org

DAY = timedelta(days=1)
PAST, NOW, END = "past", "now", "end"
SCORING = "score-deals"  # no two of an org at once
Mark = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """`deals` are counted as done with it; `mark` is kept with what it writes."""

    text: str
    deals: int
    mark: Mark
    write: Callable[[], object]


@dataclass(frozen=True, eq=False)
class Scoring:
    """`is_current` is false of a day long past: its scores are kept, and pages show others."""

    foreseen: Foreseen
    at: datetime
    is_current: bool

    @property
    def org(self) -> Org:
        return self.foreseen.org

    def begin(self) -> Mark:
        """Which weeks are to be filled in is decided once: one half filled is no longer empty."""
        weeks = history.weeks_to_fill(org=self.org, as_of=self.foreseen.as_of)
        return self.mark(PAST if self.is_current else NOW, weeks=[week.number for week in weeks])

    def mark(self, phase: str, *, after: str = "", weeks: list[int] | None = None) -> Mark:
        return {
            "run": self.foreseen.run.pk,
            "as_of": self.foreseen.as_of.isoformat(),
            "phase": phase,
            "after": after,
            "weeks": weeks or [],
        }

    def goes_on(self, mark: Mark) -> bool:
        """Another model or another moment begins anew."""
        same = self.mark("")
        return all(mark.get(name) == same[name] for name in ("run", "as_of"))

    def steps(self, mark: Mark) -> Iterator[Step]:
        after = mark["after"]
        if mark["phase"] == PAST:
            yield from self.past(mark["weeks"], after)
            after = ""
        if mark["phase"] != END:
            yield from self.now(after)
        if self.is_current:
            yield Step("Putting in order", 0, self.mark(END), self.finish)

    def past(self, weeks: list[int], after: str) -> Iterator[Step]:
        filled = 0
        for place, number in enumerate(weeks):
            if filled >= history.MOST_FILLED:
                return
            then = self.foreseen.as_of - number * history.WEEK
            week = history.foreseen_then(self.foreseen, as_of=then)
            filled += len(week.frame)
            for places in week.parts(after=after):
                rows = week.rows(places)
                mark = self.mark(PAST, after=rows[-1].opportunity_ref, weeks=weeks[place:])
                text = f"Looking back {number} week{'s' if number > 1 else ''}"
                yield Step(text, 0, mark, lambda rows=rows: training.write(rows))  # type: ignore[misc]
            after = ""

    def now(self, after: str) -> Iterator[Step]:
        while True:
            policy = Policy.of(self.org)
            yield from self.chunks(after, policy)
            if not self.is_current or Policy.of(self.org).as_row() == policy.as_row():
                return
            after = ""  # somebody changed the policy meanwhile: one and the same is to hold for all

    def chunks(self, after: str, policy: Policy) -> Iterator[Step]:
        found = outlooks_of(self.foreseen, policy=policy) if self.is_current else None
        prepared = prepare(self.foreseen) if self.is_current else None
        for places in self.foreseen.parts(after=after):
            last = str(self.foreseen.frame.ids[places[-1]])

            def write(places: Ints = places) -> None:
                rows = self.foreseen.rows(places)
                training.write(rows)
                if found is not None and prepared is not None:
                    refs = [row.opportunity_ref for row in rows]
                    history.thin(org=self.org, as_of=self.foreseen.as_of, refs=refs)
                    reasons = reasons_of(prepared, places)
                    outlooks.write(found.rows(places, rows, reasons=reasons))
                    write_analyses(prepared, places)

            yield Step("Scoring open deals", len(places), self.mark(NOW, after=last), write)

    def finish(self) -> None:
        """What takes long comes first: whoever changes a play waits for what comes after it."""
        drifting.note(self.foreseen, at=self.at)
        outlooks.remove_ended(self.foreseen)
        ensure_playbook(org=self.org)
        suggest(org=self.org, at=self.at)
        transaction.on_commit(lambda: kept.forget(self.org))


def scoring_of(*, org: Org, as_of: datetime, at: datetime) -> Scoring:
    """Raises `NoModelError` where no model is live."""
    return Scoring(foresee(org=org, as_of=as_of), at, is_current(org, as_of=as_of, at=at))


def is_current(org: Org, *, as_of: datetime, at: datetime) -> bool:
    newest = DealOutlook.objects.of(org).order_by("-as_of").values_list("as_of", flat=True).first()
    return as_of > moment_for(org, at=at) - DAY and (newest is None or as_of >= newest)


def score(*, org: Org, as_of: datetime, at: datetime) -> dict[str, Any]:
    """All of it at once, without a job."""
    with one_at_a_time(org, SCORING):
        scoring = scoring_of(org=org, as_of=as_of, at=at)
        for step in scoring.steps(scoring.begin()):
            with transaction.atomic():
                step.write()
        return said_of(scoring.foreseen)
