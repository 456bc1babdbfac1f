"""The id by which one request is found again in every log line, of web and worker alike."""

import re
import uuid

WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")


def request_id_from(given: str) -> str:
    """A proxy's id is taken over; anything that could forge or break a log line is not."""
    return given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
