"""The agents: which slots each takes, and what points to it beyond likeness."""

import json
import re
from pathlib import Path
from typing import Final

WHOSE = ("owner", "team")
SEGMENTS = ("industry", "region", "size")
TAKES: Final[dict[str, tuple[str, ...]]] = {
    "pipeline": (*WHOSE, *SEGMENTS, "period", "kind", "stage", "amount", "about"),
    "top": (
        *WHOSE, *SEGMENTS, "period", "kind", "stage", "amount", "grade", "count", "sort",
        "about",
    ),
    "risk": (
        *WHOSE, *SEGMENTS, "period", "kind", "stage", "amount", "grade", "warning", "count", "sort",
        "about",
    ),
    "deals": (
        *WHOSE, *SEGMENTS, "period", "kind", "stage", "amount", "state", "count", "sort", "about",
    ),
    "conversion": (*WHOSE, *SEGMENTS, "period", "versus"),
    "winrate": ("period",),
    "industries": (*WHOSE, "industry", "region", "period"),
    "accounts": (*WHOSE, "industry", "region", "count", "period"),
    "forecast": (*WHOSE, "period"),
    "quota": (*WHOSE, "period"),
    "account": ("about",),
    "deal": ("about",),
    "mail": ("about", "to", "mail", "tone", "period"),
    "plan": ("about", "period"),
    "crosssell": (*WHOSE, "industry", "product", "count", "amount", "about"),
    "leads": (*WHOSE, "period", "grade", "count"),
    "health": (*WHOSE, "industry", "region", "size", "band", "count"),
    "changes": (*WHOSE, "period"),
    "team": (*WHOSE, "period"),
    "knowledge": (),
    "help": (),
    "readonly": (),
}  # fmt: skip
# Those that speak of one account or deal.
OF_ONE: Final = frozenset({"account", "deal", "mail", "plan"})
MAY_BE_OF_ONE: Final = frozenset({"crosssell", "deals", "pipeline", "risk", "top"})
# How much a pattern adds to the log-odds of its agent: what a person would call unmistakable.
CUES: Final[tuple[tuple[str, re.Pattern[str], float], ...]] = tuple(
    (agent, re.compile(pattern), weight)
    for agent, pattern, weight in json.loads(
        (Path(__file__).parent / "cues.json").read_text(encoding="utf-8")
    )
)
