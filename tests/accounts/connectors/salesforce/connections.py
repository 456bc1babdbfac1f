"""Connections of an org to a simulated Salesforce, and what a connector reads through them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from accounts.connectors.base import Page, Position, Row
from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.models import Connection
from revenue.users.models import Org
from tests.factories.jobs import an_org
from tests.salesforce import Simulator

METHODS = {"refresh": Connection.Method.REFRESH_TOKEN}


def a_connection_to(
    sim: Simulator, *, method: str = "jwt", org: Org | None = None, **facts: Any
) -> Connection:
    told = sim.credentials(method)
    made = Connection(
        org=org or an_org(kind=Org.Kind.SALESFORCE),
        method=METHODS.get(method, method),
        login_url=told["login_url"],
        client_id=told["client_id"],
        username=told["username"],
        **facts,
    )
    made.write_secrets(told["secrets"])
    made.save()
    return made


@contextmanager
def opened(connection: Connection, *, at: datetime) -> Iterator[SalesforceConnector]:
    fresh = Connection.objects.get(pk=connection.pk)
    connector = SalesforceConnector(fresh, at=at, sleep=lambda _: None)
    try:
        yield connector
    finally:
        connector.close()


def read(
    connector: SalesforceConnector, object_name: str, position: Position | None = None
) -> tuple[dict[str, Row], Position, list[Page]]:
    """The last word on each row, and where reading goes on."""
    pages = list(connector.changed_since(object_name, position or {}))
    rows = {row["Id"]: row for page in pages for row in page.rows}
    return rows, pages[-1].position, pages
