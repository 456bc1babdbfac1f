"""Redis on a folder of its own: broker, cache and rate limits, kept in an append-only file."""

import signal
import socket
import subprocess
from pathlib import Path

from revenue.embedded import processes, servers
from revenue.embedded.binaries import redis_binary
from revenue.embedded.places import REDIS_SOCKET, Places
from revenue.embedded.servers import Server

SETTINGS = {
    "port": "0",
    "dir": ".",
    "unixsocket": REDIS_SOCKET,
    "unixsocketperm": "700",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "databases": "16",
}


def redis_server(*, data_dir: Path, durable: bool = True) -> Server:
    places = Places(data_dir)
    places.make()
    settings = {**SETTINGS, "appendonly": "yes" if durable else "no"}
    flags = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return Server(
        name="broker",
        command=(str(redis_binary()), *flags),
        folder=places.redis,
        log=places.logs / "broker.log",
        process_name="redis-server",
        stop_signal=signal.SIGTERM,
        is_ready=lambda: redis_is_ready(places),
    )


def start_redis(*, data_dir: Path, durable: bool = True) -> subprocess.Popen[bytes]:
    server = redis_server(data_dir=data_dir, durable=durable)
    recover_redis(Places(data_dir))
    return servers.start(server)


def redis_is_ready(places: Places) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(places.redis_socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def recover_redis(places: Places) -> None:
    """End what an earlier start left behind; only for the one who holds the folder's lock."""
    left = processes.servers_in(places.redis, name="redis-server")
    processes.end(left, first=signal.SIGTERM, seconds=10)
