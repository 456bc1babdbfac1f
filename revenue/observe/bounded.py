"""A look at something that may hang: the asker waits a bounded time and is told so."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeVar

from django.db import connections

Answer = TypeVar("Answer")

_pending: dict[str, Future[Any]] = {}
_lock = threading.Lock()


class NotInTimeError(Exception):
    pass


def start(*, name: str, call: Callable[[], Answer]) -> Future[Answer]:
    """One thread a name at most: whoever asks while one hangs waits for that one."""
    with _lock:
        pending = _pending.get(name)
        if pending is not None and not pending.done():
            return pending
        future: Future[Answer] = Future()
        _pending[name] = future
    threading.Thread(
        target=_run, kwargs={"future": future, "call": call}, name=f"look-{name}", daemon=True
    ).start()
    return future


def _run(*, future: Future[Answer], call: Callable[[], Answer]) -> None:
    try:
        future.set_result(call())
    except BaseException as problem:  # noqa: BLE001 the asker gets it, whatever it is
        future.set_exception(problem)
    finally:
        connections.close_all()


def wait(future: Future[Answer], *, seconds: float) -> Answer:
    try:
        return future.result(timeout=seconds)
    except FutureTimeoutError:
        if future.done():
            raise
        raise NotInTimeError(f"no answer within {seconds:g} s") from None


def within(seconds: float, *, name: str, call: Callable[[], Answer]) -> Answer:
    return wait(start(name=name, call=call), seconds=seconds)
