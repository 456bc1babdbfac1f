"""A table of arrays that becomes rows only where somebody reads them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from accounts.connectors.base import Row
from accounts.connectors.demo.calendar import day_of, moment_of
from accounts.connectors.demo.draws import Bools, Ints
from accounts.connectors.demo.ids import ids

ROWS_AT_ONCE = 5_000
Values = Callable[[Ints], Sequence[Any]]


@dataclass(frozen=True)
class Table:
    """`stamps` is when each row last changed; `gone` when it was deleted, and into what merged."""

    numbers: Ints
    stamps: Ints
    columns: Mapping[str, Values]
    gone: Ints | None = None
    merged_into: Values | None = field(default=None)

    def only(self, kept: Ints) -> "Table":
        """Its columns are made of fewer rows; nothing in it may be deleted."""
        columns = {name: _of(make, kept) for name, make in self.columns.items()}
        return Table(self.numbers[kept], self.stamps[kept], columns)

    def rows(self, chosen: Ints) -> Iterator[Row]:
        for start in range(0, len(chosen), ROWS_AT_ONCE):
            part = chosen[start : start + ROWS_AT_ONCE]
            names = list(self.columns)
            for values in zip(*(make(part) for make in self.columns.values()), strict=True):
                yield dict(zip(names, values, strict=True))


def _of(make: Values, kept: Ints) -> Values:
    return lambda chosen: make(kept[chosen])


def own_ids(object_name: str, pod: str, numbers: Ints) -> Values:
    return lambda chosen: ids(object_name, pod, numbers[chosen])


def heads(
    object_name: str, pod: str, numbers: Ints, *, created: Ints, stamps: Ints
) -> dict[str, Values]:
    """What every record of a CRM begins with."""
    return {
        "Id": own_ids(object_name, pod, numbers),
        "CreatedDate": moments(created),
        "SystemModstamp": moments(stamps),
    }


def refs(object_name: str, pod: str, numbers: Ints) -> Values:
    """Below zero: none."""

    def values(chosen: Ints) -> Sequence[Any]:
        part = numbers[chosen]
        known = ids(object_name, pod, np.maximum(part, 0))
        return [found if there else None for found, there in zip(known, part >= 0, strict=True)]

    return values


def days(numbers: Ints) -> Values:
    return lambda chosen: [day_of(day) if day > 0 else None for day in numbers[chosen].tolist()]


def moments(seconds: Ints) -> Values:
    return lambda chosen: [
        moment_of(second) if second > 0 else None for second in seconds[chosen].tolist()
    ]


def money(cents: Ints) -> Values:
    """Below zero: none."""
    return lambda chosen: [
        Decimal(amount).scaleb(-2) if amount >= 0 else None for amount in cents[chosen].tolist()
    ]


def coded(codes: Ints, words: Sequence[Any]) -> Values:
    """Below zero: none."""
    return lambda chosen: [words[code] if code >= 0 else None for code in codes[chosen].tolist()]


def plain(values: npt.NDArray[Any], known: Bools | None = None) -> Values:
    if known is None:
        return lambda chosen: values[chosen].tolist()
    return lambda chosen: [
        value if there else None
        for value, there in zip(values[chosen].tolist(), known[chosen].tolist(), strict=True)
    ]


def always(value: Any) -> Values:
    return lambda chosen: [value] * len(chosen)


def listed(values: Sequence[Any]) -> Values:
    return lambda chosen: [values[index] for index in chosen.tolist()]
