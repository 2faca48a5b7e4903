"""What each cell of each layer sees of the picture, ready to be drawn: geometry by layer, and how fields grow.

All of it goes to the browser once, so that pointing, dragging and playing ask nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Literal

from core.figures.kept import by_identity
from core.figures.numbers import exact
from core.graph.fields.extremes import Extremes, extremes
from core.graph.fields.growth import Growth, growth
from core.graph.records import Graph, Interval, Node, ReceptiveField
from core.probes.places import places
from core.probes.records import NoMaps

LineRole = Literal["skip", "main", "second", "ink-2"]
_MARGIN = 23 / 224  # of the picture's longer side, around it, so that a box may leave it


@dataclass(frozen=True, slots=True)
class Axis:
    """Which pixels the cells of a layer see along one axis, not cut at the border.

    Attributes:
        count: cells along the axis.
        first: first pixel that cell 0 sees.
        size: pixels that a cell sees; the most, where cells differ.
        stride: pixels from one cell to the next; cell ``i`` sees from ``first + stride · i`` on.
        listed: first and last pixel of every cell where the cells do not follow that rule, else ().
    """

    count: int
    first: int
    size: int
    stride: float
    listed: tuple[Interval, ...] = ()

    def span(self, cell: int) -> Interval:
        """First and last pixel that a cell sees."""
        if self.listed:
            return self.listed[cell]
        first = self.first + round(self.stride * cell)
        return first, first + self.size - 1


@dataclass(frozen=True, slots=True)
class Sees:
    """What the cells of a layer see: the most that any of them does, and along each axis."""

    size: tuple[int, int]
    rows: Axis
    columns: Axis


@dataclass(frozen=True, slots=True)
class SightLayer:
    """One layer that the handle can stand at.

    Attributes:
        node: name of the operation.
        name: of the block or layer as it is shown; it can be selected.
        depth: weighted layers on the longest path from the picture, this one included.
        place: where it stands on the axis of depth; layers of equal depth follow one another closely.
        marked: it is the end of a block or of a stage.
        reach: pixels to draw, along the longer axis: without gates and statistics where these see everything, and
            never less than before where attention or pooling does.
        sees: the theoretical field.
        whole: why every cell sees the whole picture; "" where it does not.
        unequal: why cells see boxes of different sizes; "" where they do not.
        cause: the operation that makes it so, or makes the cells differ.
        local: where every cell sees the whole picture through gates or statistics alone, the field without them.
        shortest: ``(height, width)`` through the shortest path; None where that is not smaller.
    """

    node: str
    name: str
    depth: int
    place: float
    marked: bool
    reach: int
    sees: Sees
    whole: str = ""
    unequal: str = ""
    cause: str = ""
    local: Sees | None = None
    shortest: tuple[int, int] | None = None

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.sees.rows.count, self.sees.columns.count

    def box(self, cell: tuple[int, int]) -> tuple[int, int, int, int]:
        """Top, left, bottom, right of what a cell sees, not cut; the last two exclusive."""
        (top, bottom), (left, right) = self.sees.rows.span(cell[0]), self.sees.columns.span(cell[1])
        return top, left, bottom + 1, right + 1

    def pixels(self, cell: tuple[int, int], picture: tuple[int, int]) -> int:
        """How many pixels of the picture a cell sees."""
        top, left, bottom, right = self.box(cell)
        rows = min(bottom, picture[0]) - max(top, 0)
        columns = min(right, picture[1]) - max(left, 0)
        return max(rows, 0) * max(columns, 0)

    def cell_at(self, spot: tuple[float, float], picture: tuple[int, int]) -> tuple[int, int]:
        """The cell nearest to a spot, given in shares of the picture's height and width."""
        row, column = (
            _nearest(axis, share, side)
            for axis, share, side in zip((self.sees.rows, self.sees.columns), spot, picture, strict=True)
        )
        return row, column

    def spot_of(self, cell: tuple[int, int], picture: tuple[int, int]) -> tuple[float, float]:
        """Where a cell lies, in shares of the picture's height and width."""
        row, column = (
            _share(axis, index, side)
            for axis, index, side in zip((self.sees.rows, self.sees.columns), cell, picture, strict=True)
        )
        return row, column


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """How the field of one architecture grows.

    Attributes:
        label: of its end: the network, and how much its last layer sees; with a star where that is not all of it.
        role: of its colour.
        points: place on the axis of depth, and pixels along the longer axis.
        whole: from which point on every cell sees the whole picture through gates or statistics; None = from none.
    """

    label: str
    role: LineRole
    points: tuple[tuple[float, int], ...]
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """A network as the Receptive fields page draws it.

    Attributes:
        title: of the network.
        picture: height and width of its input.
        margin: pixels around the picture that are drawn too.
        layers: in execution order.
        depths: weighted layers on the longest path through the network.
        residual: whether it has skips that add.
        lines: its own growth first, then those it is compared with.
    """

    title: str
    picture: tuple[int, int]
    margin: int
    layers: tuple[SightLayer, ...]
    depths: int
    residual: bool
    lines: tuple[GrowthLine, ...]

    def payload(self) -> str:
        """All of it as one text for the browser."""
        return json.dumps(_compact(asdict(self)), separators=(",", ":"), ensure_ascii=False)

    @property
    def rev(self) -> str:
        """What tells this content from another."""
        return sha256(self.payload().encode()).hexdigest()[:16]

    def of_node(self, graph: Graph, node: str) -> SightLayer | None:
        """The layer that a group or operation ends with; None where it is not shown."""
        wanted = graph.at(node).name
        return next((layer for layer in self.layers if layer.node == wanted), None)

    def before(self, graph: Graph, node: str) -> SightLayer:
        """The last layer that comes before a group or operation, else the first one; of a network with layers."""
        order = {name: place for place, name in enumerate(graph.nodes)}
        wanted = order[graph.at(node).name]
        earlier = [layer for layer in self.layers if order[layer.node] < wanted]
        return earlier[-1] if earlier else self.layers[0]


def sight(graph: Graph, title: str, *, node: str = "", compared: Sequence[tuple[str, Graph]] = ()) -> Sight:
    """Geometry of the layers along the trunk, and of a selected one beside it; growth also of other networks.

    Args:
        graph: of the network.
        title: what it is called.
        node: a group or operation that must be among the layers, if its cells lie in a grid.
        compared: name and graph of the others.
    """
    layers, found = _trunk(graph), _growth(graph)
    if node:
        layers = _with(layers, graph, graph.at(node))
    residual = _is_residual(graph)
    lines = [_line(title, graph, "skip" if residual else "main")]
    for name, other in compared:
        lines.append(_line(name, other, _role(other, [line.role for line in lines])))
    return Sight(
        title=title,
        picture=found.picture,
        margin=max(2, round(_MARGIN * max(found.picture))),
        layers=layers,
        depths=found.layers,
        residual=residual,
        lines=tuple(lines),
    )


@by_identity(16)
def _growth(graph: Graph) -> Growth:
    return growth(graph)


@by_identity(16)
def _extremes(graph: Graph) -> Mapping[str, Extremes]:
    return extremes(graph)


def _is_residual(graph: Graph) -> bool:
    return any(skip.join_kind == "add" for skip in graph.skips)


def _role(graph: Graph, taken: Sequence[LineRole]) -> LineRole:
    """Vermillion for the first residual network, blue for the first other one, then purple, then grey."""
    usual: LineRole = "skip" if _is_residual(graph) else "main"
    order: tuple[LineRole, ...] = (usual, "second", "ink-2")
    return next((role for role in order if role not in taken), "ink-2")


def _line(name: str, graph: Graph, role: LineRole) -> GrowthLine:
    points = _growth(graph).points
    stands = spread([point.depth for point in points])
    drawn = tuple(zip(stands, _reaches(_growth(graph)), strict=True))
    whole = next((number for number, point in enumerate(points) if point.status == "whole image"), None)
    last = points[-1] if points else None
    if last is None or (last.status == "whole image" and last.local is None):
        label = f"{name}: all" if last is not None else name
    else:
        label = f"{name} {exact(drawn[-1][1])}{'*' if last.local else ''}"
    return GrowthLine(label, role, drawn, whole)


def _reaches(found: Growth) -> tuple[int, ...]:
    """Pixels to draw for each point, along the longer axis."""
    reaches: list[int] = []
    for point in found.points:
        everything = point.status == "whole image" and point.local is None
        reach = max(point.reach)
        reaches.append(max(reach, *reaches[-1:]) if everything and reaches else reach)
    return tuple(reaches)


def spread(depths: Sequence[int]) -> tuple[float, ...]:
    """Places on the axis of depth: n layers of depth d in a row stand at d, d + 1/n, …, and none before another."""
    places: list[float] = []
    held = 0
    runs: list[list[int]] = []
    for depth in depths:
        held = max(held, depth)
        if runs and runs[-1][0] == held:
            runs[-1].append(held)
        else:
            runs.append([held])
    for run in runs:
        places.extend(round(depth + step / len(run), 3) for step, depth in enumerate(run))
    return tuple(places)


@by_identity(16)
def _trunk(graph: Graph) -> tuple[SightLayer, ...]:
    """The layers of the growth whose cells lie in a grid."""
    found = _growth(graph)
    stands = spread([point.depth for point in found.points])
    layers = (
        _drawn(
            graph,
            graph.nodes[point.node],
            _Mark(point.group, point.depth, place, reach, marked=point.marked),
        )
        for point, place, reach in zip(found.points, stands, _reaches(found), strict=True)
    )
    return tuple(layer for layer in layers if layer is not None)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a layer stands on the curve; see `SightLayer`."""

    name: str
    depth: int
    place: float
    reach: int
    marked: bool


def _drawn(graph: Graph, node: Node, mark: _Mark) -> SightLayer | None:
    """The layer, if its cells lie in a grid and its field is known."""
    field, picture = node.receptive_field, (graph.input_size[1], graph.input_size[2])
    grid = _grid(node, picture)
    if field.status == "undefined" or grid is None:
        return None
    shortest = _extremes(graph)[node.name].smallest
    largest = (field.local or field).size
    return SightLayer(
        node=node.name,
        name=mark.name,
        depth=mark.depth,
        place=mark.place,
        marked=mark.marked,
        reach=mark.reach,
        sees=_sees(field, grid, picture),
        whole=(field.reason or "all of it is seen") if field.status == "whole image" else "",
        unequal=field.reason if field.varies and field.status == "exact" else "",
        cause=field.cause,
        local=_sees(field.local, grid, picture) if field.local is not None else None,
        shortest=shortest if shortest is not None and shortest != largest else None,
    )


def _with(layers: tuple[SightLayer, ...], graph: Graph, node: Node) -> tuple[SightLayer, ...]:
    """The layers and one more in its place, where it is not among them."""
    if any(layer.node == node.name for layer in layers) or node.name not in _extremes(graph):
        return layers
    order = {name: number for number, name in enumerate(graph.nodes)}
    before = [layer for layer in layers if order[layer.node] < order[node.name]]
    after = layers[len(before) :]
    start = before[-1].place if before else 0.0
    end = after[0].place if after else start + 1.0
    field = node.receptive_field
    reach = max((field.local or field).size)
    if field.status == "whole image" and field.local is None and before:
        reach = max(reach, before[-1].reach)
    place = round(start + (end - start) / 2, 3)
    more = _drawn(
        graph, node, _Mark(node.name, _extremes(graph)[node.name].depth, place, reach, marked=False)
    )
    return (*before, more, *after) if more is not None else layers


def _grid(node: Node, picture: tuple[int, int]) -> tuple[int, int] | None:
    try:
        found = places(node.output_shape, picture)
    except NoMaps:
        return None
    return found.rows, found.columns


def _sees(field: ReceptiveField, grid: tuple[int, int], picture: tuple[int, int]) -> Sees:
    rows, columns = (_axis(field, axis, grid[axis], picture[axis]) for axis in (0, 1))
    return Sees(field.size, rows, columns)


def _axis(field: ReceptiveField, axis: int, count: int, side: int) -> Axis:
    if field.status == "whole image":
        return Axis(count, 0, side, 0.0)
    spans, stride = field.seen(axis, count), float(field.stride[axis])
    plain = Axis(count, spans[0][0], field.size[axis], stride)
    if stride.is_integer() and all(plain.span(cell) == span for cell, span in enumerate(spans)):
        return plain
    return replace(plain, listed=spans)


def _nearest(axis: Axis, share: float, side: int) -> int:
    """The cell whose middle is nearest to a place; by its share of the cells where several may see the same."""
    if not axis.stride or axis.listed:
        return min(max(int(share * axis.count), 0), axis.count - 1)
    middles = [sum(axis.span(cell)) / 2 for cell in range(axis.count)]
    wanted = share * side
    return min(range(axis.count), key=lambda cell: (abs(middles[cell] - wanted), cell))


def _share(axis: Axis, cell: int, side: int) -> float:
    if not axis.stride or axis.listed:
        return (cell + 0.5) / axis.count
    return sum(axis.span(cell)) / 2 / side


def _compact(value: Any) -> Any:
    """Without what is empty, for it is sent over a wire."""
    if isinstance(value, dict):
        return {key: _compact(one) for key, one in value.items() if one is not None and one != ()}
    if isinstance(value, list | tuple):
        return [_compact(one) for one in value]
    return value
