"""A plan for a deal, section by section; what was quoted in one is not quoted in the next."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from assistant.plans.composing import case, closing, opening
from assistant.plans.composing.about_case import IN_HOUSE
from assistant.plans.composing.themes import Theme
from assistant.plans.composing.view import View
from assistant.plans.composing.weighing import themes_of
from assistant.plans.gathering.deal import DealKnown
from assistant.plans.gathering.passages import look_up
from assistant.plans.points import Point
from assistant.plans.sections import KEYS
from revenue.users.models import Membership

Write = Callable[[View, DealKnown, list[Theme]], list[Point]]
WRITES: Mapping[str, Write] = {
    "summary": opening.summary,
    "room": lambda view, known, _: opening.room(view, known),
    "talking": case.talking,
    "needs": lambda view, known, _: case.needs(view, known),
    "competition": lambda view, known, _: case.competition(view, known),
    "actions": closing.actions,
    "measures": closing.measures,
    "risks": closing.risks,
    "questions": closing.questions,
}


def composed(known: DealKnown) -> Iterator[tuple[str, list[Point]]]:
    view = View.of(known)
    themes = themes_of(view, known)
    for key in KEYS:
        yield key, WRITES[key](view, known, themes)


def read_passages(known: DealKnown, *, reader: Membership) -> None:
    """What the house has written about whoever competes, what is sold, and what they object to."""
    view = View.of(known)
    account = known.customer.account if known.customer else None
    industry = account.industry if account else ""
    product = known.products[0] if known.products else first_product(known)
    names = [each for each in case.rival_names(known) if each.lower() not in IN_HOUSE]
    asked: dict[str, tuple[str, Sequence[str]]] = {
        "rival": (f"{' '.join(names[:2])} comparison strengths weaknesses {product}", names[:2]),
        "product": (f"{product} {known.deal.description[:150]}", [product]),
        "proof": (f"{industry} customer story result {product}", [industry]),
        "industry": (f"{industry} pains pressures trends needs", [industry]),
        "result": (f"{industry} {product} saved reduced percent result", [product, industry]),
    }
    if not names:
        del asked["rival"]
    if not industry:
        for name in ("proof", "industry", "result"):
            del asked[name]
    if not product:
        del asked["product"]
    for concern in view.concerns[:2]:
        topic = concern.topic
        asked[f"topic:{topic.name}"] = (f"{topic.looks_for} {concern.said.text[:120]}", ())
    for move in known.foreseen.moves[:1]:
        asked[f"move:{move.name}"] = (f"best practice {move.title}", ())
    look_up(known, asked, reader=reader, about=known.deal)
    without_repetition(known)


def first_product(known: DealKnown) -> str:
    """Of a deal without lines, the product that its name speaks of."""
    owned = known.customer.owned if known.customer else []
    named = [*(each.product for each in known.offers), *owned]
    return next((each for each in named if each and each in known.deal.name), "")


def without_repetition(known: DealKnown) -> None:
    """A passage is quoted in the first place that asks for it, and the next best in the others."""
    used: set[str] = set()
    for name, found in known.quoted.items():
        left = [each for each in found if each.text not in used]
        known.quoted[name] = left
        if left:
            used.add(left[0].text)
