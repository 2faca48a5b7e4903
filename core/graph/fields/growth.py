"""How the field grows along the trunk: a point at the end of each block, or for each layer without a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.graph.fields.extremes import Extremes, extremes
from core.graph.fields.steps import has_cells
from core.graph.records import FieldStatus, Graph, Group, Node, ReceptiveField

_POOLS = frozenset({"max_pool", "avg_pool", "adaptive_pool"})
_JOINS = frozenset({"add", "concatenate"})


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """The field at one place of the trunk.

    Attributes:
        node: name of the operation.
        group: name of the block or layer as it is shown; it can be selected.
        title: what a person calls it.
        depth: weighted layers on the longest path from the picture, this one included.
        size: ``(height, width)`` in input pixels; the picture's own where all of it is seen.
        smallest: of any path, as of skips alone; None where no path has a size of its own.
        status: as `core.graph.records.ReceptiveField.status`.
        stride: input pixels from one unit to the next, of ``local`` where there is one.
        marked: it is the end of a block or of a stage.
        reason: why all of the picture is seen; "" where it is not.
        local: the field without statistics of normalisation and without gates, where these are the reason.
    """

    node: str
    group: str
    title: str
    depth: int
    size: tuple[int, int]
    smallest: tuple[int, int] | None
    status: FieldStatus
    stride: tuple[float, float]
    marked: bool
    reason: str = ""
    local: tuple[int, int] | None = None

    @property
    def reach(self) -> tuple[int, int]:
        """The size to draw: without statistics and gates where there is one, for it goes on growing."""
        return self.local or self.size


@dataclass(frozen=True, slots=True)
class Growth:
    """How the field grows from the picture on.

    Attributes:
        points: in execution order.
        picture: ``(height, width)`` of the input.
        layers: weighted layers on the longest path through the whole network.
    """

    points: tuple[GrowthPoint, ...]
    picture: tuple[int, int]
    layers: int

    @property
    def sees_all(self) -> GrowthPoint | None:
        """The first point that sees everything, or whose field is at least as large as the picture."""
        seeing = (p for p in self.points if p.status == "whole image" or self._covers(p.size))
        return next(seeing, None)

    @property
    def outgrows(self) -> GrowthPoint | None:
        """The first point whose windows alone, without statistics and gates, span the picture; attention spans it."""
        return next((point for point in self.points if self._covers(point.reach)), None)

    def _covers(self, size: tuple[int, int]) -> bool:
        return all(seen >= side for seen, side in zip(size, self.picture, strict=True))


def growth(graph: Graph) -> Growth:
    """How the field grows along the trunk of a network.

    Points are the ends of blocks, and where there are no blocks the layers with weights and the poolings; what has
    no field, and what comes after the map is pooled to one cell, is left out. A network of vectors has no points.
    """
    if len(graph.input_size) != 3:
        return Growth((), (0, 0), weighted_layers(graph))
    reached = extremes(graph)
    points: list[GrowthPoint] = []
    for name, group, title, marked in _places(graph):
        # Of branches side by side (HRNet) those that lead on: a point at less depth than the last one is beside it.
        beside = bool(points) and name in reached and reached[name].depth < points[-1].depth
        if name in reached and not beside and has_cells(graph.nodes[name]):
            points.append(_point(graph.nodes[name], group, title, reached[name], marked=marked))
    return Growth(tuple(points), (graph.input_size[1], graph.input_size[2]), _deepest(graph, reached))


def weighted_layers(graph: Graph) -> int:
    """Weighted layers on the longest path from the picture to the output: 50 for ResNet-50."""
    return _deepest(graph, extremes(graph))


def _deepest(graph: Graph, reached: Mapping[str, Extremes]) -> int:
    read = {name for node in graph.nodes.values() for name in node.inputs}
    return max((found.depth for name, found in reached.items() if name not in read), default=0)


def _places(graph: Graph) -> Iterator[tuple[str, str, str, bool]]:
    """Operation, group, title and whether it ends a block or a stage, in execution order."""
    for stage in graph.fold.children:
        if stage.role == "input":
            continue
        blocks = stage.children if any(child.level == "block" for child in stage.children) else (stage,)
        found = [place for block in blocks for place in _of_block(graph, block)]
        for number, (name, group, title, ends) in enumerate(found, start=1):
            # A stage of bare layers ends with its last one; what comes before the stages and after them is no stage.
            last = number == len(found) and stage.role == "stage"
            yield name, group, title, ends or last


def _of_block(graph: Graph, block: Group) -> Iterator[tuple[str, str, str, bool]]:
    nodes = [graph.nodes[name] for name in block.nodes]
    layers = [node for node in nodes if node.macs and node.kind != "matmul"]
    joins = any(node.kind in _JOINS and len(node.inputs) > 1 for node in nodes)
    module = block.level == "block" and bool(block.type_name)
    if len(layers) > 1 and (joins or module):
        yield nodes[-1].name, block.name, block.title, True
        return
    shown = [node for node in nodes if node in layers or _pools(node)]
    for node in shown:
        named = module and len(shown) == 1
        yield node.name, block.name if named else node.name, block.title if named else node.name, False


def _pools(node: Node) -> bool:
    """Whether it makes the map smaller or looks around: adaptive pooling to the size that is there does not."""
    return node.kind in _POOLS and (node.kind != "adaptive_pool" or node.output_shape != node.input_shapes[0])


def _point(node: Node, group: str, title: str, reached: Extremes, *, marked: bool) -> GrowthPoint:
    field = node.receptive_field
    return GrowthPoint(
        node=node.name,
        group=group,
        title=title,
        depth=reached.depth,
        size=field.size,
        smallest=reached.smallest,
        status=field.status,
        stride=(field.local or field).stride,
        marked=marked,
        reason=field.reason,
        local=_local_size(field),
    )


def _local_size(field: ReceptiveField) -> tuple[int, int] | None:
    return field.local.size if field.local is not None else None
