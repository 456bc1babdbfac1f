"""Placeholder until the embedded services land: addresses only."""

from pathlib import Path


def database_url(*, data_dir: Path) -> str:
    return "postgresql://root@127.0.0.1:5432/revenue"


def redis_url(*, data_dir: Path, db: int) -> str:
    return f"redis://127.0.0.1:6379/{db}"


def celery_broker_url(*, data_dir: Path, db: int) -> str:
    return f"redis://127.0.0.1:6379/{db}"
