"""Whatever a real worker meets, the mirror is the world again when it is over."""

import os

import pytest

from tests.accounts.sync.campaign import campaign
from tests.accounts.sync.workers import SyncStage

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_some_schedules_of_faults(stage: SyncStage) -> None:
    told = campaign(stage, range(4))
    assert told["kills"] > 2
    assert told["schedules"] == 4


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_schedules_of_faults(stage: SyncStage) -> None:
    first = int(os.environ.get("SOAK_FROM", "100"))
    count = int(os.environ.get("SOAK_COUNT", "200"))
    told = campaign(stage, range(first, first + count))
    print(dict(told))
    assert told["schedules"] == count
    assert told["kills"] > count // 2
