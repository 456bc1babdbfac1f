"""Values in one form: the same record read by REST and by Bulk is the same row."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from accounts.connectors.base import Refusal, Row, SourceObjectSpec
from accounts.salesforce_ids import long_id

STAMP = re.compile(r"(.{19})(\.\d+)?(Z|[+-]\d\d:?\d\d)")
MOST_DIGITS = 60


def moment(value: Any) -> datetime:
    """`2024-01-01T00:00:00.000+0000` and `…Z` are one moment; one without a zone is an error."""
    found = STAMP.fullmatch(str(value))
    if found is None:
        raise ValueError(f"{str(value)[:40]!r} is no moment with a time zone")
    seconds, part, zone = found.groups()
    text = f"{seconds}{(part or '')[:7]}{'+00:00' if zone == 'Z' else zone}"
    return datetime.fromisoformat(text).astimezone(UTC)


def number(value: Any) -> Decimal:
    """Without drift and without empty digits: 1.0E7, 10000000 and 10000000.00 are one row."""
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{str(value)[:40]!r} is no number") from None
    if not found.is_finite() or abs(found.adjusted()) > MOST_DIGITS:
        raise ValueError(f"{str(value)[:40]!r} is no number that can be kept")
    text = format(found, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal("0" if text in ("-0", "") else text)


def whole(value: Any) -> int:
    found = number(value)
    if found != found.to_integral_value():
        raise ValueError(f"{str(value)[:40]!r} is no whole number")
    return int(found)


def truth(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    if str(value) in ("true", "false"):
        return str(value) == "true"
    raise ValueError(f"{str(value)[:40]!r} is neither true nor false")


def day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{str(value)[:40]!r} is no date") from None


def words(value: Any) -> Any:
    """Text as it stands; what a field of any type holds, as the text that Bulk writes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, (str, dict, list)) else str(value)


def reference(value: Any) -> str:
    return long_id(str(value))


READERS: Mapping[str, Callable[[Any], Any]] = {
    "id": reference,
    "reference": reference,
    "boolean": truth,
    "integer": whole,
    "double": number,
    "currency": number,
    "percent": number,
    "date": day,
    "datetime": moment,
}


class Reader:
    """Rows of one object; what cannot be read is told, and takes nothing else with it."""

    def __init__(self, spec: SourceObjectSpec) -> None:
        self.readers = {name: READERS.get(field.type, words) for name, field in spec.fields.items()}

    def row(self, raw: Mapping[str, Any]) -> Row | Refusal:
        found: Row = {}
        for name, reader in self.readers.items():
            if name not in raw:
                continue
            value = raw[name]
            try:
                found[name] = None if value is None or value == "" else reader(value)
            except (ValueError, OverflowError) as error:
                return Refusal(
                    reason=f"{name}: {error}.",
                    external_id=reference(raw.get("Id") or ""),
                    field_name=name,
                    row={name: str(value)[:500]},
                )
        return found
