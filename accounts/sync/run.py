"""One sync of one org, from describe to snapshot, by whomever it is started.

Every page commits its rows with the position after them: whatever ends a run, the next goes on.
"""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import Error, transaction
from django.db.models import Min, QuerySet

from accounts.connectors.base import (
    Connector,
    ConnectorError,
    NeedsSignInError,
    ObjectUnavailableError,
    QuotaReachedError,
    WrongOrgError,
)
from accounts.matching.joining import match_group
from accounts.models import Connection, ObjectSync, SyncRun
from accounts.records import CURRENCIES
from accounts.search import refresh_after_sync
from accounts.sync import money, reconcile
from accounts.sync.currency import settle_currency
from accounts.sync.deletes import pull_deletions
from accounts.sync.derive import finish_meetings
from accounts.sync.fiscal import settle_fiscal_month
from accounts.sync.following import tell_followers
from accounts.sync.locks import LockLostError, SyncRunningError, org_lock
from accounts.sync.members import link_members
from accounts.sync.merges import follow_merges
from accounts.sync.plan import ObjectPlan, plan_objects
from accounts.sync.pull import pull, pull_formulas
from accounts.sync.snapshot import take_snapshot
from accounts.sync.statistics import look_again
from accounts.sync.work import COUNTED, Progress, Work
from revenue.jobs.failures import failure_of
from revenue.jobs.queues import Queue
from revenue.jobs.run import Cancelled, HandedBack, JobRun
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

__all__ = ["SyncRefusedError", "SyncRunningError", "sync_org"]

State = SyncRun.State
LEFT_BY_A_CRASH = "Its process ended in the middle; the next sync goes on where it was."
# Of a queue's limit; the rest is for the page that is being written.
SHARE_OF_LIMIT = 0.8
INTERRUPTED = "It was interrupted; the next sync goes on where it was."
STOPS = {
    HandedBack: "It made room for others and goes on by itself.",
    Cancelled: "It was cancelled; the next sync goes on where it was.",
    KeyboardInterrupt: INTERRUPTED,
    SoftTimeLimitExceeded: "It reached the time limit; the next sync goes on where it was.",
}
# For people. What exactly was raised may quote rows and addresses, and is for the log.
DATABASE_AWAY = (
    "The database refused or broke off the work. What was read before is kept, and the next sync "
    "goes on from there; the log says what the database said."
)
UNEXPECTED = (
    "The program met something that it does not expect ({kind}). What was read before is kept, "
    "and the next sync goes on from there. If it stays, report it with the log of this run."
)

log = structlog.get_logger(__name__)


class SyncRefusedError(Exception):
    """Why nothing was begun, and what to do about it."""


def sync_org(
    *,
    org: Org,
    connector: Connector,
    trigger: str,
    at: datetime,
    full: bool = False,
    job: JobRun | None = None,
    progress: Progress | None = None,
    by: User | None = None,
) -> SyncRun:
    """The finished run, its state and its sentence in it; only what nobody expects is raised."""
    refuse_unusable(org)
    with org_lock(org_id=org.pk) as lock:
        run = begin(org=org, trigger=trigger, at=at, full=full, job=job, by=by)
        work = Work(org, connector, run, at, is_full=full, job=job, lock=lock, progress=progress)
        if job is not None:
            work.budget_s = Queue.BULK.time_limit.soft_s * SHARE_OF_LIMIT
        try:
            perform(work)
        except (QuotaReachedError, LockLostError) as error:
            end(work, State.PARTIAL, str(error))
        except (NeedsSignInError, WrongOrgError) as error:
            end(work, State.FAILED, str(error))
            stop_connection(work, error=error)
        except ConnectorError as error:
            end(work, State.PARTIAL if work.has_written else State.FAILED, str(error))
        except (HandedBack, Cancelled, KeyboardInterrupt, SoftTimeLimitExceeded) as stop:
            end(work, State.PARTIAL, STOPS[type(stop)])
            raise
        except Error as error:
            # The database may be away: the next run closes what this one could not.
            end_if_possible(work, sentence_of(error))
            raise
        except Exception as error:
            end(work, State.FAILED, sentence_of(error))
            raise
        if run.state != State.FAILED:
            tell_followers(org=org, has_changed=work.has_written)
        return run


def refuse_unusable(org: Org) -> None:
    if not org.is_active:
        raise SyncRefusedError(f"{org.name} is not active: switch it on before a sync.")
    found = Connection.objects.filter(org=org).first()
    if found and found.state in (Connection.State.NEEDS_SIGN_IN, Connection.State.STOPPED):
        reason = found.problem or "its last sign-in was refused."
        raise SyncRefusedError(
            f"The connection of {org.name} is stopped: {reason} An admin must renew it first."
        )


def begin(
    *, org: Org, trigger: str, at: datetime, full: bool, job: JobRun | None, by: User | None
) -> SyncRun:
    """Whoever holds the lock knows that a run that calls itself running has nobody behind it."""
    with transaction.atomic():
        left = SyncRun.objects.filter(org=org, state=State.RUNNING)
        left.update(state=State.PARTIAL, finished_at=at, problem=LEFT_BY_A_CRASH)
        return SyncRun.objects.create(
            org=org,
            job_id=job.id if job else None,
            started_by=by,
            trigger=trigger,
            is_full=full,
            started_at=at,
        )


def perform(work: Work) -> None:
    work.tell("Asking the source what it has")
    plans = plan_objects(org=work.org, specs=work.connector.describe(), at=work.at)
    states = states_of(work, plans)
    expect(work, plans, states)
    settle_fiscal_month(work)
    if CURRENCIES not in plans:
        settle_currency(work, has_several=False)
    problems = []
    for name, plan in plans.items():
        if problem := read_object(work, plan=plan, state=states[name]):
            problems.append(f"{name}: {problem}")
        if name == CURRENCIES:
            settle_currency(work, has_several=True)
    work.tell("Amounts, people and the picture of the day")
    complete(work)
    end(work, State.PARTIAL if problems else State.SUCCEEDED, " ".join(problems))
    mark_working(work)


def states_of(work: Work, plans: dict[str, ObjectPlan]) -> dict[str, ObjectSync]:
    """Where each object stands; a full run begins all of them anew, once for all its attempts."""
    fresh = work.is_full and not (work.job and work.job.checkpoint.get("began_anew"))
    found = {each.object_name: each for each in ObjectSync.objects.filter(org=work.org)}
    states = {name: found.get(name) or ObjectSync(org=work.org, object_name=name) for name in plans}
    if fresh:
        ObjectSync.objects.filter(org=work.org).update(position={})
        for each in states.values():
            each.position = {}
        if work.job:
            with work.job.step(checkpoint={**work.job.checkpoint, "began_anew": True}):
                pass
    return states


def expect(work: Work, plans: dict[str, ObjectPlan], states: dict[str, ObjectSync]) -> None:
    """How much there is, where all of it is to be read; increments are asked for nothing more."""
    for name in plans:
        if not states[name].position:
            work.tally(name).expected = count_of(work, name)
    known = sum(each.expected or 0 for each in work.tallies.values())
    if known and work.job:
        work.tell("Reading", total=work.job.done + known)


def count_of(work: Work, name: str) -> int | None:
    try:
        return work.connector.count(name)
    except ObjectUnavailableError:
        return None


def read_object(work: Work, *, plan: ObjectPlan, state: ObjectSync) -> str:
    """What stands in the way of this object; the others go on."""
    tally, calls, began = work.tally(plan.name), work.connector.calls, work.seconds()
    is_first = not state.position and state.synced_at is None
    if plan.name in work.bereft:
        state.reconciled_at = None
    try:
        pull(work, plan=plan, state=state)
        asked = plan.spec.has_deletes and pull_deletions(work, plan=plan, state=state)
        pull_formulas(work, plan=plan, state=state)
        is_due = reconcile.is_due(work, plan=plan, state=state, asked=asked, is_first=is_first)
        if is_due:
            reconcile.reconcile(
                work, plan=plan, state=state, pull=lambda: pull(work, plan=plan, state=state)
            )
        elif is_first:
            state.reconciled_at = work.at
        if is_first or is_due or tally.written or tally.deleted:
            take_counts(work, plan=plan, state=state)
    except ObjectUnavailableError as error:
        # What the last page did not commit is not kept either.
        state = ObjectSync.objects.filter(pk=state.pk).first() or state
        state.problem = str(error)[:500]
        state.save()
        return str(error)
    finally:
        tally.calls += work.connector.calls - calls
        tally.seconds = round(tally.seconds + work.seconds() - began, 3)
    return ""


def take_counts(work: Work, *, plan: ObjectPlan, state: ObjectSync) -> None:
    state.source_count = count_of(work, plan.name)
    state.local_count = reconcile.count_here(work, plan=plan)
    state.deleted_count = reconcile.count_here(work, plan=plan, deleted=True)
    with work.step(state, tally=work.tally(plan.name)):
        pass


def complete(work: Work) -> None:
    """What follows from all the objects together."""
    org, at = work.org, work.at
    if work.has_written or not was_completed(work) or was_changed(work):
        look_again(written=sum(each.written for each in work.tallies.values()))
        with transaction.atomic():
            follow_merges(org=org, at=at)
            money.convert_all(org=org, at=at)
            work.confirm()
        refresh_after_sync(org=org)
    with transaction.atomic():
        finish_meetings(org=org, at=at)
        link_members(org=org, at=at)
        take_snapshot(org=org, at=at)
        states = ObjectSync.objects.filter(org=org, object_name__in=work.tallies)
        told = states.aggregate(least=Min("read_up_to"))["least"] or at
        if org.data_as_of is None or told > org.data_as_of:
            org.data_as_of = told
            org.save(update_fields=["data_as_of"])
        work.confirm()
    join_customers(work)


def join_customers(work: Work) -> None:
    """Who is a customer of several orgs of the group, where this run may have changed it."""
    group = work.org.group
    tallies = [work.tallies[name] for name in ("Account", "Contact") if name in work.tallies]
    changed = any(each.written or each.deleted for each in tallies) or not was_completed(work)
    # An admin may have put the org into another group since.
    if group is not None and (changed or was_changed(work)):
        match_group(group=group, at=work.at)


def was_completed(work: Work) -> bool:
    """An earlier run may have left rows behind that it had no time to complete."""
    last = last_run(work)
    return last is not None and last.state == State.SUCCEEDED


def was_changed(work: Work) -> bool:
    """An admin may have given the org another currency since the last run began."""
    last = last_run(work)
    said = AuditEvent.objects.filter(org=work.org, action=AuditEvent.Action.ORG_CHANGED)
    return last is not None and said.filter(happened_at__gte=last.started_at).exists()


def last_run(work: Work) -> SyncRun | None:
    earlier = SyncRun.objects.filter(org=work.org).exclude(pk=work.run.pk)
    return earlier.order_by("-started_at", "-id").first()


def end(work: Work, state: str, problem: str) -> None:
    work.count()
    run = work.run
    run.state, run.problem = state, problem[:500]
    run.finished_at = work.at + timedelta(seconds=work.seconds())
    run.save(update_fields=[*COUNTED, "state", "problem", "finished_at"])
    say = log.info if state == State.SUCCEEDED else log.warning
    say(
        "sync_ended",
        org=work.org.slug,
        state=str(state),
        rows=run.rows_written,
        calls=run.calls,
        problem=run.problem,
    )


def sentence_of(error: Exception) -> str:
    log.error("sync_broke_off", reason=failure_of(error).trace)
    return (
        DATABASE_AWAY if isinstance(error, Error) else UNEXPECTED.format(kind=type(error).__name__)
    )


def end_if_possible(work: Work, problem: str) -> None:
    with suppress(Error):
        end(work, State.PARTIAL, problem)


def stop_connection(work: Work, *, error: ConnectorError) -> None:
    """One alert when it stops, not one a run."""
    org, at = work.org, work.at
    is_sign_in = isinstance(error, NeedsSignInError)
    state = Connection.State.NEEDS_SIGN_IN if is_sign_in else Connection.State.STOPPED
    with transaction.atomic():
        turned = credential_of(work).select_for_update().exclude(state=state).first()
        if turned is None:
            return
        turned.state, turned.problem, turned.state_changed_at = state, str(error)[:500], at
        turned.save(update_fields=["state", "problem", "state_changed_at"])
        audit.record(
            AuditEvent.Action.ORG_CHANGED,
            by=None,
            org=org,
            subject=turned,
            detail={"connection": str(state), "reason": turned.problem},
        )
    log.error("connection_stopped", org=org.slug, state=str(state), reason=str(error))


def mark_working(work: Work) -> None:
    untested = credential_of(work).filter(state=Connection.State.UNTESTED)
    untested.update(state=Connection.State.WORKING, problem="", state_changed_at=work.at)


def credential_of(work: Work) -> "QuerySet[Connection]":
    """The connection, unless its credential was replaced while the run used the former one."""
    rows = Connection.objects.filter(org=work.org)
    used = getattr(work.connector, "connection", None)
    return rows if used is None else rows.filter(secrets_changed_at=used.secrets_changed_at)
