"""A refresh token is never sent twice, wherever a worker dies and however many there are."""

import os
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connections

from accounts.connectors.base import ConnectorError, NeedsSignInError, SourceUnavailableError
from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.models import Connection
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

# Where a worker dies: before or after each of the steps of an exchange.
STEPS = ("_reserve", "_spend", "_keep", "_use")
POINTS = [(step, is_after) for step in STEPS for is_after in (False, True)]


def work(connection: Connection, at: datetime, die_at: tuple[str, bool] | None) -> int:
    """One worker's run, as its exit code: 0 done, 3 needs a new sign-in, 9 dead."""
    connector = SalesforceConnector(
        Connection.objects.get(pk=connection.pk), at=at, sleep=lambda _: None
    )
    if die_at:
        step, is_after = die_at
        dying(connector.sign_in, step, is_after=is_after)
    try:
        connector.sign_in.start()
        connector.salesforce.limits()
    except NeedsSignInError:
        return 3
    except ConnectorError:
        return 4
    return 0


def dying(of: Any, step: str, *, is_after: bool) -> None:
    true_step: Callable[..., Any] = getattr(of, step)

    def last_step(*args: Any, **options: Any) -> Any:
        found = true_step(*args, **options) if is_after else None
        os._exit(9)
        return found

    setattr(of, step, last_step)


def forked(connection: Connection, sim: Simulator, die_at: tuple[str, bool] | None) -> int:
    connections.close_all()
    # A lock of the simulator may be held by a thread that the child does not have.
    at = sim.clock.now()
    pid = os.fork()
    if pid:
        return pid
    code = 5
    try:
        code = work(connection, at, die_at)
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def renewed(connection: Connection, sim: Simulator) -> None:
    row = Connection.objects.get(pk=connection.pk)
    row.write_secrets(sim.credentials("refresh")["secrets"])
    row.save()


@pytest.mark.parametrize(("step", "is_after"), POINTS)
def test_a_worker_that_dies_at_a_step(sim: Simulator, step: str, is_after: bool) -> None:
    connection = a_connection_to(sim, method="refresh")
    assert ended(forked(connection, sim, (step, is_after))) == 9
    is_unknown = (step, is_after) in {("_reserve", True), ("_spend", False), ("_spend", True)}
    is_unknown = is_unknown or (step, is_after) == ("_keep", False)
    assert ended(forked(connection, sim, None)) == (3 if is_unknown else 0)
    assert not sim.ledger.reused
    if is_unknown:
        renewed(connection, sim)
        assert ended(forked(connection, sim, None)) == 0
    assert not sim.ledger.reused


def campaign(sim: Simulator, *, rounds: int, workers: int, seed: int) -> int:
    dice = random.Random(seed)
    connection = a_connection_to(sim, method="refresh")
    deaths = 0
    for _ in range(rounds):
        sim.expire_sessions()
        dying_at = [dice.choice([*POINTS, None, None]) for _ in range(workers)]
        codes = [ended(pid) for pid in [forked(connection, sim, at) for at in dying_at]]
        deaths += codes.count(9)
        assert set(codes) <= {0, 3, 9}, codes
        assert not sim.ledger.reused
        if 3 in codes or connection_is_lost(connection):
            renewed(connection, sim)
    assert max(sim.ledger.refresh_uses.values()) == 1
    return deaths


def connection_is_lost(connection: Connection) -> bool:
    return bool(Connection.objects.get(pk=connection.pk).read_secrets().get("refresh_in_use"))


def test_workers_that_die_together(sim: Simulator) -> None:
    assert campaign(sim, rounds=4, workers=8, seed=1) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_kill_points_by_eight_workers(sim: Simulator) -> None:
    deaths = 0
    for seed in range(10):
        deaths += campaign(sim, rounds=20, workers=8, seed=seed)
    assert deaths >= 200


def test_workers_at_once_share_one_exchange(sim: Simulator) -> None:
    connection = a_connection_to(sim, method="refresh")
    codes = [ended(pid) for pid in [forked(connection, sim, None) for _ in range(8)]]
    assert codes == [0] * 8
    assert sum(sim.ledger.refresh_uses.values()) == 1


def test_an_answer_that_is_lost_spends_the_token(sim: Simulator) -> None:
    connection = a_connection_to(sim, method="refresh")
    sim.plan.arm("answer_lost")
    for _ in range(2):
        with (
            opened(connection, at=sim.clock.now()) as connector,
            pytest.raises(NeedsSignInError, match="not sent again"),
        ):
            connector.describe()
    assert sim.ledger.count("token") == 1


def test_a_token_that_was_not_exchanged_is_good_for_the_next_run(sim: Simulator) -> None:
    connection = a_connection_to(sim, method="refresh")
    sim.plan.arm("tok_503_html")
    with (
        opened(connection, at=sim.clock.now()) as connector,
        pytest.raises(SourceUnavailableError),
    ):
        connector.describe()
    with opened(connection, at=sim.clock.now()) as connector:
        assert connector.describe()
    assert not sim.ledger.reused
