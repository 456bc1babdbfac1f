"""The database and the broker of a fresh machine: real servers, from wheels, over unix sockets."""

from revenue.embedded.places import Places, celery_broker_url, database_url, redis_url
from revenue.embedded.postgres import start_postgres
from revenue.embedded.problems import (
    DataFolderInUseError,
    DiskFullError,
    EmbeddedError,
    OtherMajorError,
    UnusableError,
)
from revenue.embedded.redis_server import start_redis
from revenue.embedded.servers import Server, is_running, stop
from revenue.embedded.services import services

__all__ = [
    "DataFolderInUseError",
    "DiskFullError",
    "EmbeddedError",
    "OtherMajorError",
    "Places",
    "Server",
    "UnusableError",
    "celery_broker_url",
    "database_url",
    "is_running",
    "redis_url",
    "services",
    "start_postgres",
    "start_redis",
    "stop",
]
