"""A real HTTP server that speaks Anthropic's protocol and OpenAI's: well, badly, or with malice.

`server.plays(Answer(...), ...)` says what comes call by call (the last one stays), `server.thinks`
is a function of what was heard. `server.heard` holds each question as it came.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKENS_IN, TOKENS_OUT = 120, 30
LONGEST_S = 20.0  # after which even the endless ends: no thread outlives the tests


@dataclass(frozen=True)
class Answer:
    """`how`: well, whole (not streamed), quiet, drip, cut, garbage, array, html, empty, endless,
    error (within the stream), redirect, or refuses with `status`."""

    text: str = "All is well. "
    tools: tuple[tuple[str, Any], ...] = ()
    how: str = "well"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "no"
    is_counted: bool = True
    pause_s: float = 0.0
    stop: str = ""


@dataclass(frozen=True)
class Heard:
    protocol: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        if self.protocol == "anthropic":
            return str(self.body.get("system", ""))
        messages = self.body["messages"]
        return "\n".join(str(each["content"]) for each in messages if each["role"] == "system")

    @property
    def texts(self) -> list[str]:
        """Everything that stands in the context after the instructions."""
        found: list[str] = []
        for message in self.body["messages"]:
            if message["role"] != "system":
                found += texts_in(message["content"])
        return found

    @property
    def results(self) -> list[str]:
        """What tools gave."""
        if self.protocol == "openai":
            return [str(m["content"]) for m in self.body["messages"] if m["role"] == "tool"]
        return [
            str(block["content"])
            for message in self.body["messages"]
            for block in message["content"]
            if isinstance(block, dict) and block.get("type") == "tool_result"
        ]

    @property
    def tools(self) -> dict[str, dict[str, Any]]:
        """Schemas by name."""
        if self.protocol == "anthropic":
            return {each["name"]: each["input_schema"] for each in self.body.get("tools", [])}
        functions = [each["function"] for each in self.body.get("tools", [])]
        return {each["name"]: each["parameters"] for each in functions}

    @property
    def schema(self) -> dict[str, Any] | None:
        if self.protocol == "anthropic":
            found = self.body.get("output_config", {}).get("format")
            return found["schema"] if found else None
        shape = self.body.get("response_format")
        return shape["json_schema"]["schema"] if shape else None


def texts_in(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    if isinstance(content, list):
        return [text for each in content for text in texts_in(each)]
    if isinstance(content, dict):
        return texts_in(content.get("text") or content.get("content") or "")
    return []


class WriterServer:
    def __init__(self) -> None:
        self.answers: list[Answer] = [Answer()]
        self.thinks: Callable[[Heard], Answer] | None = None
        self.heard: list[Heard] = []
        self.closing = threading.Event()
        handler = type("Bound", (Handler,), {"room": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def plays(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def again(self) -> None:
        """As new; whatever still drips from the last test ends."""
        self.closing.set()
        self.closing = threading.Event()
        self.plays(Answer())
        self.thinks = None
        self.heard = []

    def answer_to(self, heard: Heard) -> Answer:
        self.heard.append(heard)
        if self.thinks:
            return self.thinks(heard)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def stop(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


class Handler(BaseHTTPRequestHandler):
    room: WriterServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.refuse(Answer(status=404))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.split("?")[0]
        protocol = "anthropic" if path.endswith("/v1/messages") else "openai"
        if protocol == "openai" and not path.endswith("/chat/completions"):
            self.refuse(Answer(status=404))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        heard = Heard(protocol, self.path, headers, body)
        closing = self.room.closing
        answer = self.room.answer_to(heard)
        self.close_connection = True
        # Whoever asked may have had enough by then.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.give(answer, heard, closing)

    def give(self, answer: Answer, heard: Heard, closing: threading.Event) -> None:
        if answer.status != 200 or answer.how == "redirect":
            self.refuse(answer)
        elif answer.how == "quiet":
            closing.wait(LONGEST_S)
        elif answer.how == "html":
            self.start("text/html; charset=utf-8")
            self.wfile.write(b"<html><script>alert(1)</script>Down for maintenance</html>")
        elif answer.how == "whole":
            self.start("application/json")
            self.wfile.write(json.dumps(whole_of(answer)).encode())
        else:
            self.start("text/event-stream")
            self.stream(answer, heard, closing)

    def refuse(self, answer: Answer) -> None:
        kind = {401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}
        error = {"type": kind.get(answer.status, "api_error"), "message": answer.message}
        body = json.dumps({"type": "error", "error": error}).encode()
        self.send_response(answer.status if answer.how != "redirect" else 307)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def start(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()

    def stream(self, answer: Answer, heard: Heard, closing: threading.Event) -> None:
        lines = anthropic_of(answer) if heard.protocol == "anthropic" else openai_of(answer)
        events = list(lines)
        if answer.how == "empty":
            return
        if answer.how == "cut":
            events = events[: max(3, len(events) // 2)]
        if answer.how == "garbage":
            broken = "event: content_block_delta\ndata: {not json at all\n\n"
            events = [*events[:3], broken, *events[3:]]
        if answer.how == "array":
            events = ["data: [1, 2]\n\n"]
        if answer.how == "error":
            told = '{"type": "error", "error": {"type": "overloaded_error", "message": "no"}}'
            events = [*events[:6], f"event: error\ndata: {told}\n\n"]
        if answer.how == "drip":
            self.drip("".join(events), closing)
            return
        for event in events:
            self.wfile.write(event.encode())
            self.wfile.flush()
            if answer.pause_s:
                closing.wait(answer.pause_s)
        if answer.how == "endless":
            self.never_end(events, closing)

    def drip(self, text: str, closing: threading.Event) -> None:
        for letter in text.encode():
            self.wfile.write(bytes([letter]))
            self.wfile.flush()
            if closing.wait(0.05):
                return

    def never_end(self, events: list[str], closing: threading.Event) -> None:
        more = next(event for event in events if "All is" in event).encode() * 50
        until = time.monotonic() + LONGEST_S
        while not closing.is_set() and time.monotonic() < until:
            self.wfile.write(more)


def pieces_of(text: str) -> list[str]:
    """As models speak: in bits that end anywhere."""
    size = max(7, len(text) // 60)
    return [text[at : at + size] for at in range(0, len(text), size)]


def openai_of(answer: Answer) -> Iterator[str]:
    def event(delta: dict[str, Any], reason: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
        return f"data: {json.dumps({'id': 'c1', 'choices': choices} | more)}\n\n"

    yield ": a comment\n\n"
    yield event({"role": "assistant", "content": ""})
    for piece in pieces_of(answer.text):
        yield event({"content": piece})
    for at, (name, arguments) in enumerate(answer.tools):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        function = {"name": name, "arguments": text[:5]}
        call = {"index": at, "id": f"call{at}", "type": "function", "function": function}
        yield event({"tool_calls": [call]})
        yield event({"tool_calls": [{"index": at, "function": {"arguments": text[5:]}}]})
    if answer.how != "endless":
        yield event({}, answer.stop or ("tool_calls" if answer.tools else "stop"))
        if answer.is_counted:
            usage = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT}
            yield f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n"
        yield "data: [DONE]\n\n"


def whole_of(answer: Answer) -> dict[str, Any]:
    calls = [
        {"id": f"call{at}", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for at, (name, arguments) in enumerate(answer.tools)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "tool_calls": calls}
    usage = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT}
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


def anthropic_of(answer: Answer) -> Iterator[str]:
    def event(kind: str, **more: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind} | more)}\n\n"

    usage = {"input_tokens": TOKENS_IN * answer.is_counted, "output_tokens": 1}
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "a-model",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    yield event("message_start", message=message)
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    if answer.text:
        deltas = [{"type": "text_delta", "text": piece} for piece in pieces_of(answer.text)]
        blocks.append(({"type": "text", "text": ""}, deltas))
    for at, (name, arguments) in enumerate(answer.tools):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        start = {"type": "tool_use", "id": f"toolu_{at}", "name": name, "input": {}}
        halves = (text[:5], text[5:])
        blocks.append(
            (start, [{"type": "input_json_delta", "partial_json": half} for half in halves])
        )
    for index, (start, deltas) in enumerate(blocks):
        yield event("content_block_start", index=index, content_block=start)
        yield event("ping")
        for delta in deltas:
            yield event("content_block_delta", index=index, delta=delta)
        if answer.how != "endless":
            yield event("content_block_stop", index=index)
    if answer.how != "endless":
        reason = answer.stop or ("tool_use" if answer.tools else "end_turn")
        ended: dict[str, Any] = {"stop_reason": reason, "stop_sequence": None}
        yield event(
            "message_delta", delta=ended, usage={"output_tokens": TOKENS_OUT * answer.is_counted}
        )
        yield event("message_stop")
