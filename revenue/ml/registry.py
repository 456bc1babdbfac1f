"""Which model speaks: promoted if it is no worse than the one it replaces, and taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from revenue.ml.models import ModelRun
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User
from revenue.users.wall import lifted

NOT_READY = ModelRun.Readiness.NOT_READY
SLACK = 0.001  # of the loss: figures of one window differ in their last digits
MOST_READINGS = 104
NAMES = {
    "brier": "Brier score",
    "log_loss": "log loss",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "deviance": "deviance",
}
MORE_IS_BETTER = {"ndcg": "NDCG@10"}


class RegistryError(Exception):
    """What cannot be done; the message says why, in words for whoever asked."""


@dataclass(frozen=True)
class Standing:
    """What the gate asks of a run."""

    id: int
    readiness: str
    sha256: str

    @classmethod
    def of(cls, run: ModelRun) -> "Standing":
        return cls(run.pk, run.readiness, run.sha256)


def why_not(candidate: Standing, live: Standing | None, comparison: Mapping[str, Any]) -> str:
    """Empty where the candidate may go live."""
    if live is None or live.sha256 == candidate.sha256 or live.readiness == NOT_READY:
        return ""
    if candidate.readiness == NOT_READY:
        return "It is not ready, and the live model is."
    return why_not_by_figures(live, comparison)


def why_not_by_figures(live: Standing, comparison: Mapping[str, Any]) -> str:
    is_of_live = comparison.get("live_id") == live.id
    if is_of_live and comparison.get("problem"):
        return ""  # the live one cannot score these data any more
    if not is_of_live or not comparison.get("live"):
        return (
            "It was not held against the model that is live now, on the same test window."
            " Train again: that compares them."
        )
    return why_worse(comparison["candidate"], comparison["live"])


def why_worse(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    told_of = [name for name in NAMES if name in ours and name in theirs]
    worse = [name for name in told_of if ours[name] > theirs[name] * (1 + SLACK)]
    both = [name for name in MORE_IS_BETTER if name in ours and name in theirs]
    worse += [name for name in both if ours[name] < theirs[name] * (1 - SLACK)]
    if not worse:
        return ""
    names = NAMES | MORE_IS_BETTER
    told = " and ".join(f"{names[one]} {ours[one]:.4f} against {theirs[one]:.4f}" for one in worse)
    return f"On the same test window it is worse than the live model: {told}."


@transaction.atomic
def promote(
    run: ModelRun, *, at: datetime, by: User | None = None, request: HttpRequest | None = None
) -> str:
    """The reason why it stays a candidate; empty where it is live now."""
    beside, run = locked(run)
    if run.is_live:
        return ""
    live = next((one for one in beside if one.is_live), None)
    reason = why_not(Standing.of(run), Standing.of(live) if live else None, run.comparison)
    if reason:
        run.reason = reason[:500]
        run.save(update_fields=["reason"])
        return reason
    if live is not None:
        retire(live, reason=f"Replaced by the model of {run.created_at:%d %b %Y}.")
    run.replaces = live
    make_live(run, at=at, by=by, request=request, replaced=live)
    return ""


@transaction.atomic
def revert(
    run: ModelRun, *, at: datetime, by: User, request: HttpRequest | None = None
) -> ModelRun:
    """Back to the one that `run` replaced."""
    beside, run = locked(run)
    if not run.is_live:
        raise RegistryError("This model is not live: there is nothing to take back.")
    before = next((one for one in beside if one.pk == run.replaces_id), None)
    if before is None:
        raise RegistryError("This is the first model of its task: there is none to go back to.")
    retire(run, reason=f"Taken back by {by}.")
    make_live(before, at=at, by=by, request=request, replaced=run, reverted=True)
    return before


def locked(run: ModelRun) -> tuple[list[ModelRun], ModelRun]:
    """All of the same owner and task, so that two promotions at once follow each other."""
    rows = ModelRun.objects.for_pages().beside(run).select_for_update().order_by("pk")
    beside = list(rows)
    found = next((one for one in beside if one.pk == run.pk), None)
    if found is None:
        raise RegistryError("This model is not there any more.")
    return beside, found


def retire(run: ModelRun, *, reason: str) -> None:
    run.state, run.reason = ModelRun.State.RETIRED, reason[:500]
    run.save(update_fields=["state", "reason"])


def make_live(
    run: ModelRun,
    *,
    at: datetime,
    by: User | None,
    request: HttpRequest | None,
    replaced: ModelRun | None,
    reverted: bool = False,
) -> None:
    run.state, run.reason = ModelRun.State.LIVE, ""
    run.promoted_at, run.promoted_by = at, by
    run.save(update_fields=["state", "reason", "promoted_at", "promoted_by", "replaces"])
    detail = {"task": run.task, "sha256": run.sha256, "reverted": reverted}
    if replaced is not None:
        detail["replaced"] = replaced.pk
    for org in orgs_of(run):
        audit.record(
            AuditEvent.Action.MODEL_PROMOTED,
            by=by,
            org=org,
            subject=run,
            detail=detail,
            request=request,
        )


def orgs_of(run: ModelRun) -> list[Org]:
    if run.org is not None:
        return [run.org]
    return list(Org.objects.filter(group=run.group_id).order_by("pk"))


def why_not_theirs(run: ModelRun, *, by: User) -> str:
    """A group's model speaks in each of its orgs: only who runs them all may change it."""
    if run.org_id is not None:
        return ""
    with lifted():  # an org of the group that they do not reach is the very reason to refuse
        served = {org.pk for org in orgs_of(run)}
        theirs = Org.objects.run_by(by).filter(group=run.group_id)
        run_by_them = set(theirs.values_list("pk", flat=True))
    if served and served <= run_by_them:
        return ""
    return "This model serves every org of the group: an admin of all of them may change it."


def live_run(*, org: Org, task: str) -> ModelRun | None:
    """The group's model where there is one, as an admin has joined the orgs; else the org's own."""
    found = ModelRun.objects.for_pages().of_org(org).live().filter(task=task)
    return found.order_by(F("group_id").desc(nulls_last=True), "pk").first()


@transaction.atomic
def note_drift(run: ModelRun, reading: Mapping[str, Any], *, at: datetime) -> None:
    _, run = locked(run)
    run.drift = [*run.drift, {"at": at.isoformat(), **reading}][-MOST_READINGS:]
    run.save(update_fields=["drift"])
