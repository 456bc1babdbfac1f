"""Records that are called what was typed, or have it as their e-mail address, domain or id."""

from collections.abc import Collection
from typing import Any

from accounts import search as names
from assistant.search.fusing import Key
from revenue.users.models import Membership

MOST_WORDS = 8
MOST = 20


def named(
    *, reader: Membership, text: str, kinds: Collection[str], widen: bool = False
) -> list[Key]:
    """The nearest first, of all kinds together; `widen`: also such as are written alike."""
    wanted = [kind for kind in names.Kind if str(kind) in kinds]
    if not wanted or len(text.split()) > MOST_WORDS or '"' in text:
        return []
    found = names.look(
        reader=reader,
        text=text[: names.MAX_TEXT],
        kinds=wanted,
        widen=widen,
        most=MOST,
    )
    placed = [
        (distance(row, text=text), place, wanted.index(each.kind), (str(each.kind), row.pk))
        for each in found
        for place, row in enumerate(each.rows)
    ]
    return [key for *_, key in sorted(placed)]


def distance(row: Any, *, text: str) -> int:
    """0 the very name, address or id; 1 a name that begins so; 2 any other."""
    asked = folded(text)
    name = folded(str(row))
    exact = {name, folded(row.external_id), folded(getattr(row, "email", "") or "")}
    if asked in exact:
        return 0
    return 1 if name.startswith(asked) else 2


def folded(text: str) -> str:
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text.casefold()).split())
