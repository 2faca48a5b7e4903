"""The strip: a network as blocks on a line, skips as arcs above it; stages folded to cards or opened.

The layout is ours and fixed, linear in the number of blocks. Stages follow one another from left to right; every
name, number of blocks and shape has its row, and a unit moves right only as far as its own rows need. What is left
of the width is shared out between the gaps.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.figures.arcs import draw_links, mark_branches
from core.figures.canvas import Canvas, Unit
from core.figures.diagram import Diagram
from core.figures.frame import Frame, More, Piece, Slot, Span
from core.figures.inner import Inner, Opened
from core.figures.numbers import exact
from core.figures.parts import Part, tree
from core.figures.structure import Structure, structure_of
from core.figures.svg import element, label, line, text_width
from core.figures.units import Card, Inline, Picture
from core.graph.records import Graph, Group

CARD_LIMITS, ROOMY_CARD = (24, 12, 8, 6, 4, 3), 8
"""Blocks that a folded stage shows: tried in turn until the strip fits, and where it never does."""
INLINE_SIGNS = 14  # a stem or head with more of them is folded to a card
NAME_Y, SUB_Y, HEADER = 12.0, 28.0, 37.0  # px from the top: baselines of both lines, and where they end
GLYPH_GAP, TEXT_GAP = 12.0, 7.0  # px between the signs and the texts of neighbours


@dataclass(frozen=True, slots=True)
class _Placed:
    unit: Unit
    x: float


def strip(
    graph: Graph,
    *,
    opened: Collection[str] = (),
    width: float = 1068,
    picture: str | None = None,
) -> Diagram:
    """The network as a strip.

    Args:
        graph: its ``fold`` is drawn: stages, in opened stages their blocks, in opened blocks their operations.
        opened: ids of the parts shown opened (`core.figures.opening`): stages, blocks, folded middles.
        width: px to fill; the strip is wider where its parts need more.
        picture: ``data:image/…`` of the input, for the thumbnail.

    Raises:
        LayoutUnavailable: a block is opened, and no layout program is installed.
        ValueError: ``picture`` is no ``data:image/`` address.
    """
    if picture is not None and not picture.startswith("data:image/"):
        raise ValueError(f"The picture must be a data:image/ address, not {picture[:40]!r}.")
    units = _Planner(graph, frozenset(opened), picture).units()
    for limit in (*CARD_LIMITS, ROOMY_CARD):
        # Where nothing fits it has to scroll anyway: then folded stages may show a little more.
        for unit in units:
            if isinstance(unit, Card):
                unit.show(limit)
        if _natural_width(units) <= width:
            break
    return _draw(units, width)


class _Planner:
    """Makes the parts of the tree that are seen into units of the strip."""

    def __init__(self, graph: Graph, opened: frozenset[str], picture: str | None) -> None:
        self._graph = graph
        self._structure = structure_of(graph)
        self._opened = opened
        self._picture = picture

    def units(self) -> list[Unit]:
        """From left to right."""
        units = [unit for part in tree(self._graph).root.children for unit in self._of(part)]
        mark_branches(units)
        return units

    def _of(self, part: Part) -> list[Unit]:
        group, structure = part.group, self._structure
        if group is None:
            if part.id in self._opened:
                return [unit for child in part.children for unit in self._of(child)]
            return [More(part)]
        if group.role == "input":
            return [Picture(group, self._picture)]
        if part.id in self._opened and part.children:
            return [Frame(group, self._pieces(part))]
        if _is_card(group, structure):
            return [Card(group, [structure.of(child.nodes) for child in group.children])]
        return [Inline(group, structure.of(group.nodes), openable=bool(part.children))]

    def _pieces(self, part: Part) -> list[Piece]:
        if any(child.kind == "operation" for child in part.children):
            return [self._inner(Inner, part)]
        return [self._piece(child) for child in part.children]

    def _piece(self, part: Part) -> Piece:
        shown = part.id in self._opened and bool(part.children)
        if part.group is None:
            return Span(part, self._pieces(part)) if shown else More(part)
        if shown:
            return self._inner(Opened, part)
        return Slot(part.group, self._structure.of(part.group.nodes), openable=bool(part.children))

    def _inner(self, kind: type[Inner], part: Part) -> Inner:
        return kind(self._graph, part, self._structure.of(part.nodes), self._opened)


def _is_card(group: Group, structure: Structure) -> bool:
    blocks = [child for child in group.children if child.level != "operation"]
    if group.role in ("stem", "head"):
        return len(blocks) > 1 and len(structure.of(group.nodes)) > INLINE_SIGNS
    return bool(blocks)


def _natural_width(units: Sequence[Unit]) -> float:
    return _right_edge(_place(units, 0.0))


def _right_edge(placed: Sequence[_Placed]) -> float:
    return max(
        (p.x + max(p.unit.extent.width, *(right for _, right in _rows(p.unit))) for p in placed), default=0.0
    )


def _rows(unit: Unit) -> list[tuple[float, float]]:
    """Extents (left, right) from the unit's x of its name, its second line and its shape."""
    rows = []
    for row, text in enumerate(unit.texts):
        # Shapes are set a little wider (`.shape` in diagram_css).
        length = text_width(text, bold=row == 0) * (1.05 if row == 2 else 1.02)
        left = unit.extent.centre - length / 2
        if unit.flush:
            left = 0.0 if row == 2 else max(0.0, left)
        rows.append((left, left + length) if text else (unit.extent.centre, unit.extent.centre))
    return rows


def _place(units: Sequence[Unit], extra: float) -> list[_Placed]:
    """Left to right, each as far left as its own rows allow, plus ``extra`` px of gap."""
    placed: list[_Placed] = []
    edges = [0.0, 0.0, 0.0]
    glyph_edge = 0.0
    for index, unit in enumerate(units):
        rows = _rows(unit)
        wanted = [
            edge - left + (TEXT_GAP if index else 0.0) for edge, (left, _) in zip(edges, rows, strict=True)
        ]
        wanted.append(glyph_edge + (GLYPH_GAP if index else 0.0))
        x = max(wanted) + (extra if index else 0.0)
        if not index:
            x = max(0.0, -min(left for left, _ in rows))
        placed.append(_Placed(unit, x))
        edges = [
            x + right if text else edge
            for (_, right), text, edge in zip(rows, unit.texts, edges, strict=True)
        ]
        glyph_edge = x + unit.extent.width
    return placed


def _draw(units: Sequence[Unit], width: float) -> Diagram:
    natural = _natural_width(units)
    gaps = max(1, len(units) - 1)
    placed = _place(units, max(0.0, width - natural) / gaps)
    edge = _right_edge(placed)
    total = width if edge <= width + 0.01 else edge
    canvas = Canvas()
    reach = max((unit.extent.reach for unit in units), default=0.0)
    arcs, arc_levels, dropped = draw_links(canvas, [(p.unit, p.x) for p in placed], reach)
    canvas.top = reach + 23 + max(0, arc_levels * 8 - 8)
    canvas.bottom = max((unit.extent.depth for unit in units), default=74.0) + 6
    for before, after in pairwise(placed):
        canvas.put(line(before.x + before.unit.extent.width, 0, after.x, 0, "trunk"))
    for item in placed:
        item.unit.draw(canvas, item.x)
    canvas.put(*arcs)
    origin = HEADER + canvas.top
    height = origin + canvas.bottom + 24
    texts = [text for item in placed for text in _texts(item, origin + canvas.bottom + 18)]
    body = element("g", [*canvas.parts, *canvas.above], transform=f"translate(0 {origin:g})")
    return canvas.diagram(
        "".join(texts) + body,
        kind="strip",
        spoken="Diagram of the network, from input to output",
        width=total,
        height=height,
        down=origin,
        note=f"{exact(dropped)} more long skips are not drawn." if dropped else "",
    )


def _texts(item: _Placed, shape_y: float) -> list[str]:
    unit, drawn = item.unit, []
    for text, y, class_, (left, _) in zip(
        unit.texts, (NAME_Y, SUB_Y, shape_y), ("name", "sub", "shape"), _rows(unit), strict=True
    ):
        if not text:
            continue
        if unit.flush and class_ == "shape":
            drawn.append(label(text, item.x + left, y, class_, "start"))
        else:
            drawn.append(label(text, item.x + unit.extent.centre, y, class_))
    return drawn
