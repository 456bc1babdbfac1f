"""Two who work out what to suggest to the customers of one org at the same time."""

import threading
import time

import pytest
from django.db import connection

from crosssell.models import Recommendation
from crosssell.selling import training
from crosssell.selling.scoring import offering
from crosssell.selling.storing import TASK, store
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.ml.rank.learning import RankSettings
from revenue.users.models import Org
from tests.crosssell.selling_world import AS_OF, a_market

pytestmark = pytest.mark.django_db(transaction=True)
QUICK = RankSettings(
    training.TASK, most_rows=3_000, most_trees=10, rounds=2, bootstraps=40, most_lists=100
)
MOST_SECONDS = 60
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
def org(monkeypatch: pytest.MonkeyPatch) -> Org:
    monkeypatch.setattr(training, "SETTINGS", QUICK)
    found, _ = a_market(accounts=40, is_grouped=False)
    training.train(org=found, as_of=AS_OF, at=AS_OF)
    return found


def lists_of(org: Org) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    rows = Recommendation.objects.of(org).open().order_by("account_ref", "rank")
    for ref, rank, product in rows.values_list("account_ref", "rank", "product_ref"):
        found.setdefault(ref, []).append((rank, product))
    return found


def wait_until_both_wait() -> None:
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone() == (2,):
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waited.")


def test_the_later_one_waits_and_every_list_stays_whole(org: Org) -> None:
    store(offering(org=org, as_of=AS_OF))
    alone = lists_of(org)
    Recommendation.objects.of(org).delete()
    done: list[bool] = []

    def score() -> None:
        try:
            store(offering(org=org, as_of=AS_OF))
            done.append(True)
        finally:
            connection.close()

    threads = [threading.Thread(target=score) for _ in range(2)]
    with one_at_a_time(org, TASK):
        for thread in threads:
            thread.start()
        wait_until_both_wait()
        assert not Recommendation.objects.of(org).exists()
    for thread in threads:
        thread.join(MOST_SECONDS)
    assert done == [True, True]
    assert lists_of(org) == alone
    assert all([rank for rank, _ in one] == list(range(1, len(one) + 1)) for one in alone.values())
