"""The columns of a file as a form, and the form as a mapping: the same as a `mapping.yaml` says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.connectors.csv_files.mapping import (
    FileMapping,
    columns_of,
    mapping_of,
    object_behind,
)
from accounts.connectors.csv_files.problems import MappingProblem
from accounts.records import OBJECTS, SourceObject
from accounts.uploading.guessing import BY_NAME, BY_VALUE, Guess, guess_for
from accounts.uploading.sample import Sample, SampleColumn, label

REST, SKIP = "", "skip"
MOST_STAGES = 40
WON = ("won", "closed won", "closedwon", "gewonnen", "signed", "success")
LOST = ("lost", "closed lost", "closedlost", "verloren", "abandoned", "disqualified")
DATES = [
    ("", "As the file shows"),
    ("day_first", "Day first: 20/10/2016"),
    ("month_first", "Month first: 10/20/2016"),
]
NUMBERS = [
    ("", "As the file shows"),
    ("american", "1,234.56"),
    ("european", "1.234,56"),
]


def object_choices() -> list[tuple[str, str]]:
    return [(name, found.record.capitalize()) for name, found in OBJECTS.items()]


def destinations(found: SourceObject) -> list[tuple[str, Any]]:
    ours: list[tuple[str, str]] = []
    for column in sorted(columns_of(found)):
        if column == "external_id":
            continue
        if object_behind(found, column):
            ours.append((f"{BY_NAME}{column}", f"{label(column)}, by name"))
            ours.append((f"{BY_VALUE}{column}", f"{label(column)}, by id"))
        else:
            ours.append((f"{BY_VALUE}{column}", label(column)))
    return [(REST, "Other fields, as it comes"), (SKIP, "Not read"), ("Fields", ours)]


@dataclass(frozen=True)
class FormRow:
    column: SampleColumn
    goes: forms.BoundField
    key: forms.BoundField


class MappingForm(forms.Form):
    """`said` is what was saved before; without it the form begins with a guess."""

    dates = forms.ChoiceField(label="Days", choices=DATES, required=False)
    numbers = forms.ChoiceField(label="Numbers", choices=NUMBERS, required=False)
    empty = forms.CharField(
        label="Texts that mean nothing",
        required=False,
        max_length=500,
        help_text="By comma, such as Select, TBD. What is usual, as N/A in a column of numbers, "
        "is known.",
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        sample: Sample,
        object_name: str,
        fingerprint: str,
        said: dict[str, Any] | None = None,
    ) -> None:
        sent: QueryDict | None = data.copy() if data is not None else None
        super().__init__(sent)
        self.sample, self.object_name, self.fingerprint = sample, object_name, fingerprint
        self.found = OBJECTS[object_name]
        self.columns = sample.columns()
        start = from_said(said, self.columns) if said else self.guessed()
        choices = destinations(self.found)
        for place, each in enumerate(self.columns):
            self.fields[f"goes_{place}"] = forms.ChoiceField(
                label=f"{each.name} goes to",
                choices=choices,
                required=False,
                initial=start.fields.get(place, REST),
            )
            self.fields[f"key_{place}"] = forms.BooleanField(
                label=f"{each.name} says which record it is",
                required=False,
                initial=place in start.key,
            )
        for name in ("dates", "numbers"):
            self.fields[name].initial = (said or {}).get(name, "")
        self.fields["empty"].initial = ", ".join((said or {}).get("empty", []))
        self.add_outcomes(start, said or {}, sent=sent)

    def guessed(self) -> Guess:
        return guess_for(self.object_name, self.columns, unique=self.sample.unique)

    def add_outcomes(self, start: Guess, said: dict[str, Any], *, sent: QueryDict | None) -> None:
        """Of a deal: which of its stages mean that it was won, and which that it was lost."""
        place = self.place_of("stage", start)
        has_flags = any(
            self.place_of(column, start) is not None for column in ("is_won", "is_closed")
        )
        # Where another column says it, there is nothing to ask.
        if self.object_name != "Opportunity" or place is None or has_flags:
            return
        stages = self.sample.values(place, most=MOST_STAGES)
        tells = "won" in said or "lost" in said
        for name, words in (("won", WON), ("lost", LOST)):
            guess = [each for each in stages if each.casefold() in words]
            known = [each for each in said.get(name, []) if each not in stages]
            self.fields[name] = forms.MultipleChoiceField(
                label=f"Stages of deals that are {name}",
                choices=[(each, each) for each in (*stages, *known)],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                initial=said.get(name, []) if tells else guess,
            )
            if sent is not None and "stages" not in sent:
                # The person has just said which column is the stage.
                sent.setlist(name, self.fields[name].initial)

    def place_of(self, column: str, start: Guess) -> int | None:
        wanted = f"{BY_VALUE}{column}"
        if self.is_bound:
            places = range(len(self.columns))
            return next((at for at in places if self.data.get(f"goes_{at}") == wanted), None)
        return next((at for at, goes in start.fields.items() if goes == wanted), None)

    def rows(self) -> Iterator[FormRow]:
        for place, each in enumerate(self.columns):
            yield FormRow(each, self[f"goes_{place}"], self[f"key_{place}"])

    def reading(self) -> list[forms.BoundField]:
        return [self[name] for name in ("dates", "numbers", "empty")]

    def outcomes(self) -> list[forms.BoundField]:
        return [self[name] for name in ("won", "lost") if name in self.fields]

    def said(self) -> dict[str, Any]:
        """In the words of a `mapping.yaml`, of what was sent or, before that, of the beginning."""
        names = [each.name for each in self.columns]
        keys = [name for place, name in enumerate(names) if self.value(f"key_{place}")]
        # Two names of one kind of record, as of tasks and events, are told apart.
        called = self.object_name.lower() if self.is_shared else self.found.record
        made: dict[str, Any] = {"object": called, "id": id_of(keys), "columns": {}}
        skipped = []
        for place, name in enumerate(names):
            goes = self.value(f"goes_{place}") or REST
            if goes == SKIP:
                skipped.append(name)
            elif goes.startswith(BY_NAME):
                made["columns"][name] = {"column": goes.removeprefix(BY_NAME), "by": "name"}
            elif goes.startswith(BY_VALUE):
                made["columns"][name] = goes.removeprefix(BY_VALUE)
        texts = str(self.value("empty") or "").split(",")
        further = {
            "skip": skipped,
            "dates": self.value("dates"),
            "numbers": self.value("numbers"),
            "empty": [each.strip() for each in texts if each.strip()],
            "won": self.value("won"),
            "lost": self.value("lost"),
        }
        return made | {name: value for name, value in further.items() if value}

    @property
    def is_shared(self) -> bool:
        return sum(each.record == self.found.record for each in OBJECTS.values()) > 1

    def value(self, name: str) -> Any:
        if name not in self.fields:
            return None
        return self.cleaned_data.get(name) if self.is_bound else self.fields[name].initial

    def mapping(self) -> FileMapping:
        said = self.said()
        if not said["id"]:
            raise MappingProblem("Tick the column that says which record a row is, or several.")
        if not said["columns"]:
            raise MappingProblem("Choose a field for at least one column.")
        found = mapping_of(said, fingerprint=self.fingerprint)
        filled = {each.column for each in found.fields.values()}
        missing = [each for each in self.found.required if each not in {*filled, "external_id"}]
        if missing:
            names = ", ".join(label(each) for each in missing)
            raise MappingProblem(f"A {self.found.record} needs these fields too: {names}.")
        return found

    def clean(self) -> dict[str, Any]:
        try:
            self.mapping()
        except MappingProblem as problem:
            raise ValidationError(str(problem).removeprefix("The mapping: ")) from problem
        return self.cleaned_data


def id_of(keys: list[str]) -> str | list[str]:
    """Of one column the id as it stands; of several one is made."""
    return keys[0] if len(keys) == 1 else keys


def from_said(said: dict[str, Any], columns: list[SampleColumn]) -> Guess:
    places = {each.name.casefold(): place for place, each in enumerate(columns)}
    key = said["id"] if isinstance(said["id"], list) else [said["id"]]
    fields = {places[name.casefold()]: SKIP for name in said.get("skip", [])}
    for name, wanted in said["columns"].items():
        by_name = isinstance(wanted, dict)
        column = wanted["column"] if by_name else wanted
        fields[places[name.casefold()]] = f"{BY_NAME if by_name else BY_VALUE}{column}"
    return Guess("", tuple(places[name.casefold()] for name in key), fields)
