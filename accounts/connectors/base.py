"""What the sync asks of a source, whatever it is: five questions, answered in one vocabulary.

Values of a row are canonical: str, bool, int, float, Decimal, date, datetime (aware), None, or for
what fits none of these a list or dict of them; the same record read in two ways is the same row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Row = dict[str, Any]
# JSON, made and read by the connector alone; the sync keeps it beside the rows that it speaks of.
Position = dict[str, Any]


@dataclass(frozen=True)
class SourceFieldSpec:
    """`type` is one of: id, reference, string, text, boolean, integer, double, currency, percent,

    date, datetime, time, picklist, multipicklist, email, phone, url, json.
    """

    name: str
    type: str
    label: str = ""
    is_custom: bool = False
    is_formula: bool = False
    length: int = 0
    column: str = ""  # where the source itself knows which of our columns it is (a CSV mapping)


@dataclass(frozen=True)
class SourceObjectSpec:
    name: str
    fields: Mapping[str, SourceFieldSpec]
    cursor: str = ""  # the field that increments go by; empty: only whole reads
    has_deletes: bool = True


@dataclass(frozen=True)
class Refusal:
    """A row that the connector itself could not read; it is counted, shown, and nothing else."""

    reason: str
    external_id: str = ""
    field_name: str = ""
    source: str = ""
    line: int | None = None
    row: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Rows, and where reading goes on once they are kept."""

    rows: list[Row]
    position: Position
    refusals: list[Refusal] = field(default_factory=list)
    # By the source's clock: everything changed before is in this page or an earlier one.
    read_up_to: datetime | None = None
    # Of a file: the lines of `rows`, in the same order; of a CRM: nothing.
    lines: list[int] = field(default_factory=list)
    source: str = ""


@dataclass(frozen=True)
class Deletion:
    external_id: str
    deleted_at: datetime
    merged_into: str = ""


@dataclass(frozen=True)
class DeletionPage:
    deletions: list[Deletion]
    position: Position
    # The source cannot say any more what was deleted since: the ids must be compared.
    must_reconcile: bool = False


@dataclass(frozen=True)
class Quota:
    used: int
    allowed: int


class ConnectorError(Exception):
    """A sentence for a person; `str` of it never holds a secret."""


class NeedsSignInError(ConnectorError):
    """The credential is refused: nothing is tried again until an admin has renewed it."""


class WrongOrgError(ConnectorError):
    """Behind the address is another organization than before: nothing may be mixed."""


class QuotaReachedError(ConnectorError):
    """The share of the source's calls that is ours is used up: the run ends as partial."""


class ObjectUnavailableError(ConnectorError):
    """One object cannot be read now (not permitted, gone, too slow); the others go on."""


class SourceUnavailableError(ConnectorError):
    """The source does not answer, after every polite try; a later run goes on from the position."""


class Connector(Protocol):
    """Made per run. Every method may raise the errors above.

    One may also have `formulas`, rows of fields that change without a stamp; `ids_after`, the ids
    beyond one; `currency`, what the org counts in where none of its objects says it; and
    `fiscal_month`, the month in which its fiscal year begins, 0 where the source does not tell.
    """

    @property
    def calls(self) -> int:
        """How many calls this run has cost."""

    @property
    def quota(self) -> Quota | None: ...

    def check(self) -> str:
        """Sign in and ask the least; a sentence that says what was found."""

    def describe(self) -> dict[str, SourceObjectSpec]:
        """The objects of `accounts.records.OBJECTS` that this source has."""

    def count(self, object_name: str) -> int | None: ...

    def changed_since(self, object_name: str, position: Position) -> Iterator[Page]:
        """From the beginning where the position is empty. The last page may have no rows."""

    def deleted_since(self, object_name: str, position: Position) -> Iterator[DeletionPage]: ...

    def ids(self, object_name: str) -> Iterator[list[str]]:
        """Every id that the source has now, ascending byte by byte."""

    def close(self) -> None: ...
