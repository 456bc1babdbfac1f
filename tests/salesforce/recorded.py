"""The recorded exchanges with real orgs, as requests that can be asked again and what they told."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from tests.salesforce import recordings
from tests.salesforce.routes import Request, Route, route
from tests.salesforce.schema import Row

VERSION = "v62.0"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
ENTITY = re.compile(r"\bfrom\s+(\w+)(?![^(]*\))", re.IGNORECASE)
EQUAL = re.compile(r"\b(\w+)\s*=\s*'([^']*)'")


@dataclass(frozen=True)
class Exchange:
    name: str
    method: str
    target: str
    asked: str
    status: int
    content_type: str
    told: str

    @property
    def request(self) -> Request:
        return Request(self.method, self.target)

    @property
    def route(self) -> Route:
        return route(self.request)

    @property
    def soql(self) -> str:
        return self.request.parameters.get("q", "")

    @property
    def entity(self) -> str:
        return str(ENTITY.findall(self.soql)[-1])

    @property
    def body(self) -> Any:
        return ordered(self.told)

    def records(self) -> list[dict[str, Any]]:
        """Some were shortened by hand: the address of a record is the truth about its id."""
        found: list[dict[str, Any]] = json.loads(self.told, parse_float=Decimal)["records"]
        return [row | ({"Id": id_of(row)} if "Id" in row else {}) for row in found]

    def rows(self) -> list[Row]:
        """What the org held, as far as the answer shows and the question says."""
        said = dict(EQUAL.findall(self.soql))
        return [
            {**said, **{key: value_of(value) for key, value in row.items() if key != "attributes"}}
            | {"Id": id_of(row)}
            for row in self.records()
        ]


def id_of(record: dict[str, Any]) -> str:
    return str(record["attributes"]["url"].rsplit("/", 1)[1])


def value_of(value: Any) -> Any:
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value


def ordered(text: str) -> Any:
    """Objects as pairs in their order, numbers by their digits: equal only if quite alike."""
    return json.loads(text, object_pairs_hook=list, parse_float=str, parse_int=str)


def exchanges() -> list[Exchange]:
    found = []
    for name, interactions in recordings.exchanges().items():
        for number, each in enumerate(interactions):
            asked, told = each["request"], each["response"]
            parts = urlsplit(asked["uri"])
            body = told["body"].get("string")
            found.append(
                Exchange(
                    f"{name}-{number}",
                    asked["method"],
                    _current(f"{parts.path}?{parts.query}" if parts.query else parts.path),
                    _current(str(asked.get("body") or "")),
                    int(told["status"]["code"]),
                    _content_type(told["headers"]),
                    _current(body) if isinstance(body, str) else "",
                )
            )
    return found


def _current(text: str) -> str:
    """Versions of old recordings are written as one that is served today."""
    return re.sub(r"(?<=/services/data/)v(?:xx|\d\d)\.0", VERSION, text)


def _content_type(headers: dict[str, Any]) -> str:
    inner = headers.get("Response-Headers", headers)
    return str(inner["Content-Type"][0]) if "Content-Type" in inner else ""
