"""What is laid out as a graph: operations, runs or folded groups, the lines between, and opened groups around."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.figures.items import SINK, SOURCE, Edge, Item, Roles, find_edges
from core.figures.operation_signs import Sign, sign_of
from core.figures.parts import Part
from core.graph.records import Graph


@dataclass(frozen=True, slots=True)
class Cluster:
    """An opened part: what is laid out directly within it, and the opened parts in it."""

    part: Part
    items: tuple[Item, ...]
    inner: tuple[Cluster, ...]

    def walk(self) -> Iterator[Cluster]:
        """This one and all within, outer before inner."""
        yield self
        for cluster in self.inner:
            yield from cluster.walk()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is laid out.

    Attributes:
        items: in execution order.
        edges: between them.
        signs: by an item's id.
        names: for the layout program, by an item's id.
        clusters: the outermost opened parts.
    """

    items: tuple[Item, ...]
    edges: tuple[Edge, ...]
    signs: Mapping[str, Sign]
    names: Mapping[str, str]
    clusters: tuple[Cluster, ...] = ()


def plan_parts(graph: Graph, part: Part, opened: Collection[str], roles: Roles) -> Plan:
    """What is laid out for an opened part, with exactly those parts within it opened that are in ``opened``."""
    chosen = frozenset(opened)
    items: list[Item] = []

    def gather(outer: Part) -> Cluster:
        direct, inner = [], []
        for child in outer.children:
            if child.children and child.id in chosen:
                inner.append(gather(child))
            else:
                direct.append(_item(graph, child))
                items.append(direct[-1])
        return Cluster(outer, tuple(direct), tuple(inner))

    whole = gather(part)
    return plan_items(graph, items or [_item(graph, part)], whole.inner, roles)


def _item(graph: Graph, part: Part) -> Item:
    nodes = tuple(graph.nodes[name] for name in part.nodes)
    openable = bool(part.children)
    if part.kind == "more":
        return Item(part.id, nodes, None, part.title, openable)
    return Item(part.id, nodes, part.group if len(nodes) > 1 and part.group else None, "", openable)


def plan_items(graph: Graph, items: Sequence[Item], clusters: tuple[Cluster, ...], roles: Roles) -> Plan:
    """What is laid out for these items, with the opened parts that hold some of them."""
    names = {item.id: f"n{index}" for index, item in enumerate(items)} | {SOURCE: "source", SINK: "sink"}
    signs = {item.id: sign_of(item) for item in items}
    return Plan(tuple(items), find_edges(graph, items, roles), signs, names, clusters)
