"""What the bytes of a file are: which text, or no text at all."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from accounts.connectors.csv_files.problems import FileProblem

CHUNK = 1 << 20
HEAD = 1 << 16
A_FEW = 16  # of control characters, which a text may hold by mistake
OTHER_FILES = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PK\x03\x04", "an Excel workbook or a zip"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
)
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16, little end first",
    "utf-16-be": "UTF-16, big end first",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
TEXT_CONTROLS = frozenset(b"\t\n\r\f\v\x00\x1a\x1b")


@dataclass(frozen=True)
class Encoding:
    """`errors` leaves what cannot be read in the text, where its row is refused for it."""

    name: str
    errors: str = "surrogateescape"

    @property
    def label(self) -> str:
        return NAMES.get(self.name, self.name)

    @property
    def is_guess(self) -> bool:
        return self.name == "cp1252"


def said_encoding(name: str) -> Encoding:
    return Encoding(name, errors="replace" if name.startswith("utf-16") else "surrogateescape")


def encoding_of(file: IO[bytes], *, name: str) -> Encoding:
    """Reads the whole file where its beginning does not tell."""
    head = file.read(HEAD)
    refuse_other_files(head, name=name)
    for mark, codec in MARKS:
        if head.startswith(mark):
            return said_encoding(codec)
    if codec := unmarked_utf16(head):
        return said_encoding(codec)
    refuse_binary(head, name=name)
    return Encoding("utf-8" if is_utf8(chunks(head, file)) else "cp1252")


def refuse_other_files(head: bytes, *, name: str) -> None:
    for magic, what in OTHER_FILES:
        if head.startswith(magic):
            raise FileProblem(
                f"{name} is {what}, not a CSV file. Export it as CSV and import that."
            )
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise FileProblem(f"{name} is empty. Export it again.")


def refuse_binary(head: bytes, *, name: str) -> None:
    controls = sum(each < 32 and each not in TEXT_CONTROLS for each in head)
    if controls > max(len(head) // 50, A_FEW) or head.count(0) > len(head) // 4:
        raise FileProblem(f"{name} is no text. Export it as CSV and import that.")


def unmarked_utf16(head: bytes) -> str:
    """Of mostly Latin text every other byte is zero; which one tells the order."""
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    low, high = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if high > pairs * 0.4 and low < pairs * 0.05:
        return "utf-16-le"
    if low > pairs * 0.4 and high < pairs * 0.05:
        return "utf-16-be"
    return ""


def chunks(head: bytes, file: IO[bytes]) -> Iterator[bytes]:
    while head:
        yield head
        head = file.read(CHUNK)


def is_utf8(parts: Iterator[bytes]) -> bool:
    """So too where a few bytes are broken: their rows are refused, and the others are kept."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    good = bad = 0
    for part in parts:
        text = decoder.decode(part)
        if text.isascii():
            continue
        bad_here = text.count("\ufffd")
        bad += bad_here
        good += sum(each > "\x7f" for each in text) - bad_here
    bad += decoder.decode(b"", final=True).count("\ufffd")
    return bad == 0 or good > bad
