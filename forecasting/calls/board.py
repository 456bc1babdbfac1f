"""The page of calls: a node and those right below, what is foreseen and what is said of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.about.hierarchy import Node, Tree
from forecasting.calls.making import stood
from forecasting.calls.rolling import Rolled, rolled_up
from forecasting.calls.seats import NOBODYS, Seats
from forecasting.models import ForecastCall, ForecastNode
from revenue.users.models import Membership

Kind = ForecastCall.Kind
MOST_SHARE = 10


@dataclass(frozen=True, kw_only=True)
class Row:
    node: Node
    name: str
    is_head: bool
    is_team: bool
    foreseen: ForecastNode | None
    submitted: Rolled
    adjusted: Rolled
    own: ForecastCall | None  # the submission that stands
    last: ForecastCall | None
    kinds: Sequence[str]
    standing: Sequence[str]
    is_stale: bool = False
    is_part: bool = False

    @property
    def number(self) -> Decimal | None:
        """What is said in the end: as it was adjusted, where it was."""
        return self.adjusted.amount

    @property
    def is_adjusted(self) -> bool:
        return self.adjusted != self.submitted

    @property
    def gap(self) -> Decimal | None:
        """To the middle of what is foreseen."""
        if self.number is None or self.foreseen is None or self.foreseen.p50 is None:
            return None
        return self.number - self.foreseen.p50

    @property
    def gap_share(self) -> Decimal | None:
        """Of P50; of one that is next to nothing no share says anything."""
        if self.gap is None or not self.foreseen or not self.foreseen.p50:
            return None
        share = abs(self.gap / self.foreseen.p50)
        return share if share < MOST_SHARE else None


@dataclass(frozen=True)
class Both:
    submitted: Mapping[str, Rolled]
    adjusted: Mapping[str, Rolled]


def both_of(seats: Seats) -> Both:
    """An adjustment stands in the place of what it adjusts, also in the sums above it."""
    own: dict[str, dict[str, Decimal]] = {Kind.SUBMISSION: {}, Kind.ADJUSTMENT: {}}
    for (key, kind), call in seats.said.items():
        if call.amount is not None:
            own[kind][key] = call.amount
    said, changed = own[Kind.SUBMISSION], own[Kind.ADJUSTMENT]
    return Both(
        rolled_up(seats.tree, said, sells=seats.sells),
        rolled_up(seats.tree, {**said, **changed}, sells=seats.sells),
    )


def top_of(seats: Seats) -> Node | None:
    """The reader's own, where there is one; of several, all of them stand side by side."""
    return seats.tree.tops[0] if len(seats.tree.tops) == 1 else None


def rows_of(seats: Seats, node: Node | None, *, reader: Membership) -> list[Row]:
    both, tree = both_of(seats), seats.tree
    shown = [node, *below(tree, node)] if node else tree.tops
    rows = [row_of(one, seats, both, reader=reader, head=node) for one in shown]
    if node and node.key in seats.parts and tree.is_team(node):
        rows.insert(1, part_of(node, seats))
    return rows


def below(tree: Tree, node: Node) -> list[Node]:
    """What belongs to nobody stands last; of one alone also those below, to be compared."""
    found = sorted(tree.children.get(node.key, []), key=lambda one: one.key == NOBODYS)
    if len(found) == 1 and tree.is_team(found[0]):
        return [*found, *below(tree, found[0])]
    return found


def row_of(node: Node, seats: Seats, both: Both, *, reader: Membership, head: Node | None) -> Row:
    places = [(node.key, kind) for kind in Kind]
    calls = [seats.said[place] for place in places if place in seats.said]
    return Row(
        node=node,
        name=node.name or reader.org.name,
        is_head=node is head,
        is_team=seats.tree.is_team(node),
        foreseen=seats.totals.get(node.key) or seats.parts.get(node.key),
        submitted=both.submitted[node.key],
        adjusted=both.adjusted[node.key],
        own=stood(seats, node, Kind.SUBMISSION),
        last=max(calls, key=lambda call: (call.made_at, call.pk), default=None),
        kinds=[kind for kind in Kind if seats.may(reader, node, kind)],
        standing=[kind for kind in Kind if stood(seats, node, kind)],
        is_stale=is_stale(node, seats),
    )


def is_stale(node: Node, seats: Seats) -> bool:
    """Another number was submitted since it was adjusted."""
    said, changed = (stood(seats, node, kind) for kind in Kind)
    return said is not None and changed is not None and changed.made_at < said.made_at


def part_of(node: Node, seats: Seats) -> Row:
    """The deals of somebody who also leads: the number of the whole is said of them too."""
    nothing = Rolled(None, 0, 0)
    return Row(
        node=node,
        name=f"{node.name}: own deals",
        is_head=False,
        is_team=False,
        foreseen=seats.parts[node.key],
        submitted=nothing,
        adjusted=nothing,
        own=None,
        last=None,
        kinds=(),
        standing=(),
        is_part=True,
    )
