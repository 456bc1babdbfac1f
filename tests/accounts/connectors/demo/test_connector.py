from datetime import timedelta

import pytest

from accounts.connectors.base import ConnectorError
from accounts.connectors.demo.connector import DemoConnector
from accounts.models import Connection
from tests.accounts.connectors.demo.conftest import NOW
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db


def connector(options: dict[str, object], *, hours: int = 0) -> DemoConnector:
    org = OrgFactory()
    Connection.objects.create(org=org, options={"scale": "tiny", "began": "2024-04-01"} | options)
    return DemoConnector(org, at=NOW + timedelta(hours=hours))


def test_of_another_company_nothing_is_read_beside_what_is_here() -> None:
    (*_, last) = connector({"seed": 7}).changed_since("Account", {})
    (*_, deletions) = connector({"seed": 7}).deleted_since("Account", {})
    same, other = connector({"seed": 7}, hours=1), connector({"seed": 8}, hours=1)
    assert list(same.changed_since("Account", last.position))
    for position, read in (
        (last.position, other.changed_since),
        (deletions.position, other.deleted_since),
    ):
        with pytest.raises(ConnectorError, match=r"another simulated company .*seed 8.*--full"):
            list(read("Account", position))
    assert sum(len(page.rows) for page in other.changed_since("Account", {})) > 1


def test_what_was_read_before_positions_named_a_company_goes_on() -> None:
    found = list(connector({"seed": 7}).changed_since("Account", {"since": NOW.isoformat()}))
    assert [len(page.rows) for page in found] == [0]
