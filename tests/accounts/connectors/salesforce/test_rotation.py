"""A refresh token is never sent twice, wherever a worker dies and however many there are."""

import random
from collections.abc import Iterator

import pytest

from accounts.connectors.base import NeedsSignInError, SourceUnavailableError
from accounts.models import Connection
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened
from tests.accounts.connectors.salesforce.mortals import (
    DEAD,
    DONE,
    NEEDS_SIGN_IN,
    Mortals,
    mortals,
)
from tests.salesforce import Simulator, tiny
from tests.salesforce.clock import START
from tests.salesforce.worlds import Few

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> tiny.Source:
    """What these tests read of an org; the whole of it is described in test_reading."""
    whole = tiny.world(seed=3, rows=40, until=START)
    return Few(whole, "User", "Account", "Opportunity")


# Where a worker dies: before or after each of the steps of an exchange.
STEPS = ("_reserve", "_spend", "_keep", "_use")
POINTS = [(step, is_after) for step in STEPS for is_after in (False, True)]


@pytest.fixture
def workers(sim: Simulator) -> Iterator[Mortals]:
    with mortals(sim) as found:
        yield found


def renewed(connection: Connection, sim: Simulator) -> None:
    row = Connection.objects.get(pk=connection.pk)
    row.write_secrets(sim.credentials("refresh")["secrets"])
    row.save()


@pytest.mark.parametrize(("step", "is_after"), POINTS)
def test_a_worker_that_dies_at_a_step(
    sim: Simulator, workers: Mortals, step: str, is_after: bool
) -> None:
    connection = a_connection_to(sim, method="refresh")
    assert workers.run(connection, [(step, is_after)]) == [DEAD]
    is_unknown = (step, is_after) in {("_reserve", True), ("_spend", False), ("_spend", True)}
    is_unknown = is_unknown or (step, is_after) == ("_keep", False)
    assert workers.run(connection, [None]) == [NEEDS_SIGN_IN if is_unknown else DONE]
    assert not sim.ledger.reused
    if is_unknown:
        renewed(connection, sim)
        assert workers.run(connection, [None]) == [DONE]
    assert not sim.ledger.reused


def campaign(workers: Mortals, *, rounds: int, at_once: int, seed: int) -> int:
    dice, sim = random.Random(seed), workers.sim
    connection = a_connection_to(sim, method="refresh")
    deaths = 0
    for _ in range(rounds):
        sim.expire_sessions()
        dying_at = [dice.choice([*POINTS, None, None]) for _ in range(at_once)]
        codes = workers.run(connection, dying_at)
        deaths += codes.count(DEAD)
        assert set(codes) <= {DONE, NEEDS_SIGN_IN, DEAD}, codes
        assert not sim.ledger.reused
        if NEEDS_SIGN_IN in codes or connection_is_lost(connection):
            renewed(connection, sim)
    assert max(sim.ledger.refresh_uses.values()) == 1
    return deaths


def connection_is_lost(connection: Connection) -> bool:
    return bool(Connection.objects.get(pk=connection.pk).read_secrets().get("refresh_in_use"))


def test_workers_that_die_together(workers: Mortals) -> None:
    assert campaign(workers, rounds=4, at_once=8, seed=1) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_kill_points_by_eight_workers(workers: Mortals) -> None:
    deaths = 0
    for seed in range(10):
        deaths += campaign(workers, rounds=20, at_once=8, seed=seed)
    assert deaths >= 200


def test_workers_at_once_share_one_exchange(sim: Simulator, workers: Mortals) -> None:
    connection = a_connection_to(sim, method="refresh")
    assert workers.run(connection, [None] * 8) == [DONE] * 8
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
