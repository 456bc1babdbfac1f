import json
import logging
import logging.config
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from django.conf import settings

from revenue.observe.logs import UnknownLogSettingError, logging_config
from revenue.observe.redaction import REDACTED


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the product's own configuration writes; pytest's handlers are put back afterwards."""
    written = StringIO()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    config = logging_config(level="INFO", style="json")
    config["handlers"]["stderr"]["stream"] = written
    logging.config.dictConfig(config)
    yield written
    logging.config.dictConfig(settings.LOGGING)
    root.handlers[:] = before
    root.setLevel(level)


def only(written: StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.getvalue())
    return found


def test_structlog_and_standard_library_write_the_same_shape(lines: StringIO) -> None:
    structlog.get_logger("revenue.sync").info("sync_done", rows=3)
    logging.getLogger("celery.worker").info("synced %s rows", 3)
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert list(first)[:3] == list(second)[:3] == ["timestamp", "level", "event"]
    assert (first["event"], first["rows"], first["logger"]) == ("sync_done", 3, "revenue.sync")
    assert (second["event"], second["logger"]) == ("synced 3 rows", "celery.worker")


def test_context_is_on_lines_of_both_kinds(lines: StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-12345678"):
        structlog.get_logger("a").warning("one")
        logging.getLogger("b").warning("two")
    assert [json.loads(line)["request_id"] for line in lines.getvalue().splitlines()] == [
        "r-12345678",
        "r-12345678",
    ]


def test_secrets_leave_by_name_and_by_look(lines: StringIO) -> None:
    structlog.get_logger("a").info("sent", password="hunter2", note="ri_abcdefgh_hunter2")
    logging.getLogger("b").info("to %s with %r", "redis://:hunter2@x/0", {"token": "hunter2"})
    assert "hunter2" not in lines.getvalue()
    assert lines.getvalue().count(REDACTED) == 4


def fail_with(password: str) -> None:
    holder = {"unrelated": "local-" + password}
    raise ValueError(f"cannot use password={password} of {len(holder)}")


@pytest.mark.parametrize("logger", [structlog.get_logger("a"), logging.getLogger("b")])
def test_a_traceback_shows_lines_but_neither_locals_nor_secrets(
    lines: StringIO, logger: Any
) -> None:
    try:
        fail_with("hunter" + "2")
    except ValueError:
        logger.exception("it failed")
    found = only(lines)
    assert "in fail_with" in found["exception"]
    assert f"password={REDACTED}" in found["exception"]
    assert "hunter2" not in lines.getvalue()


def test_a_line_stays_one_line(lines: StringIO) -> None:
    logging.getLogger("b").info("a\nforged line\r\n%s", "\u2028")
    assert len(lines.getvalue().rstrip("\n").split("\n")) == 1


def test_what_json_cannot_hold_is_written_out(lines: StringIO) -> None:
    structlog.get_logger("a").info("odd", thing=object, when={1, 2})
    assert only(lines)["thing"] == "<class 'object'>"


def test_loggers_that_repeat_the_access_line_are_quiet(lines: StringIO) -> None:
    logging.getLogger("django.request").warning("Not Found: /x")
    logging.getLogger("django.security.DisallowedHost").error("Invalid HTTP_HOST")
    assert lines.getvalue() == ""


def test_console_style_is_readable_and_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    config = logging_config(level="INFO", style="console")
    formatter = config["formatters"]["line"]
    made = formatter["()"](**{k: v for k, v in formatter.items() if k != "()"})
    record = logging.LogRecord("a", logging.INFO, "", 1, "password=hunter2", None, None)
    text = made.format(record)
    assert REDACTED in text
    assert "hunter2" not in text


@pytest.mark.parametrize(("level", "style"), [("LOUD", "json"), ("INFO", "xml")])
def test_unknown_settings_say_what_to_give(level: str, style: str) -> None:
    with pytest.raises(UnknownLogSettingError, match="give one of"):
        logging_config(level=level, style=style)
