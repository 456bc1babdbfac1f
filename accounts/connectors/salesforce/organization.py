"""Whose data is behind the address: always the same organization, and connected once."""

from typing import Any

from django.db import IntegrityError, transaction
from simple_salesforce.api import Salesforce

from accounts.connectors.base import ObjectUnavailableError, SourceUnavailableError, WrongOrgError
from accounts.connectors.salesforce.faults import SetupError
from accounts.connectors.salesforce.transport import Transport
from accounts.models import Connection
from accounts.salesforce_ids import long_id

CURRENCY = "DefaultCurrencyIsoCode"
FISCAL_MONTH = "FiscalYearStartMonth"
QUESTION = "SELECT Id, Name, IsSandbox FROM Organization LIMIT 1"
CHANGED = (
    "Behind this address is another Salesforce organization than before: a refreshed sandbox, or "
    "another login address. Nothing was read. Correct the address; to read this organization, "
    "connect it as a new org."
)
TAKEN = (
    "This Salesforce organization is already connected to another org here. Remove that "
    "connection first, or connect a different organization."
)


def ask_organization(salesforce: Salesforce) -> dict[str, Any]:
    try:
        records = salesforce.query(QUESTION).get("records") or []
        return dict(records[0])
    except (ValueError, IndexError, AttributeError, TypeError):
        raise SourceUnavailableError(
            "Salesforce did not say which organization this is, so nothing was read. "
            "Give the user of this connection the right to read Organization."
        ) from None


def ask_currency(salesforce: Salesforce, transport: Transport) -> str:
    """Of an organization that has one only; empty where this user is not told."""
    try:
        organization: Any = salesforce.Organization
        fields = organization.describe()["fields"]
        if any(each["name"] == CURRENCY for each in fields):
            found = salesforce.query(f"SELECT {CURRENCY} FROM Organization LIMIT 1")  # noqa: S608
            return str(found["records"][0][CURRENCY] or "")
        told = transport.request("GET", f"{salesforce.base_url}connect/organization").json()
        return str(told["features"]["defaultCurrencyIsoCode"] or "")
    except (ObjectUnavailableError, SetupError, ValueError, LookupError, TypeError):
        return ""


def ask_fiscal_month(salesforce: Salesforce) -> int:
    """In which month its fiscal year begins; 0 where this user is not told."""
    try:
        found = salesforce.query(f"SELECT {FISCAL_MONTH} FROM Organization LIMIT 1")  # noqa: S608
        return int(found["records"][0][FISCAL_MONTH] or 0)
    except (ObjectUnavailableError, SetupError, ValueError, LookupError, TypeError):
        return 0


def confirm_organization(connection: Connection, organization_id: str) -> None:
    """Remembered at the first sign-in; another one later is refused before anything is mixed."""
    told = long_id(organization_id)
    if connection.organization_id:
        if connection.organization_id != told:
            raise WrongOrgError(CHANGED)
        return
    try:
        with transaction.atomic():
            Connection.objects.filter(pk=connection.pk).update(organization_id=told)
    except IntegrityError:
        raise WrongOrgError(TAKEN) from None
    connection.organization_id = told
