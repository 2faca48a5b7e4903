"""What a graph's picture shows as one: an operation, a run of operations, or a folded group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.figures.glyphs import Role
from core.figures.kept import by_identity
from core.graph.records import Graph, Group, Node

_FOLLOWERS = frozenset(
    {
        "batch_norm",
        "layer_norm",
        "group_norm",
        "relu",
        "activation",
        "dropout",
        "flatten",
        "reshape",
        "identity",
    }
)
"""Kinds that may be drawn with the operation before them when room is short."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the picture.

    Attributes:
        id: name of its mark.
        nodes: what it stands for.
        group: the folded group, else None.
        title: of several parts that are folded to one, else "".
        openable: there is more to see in it.
    """

    id: str
    nodes: tuple[Node, ...]
    group: Group | None = None
    title: str = ""
    openable: bool = False

    @property
    def first(self) -> Node:
        """Its first operation."""
        return self.nodes[0]

    @property
    def last(self) -> Node:
        """Its last operation, whose output leaves it."""
        return next((node for node in reversed(self.nodes) if node.kind != "parameter"), self.nodes[-1])


def operation_items(graph: Graph, group: Group, limit: int) -> tuple[Item, ...] | None:
    """The operations of a group one by one; in runs where there are more than ``limit``; None where runs are, too."""
    nodes = [graph.nodes[name] for name in group.nodes if graph.nodes[name].kind != "parameter"]
    if len(nodes) <= limit:
        return tuple(Item(node.name, (node,)) for node in nodes)
    found = runs(graph, group.nodes)
    return tuple(Item(run[0].name, run) for run in found) if len(found) <= limit else None


def runs(graph: Graph, names: Sequence[str]) -> list[tuple[Node, ...]]:
    """Operations with the norm, activation or reshape that alone reads them; weights with their first reader."""
    readers: dict[str, int] = {}
    weights: dict[str, list[Node]] = {}
    waiting: dict[str, Node] = {}
    for name in names:
        node = graph.nodes[name]
        if node.kind == "parameter":
            waiting[name] = node
        for read in node.inputs:
            readers[read] = readers.get(read, 0) + 1
            if read in waiting and node.kind != "parameter":
                weights.setdefault(name, []).append(waiting.pop(read))
    found: dict[str, list[Node]] = {}
    run_of: dict[str, str] = {}
    for name in names:
        node = graph.nodes[name]
        if node.kind == "parameter":
            continue
        before = run_of.get(node.inputs[0]) if len(node.inputs) == 1 else None
        follows = node.kind in _FOLLOWERS and readers.get(node.inputs[0] if node.inputs else "") == 1
        start = before if before is not None and follows and found[before][0].kind != "input" else name
        run_of[name] = start
        found.setdefault(start, []).append(node)
        found[start].extend(weights.get(name, ()))
    rest = tuple(waiting.values())  # weights that nothing here reads
    listed = [tuple(run) for run in found.values()]
    if not listed:
        return [rest] if rest else []
    return [*listed[:-1], (*listed[-1], *rest)]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge between two items; "" is what comes from before, "…" what goes on after."""

    tail: str
    head: str
    kind: str
    """``"trunk"``, ``"path"`` (within a residual branch), ``"gate"``, or ``"skip"`` (`` projection``, `` dense``)."""


SOURCE, SINK = "", "…"
_SKIP_EDGES = {"projection": "skip projection", "gate": "gate", "dense": "skip dense"}


class Roles:
    """Which operations lie on branches and which on skips."""

    def __init__(self, graph: Graph) -> None:
        self.branch: set[str] = set()
        self.skip: set[str] = set()
        self._skip_edges: dict[tuple[str, str], str] = {}
        for skip in graph.skips:
            kind = _SKIP_EDGES.get(skip.kind, "skip")
            if skip.join_kind != "multiply":
                self.branch.update(skip.branch_nodes)
                self.skip.update(skip.shortcut_nodes)
            inside = {*skip.shortcut_nodes}
            for name in (*skip.shortcut_nodes, skip.join):
                for read in graph.nodes[name].inputs:
                    if read == skip.fork or read in inside:
                        self._skip_edges.setdefault((read, name), kind)
        self.branch -= self.skip

    def of_node(self, node: Node) -> Role:
        """``"branch"``, ``"skip"`` or ``"main"``."""
        return "skip" if node.name in self.skip else "branch" if node.name in self.branch else "main"

    def of_edge(self, tail: str, head: str) -> str:
        """The kind of a `Edge` between two operations."""
        kind = self._skip_edges.get((tail, head))
        if kind:
            return kind
        return "path" if head in self.branch or tail in self.branch else "trunk"


@by_identity(16)
def roles_of(graph: Graph) -> Roles:
    """The roles in a graph; those of the last graphs are kept."""
    return Roles(graph)


def find_edges(graph: Graph, items: Sequence[Item], roles: Roles) -> tuple[Edge, ...]:
    """All edges between items, and to what lies outside; each pair once.

    Where one item reads another both on a branch and past it, the line between them is the main path: the skip lies
    inside the reader. What is left as a skip runs from the border of one item to that of another.

    A concatenation that repeats the operands of an earlier one (DenseNet) reads that one instead: the sum of
    both pictures is the same, with n edges for n layers instead of n²/2.
    """
    repeated = _repeated(items)
    owner = {node.name: item.id for item in items for node in item.nodes}
    found: dict[tuple[str, str], dict[str, None]] = {}
    for item in items:
        for node in item.nodes:
            earlier, covered = repeated.get(node.name, ("", frozenset()))
            if earlier and owner[earlier] != item.id:
                found.setdefault((owner[earlier], item.id), {})["skip dense"] = None
            for read in node.inputs:
                if graph.nodes[read].kind == "parameter" or read in covered:
                    continue
                tail = owner.get(read, SOURCE)
                if tail != item.id:
                    found.setdefault((tail, item.id), {})[roles.of_edge(read, node.name)] = None
    for tail in _leaving(graph, owner):
        found.setdefault((tail, SINK), {})["trunk"] = None
    return tuple(Edge(tail, head, _kind(kinds)) for (tail, head), kinds in found.items())


def _kind(kinds: Collection[str]) -> str:
    """The kind of a line that stands for edges of these kinds."""
    skips = [kind for kind in kinds if kind.startswith("skip")]
    others = [kind for kind in kinds if not kind.startswith("skip")]
    if not others:
        return skips[0]
    if skips or "trunk" in others:
        return "trunk"
    return "path" if "path" in others else others[0]


def _repeated(items: Sequence[Item]) -> dict[str, tuple[str, frozenset[str]]]:
    """For each concatenation: the latest earlier one whose operands it repeats, and these operands."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    known: list[tuple[str, frozenset[str]]] = []
    for item in items:
        for node in item.nodes:
            if node.kind != "concatenate":
                continue
            operands = frozenset(node.inputs)
            for name, earlier in reversed(known):
                if len(earlier) > 1 and earlier < operands:
                    found[node.name] = (name, earlier)
                    break
            known.append((node.name, operands))
    return found


def _leaving(graph: Graph, owner: Mapping[str, str]) -> Iterable[str]:
    """Items whose outputs are read outside, or are the network's result."""
    readers = _readers(graph)
    leaving: dict[str, None] = {}
    for name, item in owner.items():
        reading = readers.get(name, ())
        if not reading or any(reader not in owner for reader in reading):
            leaving[item] = None
    return leaving


@by_identity(16)
def _readers(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Which operations read each operation's output."""
    found: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        for read in node.inputs:
            found.setdefault(read, []).append(node.name)
    return {name: tuple(reading) for name, reading in found.items()}
