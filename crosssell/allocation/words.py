"""Prices and clashes in sentences."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from crosssell.allocation.clashes import Limit
from crosssell.allocation.prices import Price
from crosssell.allocation.reading import Asked
from revenue.web.templatetags import web

FEW = 3


def price_words(asked: Asked, price: Price) -> str:
    money = web.money(price.worth, asked.org.currency)
    match price.kind:
        case "hours":
            who, team = asked.seller_names[price.place], asked.teams[price.place]
            return f"One more hour of {who}{f' ({team})' if team else ''} is worth {money}."
        case "quota":
            return f"One more “{asked.types[price.place].title}” is worth {money}."
        case "total":
            return f"One more action in all is worth {money}."
    return f"That strategic customers must be covered costs {money} in all."


def team_words(asked: Asked, prices: Sequence[Price]) -> list[dict[str, Any]]:
    """Of a team, where its hour is best spent: with whoever of it is scarcest."""
    best: dict[str, Price] = {}
    for price in prices:
        if price.kind == "hours" and (team := asked.teams[price.place]):
            best[team] = max(best.get(team, price), price, key=lambda one: one.worth)
    found = []
    for team, price in sorted(best.items(), key=lambda one: -one[1].worth):
        money = web.money(price.worth, asked.org.currency)
        who = asked.seller_names[price.place]
        words = f"One more hour for the team {team} is worth {money}, spent by {who}."
        ref = asked.sellers[price.place]
        found.append({"kind": "team", "ref": ref, "words": words, "worth": round(price.worth, 2)})
    return found


def clash_words(asked: Asked, limit: Limit) -> str:
    limits, problem = asked.limits, asked.problem
    if limit.kind == "hours":
        hours = problem.capacity[limit.place]
        return f"{asked.seller_names[limit.place]} has {hours:g} hours"
    if limit.kind == "quota":
        return f"at most {problem.quota[limit.place]:g} of “{asked.types[limit.place].title}”"
    number = int((problem.covered > 0).sum())
    whose = "the strategic customer" if number == 1 else f"each of {number} strategic customers"
    kept = sum(lock.count for lock in problem.locks)
    return {
        "total": f"at most {limits.total} actions in all",
        "each": f"at most {limits.each} actions at one customer",
        "excluded": "what you have left out",
        "served": f"who may serve whom ({unserved(asked)})",
        "cover": f"{limits.cover} or more actions at {whose}",
        "locks": "the action that you keep" if kept == 1 else f"the {kept} actions that you keep",
    }[limit.kind]


def unserved(asked: Asked) -> str:
    needed = np.flatnonzero((asked.problem.covered > 0) & (asked.problem.pools.of_account < 0))
    names = [asked.names[place] for place in needed[:FEW].tolist()]
    more = f" and {len(needed) - FEW} more" if len(needed) > FEW else ""
    return f"nobody serves {', '.join(names)}{more}" if names else "by owner or territory"


def problem_words(asked: Asked, clashes: Sequence[Limit]) -> str:
    said = [clash_words(asked, limit) for limit in clashes]
    if not said:
        return "No plan keeps to all limits, and which of them clash was not found in time."
    first = said[0][:1].upper() + said[0][1:]
    if len(said) == 1:
        return f"{first}: that alone cannot be met. Loosen it."
    return f"{'; '.join([first, *said[1:]])}: these cannot all hold. Loosen any one of them."
