"""An import: the files of a person through the ordinary sync, and what became of their rows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from accounts.connectors.csv_files.connector import CsvConnector, FileReport
from accounts.connectors.csv_files.files import SourceFile
from accounts.connectors.csv_files.mapping import Mapping
from accounts.models import (
    Account,
    Activity,
    Case,
    Contact,
    Fact,
    Lead,
    Opportunity,
    Purchase,
    RefusedRow,
    StageChange,
    SyncRun,
)
from accounts.sync.run import SyncRefusedError, sync_org
from accounts.sync.work import Progress
from revenue.jobs.run import JobRun
from revenue.users.models import Org, User

SHOWN_REFUSALS = 100
# Days on which something happened; a day that is planned says nothing of today.
HAPPENED: tuple[tuple[type[Fact], str, dict[str, Any]], ...] = (
    (Account, "created_at", {}),
    (Account, "modified_at", {}),
    (Contact, "created_at", {}),
    (Contact, "modified_at", {}),
    (Lead, "created_at", {}),
    (Lead, "modified_at", {}),
    (Opportunity, "created_at", {}),
    (Opportunity, "modified_at", {}),
    (Opportunity, "close_date", {"is_closed": True}),
    (Opportunity, "last_activity_date", {}),
    (StageChange, "changed_at", {}),
    (Activity, "created_at", {}),
    (Activity, "happens_at", {"is_done": True}),
    (Case, "opened_at", {}),
    (Case, "closed_at", {}),
    (Purchase, "purchased_at", {}),
)
# A slip of the pen, such as 2027 for 2017: one in a hundred rows at most, and this far ahead.
STRAY_SHARE, MOST_STRAY = 0.01, 20
ENOUGH_ROWS = round(MOST_STRAY / STRAY_SHARE)
STRAY_GAP = timedelta(days=30)


class ImportProblem(Exception):  # noqa: N818
    """Nothing of it could be imported: why, and what to do."""


@dataclass(frozen=True)
class FileResult:
    report: FileReport
    refused: int

    @property
    def left_out(self) -> int:
        return sum(self.report.left_out.values())

    @property
    def accepted(self) -> int:
        return max(self.report.rows - self.refused - self.left_out, 0)

    def as_json(self) -> dict[str, Any]:
        return asdict(self.report) | {"accepted": self.accepted, "refused": self.refused}


@dataclass(frozen=True)
class ImportResult:
    org: Org
    run: SyncRun | None
    files: list[FileResult]
    refusals: "QuerySet[RefusedRow]"

    @property
    def accepted(self) -> int:
        return sum(each.accepted for each in self.files)

    @property
    def refused(self) -> int:
        return sum(each.refused for each in self.files)

    def as_json(self) -> dict[str, Any]:
        by_reason = self.refusals.values("reason").annotate(rows=Count("pk"))
        return {
            "org": self.org.slug,
            "state": self.run.state if self.run else "succeeded",
            "problem": self.run.problem if self.run else "",
            "clock": self.org.clock_date.isoformat() if self.org.clock_date else None,
            "rows": {
                "accepted": self.accepted,
                "refused": self.refused,
                "left_out": sum(each.left_out for each in self.files),
                "written": self.run.rows_written if self.run else 0,
            },
            "files": [each.as_json() for each in self.files],
            "reasons": list(by_reason.order_by("-rows", "reason")[:SHOWN_REFUSALS]),
            "refusals": [
                {"file": each.source, "line": each.line, "reason": each.reason}
                for each in self.refusals.order_by("source", "line", "id")[:SHOWN_REFUSALS]
            ],
            "objects": self.run.objects_done if self.run else {},
        }


def import_files(  # noqa: PLR0913  who, what, when, and how it is followed
    *,
    org: Org,
    files: Sequence[SourceFile],
    trigger: str,
    at: datetime,
    mapping: Mapping | None = None,
    since: datetime | None = None,
    problems: Sequence[str] = (),
    clock: date | None = None,
    by: User | None = None,
    job: JobRun | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """`since`: when the first attempt began. `problems`: of files that could not be opened."""
    refuse_other_sources(org)
    token = str(job.id) if job else ""
    connector = CsvConnector(org, files=files, mapping=mapping, token=token)
    if progress:
        progress("Looking at the files")
    connector.prepare()
    told = [*problems, *(each.problem for each in connector.reports if each.problem)]
    if len(told) == len(connector.reports) + len(problems):
        raise ImportProblem(" ".join(told))
    run = None
    if connector.makers:
        run = sync(org, connector, trigger=trigger, at=at, by=by, job=job, progress=progress)
        set_clock(org, clock=clock, at=at)
    reports = [*connector.reports, *(FileReport("", problem=each) for each in problems)]
    refusals = refused_in(org, reports=reports, since=since or at)
    return ImportResult(org, run, [result_of(each, refusals) for each in reports], refusals)


def refuse_other_sources(org: Org) -> None:
    if org.kind != Org.Kind.CSV:
        raise ImportProblem(
            f"{org.name} is fed by another source ({org.get_kind_display()}), and files would "
            "mix with it. Import them into an org of CSV exports."
        )


def sync(
    org: Org,
    connector: CsvConnector,
    *,
    trigger: str,
    at: datetime,
    by: User | None,
    job: JobRun | None,
    progress: Progress | None,
) -> SyncRun:
    try:
        run = sync_org(
            org=org,
            connector=connector,
            trigger=trigger,
            at=at,
            by=by,
            job=job,
            progress=progress,
        )
    except SyncRefusedError as error:
        raise ImportProblem(str(error)) from error
    if run.state == SyncRun.State.FAILED:
        raise ImportProblem(run.problem)
    return run


def refused_in(
    org: Org, *, reports: Sequence[FileReport], since: datetime
) -> "QuerySet[RefusedRow]":
    names = [each.name for each in reports if each.name]
    return RefusedRow.objects.filter(org=org, source__in=names, refused_at__gte=since)


def result_of(report: FileReport, refusals: "QuerySet[RefusedRow]") -> FileResult:
    own = refusals.filter(source=report.name, object_name=report.object_name)
    return FileResult(report, refused=own.count() if report.object_name else 0)


def set_clock(org: Org, *, clock: date | None, at: datetime) -> None:
    """An import only ever moves it forward; a person may set it."""
    if clock is None:
        found = last_day(org, at=at)
        if found is None or (org.clock_date is not None and found <= org.clock_date):
            return
        clock = found
    org.clock_date = clock
    org.save(update_fields=["clock_date"])


def last_day(org: Org, *, at: datetime) -> date | None:
    """The last day in the data; never one after the import, nor one of a few stray rows."""
    today = at.astimezone(ZoneInfo(org.timezone)).date()
    days: list[date] = []
    known = 0
    for model, column, narrowed in HAPPENED:
        is_day = column.endswith("_date")
        limit: Any = today if is_day else at
        rows = model.objects.of(org).filter(**narrowed, **{f"{column}__lte": limit})
        latest = rows.order_by(f"-{column}").values_list(column, flat=True)[: MOST_STRAY + 1]
        # A day without an hour is kept as its beginning in UTC, and is that day everywhere.
        days += [found if is_day else found.date() for found in latest]
        known += rows.values("pk")[:ENOUGH_ROWS].count()
    return last_of(days, may_stray=min(MOST_STRAY, int(known * STRAY_SHARE)))


def last_of(days: Sequence[date], *, may_stray: int) -> date | None:
    """Without the rows, no more than may stray, that lie a long gap ahead of all others."""
    ordered = sorted(days, reverse=True)
    for ahead in range(min(may_stray, len(ordered) - 1), 0, -1):
        if ordered[ahead - 1] - ordered[ahead] > STRAY_GAP:
            return ordered[ahead]
    return ordered[0] if ordered else None
