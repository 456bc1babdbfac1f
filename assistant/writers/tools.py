"""What a model asks for is looked up by us: known tools, fitting arguments, and only so much."""

import json
from collections.abc import Sequence
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import structlog

from assistant.writers.asking import Asked, Call, Schema, Tool
from assistant.writers.fencing import fenced

log = structlog.get_logger(__name__)
LONGEST_RESULT = 24_000
NO_TOOL = "There is no such tool. Use one of those that you were given, or answer."
NO_FIT = "The arguments do not fit. Nothing was looked up: {why}"
NO_ANSWER = "It could not be looked up. Answer without it, and say that it is missing."


def looked_up(asked: Asked, *, tools: Sequence[Tool]) -> tuple[Call, str]:
    """The call as it was made, and what the model is told of it."""
    tool = next((each for each in tools if each.name == asked.name), None)
    if tool is None:
        return Call(asked.name[:60], {}, problem="unknown"), NO_TOOL
    try:
        arguments = json.loads(asked.arguments or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if why := problem_of(arguments, closed(tool.schema)):
        kept = arguments if isinstance(arguments, dict) else {}
        return Call(tool.name, kept, problem="arguments"), NO_FIT.format(why=why)
    try:
        found = tool.run(dict(arguments))
    except Exception as error:  # noqa: BLE001
        # Whatever a look-up trips over is no reason to leave the reader without an answer.
        log.warning("writer_tool_failed", tool=tool.name, error=type(error).__name__)
        return Call(tool.name, arguments, problem="failed"), NO_ANSWER
    return Call(tool.name, arguments), bounded(fenced(tool.name, found))


def closed(schema: Schema) -> Schema:
    """No argument that the tool does not name: nobody's id comes in by the side."""
    return {"type": "object", **schema, "additionalProperties": False}


def problem_of(value: Any, schema: Schema) -> str:
    """Where it fits nothing is said; the words name the place, not what stood there."""
    errors = jsonschema.Draft202012Validator(dict(schema)).iter_errors(value)
    found = next(iter(sorted(errors, key=lambda error: list(map(str, error.path)))), None)
    if found is None:
        return ""
    place = "/".join(map(str, found.path))[:80] or "the whole"
    return f"{place} is not {found.validator}: {json.dumps(found.validator_value)[:200]}"


def bounded(text: str) -> str:
    if len(text) <= LONGEST_RESULT:
        return text
    return f"{text[:LONGEST_RESULT]}\n(The rest was left out: it was too long. Ask for less.)"
