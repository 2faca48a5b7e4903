"""The tree that a visitor opens step by step: network, stages, blocks, operations.

Whatever the network, no part of the tree has many children: the middle of a long row is one part of kind ``"more"``,
which opens like any other. So every operation is a few openings away, and every picture stays small at first.
Operations of an opened block stand with the norm, activation or reshape that alone reads them. The tree does not
depend on what is opened, so opening and closing again leads back to the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.figures.items import runs
from core.figures.kept import by_identity
from core.graph.records import Graph, Group

ROOT_LIMIT, ROW_LIMIT, OPERATION_LIMIT = 36, 24, 48
"""Most stages of a network, blocks of a stage, operations of a block before their middle is folded."""
MORE_LIMIT = 60
"""Most parts that an opened middle shows one by one; a longer one is cut into folded pieces."""

PartKind = Literal["group", "operation", "more"]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the network, shown as one thing, or opened.

    Attributes:
        id: name of the group; of the first operation; of the first and last part of a folded middle.
        title: what a person calls it.
        kind: a group of the fold, an operation with what alone reads it, or the middle of a long row.
        nodes: names of the operations within, in execution order where the part is a group.
        children: what is seen when it is opened; () where it cannot be.
        group: the group that it is, else None.
    """

    id: str
    title: str
    kind: PartKind
    nodes: tuple[str, ...]
    children: tuple[Part, ...] = ()
    group: Group | None = None

    def walk(self) -> Iterator[Part]:
        """This part and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Tree:
    """The parts of one graph, and where everything in it stands.

    Attributes:
        root: the whole network.
        parts: by id.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._taken = {*graph.groups}
        self.root = self._part(graph.fold)
        self.parts = {part.id: part for part in self.root.walk()}
        self._parent = {child.id: part.id for part in self.root.walk() for child in part.children}
        # Leaves come after the parts that hold them, so the smallest part wins.
        self._holder = {name: part.id for part in self.root.walk() for name in part.nodes}

    def path(self, name: str) -> tuple[Part, ...]:
        """From the network down to the part of that name, else to the smallest one that holds it.

        Args:
            name: a part, an operation, a group or a module.

        Raises:
            UnknownNode: the graph has nothing of that name.
        """
        found = name if name in self.parts else self._holder[self._graph.at(name).name]
        way = [found]
        while way[-1] != self.root.id:
            way.append(self._parent[way[-1]])
        return tuple(self.parts[one] for one in reversed(way))

    def _part(self, group: Group) -> Part:
        inner = group.children
        if all(child.level == "operation" for child in inner):
            row = self._operations(group)
            limit = OPERATION_LIMIT
        else:
            row = [self._part(child) for child in inner]
            limit = ROOT_LIMIT if group is self._graph.fold else ROW_LIMIT
        children = self._middle_folded(row, limit)
        # A block of one run says no more when it is opened.
        if len(children) == 1 and children[0].kind == "operation":
            children = ()
        return Part(group.name, group.title, "group", group.nodes, children, group)

    def _operations(self, group: Group) -> list[Part]:
        found = []
        for run in runs(self._graph, group.nodes):
            name = run[0].name
            title = name.removeprefix(f"{group.name}.")
            found.append(Part(name, title, "operation", tuple(node.name for node in run)))
        return found

    def _middle_folded(self, row: Sequence[Part], limit: int) -> tuple[Part, ...]:
        if len(row) <= limit:
            return tuple(row)
        ends = max(1, (limit - 1) // 2)
        middle = row[ends:-ends]
        return (*row[:ends], self._more(middle), *row[-ends:])

    def _more(self, row: Sequence[Part]) -> Part:
        name = more_id(row)
        while name in self._taken:
            name += "…"
        self._taken.add(name)
        children = tuple(row)
        if len(row) > MORE_LIMIT:
            size = max(ROW_LIMIT, -(-len(row) // ROW_LIMIT))
            children = tuple(self._more(row[start : start + size]) for start in range(0, len(row), size))
        nodes = tuple(node for part in row for node in part.nodes)
        title = f"{row[0].title} … {row[-1].title}"
        return Part(name, title, "more", nodes, children)


def more_id(row: Sequence[Part]) -> str:
    """The id of the part that stands for these neighbours."""
    return f"{row[0].id}…{row[-1].id}"


@by_identity(16)
def tree(graph: Graph) -> Tree:
    """The tree of a graph; those of the last graphs are kept."""
    return Tree(graph)


def crumbs(graph: Graph, name: str) -> tuple[tuple[str, str], ...]:
    """``(name, title)`` of the steps from the network to a group, operation or module; folded middles are passed over.

    Raises:
        UnknownNode: the graph has nothing of that name.
    """
    way = [part for part in tree(graph).path(name) if part.kind != "more"]
    steps = [(part.id, part.title) for part in way]
    wanted = name if name in graph.groups else graph.at(name).name
    if way[-1].id != wanted:  # an operation that stands with the one before it
        holder = way[-2].id if way[-1].kind == "operation" else way[-1].id
        steps = steps[:-1] if way[-1].kind == "operation" else steps
        steps.append((wanted, wanted.removeprefix(f"{holder}.")))
    return tuple(steps)
