"""Filters of a table: each reads its own part of the address, says what is wrong with it, narrows.

A part that cannot be read narrows nothing and shows its message beside the field.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Protocol

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format

MAX_TEXT = 200
MAX_NUMBER = Decimal(10) ** 15

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class BoundFilter:
    """What a template draws and a queryset takes. `values` is what the address holds, as typed."""

    name: str
    label: str
    kind: str
    values: Mapping[str, str] = field(default_factory=dict)
    selected: tuple[str, ...] = ()
    choices: Choices = ()
    condition: Q | None = None
    summary: str = ""
    error: str = ""
    params: tuple[tuple[str, str], ...] = ()

    @property
    def active(self) -> bool:
        return self.condition is not None

    @property
    def value(self) -> str:
        return self.values.get("", "")

    @property
    def low(self) -> str:
        return self.values.get("from", "")

    @property
    def high(self) -> str:
        return self.values.get("to", "")


class Filter(Protocol):
    @property
    def name(self) -> str: ...

    def bind(self, data: QueryDict, *, prefix: str = "") -> BoundFilter: ...

    def param_names(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, kw_only=True)
class TextFilter:
    """Each word must be contained in one of the paths."""

    name: str
    label: str
    paths: tuple[str, ...]

    def param_names(self) -> tuple[str, ...]:
        return (self.name,)

    def bind(self, data: QueryDict, *, prefix: str = "") -> BoundFilter:
        text = data.get(prefix + self.name, "").strip()
        error = ""
        if len(text) > MAX_TEXT:
            error = f"Search for at most {MAX_TEXT} characters."
        elif "\x00" in text:
            error = "Remove the unprintable character."
        condition = None if error or not text else self.condition(text)
        return BoundFilter(
            name=prefix + self.name,
            label=self.label,
            kind="text",
            values={"": text[:MAX_TEXT].replace("\x00", "")},
            condition=condition,
            summary=f"“{text}”",
            error=error,
            params=((prefix + self.name, text),) if condition else (),
        )

    def condition(self, text: str) -> Q:
        found = Q()
        for word in text.split():
            anywhere = Q()
            for path in self.paths:
                anywhere |= Q(**{f"{path}__icontains": word})
            found &= anywhere
        return found


@dataclass(frozen=True, kw_only=True)
class MultiChoiceFilter:
    """Any of several; the choices' values are what the column holds.

    `lookup="overlap"` for a column that itself holds several.
    """

    name: str
    label: str
    path: str
    choices: Choices
    lookup: str = "in"
    kind: str = field(default="multi", init=False)

    def param_names(self) -> tuple[str, ...]:
        return (self.name,)

    def asked(self, data: QueryDict, *, prefix: str) -> list[str]:
        return [each for each in dict.fromkeys(data.getlist(prefix + self.name)) if each]

    def bind(self, data: QueryDict, *, prefix: str = "") -> BoundFilter:
        asked = self.asked(data, prefix=prefix)
        labels = {str(value): label for value, label in self.choices}
        unknown = [each for each in asked if each not in labels]
        known = tuple(each for each in asked if each in labels)
        fits = bool(known) and not unknown
        return BoundFilter(
            name=prefix + self.name,
            label=self.label,
            kind=self.kind,
            selected=known,
            choices=[(str(value), label) for value, label in self.choices],
            condition=Q(**{f"{self.path}__{self.lookup}": list(known)}) if fits else None,
            summary=", ".join(str(labels[each]) for each in known),
            error="Choose from the list." if unknown else "",
            params=tuple((prefix + self.name, each) for each in known) if fits else (),
        )


@dataclass(frozen=True, kw_only=True)
class ChoiceFilter(MultiChoiceFilter):
    """One of several."""

    kind: str = field(default="choice", init=False)

    def asked(self, data: QueryDict, *, prefix: str) -> list[str]:
        return MultiChoiceFilter.asked(self, data, prefix=prefix)[-1:]


@dataclass(frozen=True, kw_only=True)
class ConditionFilter:
    """One of several, each with its own condition: what no single column holds."""

    name: str
    label: str
    options: Sequence[tuple[str, str, Q]]

    def param_names(self) -> tuple[str, ...]:
        return (self.name,)

    def bind(self, data: QueryDict, *, prefix: str = "") -> BoundFilter:
        asked = data.get(prefix + self.name, "")
        found = next((each for each in self.options if each[0] == asked), None)
        return BoundFilter(
            name=prefix + self.name,
            label=self.label,
            kind="choice",
            selected=(asked,) if found else (),
            choices=[(value, label) for value, label, _ in self.options],
            condition=found[2] if found else None,
            summary=found[1] if found else "",
            error="Choose from the list." if asked and not found else "",
            params=((prefix + self.name, asked),) if found else (),
        )


@dataclass(frozen=True, kw_only=True)
class BooleanFilter:
    name: str
    label: str
    path: str
    yes: str = "Yes"
    no: str = "No"

    def param_names(self) -> tuple[str, ...]:
        return (self.name,)

    def bind(self, data: QueryDict, *, prefix: str = "") -> BoundFilter:
        asked = data.get(prefix + self.name, "")
        labels = {"yes": self.yes, "no": self.no}
        known = asked in labels
        return BoundFilter(
            name=prefix + self.name,
            label=self.label,
            kind="choice",
            selected=(asked,) if known else (),
            choices=list(labels.items()),
            condition=Q(**{self.path: asked == "yes"}) if known else None,
            summary=labels.get(asked, ""),
            error="Choose from the list." if asked and not known else "",
            params=((prefix + self.name, asked),) if known else (),
        )


@dataclass(frozen=True, kw_only=True)
class DateRangeFilter:
    """Both days included; `moments` where the column holds a date with a time."""

    name: str
    label: str
    path: str
    moments: bool = False

    def param_names(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to")

    def bind(self, data: QueryDict, *, prefix: str = "") -> BoundFilter:
        raw = raw_range(data, prefix=prefix, name=self.name)
        problems: list[str] = []
        low, high = (read_day(raw[end], problems=problems) for end in ("from", "to"))
        if low and high and low > high:
            problems.append("Choose a first day that is not after the last.")
        ok = not problems and (low is not None or high is not None)
        return BoundFilter(
            name=prefix + self.name,
            label=self.label,
            kind="date_range",
            values=raw,
            condition=self.condition(low, high) if ok else None,
            summary=range_summary(spoken_day(low), spoken_day(high)),
            error=problems[0] if problems else "",
            params=range_params(raw, name=prefix + self.name) if ok else (),
        )

    def condition(self, low: dt.date | None, high: dt.date | None) -> Q:
        found = Q()
        if low is not None:
            found &= Q(**{f"{self.path}__gte": midnight(low) if self.moments else low})
        if high is not None and self.moments:
            found &= Q(**{f"{self.path}__lt": midnight(high + dt.timedelta(days=1))})
        elif high is not None:
            found &= Q(**{f"{self.path}__lte": high})
        return found


@dataclass(frozen=True, kw_only=True)
class NumberRangeFilter:
    name: str
    label: str
    path: str

    def param_names(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to")

    def bind(self, data: QueryDict, *, prefix: str = "") -> BoundFilter:
        raw = raw_range(data, prefix=prefix, name=self.name)
        problems: list[str] = []
        low, high = (read_number(raw[end], problems=problems) for end in ("from", "to"))
        if low is not None and high is not None and low > high:
            problems.append("Enter a lowest number that is not above the highest.")
        found = Q()
        if low is not None:
            found &= Q(**{f"{self.path}__gte": low})
        if high is not None:
            found &= Q(**{f"{self.path}__lte": high})
        ok = not problems and bool(found)
        return BoundFilter(
            name=prefix + self.name,
            label=self.label,
            kind="number_range",
            values=raw,
            condition=found if ok else None,
            summary=range_summary(spoken(low), spoken(high)),
            error=problems[0] if problems else "",
            params=range_params(raw, name=prefix + self.name) if ok else (),
        )


def raw_range(data: QueryDict, *, prefix: str, name: str) -> dict[str, str]:
    return {end: data.get(f"{prefix}{name}_{end}", "").strip()[:40] for end in ("from", "to")}


def range_params(raw: Mapping[str, str], *, name: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{name}_{end}", text) for end, text in raw.items() if text)


def range_summary(low: str | None, high: str | None) -> str:
    if low and high:
        return f"{low} – {high}"
    return f"from {low}" if low else f"up to {high}"


def read_day(text: str, *, problems: list[str]) -> dt.date | None:
    if not text:
        return None
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 2200:
        problems.append("Enter a day between 1900 and 2200 as year-month-day, such as 2026-03-31.")
        return None
    return found


def read_number(text: str, *, problems: list[str]) -> Decimal | None:
    if not text:
        return None
    try:
        found = Decimal(text.replace(",", "").replace("_", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > MAX_NUMBER:
        problems.append("Enter a number such as 25000 or 0.5.")
        return None
    return found


def spoken(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:,f}"


def spoken_day(value: dt.date | None) -> str | None:
    return None if value is None else date_format(value, "j M Y")


def midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def conditions(filters: Iterable[BoundFilter]) -> list[Q]:
    return [each.condition for each in filters if each.condition is not None]


def several(name: str, label: str, path: str, choices: Choices) -> list[Filter]:
    """Nothing where there is nothing to choose."""
    if len(choices) < 2:
        return []
    return [MultiChoiceFilter(name=name, label=label, path=path, choices=choices)]
