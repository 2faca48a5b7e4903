"""What a graph's picture shows as one: an operation, a run of operations, or a folded group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.figures.glyphs import Role
from core.graph.records import Graph, Group, Node

_FOLLOWERS = frozenset(
    {"batch_norm", "layer_norm", "group_norm", "relu", "activation", "dropout", "flatten", "reshape"}
)
"""Kinds that may be drawn with the operation before them when room is short."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the picture. ``nodes``: what it stands for; ``group``: the folded group, else None."""

    id: str
    nodes: tuple[Node, ...]
    group: Group | None = None

    @property
    def first(self) -> Node:
        """Its first operation."""
        return self.nodes[0]

    @property
    def last(self) -> Node:
        """Its last operation, whose output leaves it."""
        return self.nodes[-1]


def choose_items(graph: Graph, group: Group, limit: int, opened: Collection[str] = ()) -> tuple[Item, ...]:
    """At most ``limit`` items for a group: operations if they fit, else runs of them, else folded groups.

    Of the groups those in ``opened`` are unfolded first, then small ones before large ones, so that as much as
    possible is shown.
    """
    nodes = [graph.nodes[name] for name in group.nodes if graph.nodes[name].kind != "parameter"]
    if len(nodes) <= limit:
        return tuple(Item(node.name, (node,)) for node in nodes)
    runs = _runs(nodes)
    if len(runs) <= limit:
        return tuple(Item(run[0].name, run) for run in runs)
    return _unfold(graph, group, limit, opened)


def _runs(nodes: Sequence[Node]) -> list[tuple[Node, ...]]:
    """Operations with the norm, activation or reshape that alone reads them."""
    readers: dict[str, int] = {}
    for node in nodes:
        for read in node.inputs:
            readers[read] = readers.get(read, 0) + 1
    runs: dict[str, list[Node]] = {}
    run_of: dict[str, str] = {}
    for node in nodes:
        before = node.inputs[0] if len(node.inputs) == 1 else None
        start = run_of.get(before) if before is not None else None
        follows = node.kind in _FOLLOWERS and before is not None and readers[before] == 1
        if start is not None and follows and runs[start][0].kind != "input":
            runs[start].append(node)
            run_of[node.name] = start
        else:
            runs[node.name] = [node]
            run_of[node.name] = node.name
    return [tuple(run) for run in runs.values()]


def _unfold(graph: Graph, group: Group, limit: int, opened: Collection[str]) -> tuple[Item, ...]:
    parts: list[Group] = list(group.children) or [group]
    for _ in range(3):
        for candidate in sorted(parts, key=lambda part: (part.name not in opened, len(part.children))):
            grown = len(parts) - 1 + len(candidate.children)
            if candidate.children and grown <= limit:
                place = parts.index(candidate)
                parts[place : place + 1] = candidate.children
    return tuple(_folded(graph, part) for part in _middle_folded(parts, limit))


def _folded(graph: Graph, parts: Sequence[Group]) -> Item:
    names = [name for part in parts for name in part.nodes]
    nodes = tuple(graph.nodes[name] for name in names)
    if len(parts) > 1:
        return Item(f"{parts[0].name}…{parts[-1].name}", nodes)
    if len(nodes) == 1:
        return Item(nodes[0].name, nodes)
    return Item(parts[0].name, nodes, parts[0])


def _middle_folded(parts: Sequence[Group], limit: int) -> list[Sequence[Group]]:
    if len(parts) <= limit:
        return [[part] for part in parts]
    ends = max(1, (limit - 1) // 2)
    return [*([part] for part in parts[:ends]), parts[ends:-ends], *([part] for part in parts[-ends:])]


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


def find_edges(graph: Graph, items: Sequence[Item], roles: Roles) -> tuple[Edge, ...]:
    """All edges between items, and to what lies outside; each pair once, skips before others.

    A concatenation that repeats the operands of an earlier one (DenseNet) reads that one instead: the sum of
    both pictures is the same, with n edges for n layers instead of n²/2.
    """
    repeated = _repeated(items)
    owner = {node.name: item.id for item in items for node in item.nodes}
    found: dict[tuple[str, str], str] = {}
    for item in items:
        for node in item.nodes:
            earlier, covered = repeated.get(node.name, ("", frozenset()))
            if earlier and owner[earlier] != item.id:
                _keep(found, (owner[earlier], item.id), "skip dense")
            for read in node.inputs:
                if graph.nodes[read].kind == "parameter" or read in covered:
                    continue
                tail = owner.get(read, SOURCE)
                if tail != item.id:
                    _keep(found, (tail, item.id), roles.of_edge(read, node.name))
    for tail in _leaving(graph, owner):
        _keep(found, (tail, SINK), "trunk")
    return tuple(Edge(tail, head, kind) for (tail, head), kind in found.items())


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


def _keep(found: dict[tuple[str, str], str], pair: tuple[str, str], kind: str) -> None:
    if pair not in found or kind.startswith("skip"):
        found[pair] = kind


def _leaving(graph: Graph, owner: Mapping[str, str]) -> Iterable[str]:
    """Items whose outputs are read outside, or are the network's result."""
    used: set[str] = set()
    leaving: dict[str, None] = {}
    for node in graph.nodes.values():
        used.update(node.inputs)
        if node.name not in owner:
            leaving.update(dict.fromkeys(owner[read] for read in node.inputs if read in owner))
    leaving.update(dict.fromkeys(item for name, item in owner.items() if name not in used))
    return leaving
