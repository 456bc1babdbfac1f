"""What a model may not say on: its own instructions, the key, and the marks of fences."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from assistant.markup import cleaned
from assistant.writers.fencing import FENCE

SHORTEST = 20  # letters of instructions that are told by their words alone
WINDOW = 40  # letters in a row that nobody writes alike by chance
EVERY = 48  # letters: looking at each piece again would take longer than reading it
UNIT = re.compile(r".{1,500}?(?:[.!?;。！？](?=\s)\s*|\n+|\Z)|.{500}", re.DOTALL)
FENCED = re.compile(r"<data-([A-Za-z0-9_-]{8,})[^>\n]*>.*?</data-\1>", re.DOTALL)
LEFT_OUT = "A part of the answer was left out: it repeated what the model had been told."


class Secrets:
    """Texts that must not come back, compared by letters and digits alone: however it is set."""

    def __init__(self, *, told: Iterable[str], whole: Iterable[str] = ()) -> None:
        self.windows: dict[int, set[str]] = {}
        for text in told:
            letters, _ = letters_of(FENCED.sub(" ", text))
            if len(letters) >= SHORTEST:
                size = min(WINDOW, len(letters))
                ends = range(len(letters) - size + 1)
                self.windows.setdefault(size, set()).update(letters[i : i + size] for i in ends)
        for text in whole:
            letters, _ = letters_of(text)
            if letters:
                self.windows.setdefault(len(letters), set()).add(letters)
        self.reach = max(self.windows, default=1) - 1

    def repeated(self, letters: str) -> list[tuple[int, int]]:
        return [
            (start, start + size)
            for size, known in self.windows.items()
            for start in range(len(letters) - size + 1)
            if letters[start : start + size] in known
        ]


class Voice:
    """Lets text through sentence by sentence, as soon as it is sure what each of them says."""

    def __init__(self, *, secrets: Secrets, on_text: Callable[[str], None] | None) -> None:
        self.secrets, self.on_text = secrets, on_text
        self.before = ""  # the last letters that are decided
        self.pending = ""
        self.kept: list[str] = []
        self.has_struck = False
        self.has_heard = False
        self.left = 0  # of what is pending, so much was looked at

    def feed(self, piece: str) -> None:
        self.has_heard = True
        self.pending += piece
        if len(self.pending) >= self.left + EVERY:
            self._decide(is_last=False)
            self.left = len(self.pending)

    def end(self) -> str:
        self._decide(is_last=True)
        return self.text

    @property
    def text(self) -> str:
        return "".join(self.kept)

    def _decide(self, *, is_last: bool) -> None:
        letters, places = letters_of(self.pending)
        ahead = len(self.before)
        struck = self.secrets.repeated(self.before + letters)
        done = 0
        for unit in UNIT.finditer(self.pending):
            first = bisect(places, unit.start())
            last = bisect(places, unit.end())
            is_sure = unit.end() < len(self.pending) and len(letters) - last >= self.secrets.reach
            if not (is_last or is_sure):
                break
            done = unit.end()
            if any(a < ahead + last and b > ahead + first for a, b in struck):
                self.has_struck = True
            else:
                self._keep(unit[0])
        decided = bisect(places, done)
        self.before = (self.before + letters[:decided])[-self.secrets.reach or len(letters) + 1 :]
        self.pending = self.pending[done:]

    def _keep(self, text: str) -> None:
        if plain := cleaned(FENCE.sub("", text)):
            self.kept.append(plain)
            if self.on_text:
                self.on_text(plain)


def letters_of(text: str) -> tuple[str, list[int]]:
    """Its letters and digits, and where in the text each of them stands."""
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if sign.isalnum():
            for letter in sign.casefold():
                letters.append(letter)
                places.append(place)
    return "".join(letters), places


def bisect(places: list[int], limit: int) -> int:
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        if places[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return low


def struck_within(data: Any, *, secrets: Secrets) -> Any:
    """The same of every text in an answer that is data."""
    if isinstance(data, str):
        voice = Voice(secrets=secrets, on_text=None)
        voice.feed(data)
        return voice.end()
    if isinstance(data, dict):
        return {key: struck_within(value, secrets=secrets) for key, value in data.items()}
    if isinstance(data, list):
        return [struck_within(value, secrets=secrets) for value in data]
    return data
