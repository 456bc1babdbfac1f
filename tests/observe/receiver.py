"""A server on this machine that keeps what is sent to it."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli  # type: ignore[import-untyped]


class Keeper(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[str, bytes]] = []

    def everything(self) -> bytes:
        return b"\n".join(body for _, body in self.received)


class Handler(BaseHTTPRequestHandler):
    server: Keeper

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        unpack = {"gzip": gzip.decompress, "br": brotli.decompress}
        encoding = self.headers.get("Content-Encoding")
        body = unpack[encoding](body) if encoding else body
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def receiver() -> Iterator[Keeper]:
    keeper = Keeper()
    thread = threading.Thread(target=keeper.serve_forever)
    thread.start()
    try:
        yield keeper
    finally:
        keeper.shutdown()
        thread.join()
        keeper.server_close()
