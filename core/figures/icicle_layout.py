"""Where the parts of a cost icicle lie: each as wide as its share, in both halves. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.figures.items import Roles
from core.figures.quantities import Costs
from core.graph.records import Graph, Group

ROW_LIMIT = 400
"""Most rectangles in a row; what exceeds them is merged in the middle of its stage."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A stretch of one half, and the amount that it stands for; ``skip``: how much of it lies on shortcuts."""

    x: float
    width: float
    amount: int
    skip: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A stage or a block of the icicle.

    Attributes:
        groups: what it stands for: one group, or several that are merged.
        top: its stretch of the upper half.
        bottom: its stretch of the lower half.
        on_branch: something within lies on a residual branch, or on one whose output is concatenated.
        blocks: the parts of a stage that has some; they fill it.
    """

    groups: tuple[Group, ...]
    top: Extent
    bottom: Extent
    on_branch: bool
    blocks: tuple[Cell, ...] = ()

    @property
    def name(self) -> str:
        """Of the group; of the first and the last one where several are merged."""
        first, last = self.groups[0], self.groups[-1]
        return first.name if first is last else f"{first.name}…{last.name}"

    @property
    def nodes(self) -> tuple[str, ...]:
        """All operations within."""
        return tuple(name for group in self.groups for name in group.nodes)

    @property
    def extents(self) -> tuple[Extent, Extent]:
        """Both stretches."""
        return (self.top, self.bottom)


def lay_out(graph: Graph, top: Costs, bottom: Costs, width: float) -> tuple[Cell, ...]:
    """The stages that cost something, each with its blocks.

    Widths are proportional to amounts and add up to ``width`` in each half; parts that cost nothing in either half
    are left out.
    """
    ruler = _Ruler(graph, (top, bottom), width)
    stages = _merged(graph.fold.children, ROW_LIMIT // 2)
    limit = _limit([len(stage[0].children) for stage in stages if len(stage) == 1], ROW_LIMIT)
    return tuple(cell for stage in stages for cell in ruler.stage(stage, limit))


class _Ruler:
    """Measures groups one after the other, from the left."""

    def __init__(self, graph: Graph, costs: tuple[Costs, Costs], width: float) -> None:
        self._roles = Roles(graph)
        self._costs = costs
        self._width = width
        self._spent = [0, 0]

    def stage(self, groups: Sequence[Group], limit: int) -> Iterator[Cell]:
        start = tuple(self._spent)
        children = groups[0].children if len(groups) == 1 else ()
        blocks = tuple(cell for block in _merged(children, limit) for cell in self._cell(block))
        self._spent = list(start)
        for cell in self._cell(groups):
            on_branch = any(block.on_branch for block in blocks) if blocks else cell.on_branch
            yield Cell(cell.groups, cell.top, cell.bottom, on_branch, blocks)

    def _cell(self, groups: Sequence[Group]) -> Iterator[Cell]:
        nodes = [name for group in groups for name in group.nodes]
        skips = [name for name in nodes if name in self._roles.skip]
        top, bottom = (self._extent(half, nodes, skips) for half in (0, 1))
        if top.amount or bottom.amount:
            yield Cell(tuple(groups), top, bottom, not self._roles.branch.isdisjoint(nodes))

    def _extent(self, half: int, nodes: Sequence[str], skips: Sequence[str]) -> Extent:
        costs, start = self._costs[half], self._spent[half]
        amount = costs.of(nodes)
        self._spent[half] = start + amount
        # From whole numbers each time, so that nothing drifts and the last part ends at the edge.
        left, right = (self._width * costs.share(end) for end in (start, start + amount))
        return Extent(left, right - left, amount, costs.of(skips))


def _merged(groups: Sequence[Group], limit: int) -> list[tuple[Group, ...]]:
    """The groups one by one; where there are more than ``limit``, those in the middle as one."""
    if len(groups) <= limit:
        return [(group,) for group in groups]
    ends = max(1, (limit - 1) // 2)
    return [*((g,) for g in groups[:ends]), tuple(groups[ends:-ends]), *((g,) for g in groups[-ends:])]


def _limit(sizes: Sequence[int], room: int) -> int:
    """How many blocks each stage may show, so that all together are at most ``room``; at least three."""
    limit = max(sizes, default=0)
    while limit > 3 and sum(min(size, limit) for size in sizes) > room:
        limit -= 1
    return max(limit, 3)
