"""A plan for a deal, section by section; what was quoted in one is not quoted in the next."""

from collections.abc import Callable, Iterator, Mapping

from assistant.plans.composing import case, closing, opening
from assistant.plans.composing.about_case import IN_HOUSE
from assistant.plans.composing.themes import Theme
from assistant.plans.composing.view import View
from assistant.plans.composing.weighing import themes_of
from assistant.plans.gathering.deal import DealKnown
from assistant.plans.gathering.passages import Ask, look_up
from assistant.plans.points import Point
from assistant.plans.sections import KEYS
from assistant.plans.wording import plain
from revenue.users.models import Membership

MOST_ASKED = 5
Write = Callable[[View, DealKnown, list[Theme]], list[Point]]
WRITES: Mapping[str, Write] = {
    "summary": opening.summary,
    "room": lambda view, known, _: opening.room(view, known),
    "talking": case.talking,
    "needs": lambda view, known, _: case.needs(view, known),
    "competition": lambda view, known, _: case.competition(view, known),
    "actions": lambda view, known, _: closing.actions(view, known),
    "measures": lambda _, known, themes: closing.measures(known, themes),
    "risks": lambda _, known, themes: closing.risks(known, themes),
    "questions": closing.questions,
}


def composed(known: DealKnown) -> Iterator[tuple[str, list[Point]]]:
    view = View.of(known)
    themes = themes_of(view, known)
    for key in KEYS:
        yield key, WRITES[key](view, known, themes)


def read_passages(known: DealKnown, *, reader: Membership) -> None:
    """What the house has written about what matters here; looked for by what weighs most."""
    view = View.of(known)
    asked: dict[str, Ask] = {}
    for theme in themes_of(view, known)[:MOST_ASKED]:
        if ask := theme.asks():
            asked[f"theme:{theme.name}"] = ask
    asked |= of_rivals(known)
    asked |= of_customer(known)
    look_up(known, asked, reader=reader, about=known.deal)


def of_rivals(known: DealKnown) -> dict[str, Ask]:
    names = [each for each in case.rival_names(known) if each.lower() not in IN_HOUSE][:1]
    if names:
        text = f"how we win against {names[0]} where they are weak"
        return {
            "rival": Ask(text, names, "weak"),
            "rival-line": Ask(text, names, "how we win"),
            "rival-not": Ask(text, names, "not to do"),
        }
    if known.rival.lower() in IN_HOUSE:
        text = "in-house development by their own IT how we win against it"
        return {"rival-house": Ask(text, ("in-house", "own IT", "IT"), "how we win")}
    return {}


def of_customer(known: DealKnown) -> dict[str, Ask]:
    account = known.customer.account if known.customer else None
    industry = account.industry if account else ""
    product = next(iter(known.product_names), "")
    found: dict[str, Ask] = {}
    if product:
        scope = plain(known.deal.description)[:120]
        found["product"] = Ask(f"{product} {scope}", (product,), product.lower(), ("capabilities",))
    if industry:
        story = f"{industry} customer story results in figures before and after"
        found["proof"] = Ask(story, (industry,), "figures", ("case_study",))
        found["result"] = Ask(story, (industry, product), "figures", ("case_study",))
        found["industry"] = Ask(f"{industry} what moves it", (industry,), "moves", ("industry",))
    return found
