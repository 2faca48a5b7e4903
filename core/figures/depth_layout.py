"""The layers of a network in the order in which they run, each with what follows it up to the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.figures.glyphs import Role
from core.figures.items import Roles
from core.figures.quantities import Costs
from core.graph.records import Graph


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with weights, or several neighbours taken together.

    Attributes:
        names: of the layers: operations that multiply.
        nodes: the layers and all operations after each, up to the next; before the first as well, in its case.
        amount: of the quantity, in all ``nodes``.
        largest: name of the layer among ``names`` with most of it.
        role: of the largest.
    """

    names: tuple[str, ...]
    nodes: tuple[str, ...]
    amount: int
    largest: str
    role: Role


def layers(graph: Graph, costs: Costs, *, most: int) -> tuple[Layer, ...]:
    """All layers; where there are more than ``most``, so many neighbours are taken together that these suffice.

    Every operation belongs to exactly one, so the amounts add up to the total.
    """
    names = [node.name for node in graph.nodes.values() if node.macs]
    names = names or [node.name for node in graph.nodes.values() if node.parameters]
    if not names:
        return ()
    runs = _runs(graph, names)
    size = -(-len(runs) // most)
    roles = Roles(graph)
    return tuple(_layer(graph, costs, roles, runs[i : i + size]) for i in range(0, len(runs), size))


def _runs(graph: Graph, names: Sequence[str]) -> list[list[str]]:
    """Operations from one layer to the next, the layer first; what comes before all layers follows the first one."""
    starts, runs, before = set(names), [], []
    for name in graph.nodes:
        if name in starts:
            runs.append([name])
        elif runs:
            runs[-1].append(name)
        else:
            before.append(name)
    runs[0].extend(before)
    return runs


def _layer(graph: Graph, costs: Costs, roles: Roles, runs: Sequence[Sequence[str]]) -> Layer:
    amounts = [costs.of(run) for run in runs]
    largest = runs[amounts.index(max(amounts))][0]
    return Layer(
        names=tuple(run[0] for run in runs),
        nodes=tuple(name for run in runs for name in run),
        amount=sum(amounts),
        largest=largest,
        role=roles.of_node(graph.nodes[largest]),
    )
