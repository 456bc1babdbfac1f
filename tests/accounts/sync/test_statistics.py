import pytest
from django.db import connection

from accounts.models import Account
from accounts.sync.statistics import MANY, look_again
from tests.factories.facts import an_account
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db


def rows_planned_for() -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class WHERE relname = %s", [Account._meta.db_table]
        )
        return float(cursor.fetchone()[0])


def test_after_much_was_written_plans_know_of_it() -> None:
    org = OrgFactory.create()
    for _ in range(7):
        an_account(org=org)

    assert not look_again(written=MANY - 1)
    assert rows_planned_for() != 7
    assert look_again(written=MANY)
    assert rows_planned_for() == 7
