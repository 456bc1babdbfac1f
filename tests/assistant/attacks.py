"""The grid of injections through what a CRM holds: surface × wrapper × ask × form of escape."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR).parent / "shared" / "data" / "attacks"
GRID = FOLDER / "crm_indirect_injection.json"
WHOLE = 12_480
needs_grid = pytest.mark.skipif(not GRID.exists(), reason="The folder of attacks is not here.")


@dataclass(frozen=True)
class Attack:
    number: int
    surface: str
    ask: str
    escape: str
    text: str


@lru_cache(maxsize=1)
def grid() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GRID.read_text())
    return found


def attacks() -> Iterator[Attack]:
    parts = grid()
    every = itertools.product(parts["surfaces"], parts["wrappers"], parts["asks"], parts["exfil"])
    for number, (surface, wrapper, ask, escape) in enumerate(every):
        text = wrapper.replace("{A}", ask).replace("{E}", escape)
        yield Attack(number, surface, ask, escape, text)


def some(count: int, *, seed: int) -> list[Attack]:
    """Drawn by lot, with each surface, wrapper, ask and escape among them."""
    every = list(attacks())
    drawn = random.Random(seed).sample(every, count)
    return sorted(drawn, key=lambda attack: attack.number)
