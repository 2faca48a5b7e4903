"""A diagram coloured by how much of a quantity each of its marks has: viridis from zero up to the largest.

The layout stays; bars take their mark's colour, lines turn grey, and skips stay as they are. An operation is coloured
by its own amount; a block, a stem and a head by its total; a folded stage, which stands for several blocks, by their
mean, so that one scale holds for all of the strip. Frames around opened parts have no colour of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.figures.diagram import Diagram, LegendKey, Mark, Scale
from core.figures.maps import viridis
from core.figures.quantities import Costs, Quantity
from core.graph.records import Graph, Group

_MARK = re.compile(r'(data-mark="(\d+)" class="mark)([^"]*")')
_ROOT = re.compile(r'class="sk ')
_ROLES: frozenset[LegendKey] = frozenset({"branch", "main", "attention", "pool"})


def coloured(diagram: Diagram, graph: Graph, quantity: Quantity) -> Diagram:
    """The diagram with a colour per mark, and a scale in place of the roles in its key."""
    amounts = mark_amounts(diagram, graph, quantity)
    most = max(amounts.values(), default=0.0)
    shares = {index: amount / most if most else 0.0 for index, amount in amounts.items()}
    return painted(diagram, shares, f"0 to {_words(quantity, most)}{_per(diagram, graph)}")


def painted(
    diagram: Diagram, shares: Mapping[int, float | LegendKey], words: str, *, more: Sequence[LegendKey] = ()
) -> Diagram:
    """The diagram in the colours of a scale, with the scale in place of the roles in its key.

    Args:
        diagram: what is coloured.
        shares: where on the scale a mark stands, 0 … 1, by its index; a sign of the key for what is off the scale.
        words: what the scale runs from and to; "" = nothing is on it.
        more: signs for the key, before the scale.
    """

    def colour(found: re.Match[str]) -> str:
        share = shares.get(int(found[2]))
        if share is None:
            return found[0]
        if isinstance(share, str):
            return f"{found[1]} heated {share}{found[3]}"
        return f'{found[1]} heated{found[3]} style="color:{heat_colour(share, 1)}"'

    svg = _ROOT.sub('class="sk heat ', _MARK.sub(colour, diagram.svg), count=1)
    scale = Scale(colours=tuple(heat_colour(step, 11) for step in range(12)), words=words)
    signs = (*(key for key in diagram.legend if key not in _ROLES), *more, *([scale] if words else ()))
    return replace(diagram, svg=svg, legend=signs)


def mark_amounts(diagram: Diagram, graph: Graph, quantity: Quantity) -> Mapping[int, float]:
    """Amount by the mark's index, for marks that show something themselves; for folded stages, mean of their blocks."""
    costs = Costs(graph, quantity)
    blocks = _blocks(graph)
    return {
        index: costs.of(mark.operations) / _parts(mark, graph, blocks)
        for index, mark in enumerate(diagram.marks)
        if mark.operations and mark.kind != "input"
    }


def heat_colour(amount: float, most: float) -> str:
    """The colour of an amount on the scale from zero to ``most``, as ``#rrggbb``."""
    share = min(1.0, max(0.0, amount / most)) if most else 0.0
    red, green, blue = (int(value) for value in viridis()[round(255 * share)])
    return f"#{red:02x}{green:02x}{blue:02x}"


def _words(quantity: Quantity, most: float) -> str:
    text = quantity.exact(round(most))
    return f"{text} of {quantity.name}" if quantity.in_bytes else f"{text} {quantity.name}"


def _per(diagram: Diagram, graph: Graph) -> str:
    blocks = _blocks(graph)
    folded = any(_parts(mark, graph, blocks) > 1 for mark in diagram.marks if mark.operations)
    return "; folded stages: mean of their blocks" if folded else ""


def _blocks(graph: Graph) -> Sequence[Group]:
    return [block for stage in graph.fold.children for block in stage.children if block.level == "block"]


def _parts(mark: Mark, graph: Graph, blocks: Sequence[Group]) -> int:
    """How many blocks a mark stands for; 1 for blocks, operations, stems and heads, which are drawn as one."""
    group = graph.groups.get(mark.id)
    if mark.kind not in ("stage", "more") or (group is not None and group.role != "stage"):
        return 1
    shown = set(mark.operations)
    return max(1, sum(block.nodes[0] in shown for block in blocks))
