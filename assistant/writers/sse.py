"""Reading an answer as it comes: bounded in bytes, in time and in what is heard of it."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.writers.asking import Asked, Said
from assistant.writers.faults import BROKEN, NOT_REACHED, UNREADABLE, ProviderError
from assistant.writers.patience import Patience

MOST_BYTES = 4_000_000
MOST_LETTERS = 60_000
MOST_TOKENS = 10_000_000
MOST_ASKED = 16


@dataclass
class Reading:
    """Of one answer; `said` is what had come at any moment."""

    patience: Patience
    on_text: Callable[[str], None]
    texts: list[str] = field(default_factory=list)
    letters: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    has_begun: bool = False
    is_full: bool = False

    def bounded(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        count = 0
        for chunk in chunks:
            self.has_begun = True
            count += len(chunk)
            self.patience.check()
            if count > MOST_BYTES:
                raise ProviderError(UNREADABLE, "an answer without end", said=self.said)
            yield chunk
            if self.is_full:
                return

    def parsed(self, event: str) -> dict[str, Any]:
        try:
            data = json.loads(event)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise ProviderError(UNREADABLE, "something that is no JSON object", said=self.said)
        return data

    def hear(self, text: Any) -> None:
        if not isinstance(text, str) or not text or self.is_full:
            return
        piece = text[: MOST_LETTERS - self.letters]
        self.letters += len(piece)
        self.is_full = self.letters >= MOST_LETTERS
        self.texts.append(piece)
        self.on_text(piece)

    def count(self, usage: Any) -> None:
        if isinstance(usage, dict):
            self.tokens_in = tokens(usage.get("prompt_tokens")) or self.tokens_in
            self.tokens_out = tokens(usage.get("completion_tokens")) or self.tokens_out

    @property
    def said(self) -> Said:
        text = "".join(self.texts)
        return Said(text, tokens_in=self.tokens_in, tokens_out=self.tokens_out)

    def ended(self, *, asked: Sequence[Asked], is_cut: bool) -> Said:
        text = "".join(self.texts)
        if not text.strip() and not asked:
            raise ProviderError(UNREADABLE, "an empty answer", is_passing=True, said=self.said)
        return Said(text, tuple(asked[:MOST_ASKED]), self.tokens_in, self.tokens_out, is_cut)


def cut_off(error: BaseException, reading: Reading) -> ProviderError:
    """A connection that broke, or never was."""
    if reading.has_begun:
        detail = f"the connection broke off: {type(error).__name__}"
        return ProviderError(BROKEN, detail, is_passing=True, said=reading.said)
    return ProviderError(NOT_REACHED, "nothing answers there", is_passing=True)


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """The data of each event of a stream; comments, names and blank lines are passed over."""
    for line in lines(chunks):
        if line.startswith("data:"):
            yield line[5:].strip()


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.rstrip(b"\r").decode(errors="replace") for line in whole)
    if rest:
        yield rest.decode(errors="replace")


def tokens(value: Any) -> int:
    """A server may say anything; what it says is booked within reason."""
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), MOST_TOKENS) if is_count else 0
