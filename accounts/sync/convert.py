"""Values of a source into values of our columns: exact, storable, or refused with a reason."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import models

from accounts.models.reference import ID_LENGTH
from accounts.salesforce_ids import full_id

TRUE = {"true", "1", "yes", "y", "t"}
FALSE = {"false", "0", "no", "n", "f"}
SHOWN_LENGTH = 40
# Of a double; what is written as 1E+999999 would be a megabyte.
LARGEST_EXPONENT = 400

Converter = Callable[[Any], Any]


class UnfitError(Exception):
    """Why a value cannot be kept, to be read after the name of its field."""


@dataclass
class Mended:
    """How many texts had to be changed to be storable at all."""

    texts: int = 0
    flags: int = 0

    def storable(self, text: str) -> str:
        """PostgreSQL keeps no NUL, and UTF-8 no half of a pair."""
        if text.isascii():
            if "\x00" not in text:
                return text
        else:
            try:
                text.encode()
            except UnicodeEncodeError:
                text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            else:
                if "\x00" not in text:
                    return text
        self.texts += 1
        return text.replace("\x00", "")


def shown(value: Any) -> str:
    text = str(value).encode(errors="replace").decode().replace("\x00", "")
    return repr(text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…")


def to_text(value: Any, mended: Mended) -> str:
    if isinstance(value, str):
        return mended.storable(value)
    return "" if value is None else text_of(value)


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return number_text(to_decimal(value))
    if isinstance(value, datetime):
        return moment_text(to_moment(value))
    if isinstance(value, date):
        return value.isoformat()
    raise UnfitError("is no text")


def to_id(value: Any, mended: Mended) -> str | None:
    text = to_text(value, mended).strip()
    if not text:
        return None
    if len(text) > ID_LENGTH:
        raise UnfitError(f"has {len(text)} characters; an id has {ID_LENGTH} at the most")
    if not text.isprintable():
        raise UnfitError(f"is {shown(text)}, which is no id")
    return full_id(text)


def to_decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise UnfitError(f"is {shown(value)}, which is no number")
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise UnfitError(f"is {shown(value)}, which is no number") from None
    if not number.is_finite():
        raise UnfitError(f"is {shown(value)}, which is no number that can be kept")
    return number


def to_whole(value: Any, *, bits: int) -> int:
    if type(value) is not int:
        number = to_decimal(value)
        if number.adjusted() > bits or number != number.to_integral_value():
            raise UnfitError(f"is {shown(value)}, which is no whole number")
        value = int(number)
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise UnfitError(f"is {shown(value)}, which is too large")
    return int(value)


def to_float(value: Any) -> float:
    try:
        number = value if type(value) is float else float(to_decimal(value))
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UnfitError(f"is {shown(value)}, which is no number that can be kept")
    return number


def to_flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise UnfitError(f"is {shown(value)}, which is neither true nor false")


def to_moment(value: Any) -> datetime:
    """A day stands for its beginning in UTC, as a moment without a zone is taken as UTC."""
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value.strip())
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    raise UnfitError(f"is {shown(value)}, which is no date and time that can be kept")


def to_day(value: Any) -> date:
    if isinstance(value, datetime):
        return to_moment(value).date()
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str):
            text = value.strip()
            return date.fromisoformat(text) if len(text) <= 10 else to_moment(text).date()
    except ValueError:
        pass
    raise UnfitError(f"is {shown(value)}, which is no date that can be kept")


def number_text(number: Decimal) -> str:
    """One form for one number, however many zeros it came with."""
    if abs(number.adjusted()) > LARGEST_EXPONENT:
        raise UnfitError(f"is {shown(number)}, which is no number that can be kept")
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def moment_text(moment: datetime) -> str:
    plain = moment.astimezone(UTC).isoformat(timespec="auto")
    return plain.replace("+00:00", "Z")


def converter_of(field: "models.Field[Any, Any]", mended: Mended) -> Converter:
    """Of a column: what is empty becomes what the column has for nothing."""
    if isinstance(field, models.CharField):
        if field.max_length == ID_LENGTH and field.db_collation == "C":
            return lambda value: to_id(value, mended)
        return short_text_converter(field.max_length or 0, mended)
    if isinstance(field, models.TextField):
        return text_converter(field, mended)
    to_value = plain_converter(field)
    nothing = None if field.null else field.get_default()
    blank = (None, "")
    return lambda value: nothing if value in blank else to_value(value)


def short_text_converter(length: int, mended: Mended) -> Converter:
    def convert(value: Any) -> str:
        text = to_text(value, mended)
        if len(text) > length:
            raise UnfitError(f"has {len(text)} characters; {length} fit")
        return text

    return convert


def text_converter(field: "models.TextField[Any, Any]", mended: Mended) -> Converter:
    nullable = field.null
    return lambda value: None if nullable and value is None else to_text(value, mended)


def plain_converter(field: "models.Field[Any, Any]") -> Converter:
    if isinstance(field, models.DecimalField):
        return decimal_converter(field)
    # A kind of field before the kind that it is made from.
    for kind, convert in PLAIN.items():
        if isinstance(field, kind):
            return convert
    raise TypeError(f"No value of a source can go into {field}.")


PLAIN: "dict[type[models.Field[Any, Any]], Converter]" = {
    models.BigIntegerField: lambda value: to_whole(value, bits=64),
    models.IntegerField: lambda value: to_whole(value, bits=32),
    models.FloatField: to_float,
    models.BooleanField: to_flag,
    models.DateTimeField: to_moment,
    models.DateField: to_day,
}


def decimal_converter(field: "models.DecimalField[Any, Any]") -> Converter:
    exponent = Decimal(1).scaleb(-field.decimal_places)
    limit = Decimal(10) ** (field.max_digits - field.decimal_places)

    def convert(value: Any) -> Decimal:
        number = value if type(value) is Decimal and value.is_finite() else to_decimal(value)
        if number.adjusted() >= field.max_digits or abs(number) >= limit:
            raise UnfitError(f"is {shown(value)}, which is too large")
        if number.as_tuple().exponent >= -field.decimal_places:  # type: ignore[operator]
            return number
        number = number.quantize(exponent, ROUND_HALF_UP)
        if abs(number) >= limit:
            raise UnfitError(f"is {shown(value)}, which is too large")
        return number

    return convert
