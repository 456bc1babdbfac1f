"""What may come in: JSON in UTF-8, bounded, with values that a database can hold."""

import json
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from revenue.api.problems import Problem

MAX_BODY_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_INTEGER = 2**63 - 1


class StrictJSONParser(JSONParser):
    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Any = None,  # noqa: ARG002
    ) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise Problem(
                413,
                "too-large",
                "The body is too large",
                f"Send at most {MAX_BODY_BYTES:,} bytes in one request.",
            )
        try:
            data = json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON in UTF-8: {told(error)}") from error
        refuse_unstorable(data)
        return data


def told(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}."
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is no UTF-8."
    if isinstance(error, RecursionError):
        return "it is nested too deeply."
    return "a number in it cannot be read."


def refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is no JSON number", "", 0)


def refuse_unstorable(data: Any, *, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ParseError(f"The body is nested more than {MAX_DEPTH} levels deep. Flatten it.")
    match data:
        case str():
            refuse_unstorable_text(data)
        case bool():
            pass
        case int() if not -MAX_INTEGER <= data <= MAX_INTEGER:
            raise ParseError(
                "A whole number in the body has more than 64 bits. Send a smaller one."
            )
        case float() if data in (float("inf"), float("-inf")):
            raise ParseError("A number in the body is too large. Send a smaller one.")
        case list():
            for item in data:
                refuse_unstorable(item, depth=depth + 1)
        case dict():
            for name, item in data.items():
                refuse_unstorable_text(name)
                refuse_unstorable(item, depth=depth + 1)


def refuse_unstorable_text(text: str) -> None:
    if "\0" in text:
        raise ParseError("A text holds the character NUL, which cannot be stored. Leave it out.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ParseError("A text holds half of a surrogate pair. Send whole characters.")


class AlwaysJSON(BaseContentNegotiation):
    """Whatever a client accepts, the answer is JSON: a browser's address bar works, too."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        base = (request.content_type or "").partition(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == base:
                return parser
        raise UnsupportedMediaType(base)

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type
