from collections.abc import Iterator

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from tests.jobs.brokers import BROKERS
from tests.jobs.stage import Stage, effect_table, purge, use_broker


@pytest.fixture(scope="session", params=list(BROKERS))
def stage(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """Workers on one of the brokers."""
    with BROKERS[request.param]() as broker, django_db_blocker.unblock():
        folder = tmp_path_factory.mktemp(request.param)
        stage = Stage(broker_url=broker.url, key_prefix=broker.key_prefix, folder=folder)
        use_broker(broker.url, key_prefix=broker.key_prefix)
        try:
            purge()
            effect_table()
            stage.begin()
            yield stage
        finally:
            stage.end()
            use_broker(str(settings.CELERY_BROKER_URL))
