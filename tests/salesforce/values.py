"""Values of rows as they go over the wire: JSON for REST, CSV for Bulk."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.salesforce.schema import NUMBERS, Row
from tests.salesforce.soql.run import Result


def number(value: Any, kind: str) -> str:
    """As Java writes doubles: 1000.0, 1.0E18; what a double cannot hold keeps its digits."""
    if kind == "int":
        return str(int(value))
    exact = Decimal(str(value))
    if Decimal(repr(float(exact))) != exact:
        return format(exact, "f")
    size = abs(float(exact))
    if size == 0 or 1e-3 <= size < 1e7:
        return repr(float(exact))
    sign, digits, exponent = Decimal(repr(float(exact))).normalize().as_tuple()
    text = "".join(map(str, digits))
    power = int(exponent) + len(text) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def moment(value: datetime, *, zone: str) -> str:
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{text}{zone}"


def _text(value: Any, kind: str, *, zone: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind in NUMBERS or isinstance(value, int | float | Decimal):
        return number(value, kind)
    if isinstance(value, datetime):
        return moment(value, zone=zone)
    return value.isoformat() if isinstance(value, date) else str(value)


def json_value(value: Any, kind: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict | list | str):
        return json.dumps(value, ensure_ascii=False)
    found = _text(value, kind, zone="+0000")
    return f'"{found}"' if isinstance(value, date) else found


def csv_value(value: Any, kind: str) -> str:
    if value is None:
        return '""'
    found = value if isinstance(value, str) else _text(value, kind, zone="Z")
    return '"' + found.replace('"', '""') + '"'


ADDRESS = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state")


def address(name: str) -> Callable[[Row], Any]:
    """The compound of `BillingStreet`, `BillingCity` …; of Lead's plain `Street` by `Address`."""
    prefix = name.removesuffix("Address")

    def read(row: Row) -> dict[str, Any] | None:
        given = row.get(name)
        if isinstance(given, dict):
            return given
        parts = {}
        for part in (*ADDRESS, "street"):
            value = row.get(prefix + part[0].upper() + part[1:])
            parts[part] = float(value) if isinstance(value, Decimal) else value
        return parts if any(value is not None for value in parts.values()) else None

    return read


Reader = Callable[[Row], Any]


def readers(result: Result) -> list[tuple[tuple[str, ...], str, Reader]]:
    return [
        (
            found.names,
            found.kind,
            address(found.names[-1]) if found.kind == "address" and not found.relations else read,
        )
        for found, read in result.fields
    ]


def json_records(result: Result, rows: list[Row], version: str) -> str:
    name = result.schema.name
    base = f"/services/data/{version}/sobjects/{name}"
    columns = readers(result)
    if any(len(names) > 1 for names, _, _ in columns):
        return json.dumps([_nested(columns, row, name, base) for row in rows], ensure_ascii=False)
    plan = [(json.dumps(names[-1]) + ":", kind, read) for names, kind, read in columns]
    start = '{"attributes":{"type":"' + name + '","url":"' + base + "/"
    written = []
    for row in rows:
        cells = ",".join(key + json_value(read(row), kind) for key, kind, read in plan)
        comma = "," if cells else ""
        written.append(f'{start}{row["Id"]}"}}{comma}{cells}}}')
    return "[" + ",".join(written) + "]"


def _nested(
    columns: list[tuple[tuple[str, ...], str, Reader]], row: Row, name: str, base: str
) -> dict[str, Any]:
    """With parents: each an object of its own, or null where there is none."""
    found: dict[str, Any] = {"attributes": {"type": name, "url": f"{base}/{row['Id']}"}}
    for names, kind, read in columns:
        value = json.loads(json_value(read(row), kind))
        if len(names) == 1:
            found[names[0]] = value
            continue
        at: dict[str, Any] = found
        for relation in names[:-1]:
            at = at.setdefault(relation, {"attributes": {"type": relation}})
        at[names[-1]] = value
    return found


def csv_header(result: Result) -> str:
    return ",".join(f'"{".".join(names)}"' for names, _, _ in readers(result)) + "\n"


def csv_lines(result: Result, rows: list[Row]) -> str:
    columns = [(kind, read) for _, kind, read in readers(result)]
    return "".join(
        ",".join(csv_value(read(row), kind) for kind, read in columns) + "\n" for row in rows
    )
