"""Salesforce, read only: the five questions of a sync, asked with as few calls as they can be."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.cache import cache
from simple_salesforce.api import Salesforce

from accounts.connectors.base import (
    DeletionPage,
    ObjectUnavailableError,
    Page,
    Position,
    Quota,
    SourceObjectSpec,
)
from accounts.connectors.salesforce import soql
from accounts.connectors.salesforce.deletes import Deletes, Seen, first_position
from accounts.connectors.salesforce.describing import KEPT_S, Catalogue, Described
from accounts.connectors.salesforce.faults import FieldGoneError, QueryTooSlowError
from accounts.connectors.salesforce.organization import (
    ask_currency,
    ask_fiscal_month,
    ask_organization,
    confirm_organization,
)
from accounts.connectors.salesforce.passes import Pass
from accounts.connectors.salesforce.rest import Reader
from accounts.connectors.salesforce.sign_in import SignIn
from accounts.connectors.salesforce.transport import Transport
from accounts.connectors.salesforce.values import moment
from accounts.models import Connection, SourceField


class SalesforceConnector:
    def __init__(
        self,
        connection: Connection,
        *,
        at: datetime,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection, self.at = connection, at
        self.transport = Transport(share=connection.quota_share, sleep=sleep)
        self.sign_in = SignIn(connection, self.transport, at=at)
        self.transport.renew = self._renew
        self._is_ready = False
        self._seen: dict[str, Seen] = {}
        self._loads: dict[str, datetime] = {}

    def __repr__(self) -> str:
        return f"<SalesforceConnector of {self.connection.org_id}>"

    @property
    def calls(self) -> int:
        return self.transport.calls

    @property
    def quota(self) -> Quota | None:
        return self.transport.quota

    def check(self) -> str:
        """Tries also where the last try was refused: an admin asks."""
        self.sign_in.start(is_trial=True)
        found = ask_organization(self.salesforce)
        confirm_organization(self.connection, str(found["Id"]))
        self._is_ready = True
        kind = "sandbox" if found.get("IsSandbox") else "production"
        used = self.transport.quota
        calls = f" {used.used:,} of {used.allowed:,} calls of today are used." if used else ""
        return f"Signed in to {found.get('Name') or 'Salesforce'} ({kind}).{calls}"

    def describe(self) -> dict[str, SourceObjectSpec]:
        self._begin()
        return {name: found.spec for name, found in self.catalogue.read().items()}

    def currency(self) -> str:
        """Asked once a day; of an organization with several its CurrencyType says more."""
        self._begin()
        if "CurrencyType" in self.catalogue.found:
            return ""
        return str(self._daily("currency", lambda: ask_currency(self.salesforce, self.transport)))

    def fiscal_month(self) -> int:
        """Asked once a day; 0 where it is not told."""
        self._begin()
        return int(self._daily("fiscal-month", lambda: ask_fiscal_month(self.salesforce)))

    def count(self, object_name: str) -> int | None:
        """Before an object is read, Salesforce's estimate of all at once; then to the row."""
        described = self._described(object_name)
        if object_name not in self._loads:
            return self._estimates.get(object_name, 0)
        question = soql.count(described.name, where=[described.present])
        try:
            total = self.salesforce.query(question, include_deleted=True).get("totalSize")
        except (QueryTooSlowError, ValueError):
            return None
        return total if isinstance(total, int) else None

    def changed_since(self, object_name: str, position: Position) -> Iterator[Page]:
        described = self._described(object_name)
        place = position
        for is_last_try in (False, True):
            going = self._pass(described)
            try:
                for page in going.pages(place, expected=self._expected(object_name, place)):
                    place = page.position
                    yield page
            except FieldGoneError:
                if is_last_try:
                    raise
                described = self.catalogue.again(object_name)
            else:
                self._seen[object_name] = going.seen
                return

    def formulas(self, object_name: str, position: Position | None = None) -> Iterator[Page]:
        """Every row anew, of the fields whose values change without a stamp, and no others."""
        described = self._described(object_name)
        fields = [
            name for name in self._wanted(described) if described.spec.fields[name].is_formula
        ]
        if fields:
            yield from self._pass(described, fields=["Id", *fields]).whole(position or {})

    def deleted_since(self, object_name: str, position: Position) -> Iterator[DeletionPage]:
        described = self._described(object_name)
        now = self.transport.server_time or self.at
        if not position:
            began = self._loads.get(object_name)
            yield DeletionPage([], first_position(began or now), must_reconcile=began is None)
            return
        reader = self._reader(described, fields=[])
        deletes = Deletes(self.salesforce, reader, now=now)
        yield from deletes.since(position, seen=self._seen.get(object_name))

    def ids(self, object_name: str) -> Iterator[list[str]]:
        return self.ids_after(object_name, "")

    def ids_after(self, object_name: str, last: str) -> Iterator[list[str]]:
        described = self._described(object_name)
        reader = self._reader(described, fields=[])
        for records, _ in reader.by_id(start=last, where=[described.present]):
            found = [record["Id"] for record in records]
            if any(one >= two for one, two in zip([last, *found], found, strict=False)):
                raise ObjectUnavailableError(
                    "Salesforce did not list the ids in their order, so they were not compared. "
                    "The next sync asks again."
                )
            last = found[-1] if found else last
            yield found

    def close(self) -> None:
        self.transport.close()

    @cached_property
    def salesforce(self) -> Salesforce:
        """Its addresses, queries and describes; its sign-ins, waits and Bulk are not used."""
        return Salesforce(
            session_id=self.transport.bearer,
            instance_url=self.transport.origin,
            version=self.connection.api_version,
            session=self.transport,
            parse_float=str,  # the digits as they came: a float would lose some of them
            object_pairs_hook=dict,
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.connection, self.transport, self.salesforce)

    @cached_property
    def _estimates(self) -> dict[str, int]:
        names = ",".join(self.catalogue.found)
        url = f"{self.salesforce.base_url}limits/recordCount"
        try:
            body: Any = self.transport.request("GET", url, params={"sObjects": names}).json()
            return {each["name"]: int(each["count"]) for each in body["sObjects"]}
        except (ObjectUnavailableError, ValueError, KeyError, TypeError):
            return {}

    @cached_property
    def _skipped(self) -> set[tuple[str, str]]:
        rows = SourceField.objects.filter(org_id=self.connection.org_id, is_skipped=True)
        return set(rows.values_list("object_name", "name"))

    def _daily(self, what: str, ask: Callable[[], Any]) -> Any:
        key = f"{self.catalogue.key}-{what}"
        told = cache.get(key)
        if told is None:
            told = ask()
            cache.set(key, told, timeout=KEPT_S)
        return told

    def _begin(self) -> None:
        if self._is_ready:
            return
        self.sign_in.start()
        self._confirm()
        self._is_ready = True

    def _renew(self) -> None:
        self.sign_in.again()
        if self._is_ready and self.sign_in.organization_id:
            confirm_organization(self.connection, self.sign_in.organization_id)

    def _confirm(self) -> None:
        """A fresh sign-in says whose it is; of a kept session it is asked, before anything else."""
        told = self.sign_in.organization_id or str(ask_organization(self.salesforce)["Id"])
        confirm_organization(self.connection, told)

    def _described(self, object_name: str) -> Described:
        self._begin()
        return self.catalogue.get(object_name)

    def _wanted(self, described: Described) -> list[str]:
        kept = ("Id", "CreatedDate", described.spec.cursor)
        return [
            name
            for name in described.spec.fields
            if name in kept or (described.name, name) not in self._skipped
        ]

    def _reader(self, described: Described, *, fields: list[str]) -> Reader:
        return Reader(self.salesforce, self.transport, described, fields=fields)

    def _expected(self, object_name: str, position: Position) -> int:
        """Counted only where it decides between query and Bulk."""
        self._loads.setdefault(object_name, self._load_began(position))
        return self._estimates.get(object_name, 0) if not position else 0

    def _load_began(self, position: Position) -> datetime:
        began = position.get("loaded")
        return moment(began) if began else self.transport.server_time or self.at

    def _pass(self, described: Described, *, fields: list[str] | None = None) -> Pass:
        wanted = self._wanted(described) if fields is None else fields
        return Pass(
            self._reader(described, fields=wanted),
            fields=wanted,
            bulk_from=self.connection.bulk_from,
            now=self.transport.server_time or self.at,
        )
