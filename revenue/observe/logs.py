"""One way for every line that is logged: structlog and the standard library meet in a formatter."""

import json
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import EventDict, Processor

from revenue.observe.redaction import redact

STYLES = ("json", "console")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# Failures and finished tasks have a line of their own with the request id, so these only repeat.
QUIET = {
    "django": "INFO",
    "django.request": "ERROR",
    "django.security.DisallowedHost": "CRITICAL",
    "django.server": "WARNING",
    "celery.app.trace": "CRITICAL",
    "celery.worker.strategy": "WARNING",
    "opentelemetry": "ERROR",
}


class UnknownLogSettingError(ImproperlyConfigured):
    pass


def redact_event(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The record and the processor's own marks are no text yet and are gone before the end."""
    clean: dict[str, Any] = {}
    for key, value in event.items():
        clean[key] = value if key.startswith("_") else redact({key: value})[key]
    return clean


def name_of_event_first(_logger: Any, _method: str, event: EventDict) -> EventDict:
    first = {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event}
    return {**first, **event}


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    # The plain traceback: no values of local variables.
    structlog.processors.format_exc_info,
    structlog.processors.UnicodeDecoder(),
    redact_event,
]


def json_line(event: MutableMapping[str, Any], **_options: Any) -> str:
    return json.dumps(event, default=str, ensure_ascii=False, separators=(",", ":"))


def renderer(*, style: str) -> Processor:
    if style == "console":
        return structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.processors.JSONRenderer(serializer=json_line)


def logging_config(*, level: str, style: str) -> dict[str, Any]:
    if style not in STYLES:
        raise UnknownLogSettingError(f"LOG_FORMAT is {style!r}: give one of {', '.join(STYLES)}.")
    if level.upper() not in LEVELS:
        raise UnknownLogSettingError(f"LOG_LEVEL is {level!r}: give one of {', '.join(LEVELS)}.")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    name_of_event_first,
                    renderer(style=style),
                ],
                "keep_exc_info": False,
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "line",
            }
        },
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {
            **{name: {"level": least, "propagate": True} for name, least in QUIET.items()},
            # Without these, Django, Celery and gunicorn would add handlers of their own.
            "django": {"level": level.upper(), "handlers": [], "propagate": True},
            "gunicorn.error": {"level": level.upper(), "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }
