"""Workers are killed at chosen places; the work completes and its effect is there once."""

import os
import random
import signal
from itertools import chain

import pytest

from revenue.jobs.attempts import MAX_STALLS
from revenue.jobs.models import Job
from revenue.jobs.running import JobTask
from tests.jobs.stage import CHILDREN, EMBEDDED_ONLY, Stage, effects, queue_up
from tests.jobs.tasks_for_tests import count_bulk, count_interactive, count_training

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

KINDS = (count_interactive, count_bulk, count_training)
STEPS = 10
POINTS = 20
# Enough to see that a broker behaves; the embedded one and a soak have all of them.
FEWER_POINTS = 5


def kill_points(*, seed: int, count: int) -> list[str]:
    """Some of the places of a run, spread over the whole of it, both of its ends among them."""
    steps = chain.from_iterable((f"between-{n}", f"inside-{n}") for n in range(STEPS))
    places = ["before", *steps, "after"]
    inner = random.Random(seed).sample(range(1, len(places) - 1), count - 2)
    return [places[index] for index in sorted([0, *inner, len(places) - 1])]


def begin(task: JobTask, *, stage: Stage, points: tuple[str, ...], steps: int = STEPS) -> Job:
    return queue_up(task, stage=stage, points=points, arguments={"steps": steps}, total=steps)


def test_kill_points_are_twenty_and_differ() -> None:
    points = kill_points(seed=1, count=POINTS)
    assert len(set(points)) == POINTS == 20
    assert {"before", "after"} <= set(points)


def test_child_killed_at_points_of_each_kind(stage: Stage) -> None:
    count = POINTS if stage.is_embedded or os.environ.get("SOAK") else FEWER_POINTS
    plans = {
        task: [points[n : n + CHILDREN] for n in range(0, count, CHILDREN)]
        for seed, task in enumerate(KINDS)
        for points in [kill_points(seed=seed, count=count)]
    }
    killed = 0
    for batches in zip(*plans.values(), strict=True):
        jobs = [
            (begin(task, stage=stage, points=(point,)), point)
            for task, batch in zip(plans, batches, strict=True)
            for point in batch
        ]
        for job, point in jobs:
            pid = stage.reached(job, point)
            if point == "after":
                stage.plan(job, "before")
            os.kill(pid, signal.SIGKILL)
            killed += 1
        for job, point in jobs:
            if point == "after":
                stage.reached(job, "before")
                stage.let_go(job, "before")
            stage.finished(job)
            assert job.state == Job.State.SUCCEEDED, job.error
            assert effects(job) == list(range(STEPS))
            assert (job.done, job.result) == (STEPS, {"rows": STEPS})
            assert job.attempts == (1 if point in ("before", "after") else 2)
    assert killed == count * len(KINDS)


@pytest.mark.parametrize("stage", EMBEDDED_ONLY, indirect=True)
def test_a_long_job_survives_more_deaths_than_a_stuck_one(stage: Stage) -> None:
    """Deaths are counted from the last step that was kept."""
    deaths = MAX_STALLS + 1
    points = tuple(f"inside-{n}" for n in range(deaths))
    job = begin(count_bulk, stage=stage, points=points, steps=deaths)
    stuck = begin(count_training, stage=stage, points=("inside-0",), steps=1)
    for turn, point in enumerate(points):
        pids = [stage.reached(job, point)]
        if turn < MAX_STALLS:
            pids.append(stage.reached(stuck, "inside-0"))
            stage.plan(stuck, "inside-0")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    stage.finished(job)
    assert job.state == Job.State.SUCCEEDED, job.error
    assert effects(job) == list(range(deaths))
    assert job.attempts == deaths + 1
    stage.finished(stuck)
    assert stuck.state == Job.State.FAILED
    assert "died 5 times" in stuck.error
    assert effects(stuck) == []
