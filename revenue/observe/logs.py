from typing import Any


def logging_config(*, level: str, style: str) -> dict[str, Any]:
    return {"version": 1, "disable_existing_loggers": False, "root": {"level": level}}
