"""What people ask, as the classifier learns it: phrases in `examples.json`, by agent."""

import json
import re
from functools import cache
from pathlib import Path

from assistant.chat.router.words import folded

HERE = Path(__file__).parent
MARK = re.compile(r"\{(\w+)\}")


@cache
def examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((HERE / "examples.json").read_text(encoding="utf-8"))
    return found


def prepared(text: str) -> str:
    """As the router reads questions: folded words, and marks for slots."""
    flat = re.sub(r"[^\w{}]+", " ", folded(text))
    return " ".join(MARK.sub(lambda found: f"zz{found[1]}", flat).split())


@cache
def example_words() -> frozenset[str]:
    return frozenset(
        word
        for phrases in examples().values()
        for phrase in phrases
        for word in prepared(phrase).split()
        if not word.startswith("zz")
    )


@cache
def known_words() -> frozenset[str]:
    """Also the common words of both languages: what is none may be a name."""
    common = json.loads((HERE / "common.json").read_text(encoding="utf-8"))
    return example_words() | frozenset(f"{common['german']} {common['english']}".split())
