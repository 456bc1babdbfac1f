"""Whose numbers a reader sees: their own top and all below, as lines of the hierarchy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from forecasting.calls.lines import not_above
from forecasting.models import Forecast, ForecastNode
from forecasting.quarter_pages.asked import Asked
from revenue.users.models import Membership, Org

WHOLE = "All"


@dataclass(frozen=True)
class Seen:
    """`own` holds what people who lead others sell themselves; its keys are also in `totals`,

    but for those whose own deals are all that the reader sees of them.
    """

    totals: Mapping[str, Any]
    own: Mapping[str, Any]

    @cached_property
    def tops(self) -> list[Any]:
        found = [node for node in self.totals.values() if node.parent not in self.totals]
        lone = [node for key, node in self.own.items() if key not in self.totals]
        return sorted((*found, *lone), key=lambda node: (node.depth, node.name.lower(), node.key))

    def at(self, key: str) -> Any | None:
        """Of no key, the top where there is one alone."""
        if not key:
            return self.tops[0] if len(self.tops) == 1 else None
        return self.totals.get(key) or self.own.get(key)

    def below(self, node: Any) -> list[Any]:
        """Those who stand right below, and what the node's own person sells."""
        found = [one for one in self.totals.values() if one.parent == node.key and one != node]
        alone = self.own.get(node.key)
        if node.is_total and alone is not None:
            found.append(alone)
        if not node.is_total:
            return []
        if len(found) == 1 and found[0].key != node.key and found[0].owners == node.owners:
            # One person stands above all: who it comes from is said one step further down.
            return self.below(found[0]) or found
        return found

    def path(self, node: Any) -> list[Any]:
        """From the highest that is seen down to the node."""
        found, keys = [node], {node.key}
        while (above := self.totals.get(found[-1].parent)) is not None and above.key not in keys:
            found.append(above)
            keys.add(above.key)
        return found[::-1]


def seen_of(nodes: Iterable[Any]) -> Seen:
    totals, own = dict[str, Any](), dict[str, Any]()
    for node in nodes:
        (totals if node.is_total else own)[node.key] = node
    return Seen(totals, own)


def nodes_seen_by(reader: Membership, *, forecast: Forecast) -> Seen:
    """Without what only the page of one of them draws."""
    rows = ForecastNode.objects.visible_to(reader).filter(forecast=forecast)
    return seen_of(not_above(rows.defer("weeks", "owners", "org"), reader))


def whole_of(node: Any) -> Any:
    node.refresh_from_db(fields=["weeks", "owners"])
    return node


def name_of(node: Any, *, org: Org) -> str:
    return node.name if node.key else org.name


def latest_of(org: Org, asked: Asked) -> Forecast | None:
    """Without the draws, which no page shows."""
    period = asked.period
    rows = Forecast.objects.of(org).filter(
        length=period.length.value, since=period.since, is_latest=True
    )
    return rows.defer("worlds").first()
