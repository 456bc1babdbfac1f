"""What has been said, as rows: the newest of each node, and how it came to be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from forecasting.models import ForecastCall

Said = dict[tuple[str, str], ForecastCall]
SHOWN = 50


@dataclass(frozen=True)
class Step:
    call: ForecastCall
    before: Decimal | None

    @property
    def is_taken_back(self) -> bool:
        return self.call.amount is None


def newest(calls: QuerySet[Any]) -> Iterable[ForecastCall]:
    """Of each node and kind the last."""
    rows: QuerySet[Any] = calls.order_by("key", "kind", "-made_at", "-id").distinct("key", "kind")
    return rows


def steps_of(calls: QuerySet[Any]) -> list[Step]:
    """Of one node, newest first; the oldest that is read only says what was before."""
    rows = list(calls.order_by("-made_at", "-id")[: SHOWN + len(ForecastCall.Kind)])
    return steps_in(rows)


def steps_in(rows: Sequence[ForecastCall]) -> list[Step]:
    found: list[Step] = []
    last: dict[str, Decimal | None] = {}
    for call in reversed(rows):
        found.append(Step(call, last.get(call.kind)))
        last[call.kind] = call.amount
    return found[::-1]
