"""How figures, days and other people's words stand within a sentence of a plan."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from zlib import crc32

from assistant.markup import cleaned
from revenue.web.templatetags import web

MARKUP = re.compile(r"[\[\]*_`<>|#\\~]")
SPACES = re.compile(r"\s+")
SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
LONGEST_QUOTE = 210


def plain(text: str) -> str:
    """Data as it may stand in a text of ours: it brings no marks and no lines of its own."""
    return SPACES.sub(" ", MARKUP.sub(" ", cleaned(text))).strip()


def quote(text: str, *, most: int = LONGEST_QUOTE) -> str:
    """Whole sentences as far as they fit, else as many words."""
    said = plain(text).strip("“”\"' ")
    if len(said) <= most:
        return f"“{said}”"
    kept = ""
    for sentence in SENTENCE.split(said):
        if len(kept) + len(sentence) + 1 > most:
            break
        kept = f"{kept} {sentence}".strip()
    if not kept:
        kept = said[:most].rsplit(" ", 1)[0] + " …"
    return f"“{kept}”"


def on_day(day: date, *, today: date) -> str:
    """4 March, with the year where it is another one."""
    return f"{day:%-d %B}" if day.year == today.year else f"{day:%-d %B %Y}"


def in_points(part: float) -> str:
    """+8.2 points: a tenth is said below ten points, and no further."""
    size = abs(part) * 100
    number = f"{size:.0f}" if size >= 9.95 else f"{size:.1f}".removesuffix(".0")
    return f"{'+' if part >= 0 else '−'}{number} point{'' if number == '1' else 's'}"


def counted(size: float, one: str, many: str = "") -> str:
    whole = round(size)
    return f"{whole:,} {one if whole == 1 else many or one + 's'}"


def percent(part: float) -> str:
    return web.percent(part)


def listed(words: Sequence[str], *, last: str = "and") -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def lowered(words: str, *, names: Sequence[str] = ()) -> str:
    """Within a sentence, unless it begins with a name or an abbreviation."""
    if words[1:2].isupper() or any(name and words.startswith(name) for name in names):
        return words
    return words[:1].lower() + words[1:]


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def one_of(choices: Sequence[str], *seed: Any) -> str:
    """The same deal reads the same each time; another one reads otherwise."""
    return choices[crc32("|".join(str(each) for each in seed).encode()) % len(choices)]
