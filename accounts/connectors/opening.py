"""The connector of an org, by its kind; its libraries are loaded where one is opened."""

from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string

from accounts.connectors.base import Connector, ConnectorError
from accounts.models import Connection
from revenue.users.models import Org

SALESFORCE = "accounts.connectors.salesforce.connector.SalesforceConnector"
DEMO = "accounts.connectors.demo.connector.DemoConnector"


def open_connector(org: Org, *, at: datetime) -> Connector:
    made: Any
    if org.kind == Org.Kind.DEMO:
        made = import_string(DEMO)(org, at=at)
    elif org.kind == Org.Kind.SALESFORCE:
        connection = Connection.objects.filter(org=org).first()
        if connection is None:
            raise ConnectorError(f"{org.name} has no connection yet: an admin must set one up.")
        made = import_string(SALESFORCE)(connection, at=at)
    else:
        raise ConnectorError(
            f"{org.name} is fed by files, which nobody can fetch: import them on its page, or by "
            f"manage.py import_csv {org.slug} FOLDER."
        )
    opened: Connector = made
    return opened
