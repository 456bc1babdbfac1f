"""Questions on the documents of the simulated company, and which passages answer them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.models import Passage
from revenue.users.models import Org

FILE = Path(__file__).parent / "judged.json"


class Placed(Protocol):
    """A passage, or what becomes one."""

    @property
    def heading(self) -> list[str]: ...

    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Section:
    """Named so that it is found again however the text is cut: by the headings below the title."""

    document: str
    heading: tuple[str, ...]

    def stands_in(self, passage: Placed) -> bool:
        """As what all of the passage stands below, or as a heading within it."""
        path = tuple(passage.heading[1:])
        if path == self.heading:
            return True
        rest = self.heading[len(path) :]
        is_below = path == self.heading[: len(path)] and bool(rest)
        return is_below and " › ".join(rest) in passage.text.split("\n")


@dataclass(frozen=True)
class Question:
    text: str
    language: str
    relevant: dict[Section, int]  # 2: answers it, 1: helps


def questions() -> list[Question]:
    said = json.loads(FILE.read_text(encoding="utf-8"))["questions"]
    return [
        Question(
            each["question"],
            each["language"],
            {
                Section(one["document"], tuple(one["heading"])): int(one["grade"])
                for one in each["relevant"]
            },
        )
        for each in said
    ]


def grades(question: Question, passages: Iterable[tuple[str, int, Placed]]) -> dict[int, int]:
    """Of passages given as (document, key, passage): the key → how far it answers."""
    found: dict[int, int] = {}
    for slug, key, passage in passages:
        for section, grade in question.relevant.items():
            if section.document == slug and section.stands_in(passage):
                found[key] = max(grade, found.get(key, 0))
    return found


def judged_in(org: Org) -> list[tuple[Question, dict[int, int]]]:
    """Each question with the ids of the org's passages that answer it."""
    rows = Passage.objects.current().filter(org=org).select_related("version__document")
    passages: Sequence[tuple[str, int, Placed]] = [
        (row.version.document.slug, row.pk, row) for row in rows.order_by("id")
    ]
    return [(each, grades(each, passages)) for each in questions()]
