import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from revenue.jobs import sweeping
from revenue.jobs.attempts import MAX_STALLS, backoff
from revenue.jobs.broker import TIME_LIMITS
from revenue.jobs.models import Job
from revenue.jobs.sweeping import MAX_SENDS, Verdict, judge, settle, suspects, sweep
from tests.factories.jobs import NOON, a_job

SOFT = timedelta(seconds=TIME_LIMITS["bulk"].soft_s)


def after(**parts: float) -> datetime:
    return NOON + timedelta(**parts)


WAITS = {"state": "queued", "queue": "bulk", "created_at": NOON}
SENT = {**WAITS, "sent_at": NOON, "sends": 1}
RUNS = {
    **SENT,
    "state": "running",
    "stalls": 1,
    "started_at": NOON,
    "attempted_at": NOON,
    "heartbeat_at": NOON,
}


@pytest.mark.parametrize(
    ("facts", "at", "round_trip_at", "verdict"),
    [
        pytest.param(WAITS, after(seconds=5), None, Verdict.LEAVE, id="just asked for"),
        pytest.param(WAITS, after(minutes=1), None, Verdict.SEND, id="never sent"),
        pytest.param(SENT, after(days=1), None, Verdict.LEAVE, id="no worker is known"),
        pytest.param(SENT, after(days=1), after(minutes=1), Verdict.LEAVE, id="in a long queue"),
        pytest.param(SENT, after(hours=1), after(minutes=5), Verdict.SEND, id="overtaken"),
        pytest.param(
            {**SENT, "sends": MAX_SENDS},
            after(hours=1),
            after(minutes=5),
            Verdict.NOT_TAKEN,
            id="overtaken too often",
        ),
        pytest.param(
            {**SENT, "due_at": after(hours=1)}, after(minutes=9), after(minutes=9), Verdict.LEAVE
        ),
        pytest.param(RUNS, after(seconds=80), None, Verdict.LEAVE, id="alive"),
        pytest.param(RUNS, after(minutes=2), None, Verdict.SEND, id="silent"),
        pytest.param({**RUNS, "cancel_requested_at": NOON}, after(minutes=2), None, Verdict.CANCEL),
        pytest.param({**RUNS, "stalls": MAX_STALLS}, after(minutes=2), None, Verdict.DIED),
        pytest.param(
            {**RUNS, "heartbeat_at": NOON + SOFT},
            NOON + SOFT + timedelta(minutes=2),
            None,
            Verdict.TOO_LONG,
        ),
    ],
)
def test_judging(
    facts: dict[str, Any], at: datetime, round_trip_at: datetime | None, verdict: Verdict
) -> None:
    assert judge(Job(**facts), at=at, round_trip_at=round_trip_at) is verdict


@pytest.mark.django_db
def test_a_long_line_is_not_looked_at_one_by_one() -> None:
    for _ in range(3):
        a_job(sent_at=NOON, sends=1)
    lost = a_job(sent_at=after(hours=-1), sends=1)
    found = suspects(at=after(minutes=1), round_trips={"bulk": after(seconds=30), "training": None})
    assert found == [lost.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        ({"cancel_requested_at": NOON}, "cancelled", ""),
        ({"stalls": MAX_STALLS}, "failed", "died 5 times"),
        ({"heartbeat_at": NOON + SOFT}, "failed", "longer than the 30 minutes"),
    ],
)
def test_what_ends_in_the_sweep(facts: dict[str, Any], state: str, reason: str) -> None:
    job = a_job(running=True, **facts)
    at = NOON + SOFT + timedelta(hours=1)
    sweep(at=at, round_trips={})
    job.refresh_from_db()
    assert (job.state, job.finished_at) == (state, at)
    assert reason in job.error


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_a_job_once(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [a_job(created_at=timezone.now() - timedelta(hours=1)) for _ in range(8)]
    sent: list[Any] = []
    together = threading.Barrier(2)

    def note(job: Job) -> bool:
        sent.append(job.pk)
        return True

    def settle_together(**facts: Any) -> Job | None:
        together.wait(10)
        return settle(**facts)

    def run() -> None:
        try:
            sweep(at=timezone.now(), round_trips={})
        finally:
            connection.close()

    monkeypatch.setattr(sweeping, "send", note)
    monkeypatch.setattr(sweeping, "settle", settle_together)
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == sorted(job.pk for job in jobs)


def test_waiting_grows_is_bounded_and_spread() -> None:
    assert backoff(tries=1, luck=0.0) == timedelta(seconds=1)
    assert backoff(tries=1, luck=1.0) == timedelta(seconds=2)
    assert backoff(tries=4, luck=1.0) == timedelta(seconds=16)
    assert backoff(tries=50, luck=1.0) == timedelta(seconds=300)
