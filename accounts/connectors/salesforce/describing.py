"""What describe says of the objects that we mirror, kept as long as Salesforce says it stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from django.core.cache import cache
from simple_salesforce.api import Salesforce

from accounts.connectors.base import (
    ObjectUnavailableError,
    SourceFieldSpec,
    SourceObjectSpec,
    SourceUnavailableError,
)
from accounts.connectors.salesforce.faults import GoneError
from accounts.connectors.salesforce.transport import Transport, server_date
from accounts.models import Connection
from accounts.records import OBJECTS

TYPES = {
    "textarea": "text",
    "int": "integer",
    "long": "integer",
    "combobox": "picklist",
    "encryptedstring": "string",
    "anyType": "string",
}
PLAIN = {
    *("id", "reference", "string", "boolean", "double", "currency", "percent", "date", "datetime"),
    *("time", "picklist", "multipicklist", "email", "phone", "url"),
}
# Compound fields are in REST's answers and not in Bulk's: only their parts are read.
UNREAD = {"address", "location", "base64", "complexvalue"}
CURSORS = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
OWN_FIELDS = ("IsDeleted",)
KEPT_S = 24 * 3600


@dataclass(frozen=True)
class Described:
    spec: SourceObjectSpec
    has_is_deleted: bool
    has_master: bool
    lists_deletes: bool

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def stamps_deletes(self) -> bool:
        """A deletion moves the cursor; CreatedDate stays what it was."""
        return self.has_is_deleted and self.spec.cursor in CURSORS[:2]

    @property
    def present(self) -> str:
        """The condition that keeps out what lies in the recycle bin."""
        return "IsDeleted = false" if self.has_is_deleted else ""


class Catalogue:
    def __init__(
        self, connection: Connection, transport: Transport, salesforce: Salesforce
    ) -> None:
        self.transport, self.salesforce = transport, salesforce
        told_by = (
            connection.organization_id,
            connection.api_version,
            connection.client_id,
            connection.username,
            connection.secrets_changed_at,
        )
        digest = hashlib.sha256(repr(told_by).encode()).hexdigest()[:16]
        self.key = f"salesforce-describe-{connection.pk}-{digest}"
        self.found: dict[str, Described] = {}

    def read(self) -> dict[str, Described]:
        """One call where nothing changed: describe of the whole org knows of every object."""
        kept = cache.get(self.key)
        headers = {"If-Modified-Since": kept["modified"]} if kept else {}
        response = self.transport.request(
            "GET", f"{self.salesforce.base_url}sobjects", headers=headers
        )
        if response.status_code == 304 and kept:
            bodies = kept["objects"]
        else:
            bodies = self._ask_each(response.json())
            kept = {"modified": _modified(response), "objects": bodies}
            cache.set(self.key, kept, timeout=KEPT_S)
        self.found = {name: described(body) for name, body in bodies.items()}
        return self.found

    def get(self, name: str) -> Described:
        if not self.found:
            self.read()
        if name not in self.found:
            raise ObjectUnavailableError(
                f"{name} is not among the objects that Salesforce shows to this user. "
                "Give the user the right to read it, or leave it."
            )
        return self.found[name]

    def again(self, name: str) -> Described:
        """After an answer that contradicts what was described."""
        cache.delete(self.key)
        self.found[name] = described(self._ask(name))
        return self.found[name]

    def _ask_each(self, whole: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        shown = {
            each.get("name") for each in whole.get("sobjects", []) if each.get("queryable", True)
        }
        bodies = {}
        for name in OBJECTS:
            if name not in shown:
                continue
            try:
                bodies[name] = self._ask(name)
            except GoneError:
                continue
        return bodies

    def _ask(self, name: str) -> dict[str, Any]:
        try:
            body = getattr(self.salesforce, name).describe()
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("fields"), list):
            raise SourceUnavailableError(
                f"Salesforce did not describe {name} in full. The next run asks again."
            )
        return trimmed(body)


def trimmed(body: Mapping[str, Any]) -> dict[str, Any]:
    """A tenth of the answer: what is kept between runs."""
    return {
        "name": str(body["name"]),
        "replicateable": bool(body.get("replicateable")),
        "fields": [
            {
                "name": str(field["name"]),
                "type": str(field["type"]),
                "label": str(field.get("label") or ""),
                "custom": bool(field.get("custom")),
                "calculated": bool(field.get("calculated")),
                "length": int(field.get("length") or 0),
                "cursor": bool(field.get("filterable")) and bool(field.get("sortable", True)),
            }
            for field in body["fields"]
        ],
    }


def described(body: Mapping[str, Any]) -> Described:
    fields = {field["name"]: field for field in body["fields"]}
    usable = {
        name for name, field in fields.items() if field["cursor"] and field["type"] == "datetime"
    }
    has_is_deleted = "IsDeleted" in fields
    spec = SourceObjectSpec(
        name=body["name"],
        fields={
            name: _field(field)
            for name, field in fields.items()
            if field["type"] not in UNREAD and name not in OWN_FIELDS
        },
        cursor=next((name for name in CURSORS if name in usable), ""),
        has_deletes=has_is_deleted or body["replicateable"],
    )
    return Described(
        spec=spec,
        has_is_deleted=has_is_deleted,
        has_master="MasterRecordId" in fields,
        lists_deletes=body["replicateable"],
    )


def _field(field: Mapping[str, Any]) -> SourceFieldSpec:
    kind = field["type"]
    return SourceFieldSpec(
        name=field["name"],
        type=TYPES.get(kind) or (kind if kind in PLAIN else "json"),
        label=field["label"],
        is_custom=field["custom"],
        is_formula=field["calculated"],
        length=field["length"],
    )


def _modified(response: Any) -> str:
    """By Salesforce's clock; a few seconds early, for a change within the second of the answer."""
    told = response.headers.get("Last-Modified")
    date = server_date(response)
    if told or date is None:
        return str(told or "Thu, 01 Jan 1970 00:00:00 GMT")
    return format_datetime(date - timedelta(seconds=5), usegmt=True)
