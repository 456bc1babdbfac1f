"""Anthropic's messages, by its own library; retries, time and redirects are ours."""

import json
import logging
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import anthropic
import httpx2
from anthropic.types import RawMessageStreamEvent

from assistant.writers.addresses import Place, reached
from assistant.writers.asking import Asked, Request, Round, Said
from assistant.writers.faults import (
    BROKEN,
    TOO_SLOW,
    UNREADABLE,
    ProviderError,
    fault_of_status,
)
from assistant.writers.patience import Patience
from assistant.writers.sse import Reading, cut_off, tokens

DEFAULT_URL = "https://api.anthropic.com"
# Of each call they would tell the address, and to who debugs the whole question.
for _name in ("httpx2", "httpcore2", "anthropic"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass
class AnthropicWriter:
    model: str
    key: str
    patience: Patience
    base_url: str = ""
    calls: int = field(default=0, init=False)

    def say(self, request: Request, *, on_text: Callable[[str], None]) -> Said:
        base = (self.base_url or DEFAULT_URL).rstrip("/").removesuffix("/v1")
        place = reached(base)
        reading = Reading(patience=self.patience, on_text=on_text)
        self.calls += 1
        with self._client(place, reading) as client:
            try:
                with client.messages.create(**options_of(request, model=self.model)) as stream:
                    return heard(stream, reading)
            except anthropic.APIStatusError as error:
                raise self._refused(error, reading) from None
            except (anthropic.APITimeoutError, httpx2.TimeoutException):
                raise ProviderError(
                    TOO_SLOW,
                    f"nothing for {self.patience.quiet_s:g} s",
                    is_passing=True,
                    said=reading.said,
                ) from None
            except (anthropic.APIConnectionError, httpx2.TransportError) as error:
                raise self._cut(error, reading) from None
            except (anthropic.AnthropicError, ValueError, TypeError, AttributeError) as error:
                # What comes is of any shape; the library reads it as it finds it.
                raise ProviderError(UNREADABLE, type(error).__name__, said=reading.said) from None

    def _client(self, place: Place, reading: Reading) -> anthropic.Anthropic:
        proxy = httpx2.Proxy(place.proxy) if place.proxy else None
        inner = httpx2.HTTPTransport(verify=trusted(), proxy=proxy, trust_env=False)
        wire = Wire(inner, place, reading)
        timeout = httpx2.Timeout(self.patience.read_s, connect=self.patience.connect_s)
        return anthropic.Anthropic(
            api_key=self.key,
            base_url=place.url,
            max_retries=0,
            timeout=timeout,
            http_client=httpx2.Client(
                transport=wire, follow_redirects=False, trust_env=False, timeout=timeout
            ),
        )

    def _refused(self, error: anthropic.APIStatusError, reading: Reading) -> ProviderError:
        if error.status_code == 200:  # an error within the stream
            return ProviderError(
                BROKEN, f"an error in the stream: {error.type}", is_passing=True, said=reading.said
            )
        return fault_of_status(
            error.status_code,
            detail=str(error.type or "")[:60],
            retry_after=error.response.headers.get("retry-after", ""),
        )

    def _cut(self, error: Exception, reading: Reading) -> ProviderError:
        cause = error.__cause__
        if isinstance(cause, ProviderError):
            return cause
        return cut_off(cause or error, reading)


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """Reading all certificates takes longer than a call."""
    return httpx2.create_ssl_context()


class Wire(httpx2.BaseTransport):
    """Goes to the address that was looked up, and counts the bytes and seconds of what comes."""

    def __init__(self, inner: httpx2.HTTPTransport, place: Place, reading: Reading) -> None:
        self.inner, self.place, self.reading = inner, place, reading

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        if self.place.ip:
            request.url = request.url.copy_with(host=self.place.ip)
            request.extensions = {**request.extensions, "sni_hostname": self.place.host}
        response = self.inner.handle_request(request)
        if response.status_code == 200:
            refuse_kind(response)
        return httpx2.Response(
            status_code=response.status_code,
            headers=response.headers,
            stream=Bounded(cast("httpx2.SyncByteStream", response.stream), self.reading),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self.inner.close()


class Bounded(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, reading: Reading) -> None:
        self.inner, self.reading = inner, reading

    def __iter__(self) -> Iterator[bytes]:
        yield from self.reading.bounded(self.inner)

    def close(self) -> None:
        self.inner.close()


def refuse_kind(response: httpx2.Response) -> None:
    kind = response.headers.get("content-type", "")
    if "event-stream" not in kind:
        response.close()
        raise ProviderError(UNREADABLE, f"an answer of type {kind[:60]!r}")


def heard(stream: Iterable[RawMessageStreamEvent], reading: Reading) -> Said:
    tools: dict[int, dict[str, str]] = {}
    is_done, is_cut = False, False
    for event in stream:
        if event.type == "message_start":
            reading.tokens_in = tokens(event.message.usage.input_tokens)
        elif event.type == "message_delta":
            reading.tokens_out = tokens(event.usage.output_tokens) or reading.tokens_out
            is_cut = event.delta.stop_reason == "max_tokens"
        elif event.type == "message_stop":
            is_done = True
        else:
            of_a_block(event, reading, tools)
        if reading.is_full:
            break
    if not is_done and not reading.is_full:
        raise ProviderError(
            BROKEN, "the stream ended in the middle", is_passing=True, said=reading.said
        )
    return reading.ended(
        asked=[Asked(**tools[at]) for at in sorted(tools)], is_cut=is_cut or reading.is_full
    )


def of_a_block(
    event: RawMessageStreamEvent, reading: Reading, tools: dict[int, dict[str, str]]
) -> None:
    """What it thinks is passed over: only what it says and asks for counts."""
    if event.type == "content_block_start" and event.content_block.type == "tool_use":
        block = event.content_block
        tools[event.index] = {"ref": block.id, "name": block.name, "arguments": ""}
    elif event.type == "content_block_delta":
        delta = event.delta
        if delta.type == "text_delta":
            reading.hear(delta.text)
        elif delta.type == "input_json_delta" and event.index in tools:
            tools[event.index]["arguments"] += delta.partial_json


def options_of(request: Request, *, model: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "system": request.system,
        "messages": messages_of(request),
        "stream": True,
    }
    if request.tools:
        options["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.schema)}
            for tool in request.tools
        ]
    if request.schema is not None:
        options["output_config"] = {
            "format": {"type": "json_schema", "schema": dict(request.schema)}
        }
    return options


def messages_of(request: Request) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"role": turn.role, "content": [{"type": "text", "text": turn.text}]}
        for turn in request.turns
    ]
    for each in request.rounds:
        told += round_of(each)
    return told


def round_of(each: Round) -> list[dict[str, Any]]:
    spoken = [{"type": "text", "text": each.said.text}] if each.said.text.strip() else []
    if not each.said.asked:
        return [
            {"role": "assistant", "content": spoken or [{"type": "text", "text": "…"}]},
            {"role": "user", "content": [{"type": "text", "text": t} for t in each.results]},
        ]
    uses = [
        {"type": "tool_use", "id": a.ref, "name": a.name, "input": input_of(a.arguments)}
        for a in each.said.asked
    ]
    results = [
        {"type": "tool_result", "tool_use_id": asked.ref, "content": result}
        for asked, result in zip(each.said.asked, each.results, strict=True)
    ]
    return [
        {"role": "assistant", "content": [*spoken, *uses]},
        {"role": "user", "content": results},
    ]


def input_of(arguments: str) -> dict[str, Any]:
    try:
        found = json.loads(arguments or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
