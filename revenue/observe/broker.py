"""What the broker says of itself, whichever broker it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_app
from kombu.exceptions import ChannelError, OperationalError
from kombu.utils.url import maybe_sanitize_url

ANSWER_SECONDS = 2


@contextmanager
def connected() -> Iterator[Any]:
    options = {
        **current_app.conf.broker_transport_options,
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
    }
    with current_app.connection_for_read(
        connect_timeout=ANSWER_SECONDS, transport_options=options
    ) as connection:
        connection.connect()
        yield connection


def queue_names() -> list[str]:
    return sorted(current_app.amqp.queues)


def reach() -> str:
    with connected() as connection:
        scheme = str(maybe_sanitize_url(connection.as_uri()).split("://")[0])
        return scheme.partition("+")[0]


def queue_lengths() -> list[tuple[tuple[str], float]]:
    with connected() as connection:
        return [((name,), _length(connection, name=name)) for name in queue_names()]


def _length(connection: Any, *, name: str) -> float:
    """A queue that nobody has used yet does not exist, which the broker calls an error."""
    channel = connection.channel()
    try:
        return float(channel.queue_declare(queue=name, passive=True).message_count)
    except (ChannelError, *connection.channel_errors):
        return 0.0
    finally:
        channel.close()


__all__ = ["OperationalError", "queue_lengths", "queue_names", "reach"]
