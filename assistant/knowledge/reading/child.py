"""The process that reads: bounded, without secrets, and shut off before it sees a byte of the file.

    python -m assistant.knowledge.reading.child FORM PATH

It writes lines of JSON: how far it is, and at the end what it found or why it could not.
"""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from assistant.knowledge.reading.blocks import Found, UnreadableError
from assistant.knowledge.reading.formats import judge_form
from assistant.knowledge.reading.pages import read_html, read_markdown
from assistant.knowledge.reading.pdf import read_pdf
from assistant.knowledge.reading.plain import read_text
from assistant.knowledge.reading.word import read_word

MEGABYTE: Final = 1 << 20
MEMORY_MB: Final = 512
PROCESSOR_SECONDS: Final = 40
DEEPEST: Final = 1_500
CLOSED: Final = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
    "os.kill", "os.putenv", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link",
    "os.symlink", "os.chmod", "os.chown", "os.truncate", "shutil.", "ctypes.", "ftplib.",
    "smtplib.", "urllib.", "http.", "webbrowser.", "pty.", "sqlite3.", "mmap.",
)  # fmt: skip
TOO_LARGE: Final = (
    "It takes more memory or time than a document may. Save it anew in a simpler form, or bring "
    "it in parts."
)
ODD: Final = "It is of a form that cannot be read. Save it anew, or as a PDF, and bring that."


def main(arguments: list[str]) -> int:
    form, path = arguments[0], Path(arguments[1])
    bound()
    shut_off(path)
    try:
        found = read(form, path)
    except UnreadableError as error:
        write({"refused": str(error)})
    except MemoryError:
        write({"refused": TOO_LARGE})
    except Exception as error:  # noqa: BLE001  whatever a bad file brings a library to raise
        write({"refused": ODD, "because": type(error).__name__})
    else:
        write(found)
    return 0


def read(form: str, path: Path) -> dict[str, Any]:
    judge_form(path, form=form)
    readers: dict[str, Callable[[Path], Found]] = {
        "pdf": lambda each: read_pdf(each, tell=tell),
        "docx": read_word,
        "md": read_markdown,
        "html": read_html,
        "txt": read_text,
    }
    return {"found": readers[form](path).judged().as_data()}


def tell(done: int, total: int) -> None:
    write({"page": done, "of": total})


def write(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def bound() -> None:
    sys.setrecursionlimit(DEEPEST)
    limits = {
        resource.RLIMIT_AS: MEMORY_MB * MEGABYTE,
        resource.RLIMIT_CPU: PROCESSOR_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_CORE: 0,
    }
    for name, most in limits.items():
        _, hard = resource.getrlimit(name)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(name, (least, least))


def shut_off(path: Path) -> None:
    """No network, no other program, nothing written, nothing read but the file and Python's own.

    Such a hook cannot be taken off again.
    """
    folders = {Path(each).resolve() for each in (sys.prefix, sys.base_prefix)}
    folders.add(Path(__file__).resolve().parents[1])
    own = (str(path.absolute()), *(f"{folder}/" for folder in folders))

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(CLOSED):
            raise PermissionError(event)
        if event == "open":
            judge_open(arguments, own=own)

    sys.addaudithook(refuse)


def judge_open(arguments: tuple[Any, ...], *, own: tuple[str, ...]) -> None:
    name, mode, _flags = arguments
    if isinstance(name, int):
        return
    if mode and set(mode) & set("wax+"):
        raise PermissionError("open")
    where = str(Path(name.decode() if isinstance(name, bytes) else name).absolute())
    if not where.startswith(own):
        raise PermissionError("open")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
