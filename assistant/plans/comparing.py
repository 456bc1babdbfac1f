"""Two versions of a plan, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.plans.reading import Page
from assistant.plans.sections import SECTIONS
from assistant.plans.text import without_marks


@dataclass(frozen=True)
class Line:
    text: str
    kind: str  # same, gone or new


@dataclass(frozen=True)
class Difference:
    title: str
    lines: Sequence[Line]

    @property
    def is_same(self) -> bool:
        return all(line.kind == "same" for line in self.lines)


def differences(old: Page, new: Page) -> list[Difference]:
    before = {each.key: lines_of(each.text) for each in old.sections}
    after = {each.key: lines_of(each.text) for each in new.sections}
    return [
        Difference(each.title, compared(before.get(each.key, []), after.get(each.key, [])))
        for each in SECTIONS
    ]


def lines_of(text: str) -> list[str]:
    lines = [without_marks(line).replace("**", "").strip() for line in text.splitlines()]
    return [line for line in lines if line]


def compared(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    found: list[Line] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Line(text, "same") for text in old[a1:a2]]
            continue
        found += [Line(text, "gone") for text in old[a1:a2]]
        found += [Line(text, "new") for text in new[b1:b2]]
    return found
