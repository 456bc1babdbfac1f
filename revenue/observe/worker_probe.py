"""A worker or scheduler has no web server: it answers probes and scrapes on a port of its own."""

import http.server
import json
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST

from revenue.observe import metrics
from revenue.observe.views import has_token

log = structlog.get_logger(__name__)

STALE_SECONDS = 90.0

_last_beat = [0.0]


def worker_beats(**_signal: Any) -> None:
    """Sent every other second by the loop that also fetches tasks."""
    _last_beat[0] = time.monotonic()


def worker_is_ready(**_signal: Any) -> None:
    worker_beats()
    tell_ready()
    serve(last_beat=lambda: _last_beat[0])


def scheduler_starts(*, sender: Any, **_signal: Any) -> None:
    worker_beats()
    tell_ready()
    # The moment of the last round; before the first, that of the start.
    serve(last_beat=lambda: getattr(sender, "_last_tick", None) or _last_beat[0])


def tell_ready() -> None:
    """By a file, for whoever started this process: that rests on no log line and on no port."""
    if not settings.READY_FILE:
        return
    try:
        Path(settings.READY_FILE).touch(mode=0o600)
    except OSError as problem:
        log.error(
            "ready_file_not_made",
            path=settings.READY_FILE,
            reason=str(problem),
            do="Make its folder writable: this process works, but who waits for it cannot know.",
        )


def serve(*, last_beat: Callable[[], float]) -> http.server.ThreadingHTTPServer | None:
    if not settings.WORKER_PROBE_PORT:
        return None
    handler = type("BoundHandler", (Handler,), {"last_beat": staticmethod(last_beat)})
    try:
        server = http.server.ThreadingHTTPServer(
            (settings.WORKER_PROBE_HOST, settings.WORKER_PROBE_PORT), handler
        )
    except OSError as problem:
        log.error(
            "probe_port_in_use",
            port=settings.WORKER_PROBE_PORT,
            reason=str(problem),
            do="Give WORKER_PROBE_PORT another port: this process works, but nobody can probe it.",
        )
        return None
    threading.Thread(target=server.serve_forever, name="probe", daemon=True).start()
    return server


class Handler(http.server.BaseHTTPRequestHandler):
    last_beat: Callable[[], float]
    server_version = "probe"
    sys_version = ""
    timeout = 5

    def do_GET(self) -> None:
        if self.path == "/healthz/live":
            self._answer_live()
        elif self.path == "/metrics" and settings.METRICS_TOKEN:
            self._answer_metrics()
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"", kind="text/plain")

    def _answer_live(self) -> None:
        silent_s = time.monotonic() - self.last_beat()
        live = silent_s < STALE_SECONDS
        self._answer(
            HTTPStatus.OK if live else HTTPStatus.SERVICE_UNAVAILABLE,
            json.dumps({"live": live, "silent_s": round(silent_s, 1)}).encode(),
            kind="application/json",
        )

    def _answer_metrics(self) -> None:
        if has_token(authorization=self.headers.get("Authorization", "")):
            self._answer(HTTPStatus.OK, metrics.exposition(), kind=CONTENT_TYPE_LATEST)
        else:
            self._answer(HTTPStatus.UNAUTHORIZED, b"", kind="text/plain")

    def _answer(self, status: HTTPStatus, body: bytes, *, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Probes come every few seconds; their lines would drown the rest."""
