"""Between a trained model and its row. Tasks and commands come here; pages need none of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from revenue.ml.artefact import digest
from revenue.ml.frames import Frame, FrameError
from revenue.ml.models import ModelRun
from revenue.ml.pipeline import compare
from revenue.ml.rank.comparing import compare_rankings
from revenue.ml.rank.lists import Market
from revenue.ml.rank.ranked import Ranked
from revenue.ml.registry import live_run, promote
from revenue.ml.regression import Regressed, compare_numbers
from revenue.ml.trained import Trained
from revenue.users.models import Org, OrgGroup, User

AnyModel = Trained | Regressed | Ranked
Rows = Frame | Market  # a ranking is held against another in its market


@dataclass(frozen=True)
class Owner:
    """Whose model it is: of one org, or of a group of orgs that an admin has joined."""

    org: Org | None = None
    group: OrgGroup | None = None

    def live(self, task: str) -> ModelRun | None:
        runs = ModelRun.objects.live().filter(org=self.org, group=self.group, task=task)
        return runs.first()


def record(
    trained: AnyModel,
    *,
    owner: Owner,
    as_of: datetime,
    at: datetime,
    frame: Rows | None = None,
    by: User | None = None,
) -> ModelRun:
    """As a candidate; with the frame, held against the live one on the candidate's test window."""
    data, report, task = trained.to_bytes(), trained.report, trained.settings.task
    windows = report["windows"]
    return ModelRun.objects.create(
        org=owner.org,
        group=owner.group,
        task=task,
        readiness=report["readiness"]["state"],
        as_of=as_of,
        data_from=moment_of(windows["train_from"]),
        data_until=moment_of(windows["until"]),
        features=report["features"],
        excluded_features=report["excluded_features"],
        settings=trained.settings.as_json(),
        metrics=report.get("metrics", {}),
        baselines=report.get("baselines", {}),
        report=report,
        comparison=held_against(owner.live(task), trained, frame),
        artefact=data,
        sha256=digest(data),
        size_bytes=len(data),
        created_at=at,
        trained_by=by,
    )


def record_and_promote(
    trained: AnyModel,
    *,
    owner: Owner,
    as_of: datetime,
    at: datetime,
    frame: Rows,
    by: User | None = None,
) -> ModelRun:
    """What a retraining does: live at once where it is no worse."""
    run = record(trained, owner=owner, as_of=as_of, at=at, frame=frame, by=by)
    promote(run, at=at, by=by)
    run.refresh_from_db()
    return run


def held_against(live: ModelRun | None, trained: AnyModel, frame: Rows | None) -> dict[str, Any]:
    if live is None or frame is None:
        return {}
    try:
        return {"live_id": live.pk, **compared(live, trained, frame)}
    except FrameError as problem:
        # The live one asks for a feature that the data no longer has: it cannot speak any more.
        return {"live_id": live.pk, "problem": str(problem)}


def compared(live: ModelRun, trained: AnyModel, rows: Rows) -> dict[str, Any]:
    if isinstance(trained, Ranked) and isinstance(rows, Market):
        return compare_rankings(trained, load_ranking(live), rows)
    if isinstance(trained, Regressed) and isinstance(rows, Frame):
        return compare_numbers(trained, load_number(live), rows)
    if isinstance(trained, Trained) and isinstance(rows, Frame):
        return compare(trained, load(live), rows)
    raise FrameError("A ranking is held against another in a market, any other model in a frame.")


def load(run: ModelRun) -> Trained:
    """Refuses an artefact whose hash is not the one that was recorded."""
    return Trained.from_bytes(bytes(run.artefact), sha256=run.sha256)


def load_number(run: ModelRun) -> Regressed:
    return Regressed.from_bytes(bytes(run.artefact), sha256=run.sha256)


def load_live(*, org: Org, task: str) -> tuple[ModelRun, Trained] | None:
    run = live_run(org=org, task=task)
    return None if run is None else (run, load(run))


def moment_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def load_ranking(run: ModelRun) -> Ranked:
    return Ranked.from_bytes(bytes(run.artefact), sha256=run.sha256)
