"""PDFs: page by page, each within a time of its own, so that one bad page costs no other."""

import logging
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pypdf import PageObject, PdfReader, overwrite_configuration
from pypdf.errors import DependencyError, LimitReachedError, PyPdfError

from assistant.knowledge.reading.blocks import Found, UnreadableError
from assistant.knowledge.reading.pdf_lines import (
    Line,
    Piece,
    blocks_of,
    lines_of,
    without_furniture,
)
from assistant.knowledge.reading.pdf_seen import Box, Seen, at, stretch

MOST_PAGES: Final = 600
SECONDS_A_PAGE: Final = 3.0
MOST_SLOW_PAGES: Final = 2
LEAST_LETTERS: Final = 20
MEGABYTE: Final = 1 << 20
LIMITS: Final[dict[str, Any]] = {
    "maximum_declared_stream_length": 30 * MEGABYTE,
    "array_based_stream_maximum_output_length": 16 * MEGABYTE,
    "zlib_maximum_output_length": 16 * MEGABYTE,
    "zlib_maximum_recovery_input_length": MEGABYTE,
    "lzw_maximum_output_length": 8 * MEGABYTE,
    "run_length_maximum_output_length": 8 * MEGABYTE,
    "brotli_maximum_output_length": 8 * MEGABYTE,
    "stream_decoding_work_maximum_length": 64 * MEGABYTE,
    "stream_parsing_work_maximum_count": 600_000,
    "xform_maximum_invocations_per_extraction": 500,
    "page_tree_maximum_page_entries": 50_000,
}
BROKEN: Final = "This PDF is broken or cut short. Open it, save it anew as PDF and bring that."
LOCKED: Final = "This PDF is locked by a password. Save it without one and bring that."
TOO_LONG: Final = (
    f"This PDF has {{pages:,}} pages, and {MOST_PAGES} are read at most. Bring it in parts."
)
TOO_MUCH: Final = (
    "Pages of this PDF hold more than can be read in good time. Save it anew, as a PDF for the "
    "screen or for archives, and bring that."
)
NO_TEXT: Final = (
    "There is no text to read in this PDF: its pages are pictures, as from a scanner. "
    "Bring one with text, or the file that it was made from."
)
UNSEEN_TEXT: Final = (
    "All text of this PDF is invisible, as scanners put it behind the pictures of pages. What "
    "cannot be seen is not read. Bring the file that it was made from."
)
# What a file of no good form may raise inside of the library, beside its own errors.
BAD: Final = (
    PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError,
    RecursionError, OverflowError, ZeroDivisionError, UnicodeError, NotImplementedError, OSError,
)  # fmt: skip


class SlowPageError(Exception):
    """A page that takes longer than a page may."""


def read_pdf(path: Path, *, tell: Callable[[int, int], None]) -> Found:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    overwrite_configuration(**LIMITS)
    pages = opened(path)
    reading = Reading()
    for number in range(1, len(pages) + 1):
        reading.read(pages, number)
        tell(number, len(pages))
    return reading.found(len(pages))


def opened(path: Path) -> Any:
    try:
        with within(2 * SECONDS_A_PAGE):
            reader = PdfReader(path, strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                raise UnreadableError(LOCKED)
            count = len(reader.pages)
    except SlowPageError as error:
        raise UnreadableError(TOO_MUCH) from error
    except DependencyError as error:
        raise UnreadableError(LOCKED) from error
    except BAD as error:
        raise UnreadableError(BROKEN) from error
    if count == 0:
        raise UnreadableError(BROKEN)
    if count > MOST_PAGES:
        raise UnreadableError(TOO_LONG.format(pages=count))
    return reader.pages


class Reading:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.heights: dict[int, tuple[float, float]] = {}
        self.hidden = 0
        self.bad: list[int] = []
        self.slow: list[int] = []
        self.blank: list[int] = []

    def read(self, pages: Any, number: int) -> None:
        try:
            with within(SECONDS_A_PAGE):
                page: PageObject = pages[number - 1]
                box = box_of(page)
                seen = Seen(page=box, opacities=opacities_of(page))
                lines = lines_of(pieces_of(page, seen=seen), page=number)
        except (SlowPageError, LimitReachedError) as error:
            self.slow.append(number)
            if len(self.slow) >= MOST_SLOW_PAGES:
                raise UnreadableError(TOO_MUCH) from error
            return
        except BAD:
            self.bad.append(number)
            return
        self.hidden += seen.hidden
        self.heights[number] = (box.bottom, box.top)
        self.lines.extend(lines)
        if not any(line.letters for line in lines):
            self.blank.append(number)

    def found(self, pages: int) -> Found:
        lines = without_furniture(self.lines, heights=self.heights)
        if sum(line.letters for line in lines) < LEAST_LETTERS:
            self.refuse(pages)
        found = Found(blocks=blocks_of(lines), pages=pages)
        if self.hidden:
            found.notes.append(
                f"{self.hidden:,} letters that a reader would not see were left out."
            )
        for places, words in (
            (self.blank, "no text"),
            ([*self.bad, *self.slow], "something that could not be read"),
        ):
            if places:
                found.notes.append(
                    f"{named(places)} {'holds' if len(places) == 1 else 'hold'} {words}."
                )
        return found

    def refuse(self, pages: int) -> None:
        if self.slow:
            raise UnreadableError(TOO_MUCH)
        if len(self.bad) >= pages:
            raise UnreadableError(BROKEN)
        if self.hidden >= LEAST_LETTERS:
            raise UnreadableError(UNSEEN_TEXT)
        raise UnreadableError(NO_TEXT)


def named(pages: list[int]) -> str:
    shown = sorted(pages)[:8]
    if len(shown) == 1 == len(pages):
        return f"Page {shown[0]}"
    more = f" and {len(pages) - len(shown)} more" if len(pages) > len(shown) else ""
    return f"Pages {', '.join(str(each) for each in shown)}{more}"


def pieces_of(page: PageObject, *, seen: Seen) -> list[Piece]:
    pieces: list[Piece] = []

    def take(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text:
            x, y = at(cm, float(tm[4]), float(tm[5]))
            real = abs(float(size)) * stretch(tm) * stretch(cm) * seen.scale
            pieces.append(Piece(text, x, y, real, bold=is_bold(font)))

    page.extract_text(
        visitor_operand_before=seen.before, visitor_operand_after=seen.after, visitor_text=take
    )
    return pieces


def is_bold(font: Any) -> bool:
    name = str((font or {}).get("/BaseFont", "")).lower()
    return any(each in name for each in ("bold", "black", "heavy", "semibold"))


def box_of(page: PageObject) -> Box:
    box = page.cropbox
    return Box(float(box.left), float(box.bottom), float(box.right), float(box.top))


def opacities_of(page: PageObject) -> dict[str, float]:
    """By the names that the page gives its states: how solid what is filled becomes."""
    found: dict[str, float] = {}
    try:
        states = page["/Resources"]["/ExtGState"]  # type: ignore[index]
        for name in states:
            found[str(name)] = float(states[name].get("/ca", 1.0))
    except BAD:
        return found
    return found


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """By the processor's clock, for a machine that is busy is no fault of the page."""

    def stop(_signal: int, _frame: Any) -> None:
        raise SlowPageError

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
