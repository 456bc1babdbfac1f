"""What a file is: by its name, and whether it begins as such a file does."""

import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from assistant.knowledge.reading.blocks import UnreadableError

BY_SUFFIX: Final = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".txt": "txt",
    ".text": "txt",
}
NAMES: Final = {
    "pdf": "PDF",
    "docx": "Word file",
    "md": "Markdown file",
    "html": "HTML file",
    "txt": "text file",
}
# What people try, and what to do instead.
OTHERS: Final = {
    ".doc": "This is a Word file of the old form. Save it as .docx and bring that.",
    ".docm": "A Word file with macros is not read. Save it as .docx and bring that.",
    ".odt": "Save it as .docx or .pdf and bring that.",
    ".rtf": "Save it as .docx or .pdf and bring that.",
    ".ppt": "Save the slides as .pdf and bring that.",
    ".pptx": "Save the slides as .pdf and bring that.",
    ".xls": "Sheets are not read. Bring what is to be known of them as text.",
    ".xlsx": "Sheets are not read. Bring what is to be known of them as text.",
    ".zip": "Bring the files one by one, not packed.",
}
HEAD: Final = 4096
PDF, ZIP, OLD_OFFICE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
WORD_PART: Final = "word/document.xml"
WIDE = (b"\xff\xfe", b"\xfe\xff")


def format_of_name(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    said = OTHERS.get(suffix, "Bring a PDF, a Word file (.docx), Markdown, HTML or plain text.")
    raise UnreadableError(f"{name} is of a kind that is not read. {said}")


def judge_form(path: Path, *, form: str) -> None:
    """A file that is not what its name says is refused, with what it seems to be."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise UnreadableError("The file is empty. Bring one that holds something.")
    real = format_of_bytes(head, path=path)
    if form in ("pdf", "docx"):
        if real != form:
            raise UnreadableError(
                f"It is called a {NAMES[form]}, but what it holds is {in_words(real)}. "
                f"Save it as a {NAMES[form]} anew, or give it the ending that it should have."
            )
    elif real != "text":
        raise UnreadableError(
            f"It is called a {NAMES[form]}, but what it holds is {in_words(real)}. "
            "Give it the ending that it should have."
        )


def format_of_bytes(head: bytes, *, path: Path) -> str:
    if PDF in head[:1024]:
        return "pdf"
    if head.startswith(ZIP):
        return "docx" if holds_word(path) else "zip"
    if head.startswith(OLD_OFFICE):
        return "office"
    return "text" if head.startswith(WIDE) or b"\x00" not in head else "binary"


def holds_word(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return WORD_PART in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def in_words(real: str) -> str:
    return {
        "pdf": "a PDF",
        "docx": "a Word file",
        "zip": "something packed, and no Word file",
        "office": "an Office file of the old form, or one that is locked by a password",
        "text": "plain text",
    }.get(real, "no text")
