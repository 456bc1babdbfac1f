"""The details of an event as a person reads them: no names of code, no forms of Python."""

import re
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from django.utils.dateparse import parse_date, parse_datetime

from revenue.web.templatetags import web

# What the event's subject says already, or what only code goes by.
UNTOLD = ("task", "queue")
LABELS = {"sha256": "fingerprint", "query": "filters", "reports_to": "reports to", "ip": "address"}
CODE = re.compile(r"[a-z]+(_[a-z]+)+")
NOTHING: tuple[Any, ...] = (None, "", [], {})


def facts_of(detail: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (label_of(name), told(name, value))
        for name, value in detail.items()
        if name not in UNTOLD and (name == "reports_to" or value not in NOTHING)
    ]


def label_of(name: str) -> str:
    text = LABELS.get(name, name).replace("_", " ")
    return text[:1].upper() + text[1:]


def told(name: str, value: Any) -> str:
    if value is None or isinstance(value, bool):
        absent = "nobody" if name == "reports_to" else "nothing"
        return {None: absent, True: "yes", False: "no"}[value]
    if isinstance(value, int | float):
        whole = isinstance(value, int) or value.is_integer()
        return web.number(value, 0 if whole else 2)
    if isinstance(value, dict):
        return pairs_of(value)
    if isinstance(value, list | tuple):
        return ", ".join(told("", each) for each in value)
    return text_of(name, str(value))


def pairs_of(pairs: dict[str, Any]) -> str:
    if set(pairs) == {"from", "to"}:
        return f"{told('', pairs['from'])} → {told('', pairs['to'])}"
    return ", ".join(f"{label_of(key).lower()}: {told(key, pairs[key])}" for key in pairs)


def text_of(name: str, value: str) -> str:
    if name == "query":
        return ", ".join(f"{label_of(key).lower()} {said}" for key, said in parse_qsl(value))
    if moment := moment_in(value):
        return web.moment(moment) if isinstance(moment, datetime) else web.day(moment)
    return value.replace("_", " ") if CODE.fullmatch(value) else value


def moment_in(value: str) -> datetime | date | None:
    """Where all of a text is a moment or a day as programs write them."""
    try:
        found = parse_date(value) or parse_datetime(value)
    except ValueError:
        return None
    return found if not isinstance(found, datetime) or found.tzinfo else None
