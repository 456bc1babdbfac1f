"""Several reads in one call."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from tests.salesforce.answers import Answer, json_answer, refused
from tests.salesforce.routes import Request

MOST_COMPOSITE, MOST_QUERIES, MOST_BATCH = 25, 5, 25
Dispatch = Callable[[Request], Answer]


# Of the headers of an answer, a composite shows these.
SHOWN = ("ETag", "Last-Modified")


def _inner(request: Request, each: Mapping[str, Any], dispatch: Dispatch) -> Answer:
    url = str(each.get("url", ""))
    target = url if url.startswith("/") else f"/services/data/{url}"
    target = quote(target, safe="/?&=%(),.+:'<>!*-_~")
    own = {key.lower(): str(value) for key, value in (each.get("httpHeaders") or {}).items()}
    return dispatch(Request(str(each.get("method", "GET")), target, {**request.headers, **own}))


def _body(answer: Answer) -> Any:
    return json.loads(answer.body) if answer.body else None


def composite(request: Request, dispatch: Dispatch) -> Answer:
    asked = _asked(request, "compositeRequest")
    if asked is None or len(asked) > MOST_COMPOSITE:
        return refused(400, "JSON_PARSER_ERROR", "Limit exceeded or not a composite request.")
    if sum("/query" in str(each.get("url")) for each in asked) > MOST_QUERIES:
        return refused(400, "LIMIT_EXCEEDED", "The limit of query operations is 5.")
    answers = []
    for each in asked:
        found = _inner(request, each, dispatch)
        answers.append(
            {
                "body": _body(found),
                "httpHeaders": {key: found.headers[key] for key in SHOWN if key in found.headers},
                "httpStatusCode": found.status,
                "referenceId": each.get("referenceId"),
            }
        )
    return json_answer({"compositeResponse": answers})


def batch(request: Request, dispatch: Dispatch) -> Answer:
    asked = _asked(request, "batchRequests")
    if asked is None or len(asked) > MOST_BATCH:
        return refused(400, "JSON_PARSER_ERROR", "Limit exceeded or not a batch request.")
    answers = []
    for each in asked:
        found = _inner(request, each, dispatch)
        answers.append({"statusCode": found.status, "result": _body(found)})
    wrong = any(each["statusCode"] >= 400 for each in answers)
    return json_answer({"hasErrors": wrong, "results": answers})


def _asked(request: Request, key: str) -> list[dict[str, Any]] | None:
    try:
        found = json.loads(request.body)
        return list(found[key])
    except (ValueError, KeyError, TypeError):
        return None
