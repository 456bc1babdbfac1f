"""An answer before it goes over the wire, and the usual refusals."""

import json
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json;charset=UTF-8"


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def encoded(text: str) -> bytes:
    """Half a pair of surrogates is no text: it goes as an escape, as a careless writer sends it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return "".join(
            sign if not 0xD800 <= ord(sign) <= 0xDFFF else f"\\u{ord(sign):04x}" for sign in text
        ).encode()


def json_answer(body: Any, status: int = 200, **headers: str) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Answer(status, encoded(text), {"Content-Type": JSON, **headers})


def refused(status: int, code: str, message: str) -> Answer:
    return json_answer([{"message": message, "errorCode": code}], status)


def not_found() -> Answer:
    return refused(404, "NOT_FOUND", "The requested resource does not exist")


def not_allowed(method: str, allowed: str) -> Answer:
    message = f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
    return refused(405, "METHOD_NOT_ALLOWED", message)
