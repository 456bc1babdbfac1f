"""HTTPS on a port of this machine, and every way in which an answer can go wrong on the wire."""

import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.salesforce.answers import Answer
from tests.salesforce.routes import Request

HANDSHAKE_S = 10
IDLE_S = 120
SMALLEST_GZIP = 1000
SLOW_PIECE, SLOW_PAUSE_S = 64, 0.05

# What the application says: the answer, and how it goes over the wire.
Respond = Callable[[Request], tuple[Answer | None, str]]
PickContext = Callable[[], ssl.SSLContext]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, *, respond: Respond, context: PickContext) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.respond = respond
        self.context = context
        self.stopping = threading.Event()
        self.errors: list[Exception] = []
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def opened(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.discard(connection)

    def stop(self) -> None:
        """No thread and no socket outlives the test."""
        self.stopping.set()
        self.shutdown()
        with self._open_lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up; that is their business."""

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(HANDSHAKE_S)
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.opened(request)
        wrapped = None
        try:
            wrapped = self.context().wrap_socket(request, server_side=True)
            self.closed(request)
            self.opened(wrapped)
            wrapped.settimeout(IDLE_S)
            Handler(wrapped, client_address, self)
        except OSError:
            pass  # the handshake or the conversation was broken off
        finally:
            self.closed(wrapped or request)
            if wrapped is not None:
                wrapped.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    connection: ssl.SSLSocket

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {key.lower(): value for key, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        try:
            answer, mode = self.server.respond(request)
        except Exception as error:  # noqa: BLE001  a fault of ours must not pass for one of theirs
            self.server.errors.append(error)
            answer, mode = Answer(500, f"The simulator broke: {error!r}".encode()), "normal"
        if mode == "accept then never answer":
            self.server.stopping.wait()
            self.close_connection = True
        elif answer is None or mode.startswith("RST"):
            self.reset()
        elif mode == "Content-Length too big, close":
            self.send(answer, cut=True)
        elif mode == "slow body":
            self.send(answer, slowly=True)
        else:
            self.send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def reset(self) -> None:
        """Closed with nothing said, as by a machine that fell over."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def send(self, answer: Answer, *, cut: bool = False, slowly: bool = False) -> None:
        body, headers = answer.body, dict(answer.headers)
        accepts = "gzip" in self.headers.get("Accept-Encoding", "")
        if accepts and len(body) > SMALLEST_GZIP and not cut:
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body) + (1000 if cut else 0))
        if answer.status in {204, 304}:
            del headers["Content-Length"]
        if self.command == "HEAD":
            body = b""
        phrase = HTTPStatus(answer.status).phrase if answer.status in _STATUSES else "Wait"
        head = f"HTTP/1.1 {answer.status} {phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        if slowly:
            self.send_slowly(head.encode() + body)
            return
        self.wfile.write(head.encode() + (body[: len(body) // 2] if cut else body))
        self.wfile.flush()
        if cut:
            self.close_connection = True

    def send_slowly(self, everything: bytes) -> None:
        pieces = max(SLOW_PIECE, len(everything) // 20)
        for start in range(0, len(everything), pieces):
            self.wfile.write(everything[start : start + pieces])
            self.wfile.flush()
            time.sleep(SLOW_PAUSE_S)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """The ledger knows."""


_STATUSES = {int(each) for each in HTTPStatus}
