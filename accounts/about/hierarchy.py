"""Who stands below whom, as a tree of teams: each node with the owners that it holds itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Node:
    """A person, or a role that several people have; `owners` are their ids in the CRM."""

    key: str
    name: str
    parent: str | None = None
    owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tree:
    """Only nodes that hold somebody, or stand above who does; a circle has no top and is cut."""

    nodes: Mapping[str, Node]

    @cached_property
    def children(self) -> Mapping[str | None, list[Node]]:
        found: dict[str | None, list[Node]] = {}
        for node in sorted(self.nodes.values(), key=lambda one: (one.name.lower(), one.key)):
            found.setdefault(node.parent, []).append(node)
        return found

    @property
    def tops(self) -> list[Node]:
        return self.children.get(None, [])

    @property
    def teams(self) -> list[Node]:
        """Those who have somebody below them, by name."""
        leads = [self.nodes[key] for key in self.children if key is not None]
        return sorted(leads, key=lambda one: (one.name.lower(), one.key))

    def is_team(self, node: Node) -> bool:
        return bool(self.children.get(node.key))

    def below(self, node: Node) -> Iterator[Node]:
        """The node itself, and everybody below."""
        waiting = [node]
        while waiting:
            one = waiting.pop()
            yield one
            waiting.extend(self.children.get(one.key, ()))

    def owners_below(self, node: Node) -> list[str]:
        return [owner for one in self.below(node) for owner in one.owners]

    def path(self, node: Node) -> list[Node]:
        """From the top down to the node."""
        found = [node]
        while found[-1].parent is not None:
            found.append(self.nodes[found[-1].parent])
        return found[::-1]


def tree_of(nodes: Iterable[Node]) -> Tree:
    """Of whoever holds nobody, and has nobody below who does, nothing is shown."""
    known = {node.key: node for node in nodes}
    wanted: set[str] = set()
    for node in known.values():
        if node.owners:
            wanted.update(line_up(node, known))
    kept = {
        key: Node(key, node.name, parent_of(node, known), node.owners)
        for key, node in known.items()
        if key in wanted
    }
    return Tree(pruned(kept))


def line_up(node: Node, known: Mapping[str, Node]) -> list[str]:
    """The keys from the node upward; a line that runs in a circle is the node alone."""
    line = [node.key]
    while (parent := known[line[-1]].parent) in known and parent is not None:
        if parent in line:
            return [node.key]
        line.append(parent)
    return line


def parent_of(node: Node, known: Mapping[str, Node]) -> str | None:
    line = line_up(node, known)
    return line[1] if len(line) > 1 else None


def pruned(nodes: dict[str, Node]) -> dict[str, Node]:
    """Tops that hold nobody and have one below only say who is above what the reader sees."""
    while True:
        tops = [node for node in nodes.values() if node.parent is None and not node.owners]
        lone = [top for top in tops if sum(node.parent == top.key for node in nodes.values()) == 1]
        if not lone:
            return nodes
        for top in lone:
            del nodes[top.key]
        gone = {top.key for top in lone}
        nodes = {
            key: Node(key, node.name, None, node.owners) if node.parent in gone else node
            for key, node in nodes.items()
        }
