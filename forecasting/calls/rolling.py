"""What a team says: its own number, else the sum of what those below say, and how many of them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from decimal import Decimal

from accounts.about.hierarchy import Node, Tree


@dataclass(frozen=True)
class Rolled:
    """`said` of `asked` sellers stand behind the amount; where it is one's own, all of them do."""

    amount: Decimal | None
    said: int
    asked: int
    is_own: bool = False

    @property
    def is_partial(self) -> bool:
        return self.amount is not None and self.said < self.asked


def rolled_up(tree: Tree, stated: Mapping[str, Decimal], *, sells: Set[str]) -> dict[str, Rolled]:
    """`stated` are own numbers by node; `sells` the nodes that hold somebody who is asked."""
    found: dict[str, Rolled] = {}
    for node in upward(tree):
        below = [found[child.key] for child in tree.children.get(node.key, ())]
        asked = sum(one.asked for one in below) + (node.key in sells)
        if node.key in stated:
            found[node.key] = Rolled(stated[node.key], asked, asked, is_own=True)
            continue
        amounts = [one.amount for one in below if one.amount is not None]
        total = sum(amounts, Decimal()) if amounts else None
        found[node.key] = Rolled(total, sum(one.said for one in below), asked)
    return found


def upward(tree: Tree) -> list[Node]:
    """Each after all that stand below it."""
    downward = [node for top in tree.tops for node in tree.below(top)]
    return downward[::-1]
