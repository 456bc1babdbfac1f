"""Fields of an org's own, which have no column here, as its people call them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime

from accounts.models import Fact, SourceField
from revenue.web.templatetags import web


@dataclass(frozen=True)
class ExtraField:
    label: str
    text: str
    is_stale: bool = False


def extra_fields(record: Fact, *, object_name: str) -> list[ExtraField]:
    if not record.extra:
        return []
    known = {
        field.name: field
        for field in SourceField.objects.filter(
            org=record.org_id, object_name=object_name, name__in=list(record.extra)
        )
    }
    found = []
    for name, value in record.extra.items():
        field = known.get(name)
        found.append(
            ExtraField(
                label=field.label if field and field.label else plain_name(name),
                text=spoken(value, kind=field.type if field else ""),
                is_stale=bool(field and field.state == SourceField.State.STALE),
            )
        )
    return sorted(found, key=lambda each: each.label.casefold())


def plain_name(name: str) -> str:
    """`Contract_End__c` → Contract End."""
    return name.removesuffix("__c").replace("_", " ").strip() or name


def spoken(value: Any, *, kind: str) -> str:
    match value:
        case None | "":
            return web.BLANK
        case bool():
            return "Yes" if value else "No"
        case int() | float():
            places = 0 if value == round(value) else 2
            return (
                f"{web.number(value, places)}%" if kind == "percent" else web.number(value, places)
            )
        case list():
            return ", ".join(str(each) for each in value)
        case dict():
            return ", ".join(f"{name}: {each}" for name, each in value.items())
    return spoken_text(str(value), kind=kind)


def spoken_text(text: str, *, kind: str) -> str:
    if kind == "multipicklist":
        return ", ".join(part.strip() for part in text.split(";"))
    found: dt.date | dt.datetime | None = None
    try:
        found = parse_date(text) if kind == "date" else None
        found = parse_datetime(text) if kind == "datetime" else found
    except ValueError:
        return text
    if isinstance(found, dt.datetime):
        return web.moment(found) if found.tzinfo else text
    return web.day(found) if found else text
