"""The blocks of a network as one row of signs, each with the size of the map that it works on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from typing_extensions import override

from core.figures.glyphs import ARC_TOP, COMPACT, FULL, Ink, Pen, Role, lane_path, line_class, series_width
from core.figures.links import Member, bridged, links
from core.figures.map_sizes import VECTOR, MapSize, map_size
from core.figures.structure import (
    POOLS,
    Fork,
    Piece,
    Series,
    Step,
    Structure,
    far_reads,
    forks,
    is_bar,
    steps,
)
from core.figures.svg import element
from core.graph.records import Graph, Group, Node

WIDEST = 84.0
"""A block whose signs take more px along the line is drawn by one bar for each of its first two skips."""
_LANE_ROOM = ARC_TOP * 0.45  # arcs within lanes are as high as they must be, joins small
_LANE_GAP = 3.0
_NEARLY = 1.25  # a map that grows by less comes from padding: it stays in its column
_LAST_BAND = 1_000_000


@dataclass(frozen=True, slots=True)
class AlignedEntry:
    """A network to draw.

    Attributes:
        name: in the catalogue.
        title: as people write it.
        lines: up to three short lines under the title (``"16 conv, 3 linear"``, ``"no skips"``).
        graph: what is in it.
    """

    name: str
    title: str
    lines: tuple[str, ...]
    graph: Graph


@dataclass(frozen=True, slots=True)
class AlignedPen(Pen):
    """Draws lanes as far apart as their bars are high, so that all bars are of one scale."""

    @override
    def _lanes(self, ink: Ink, fork: Fork, x: float, y: float, role: Role, room: float) -> float:
        length = max((series_width(branch, self.size) for branch in fork.branches), default=0.0)
        right = x + 2 * self.size.lead + 6 + length
        lanes = [self._lane(branch, role) for branch in fork.branches]
        height = sum(lane.top + lane.bottom for lane in lanes) + _LANE_GAP * max(0, len(lanes) - 1)
        at = y - height / 2
        for lane, branch in zip(lanes, fork.branches, strict=True):
            at += lane.top
            path = lane_path(x, right, y, at, self.size.lead)
            ink.add(
                element("path", class_=line_class(role), d=path),
                top=lane.top - at,
                bottom=lane.bottom + at,
            )
            start = x + (right - x - series_width(branch, self.size)) / 2
            ink.parts.append(element("g", lane.parts, transform=f"translate({start:g} {at:g})"))
            ink.legend |= lane.legend
            ink.skips += lane.skips
            at += lane.bottom + _LANE_GAP
        if fork.join is None:
            return right + 4
        if fork.skip is not None and fork.join.kind == "add":
            ink.skips += 1
        self._join(ink, fork.join.kind, right + self.size.joint, y, room)
        return right + 2 * self.size.joint

    def _lane(self, branch: Series, role: Role) -> Ink:
        lane = Ink(top=1.5, bottom=1.5)
        self.series(lane, branch, 0.0, 0.0, role, _LANE_ROOM)
        return lane


@dataclass(frozen=True, slots=True)
class Sign:
    """A block of a row.

    Attributes:
        group: what it stands for.
        series: what is drawn; the full one, also where `drawn` draws less.
        size: of the map that its last layer works on.
        band: 0; one more each time that maps grow again on the way (an encoder's decoder).
        dense: its output is concatenated with what it reads (DenseNet).
    """

    group: Group
    series: Series
    size: MapSize
    band: int
    dense: bool

    @property
    def column(self) -> tuple[int, int, int, int]:
        """Sorts the columns from left to right."""
        return (self.band, -self.size.area, self.size.height, self.size.width)

    def drawn(self, scale: float) -> tuple[Ink, float]:
        """Its signs, and how far they reach from x = 0."""
        alone = len(self.series) == 1 and isinstance(self.series[0], Step)
        series = self.series
        if series_width(series, COMPACT) > WIDEST:
            series = shortened(series)
        ink = Ink()
        pen = AlignedPen(size=FULL if alone else COMPACT, scale=scale)
        return ink, pen.series(ink, series, 0.0, 0.0, "main")

    @property
    def layers(self) -> tuple[Node, ...]:
        """Its convolutions, linear layers and the like."""
        return tuple(node for node in steps(self.series) if is_bar(node))


def vector_column() -> tuple[int, int, int, int]:
    """The last column: vectors at the end of a network."""
    return (_LAST_BAND, -1, 1, 1)


def shortened(series: Series) -> Series:
    """A long block by its first two residual additions, each with one bar; else by its last bar."""
    residual = [fork for fork in forks(series) if fork.role == "residual"]
    if not residual:
        return tuple(Step(node) for node in _last_bar(series))
    return tuple(
        replace(fork, branches=(tuple(Step(node) for node in _last_bar(fork.branches[0])), fork.branches[-1]))
        for fork in residual[:2]
    )


def _last_bar(series: Iterable[Piece]) -> tuple[Node, ...]:
    return tuple(node for node in steps(series) if is_bar(node))[-1:]


def signs(graph: Graph) -> tuple[Sign, ...]:
    """The network's blocks in their order; what has no layer with weights or products in it has no sign."""
    found: list[Sign] = []
    size, band = map_size((1, *graph.input_size), VECTOR), 0
    for group, series, joined in _blocks(graph, Structure(graph)):
        node = _representative(series)
        if node is None:
            continue
        before, size = size, _size_of(graph, group, node, size)
        if not graph.fold.chain:
            size = min(size, before, key=lambda one: one.area)
        elif before.area < size.area <= _NEARLY * before.area:
            size = before
        elif size.area > before.area and found:
            band += 1
        found.append(Sign(group, series, size, band, joined))
    return _vectors_last(found)


def _vectors_last(found: Sequence[Sign]) -> tuple[Sign, ...]:
    """The signs, those of the closing vectors in the last band, so that all rows end in one column."""
    first = len(found)
    while first and found[first - 1].size.area == 1:
        first -= 1
    return tuple(
        sign if index < first else replace(sign, band=_LAST_BAND) for index, sign in enumerate(found)
    )


def _size_of(graph: Graph, group: Group, node: Node, before: MapSize) -> MapSize:
    shape = node.output_shape
    turned = (
        len(shape) == len(group.output_shape) == 3
    )  # mixers turn tokens and channels round within a block
    windows = bool(shape) and shape[0] != 1  # windows of a map lie along the batch axis
    if turned or windows or not node.parameters:
        shape = group.output_shape
    inside = [graph.nodes[name].output_shape for name in group.nodes]
    maps = [map_size(one, before) for one in inside if len(one) == 4 and one[0] == 1]
    fitting = [one for one in maps if len(shape) == 3 and map_size(shape, one) == one]
    return map_size(shape, fitting[-1] if fitting else before)


def _representative(series: Series) -> Node | None:
    """The last operation with weights, else the last one that multiplies."""
    bars = [node for node in steps(series) if is_bar(node)]
    weighted = [node for node in bars if node.parameters]
    return next(reversed(weighted or bars), None)


def _blocks(graph: Graph, structure: Structure) -> Iterable[tuple[Group, Series, bool]]:
    for stage in graph.fold.children:
        if stage.role == "input":
            continue
        blocks = [child for child in stage.children if child.level != "operation"] if graph.fold.chain else []
        groups = blocks or [stage]
        series = [structure.of(group.nodes) for group in groups]
        joins = _dense_joins(groups, series)
        for index, (group, pieces) in enumerate(zip(groups, series, strict=True)):
            bare = tuple(piece for piece in pieces if not _passed_over(piece))
            join = joins.get(index)
            if join is not None and bare:
                yield group, (Fork("residual", (bare, ()), join),), True
            else:
                yield group, bare, False


def _passed_over(piece: Piece) -> bool:
    """Pools on the line, which the next column's heading tells, and joins that the block before has drawn."""
    return isinstance(piece, Step) and (piece.node.kind in POOLS or not is_bar(piece.node))


def _dense_joins(groups: Sequence[Group], series: Sequence[Series]) -> dict[int, Node]:
    """For each block that a concatenation bridges: the concatenation, which starts the block after it."""
    row = [
        Member(frozenset(group.nodes), far_reads(pieces), 0)
        for group, pieces in zip(groups, series, strict=True)
    ]
    short = bridged(row, links(row))
    joins = {}
    for index, (_, after) in enumerate(pairwise(series)):
        first = after[0] if after else None
        if index in short and isinstance(first, Step) and first.node.kind == "concatenate":
            joins[index] = first.node
    return joins
