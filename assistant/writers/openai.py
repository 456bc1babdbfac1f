"""Chat completions, as OpenAI, Azure, vLLM, Ollama and llama.cpp speak them."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from assistant.writers.addresses import Place, reached
from assistant.writers.asking import Asked, Request, Round, Said
from assistant.writers.faults import (
    BROKEN,
    NOT_REACHED,
    TOO_SLOW,
    UNREADABLE,
    ProviderError,
    fault_of_status,
)
from assistant.writers.patience import Patience
from assistant.writers.sse import MOST_BYTES, Reading, cut_off, events

DEFAULT_URL = "https://api.openai.com/v1"
AZURE = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
# Not every server knows every one of these; one that a server names in its refusal is done without.
OPTIONAL = ("stream_options", "response_format", "max_completion_tokens", "max_tokens")
SWAPPED = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
ERROR_BYTES = 20_000
LATE = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)
CUT = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError)


@dataclass
class OpenAIWriter:
    model: str
    key: str
    patience: Patience
    base_url: str = ""
    api_version: str = ""
    calls: int = field(default=0, init=False)

    def say(self, request: Request, *, on_text: Callable[[str], None]) -> Said:
        body = self._body(request)
        refused: set[str] = set()
        while True:
            try:
                return self._answer(body, on_text=on_text)
            except RefusedOptionError as error:
                refused.add(error.name)
                body = without(error.name, body, refused=refused)

    def _body(self, request: Request) -> dict[str, Any]:
        is_openai = self._is_azure or "api.openai.com" in self._url
        body: dict[str, Any] = {
            "model": self.model,
            "messages": messages_of(request),
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_completion_tokens" if is_openai else "max_tokens": request.max_tokens,
        }
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": dict(tool.schema),
                    },
                }
                for tool in request.tools
            ]
        if request.schema is not None:
            shape = {"name": "answer", "schema": dict(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return body

    @property
    def _url(self) -> str:
        """The whole address: of Azure's older form it holds the deployment and a version."""
        base = (self.base_url or DEFAULT_URL).rstrip("/")
        if self.api_version and "/openai" not in urlsplit(base).path:
            base = f"{base}/openai/deployments/{self.model}"
        return base if base.endswith("/chat/completions") else f"{base}/chat/completions"

    @property
    def _is_azure(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        return bool(self.api_version) or host.endswith(AZURE)

    def _headers(self, place: Place) -> dict[str, str]:
        headers = {
            "Accept": "text/event-stream, application/json",
            "Accept-Encoding": "identity",
            "Host": urlsplit(place.url).netloc,
        }
        if self.key:
            name = "api-key" if self._is_azure else "Authorization"
            headers[name] = self.key if self._is_azure else f"Bearer {self.key}"
        return headers

    def _answer(self, body: dict[str, Any], *, on_text: Callable[[str], None]) -> Said:
        place = reached(self._url)
        url = place.url + (
            f"?{urlencode({'api-version': self.api_version})}" * bool(self.api_version)
        )
        self.calls += 1
        reading = Reading(patience=self.patience, on_text=on_text)
        with requests.Session() as session:
            session.mount(f"{urlsplit(url).scheme}://", Pinned(place))
            try:
                with closing(
                    session.post(
                        url,
                        json=body,
                        headers=self._headers(place),
                        auth=_unsigned,
                        stream=True,
                        allow_redirects=False,
                        timeout=(self.patience.connect_s, self.patience.read_s),
                    )
                ) as response:
                    refuse(response, body=body)
                    return read(response, reading)
            except requests.exceptions.SSLError:
                raise ProviderError(NOT_REACHED, "its certificate is not trusted") from None
            except LATE:
                detail = f"nothing for {self.patience.quiet_s:g} s"
                raise ProviderError(TOO_SLOW, detail, is_passing=True, said=reading.said) from None
            except CUT as error:
                raise cut_off(error, reading) from None


class RefusedOptionError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Pinned(HTTPAdapter):
    """Connects to the address that was looked up and found harmless, under the name it was for."""

    def __init__(self, place: Place) -> None:
        self.place = place
        super().__init__(max_retries=0)

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if self.place.ip:
            if host["scheme"] == "https":
                pool |= {"server_hostname": self.place.host, "assert_hostname": self.place.host}
            host["host"] = self.place.ip
        return host, pool


def refuse(response: requests.Response, *, body: dict[str, Any]) -> None:
    """Before anything is read as an answer; what an error says is looked at for names alone."""
    if response.status_code == 200:
        return
    text = ""
    if response.status_code in (400, 422):
        text = response.raw.read(ERROR_BYTES, decode_content=True).decode(errors="replace")
        for name in OPTIONAL:
            if name in body and name in text:
                raise RefusedOptionError(name)
    raise fault_of_status(response.status_code, retry_after=response.headers.get("Retry-After", ""))


def without(name: str, body: dict[str, Any], *, refused: set[str]) -> dict[str, Any]:
    """Each name is refused once at most: a server that takes neither bound has its own."""
    rest = {key: value for key, value in body.items() if key != name}
    other = SWAPPED.get(name)
    if other and other not in refused:
        rest[other] = body[name]
    return rest


def read(response: requests.Response, reading: Reading) -> Said:
    kind = response.headers.get("Content-Type", "")
    if "json" in kind:
        whole = b"".join(reading.bounded(pieces(response)))
        return whole_answer(whole, reading)
    if "event-stream" not in kind:
        raise ProviderError(UNREADABLE, f"an answer of type {kind[:60]!r}")
    return streamed(pieces(response), reading)


def pieces(response: requests.Response) -> Iterator[bytes]:
    """As they come, be they ever so small: only so can a slow drip be counted as slow."""
    while piece := response.raw.read1(MOST_BYTES // 64):
        yield piece


def streamed(chunks: Iterator[bytes], reading: Reading) -> Said:
    tools: dict[int, dict[str, str]] = {}
    is_done, is_cut = False, False
    for event in events(reading.bounded(chunks)):
        if event == "[DONE]":
            is_done = True
            break
        data = reading.parsed(event)
        refuse_error(data, reading)
        reading.count(data.get("usage"))
        for choice in listed(data, "choices")[:1]:
            delta = choice.get("delta") or {}
            reading.hear(delta.get("content"))
            for piece in listed(delta, "tool_calls"):
                gather(piece, tools)
            if reason := choice.get("finish_reason"):
                is_done, is_cut = True, reason == "length"
        if reading.is_full:
            break
    if not is_done and not reading.is_full:
        raise ProviderError(
            BROKEN, "the stream ended in the middle", is_passing=True, said=reading.said
        )
    return reading.ended(
        asked=[Asked(**tools[at]) for at in sorted(tools)], is_cut=is_cut or reading.is_full
    )


def whole_answer(body: bytes, reading: Reading) -> Said:
    """Of a server that does not stream."""
    data = reading.parsed(body.decode(errors="replace"))
    refuse_error(data, reading)
    reading.count(data.get("usage"))
    choices = listed(data, "choices")
    message = (choices[0].get("message") or {}) if choices else {}
    reading.hear(message.get("content"))
    tools: dict[int, dict[str, str]] = {}
    for at, piece in enumerate(listed(message, "tool_calls")):
        gather({"index": at, **piece}, tools)
    is_cut = bool(choices) and choices[0].get("finish_reason") == "length"
    return reading.ended(asked=[Asked(**tools[at]) for at in sorted(tools)], is_cut=is_cut)


def gather(piece: dict[str, Any], tools: dict[int, dict[str, str]]) -> None:
    at = piece.get("index", 0)
    if not isinstance(at, int) or len(tools) > 64:
        raise ProviderError(UNREADABLE, "tools without a number")
    held = tools.setdefault(at, {"ref": "", "name": "", "arguments": ""})
    function = piece.get("function") or {}
    held["ref"] = held["ref"] or str(piece.get("id") or f"call_{at}")
    held["name"] = held["name"] or str(function.get("name") or "")
    arguments = function.get("arguments") or ""
    held["arguments"] += arguments if isinstance(arguments, str) else json.dumps(arguments)


def refuse_error(data: dict[str, Any], reading: Reading) -> None:
    if error := data.get("error"):
        code = error.get("code") if isinstance(error, dict) else ""
        raise ProviderError(
            BROKEN, f"an error in the stream: {str(code)[:40]}", is_passing=True, said=reading.said
        )


def listed(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = data.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def messages_of(request: Request) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [{"role": "system", "content": request.system}]
    told += [{"role": turn.role, "content": turn.text} for turn in request.turns]
    for each in request.rounds:
        told += round_of(each)
    return told


def round_of(each: Round) -> list[dict[str, Any]]:
    if not each.said.asked:
        return [
            {"role": "assistant", "content": each.said.text or "…"},
            *({"role": "user", "content": text} for text in each.results),
        ]
    calls = [
        {
            "id": asked.ref,
            "type": "function",
            "function": {"name": asked.name, "arguments": asked.arguments or "{}"},
        }
        for asked in each.said.asked
    ]
    return [
        {"role": "assistant", "content": each.said.text or None, "tool_calls": calls},
        *(
            {"role": "tool", "tool_call_id": asked.ref, "content": result}
            for asked, result in zip(each.said.asked, each.results, strict=True)
        ),
    ]


def _unsigned(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without this, requests would take a password from a .netrc file."""
    return prepared
