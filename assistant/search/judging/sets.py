"""Questions with known answers: an org's own, or a folder in the format of BEIR."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from revenue.ml.tasks import LearningError


@dataclass(frozen=True)
class Judged:
    """A question and how far each text answers it, by the text's key."""

    text: str
    grades: Mapping[str, int]


@dataclass(frozen=True)
class Folder:
    path: Path

    def corpus(self) -> Iterator[tuple[str, str, str]]:
        for row in rows(self.path / "corpus.jsonl"):
            yield key_of(row), str(row.get("title") or ""), str(row.get("text") or "")

    def questions(self) -> list[Judged]:
        grades = self.grades()
        found = [
            Judged(str(row.get("text") or ""), grades[key_of(row)])
            for row in rows(self.path / "queries.jsonl")
            if key_of(row) in grades
        ]
        if not found:
            raise LearningError(
                f"No question of {self.path / 'queries.jsonl'} has an answer in qrels/test.tsv."
            )
        return found

    def grades(self) -> dict[str, dict[str, int]]:
        path = self.path / "qrels" / "test.tsv"
        found: dict[str, dict[str, int]] = defaultdict(dict)
        with opened(path) as lines:
            for number, row in enumerate(csv.reader(lines, delimiter="\t"), start=1):
                if (number == 1 and row and row[-1] == "score") or not row:
                    continue
                try:
                    question, text, grade = row
                    if int(grade) > 0:
                        found[question][text] = int(grade)
                except ValueError as error:
                    raise LearningError(
                        f"Line {number} of {path} should hold a question's id, a text's id and a "
                        "whole number, with tabs between."
                    ) from error
        return dict(found)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise LearningError(f"Line {number} of {path} is no JSON.") from error
            if not isinstance(row, dict) or key_of(row) == "":
                raise LearningError(f"Line {number} of {path} is no object with an _id.")
            yield row


def key_of(row: Mapping[str, Any]) -> str:
    return str(row.get("_id", ""))


def opened(path: Path) -> Any:
    try:
        return path.open(encoding="utf-8")
    except OSError as error:
        raise LearningError(
            f"{path} cannot be read. The folder needs corpus.jsonl, queries.jsonl and "
            "qrels/test.tsv."
        ) from error
