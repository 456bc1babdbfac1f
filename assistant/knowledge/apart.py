"""Has a file read by a process that is given nothing else, and stops it when its time is up."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

from django.conf import settings

from assistant.knowledge.reading.blocks import MOST_BLOCKS, Block, Found, UnreadableError

CHILD = "assistant.knowledge.reading.child"
WALL_SECONDS = 50.0
MOST_SAID = 64 << 20
# No setting, no secret and no address of ours stands in it.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
TOO_LONG = (
    "Reading it took longer, or more memory, than a document may. Save it anew in a simpler form, "
    "or bring it in parts."
)

Tell = Callable[[int, int], None]


def read_apart(
    path: Path, *, form: str, tell: Tell | None = None, seconds: float = WALL_SECONDS
) -> Found:
    """Raises UnreadableError, whatever the file did to its reader."""
    with reader_of(path, form=form, seconds=seconds) as child:
        for said in lines_of(child):
            if "page" in said and tell:
                tell(int(said["page"]), int(said["of"]))
            elif "refused" in said:
                raise UnreadableError(str(said["refused"])[:480])
            elif "found" in said:
                return found_in(said["found"])
    raise UnreadableError(TOO_LONG)


@contextmanager
def reader_of(path: Path, *, form: str, seconds: float) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(
        [sys.executable, "-B", "-E", "-s", "-m", CHILD, form, str(path)],
        cwd=settings.BASE_DIR,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    timer = Timer(seconds, child.kill)
    timer.start()
    try:
        yield child
    finally:
        timer.cancel()
        child.kill()
        if child.stdout:
            child.stdout.close()
        child.wait()


def lines_of(child: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
    """What is no line of ours is the word of a reader that somebody has taken over: none of it."""
    left = MOST_SAID
    while line := child.stdout.readline(left) if child.stdout else b"":
        left -= len(line)
        try:
            said = json.loads(line)
        except ValueError:
            return
        if not isinstance(said, dict) or left <= 0:
            return
        yield said


def found_in(said: Any) -> Found:
    """As little as can be is believed: types and bounds hold again on this side."""
    try:
        blocks = [
            Block(
                text=str(each["text"]),
                kind=each["kind"],
                level=max(0, min(int(each["level"]), 9)),
                page=None if each["page"] is None else max(1, int(each["page"])),
            )
            for each in said["blocks"][: MOST_BLOCKS + 1]
            if each["kind"] in ("heading", "paragraph", "item", "row")
        ]
        pages = None if said["pages"] is None else int(said["pages"])
        notes = [str(each)[:300] for each in said["notes"][:10]]
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(TOO_LONG) from error
    return Found(blocks, pages, notes).judged()
