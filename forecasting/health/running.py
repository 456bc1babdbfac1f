"""A scoring as steps that may be interrupted: past weeks first, then now, plays and lifetimes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.about.kept import forget
from forecasting.health import scoring
from forecasting.health.acting import suggest
from forecasting.health.leaving import leaving_of
from forecasting.health.lifetime import lifetimes_of, store_lifetimes
from forecasting.health.scoring import (
    Speaker,
    aside,
    clear_aside,
    moments_to_score,
    put_aside,
    put_in_place,
    seen_at,
    speaker_of,
    take_over,
)
from forecasting.models.health import AccountHealth, LifetimeValue
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.users.models import Org

SCORING = "score-health"  # no two of an org at once
Mark = dict[str, Any]


@dataclass(frozen=True)
class Step:
    text: str
    rows: int
    mark: Mark
    write: Callable[[], object]


@dataclass(frozen=True, eq=False)
class Scoring:
    speaker: Speaker
    as_of: datetime
    at: datetime

    @property
    def org(self) -> Org:
        return self.speaker.org

    @property
    def run_id(self) -> int:
        return self.speaker.run.pk if self.speaker.run else 0

    def goes_on(self, mark: Mapping[str, Any]) -> bool:
        """A model that went live meanwhile begins anew: one page holds the word of one model."""
        return bool(mark) and mark.get("run") == self.run_id and "moments" in mark

    def begin(self) -> Mark:
        """Decided once: where half of the weeks are there, nothing would seem to be missing."""
        told = leaving_of(org=self.org, as_of=self.as_of, policy=self.speaker.policy)
        moments = moments_to_score(self.org, self.as_of, is_dated=told.is_dated)
        said = [one.isoformat() for one in moments]
        return {"run": self.run_id, "moments": said, "done": 0, "after": ""}

    def steps(self, mark: Mapping[str, Any]) -> Iterator[Step]:
        if mark.get("shown"):
            return
        moments = [datetime.fromisoformat(one) for one in mark["moments"]]
        for place in range(int(mark["done"]), len(moments)):
            seen = seen_at(self.speaker, moments[place])
            goes_on = place == int(mark["done"]) and aside(self.org, self.as_of).exists()
            after = str(mark["after"]) if goes_on else ""
            text = f"Health as of {moments[place]:%d %b %Y}"
            is_last = place == len(moments) - 1
            if not after:
                yield Step(text, 0, {**mark, "done": place, "after": ""}, self.clear)
            for rows in seen.chunks(after=after):
                put_aside(rows, as_of=self.as_of)
                last = str(rows[-1].account_ref) if rows else after
                here = {**mark, "done": place, "after": last}
                yield Step(text, len(rows), here, writing(rows))
            then = nothing if is_last else self.placing(moments[place])
            yield Step(text, 0, {**mark, "done": place + 1, "after": ""}, then)
        done = {**mark, "done": len(moments), "after": "", "shown": True}
        told = lifetimes_of(org=self.org, as_of=self.as_of, rows=aside(self.org, self.as_of))
        yield Step("Showing them and suggesting plays", 0, done, lambda: self.show(told))

    def clear(self) -> None:
        clear_aside(self.org, self.as_of)

    def placing(self, moment: datetime) -> Callable[[], None]:
        return lambda: put_in_place(self.org, moment, as_of=self.as_of)

    def show(self, lifetimes: Sequence[LifetimeValue]) -> None:
        if take_over(self.org, self.as_of):
            store_lifetimes(org=self.org, rows=lifetimes)
            suggest(org=self.org, at=self.at, policy=self.speaker.policy)
            forget(self.org)

    def said(self) -> dict[str, Any]:
        rows = AccountHealth.objects.of(self.org).filter(as_of=self.as_of)
        bands = list(rows.values_list("band", flat=True))
        return {
            "run": self.run_id or None,
            "as_of": self.as_of.isoformat(),
            "source": "model" if self.speaker.by_model else "composite",
            "customers": len(bands),
            "bands": {name: bands.count(name) for name in ("red", "yellow", "green")},
            "lifetimes": LifetimeValue.objects.of(self.org).count(),
        }


def writing(rows: list[AccountHealth]) -> Callable[[], None]:
    return lambda: scoring.write(rows)


def nothing() -> None:
    """Now is shown when everything about it is known."""


def scoring_of(*, org: Org, as_of: datetime, at: datetime) -> Scoring:
    return Scoring(speaker_of(org), as_of, at)


def score(*, org: Org, as_of: datetime, at: datetime) -> dict[str, Any]:
    with one_at_a_time(org, SCORING):
        found = scoring_of(org=org, as_of=as_of, at=at)
        for step in found.steps(found.begin()):
            step.write()
        return found.said()
