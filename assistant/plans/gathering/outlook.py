"""What is foreseen of a deal: its chance, why, what would move it, what warns, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from assistant.claims import Value, count, days, points, score, share
from assistant.plans.gathering.known import Known, Move, Play, Reason, Warned
from forecasting.deal_page.look import Look
from forecasting.deal_page.reasons import reasons_of
from forecasting.deal_page.warned import warnings_of
from forecasting.models import DealAction

# What nobody can change in a call, and what says nothing of this customer.
NOT_FOR_A_CALL = frozenset({"calendar", "close_quarter", "stage", "seller", "source", "task"})
CONTRARY = "Taken alone"  # alone it would speak the other way: not to be explained in a sentence
LEAST = 0.004
FACTS_IN_DAYS = (
    "age", "days_in_stage", "usual_in_stage", "usual_age", "days_since_activity",
    "days_since_sign", "days_since_outgoing", "days_since_third_push", "days_since_higher",
    "days_to_close",
)  # fmt: skip


@dataclass
class Foreseen:
    key: str = ""
    probability: float | None = None
    low: float = 0
    high: float = 0
    moved: float | None = None  # in a week
    grade: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    is_by_model: bool = False
    helps: list[Reason] = field(default_factory=list)
    hurts: list[Reason] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)
    plays: list[Play] = field(default_factory=list)
    similar: dict[str, Any] = field(default_factory=dict)

    def warns(self, name: str) -> Warned | None:
        return next((each for each in self.warned if each.name == name), None)

    def move(self, *names: str) -> Move | None:
        return next((each for each in self.moves if each.name in names), None)

    def play(self, *triggers: str) -> Play | None:
        return next((each for each in self.plays if each.trigger in triggers), None)


def foreseen_of(known: Known, look: Look) -> Foreseen:
    found = Foreseen()
    analysis = look.analysis
    page = address("deal-panel", look)
    if analysis is not None:
        found.similar, found.values = analysis.similar, analysis.values
    if look.outlook is None:
        return found
    read_chance(known, look, found, page=page)
    if analysis is not None and look.is_by_model:
        read_reasons(known, look, found, steps=analysis.steps)
        found.moves = moves_of(known, look, analysis.moves)
    found.warned = warned_of(known, look, page=page)
    found.plays = plays_of(known, look)
    return found


def address(name: str, look: Look) -> str:
    return reverse(f"forecasting:{name}", args=[look.org.slug, look.deal.pk])


def read_chance(known: Known, look: Look, found: Foreseen, *, page: str) -> None:
    row = look.outlook
    assert row is not None  # noqa: S101
    found.probability, found.low, found.high = row.probability, row.low, row.high
    found.grade, found.facts = row.grade, row.facts
    found.is_by_model = look.is_by_model
    values: list[Value] = [share(row.probability), share(row.low), share(row.high), score(row.risk)]
    if row.probability_before is not None:
        found.moved = row.probability - row.probability_before
        values += [points(found.moved), share(row.probability_before), days(7)]
    values += [days(row.facts[name]) for name in FACTS_IN_DAYS if row.facts.get(name) is not None]
    for name in ("people", "pushes"):
        if row.facts.get(name) is not None:
            values.append(count(row.facts[name]))
    found.key = known.source("outlook", "Outlook", page, values)


def read_reasons(known: Known, look: Look, found: Foreseen, *, steps: Mapping[str, Any]) -> None:
    url = address("deal-reasons", look)
    topics = {each.get("name"): each.get("topic", "") for each in steps.get("steps", ())}
    for each in reasons_of(steps):
        if topics.get(each.name) in NOT_FOR_A_CALL or abs(each.points) < LEAST:
            continue
        if each.base_rate.startswith(CONTRARY):
            continue
        key = known.source(
            f"reason:{each.name}", f"Why: {each.title}", url, [points(each.points)],
            f"{each.title}: {each.words}. {each.base_rate}",
        )  # fmt: skip
        reason = Reason(
            key, str(topics.get(each.name) or each.name), each.title, each.words, each.points,
            each.base_rate,
        )  # fmt: skip
        (found.helps if each.points > 0 else found.hurts).append(reason)
    found.helps.sort(key=lambda each: -each.points)
    found.hurts.sort(key=lambda each: each.points)


def moves_of(known: Known, look: Look, moves: Any) -> list[Move]:
    url = address("deal-moves", look)
    found = []
    for each in sorted(moves, key=lambda move: -move["points"]):
        if each["points"] < LEAST:
            continue
        key = known.source(
            f"move:{each['name']}",
            f"What would move it: {each['title']}",
            url,
            [points(each["points"]), share(each["probability"])],
            each.get("change") or "",
        )
        found.append(Move(key, each["name"], each["title"], each["points"], each["probability"]))
    return found


def warned_of(known: Known, look: Look, *, page: str) -> list[Warned]:
    names = look.outlook.warnings if look.outlook else ()
    return [
        Warned(
            known.source(
                f"warning:{name}", f"Warning: {each.title}", page,
                text=f"{each.title} {each.lasting}. {each.rule}",
            ),
            name,
            each.title,
            each.lasting,
        )
        for name, each in zip(names, warnings_of(look), strict=True)
    ]  # fmt: skip


def plays_of(known: Known, look: Look) -> list[Play]:
    """Accepted ones first: somebody has promised them."""
    rows = look.of_deal(DealAction).filter(state__in=("suggested", "accepted"))
    found = []
    for row in rows.select_related("play").order_by("state", "play__position", "id"):
        key = known.source(
            f"play:{row.pk}",
            f"Playbook: {row.title}",
            address("deal-actions", look),
            text=f"{row.title}. {row.advice}",
        )
        found.append(Play(key, row.trigger, row.title, row.advice, row.state == "accepted"))
    return found
