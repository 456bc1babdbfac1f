"""How often a question reaches the right agent with the right slots, on the judged set.

A third is set aside by a seeded hash of each question's id: nothing was tuned on it.
"""

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.chat.router.lexicon import Lexicon
from assistant.chat.router.naive import by_keyword
from assistant.chat.router.route import Routed, route
from revenue.ml.judging import wilson

JUDGED = Path(__file__).parent.parent / "judged.json"
PARTS = 3
Router = Callable[..., Routed]


@dataclass(frozen=True)
class Question:
    id: str
    text: str
    agent: str
    slots: dict[str, Any]
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    question: Question
    routed: Routed
    took_ms: float

    @property
    def agent_right(self) -> bool:
        return self.routed.agent == self.question.agent

    @property
    def slots_right(self) -> bool:
        return self.routed.slots == self.question.slots

    @property
    def is_right(self) -> bool:
        return self.agent_right and self.slots_right


@cache
def read_judged() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(JUDGED.read_text(encoding="utf-8"))
    return found


def questions() -> list[Question]:
    return [
        Question(one["id"], one["text"], one["agent"], one["slots"], tuple(one.get("after", ())))
        for one in read_judged()["questions"]
    ]


def is_set_aside(question: Question) -> bool:
    mark = f"{read_judged()['seed']}:{question.id}"
    return int(hashlib.sha256(mark.encode()).hexdigest(), 16) % PARTS == 0


def outcomes(several: Iterable[Question], router: Router = route) -> list[Outcome]:
    lexicon = Lexicon.of(read_judged()["lexicon"])
    found = []
    for question in several:
        previous = None
        for text in question.after:
            previous = router(text, previous=previous, lexicon=lexicon)
        began = time.perf_counter()
        routed = router(question.text, previous=previous, lexicon=lexicon)
        found.append(Outcome(question, routed, 1000 * (time.perf_counter() - began)))
    return found


def share(right: Iterable[bool]) -> dict[str, Any]:
    """With Wilson's interval of 90 %."""
    each = list(right)
    if not each:
        return {"n": 0, "share": None}
    value = sum(each) / len(each)
    low, high = wilson(value, len(each))
    return {"n": len(each), "right": sum(each), "share": value, "low": low, "high": high}


def figures(found: list[Outcome]) -> dict[str, Any]:
    agents, slots = defaultdict(list), defaultdict(list)
    for one in found:
        agents[one.question.agent].append(one)
        for name in {*one.question.slots, *one.routed.slots}:
            slots[name].append(one.question.slots.get(name) == one.routed.slots.get(name))
    took = sorted(one.took_ms for one in found)
    return {
        "right": share(one.is_right for one in found),
        "agent": share(one.agent_right for one in found),
        "slots": share(one.slots_right for one in found),
        "by_agent": {
            name: {
                "right": share(one.is_right for one in own),
                "agent": share(one.agent_right for one in own),
            }
            for name, own in sorted(agents.items())
        },
        "by_slot": {name: share(own) for name, own in sorted(slots.items())},
        "ms": {
            "median": took[len(took) // 2],
            "p95": took[int(0.95 * (len(took) - 1))],
            "max": took[-1],
        },
    }


def report() -> dict[str, Any]:
    """Of the third that was set aside, of the rest, and of the keyword router on the former."""
    route("warm up", lexicon=Lexicon.of(read_judged()["lexicon"]))
    aside = [one for one in questions() if is_set_aside(one)]
    rest = [one for one in questions() if not is_set_aside(one)]
    return {
        "n": len(aside) + len(rest),
        "n_test": len(aside),
        "metrics": figures(outcomes(aside)),
        "tuned_on": figures(outcomes(rest)),
        "baselines": {
            "keyword": figures(outcomes(aside, by_keyword)),
            "commonest agent": {
                "agent": share(one.agent == commonest(rest) for one in aside),
            },
        },
    }


def commonest(several: Iterable[Question]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for one in several:
        counts[one.agent] += 1
    return max(sorted(counts), key=lambda name: counts[name])
