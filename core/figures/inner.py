"""An opened block in a strip: its operations, laid out as a graph, on the strip's line."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from core.figures.canvas import Canvas, Place
from core.figures.diagram import Box
from core.figures.glyphs import Role, line_class
from core.figures.graphviz_diagram import (
    draw_frame,
    draw_plan,
    frame_title,
    in_picture,
    lay_out,
    moved,
)
from core.figures.items import SINK, SOURCE, roles_of
from core.figures.kept import by_identity
from core.figures.layout_program import Layout
from core.figures.links import Member
from core.figures.parts import Part, tree
from core.figures.plan import Plan, plan_parts
from core.figures.structure import Series, far_reads
from core.figures.svg import element, line, number, text_width
from core.graph.records import Graph

SIDE, TITLE_ROOM = 8.0, 24.0  # px from the frame to what it holds: at the sides, above


class Inner:
    """The operations of an opened part as a piece of a stage's row, without a frame of its own."""

    role: Role = "main"

    def __init__(self, graph: Graph, part: Part, series: Series, opened: Collection[str]) -> None:
        self.part = part
        self._graph = graph
        self._series = series
        self._opened = opened

    @property
    def _plan(self) -> Plan:
        return self._laid[0]

    @property
    def _raw(self) -> Layout:
        return self._laid[1]

    @cached_property
    def _laid(self) -> tuple[Plan, Layout]:
        inside = {part.id for part in self.part.walk()}
        return _laid(self._graph, self.part.id, frozenset(inside & set(self._opened)))

    @cached_property
    def _layout(self) -> Layout:
        """Y downwards from the line, on which the first operation reads what comes in."""
        layout, level = self._raw, self._level
        return moved(layout, lambda x, y: (x, y - level))

    @cached_property
    def _level(self) -> float:
        """Where in the layout what comes in arrives, px from its top."""
        start = self._plan.names[SOURCE]
        return next((node.y for node in self._raw.nodes if node.name == start), self._raw.height / 2)

    @property
    def width(self) -> float:
        """Px that it takes."""
        return self._raw.width + 2 * SIDE

    @property
    def reach(self) -> float:
        """Px that it reaches up from the line."""
        return self._extent[0] + 8

    @property
    def depth(self) -> float:
        """Px that it reaches down from the line."""
        return self._extent[1] + 8

    @property
    def _extent(self) -> tuple[float, float]:
        """How far it reaches up and down from the line."""
        return max(self._level, 20.0), max(self._raw.height - self._level, 20.0)

    def members(self, frame: int) -> list[Member]:
        """What links see of it."""
        return [Member(frozenset(self.part.nodes), far_reads(self._series), frame)]

    def places(self, x: float) -> list[Place]:
        """Where it stands when it starts at ``x``."""
        return [Place(x, x + self.width, self.reach)]

    def branches(self) -> list[None]:
        """No part of it is drawn as a branch as a whole."""
        return [None]

    def draw(self, canvas: Canvas, x: float, top: float, depth: float, prefix: str) -> None:
        """Draw it from ``x`` on."""
        layout = moved(self._layout, lambda px, py: (px + x + SIDE, py))
        places = {node.name: (node.x, node.y) for node in layout.nodes}
        start, end = places.get(self._plan.names[SOURCE]), places.get(self._plan.names[SINK])
        if start is not None:
            canvas.put(line(x - 1, 0, start[0], start[1], line_class(self.role)))
        if end is not None:
            canvas.put(_bend(end[0], end[1], x + self.width + 1, line_class(self.role)))
        draw_plan(canvas, self._plan, layout, roles_of(self._graph))


class Opened(Inner):
    """An opened block within its opened stage: a frame of its own around its operations."""

    @property
    def width(self) -> float:
        """Px that its frame takes."""
        return max(super().width, text_width(self.part.title, bold=True) + 40)

    @property
    def reach(self) -> float:
        """Px that its frame reaches up from the line."""
        return self._extent[0] + TITLE_ROOM

    def draw(self, canvas: Canvas, x: float, top: float, depth: float, prefix: str) -> None:
        """Draw it from ``x`` on, as tall as its neighbours."""
        box = Box(x, -top, self.width, top + depth)
        draw_frame(canvas, self.part, box)
        super().draw(canvas, x, top, depth, prefix)
        canvas.put(frame_title(self.part, box))


@by_identity(128)
def _laid(graph: Graph, name: str, opened: frozenset[str]) -> tuple[Plan, Layout]:
    """What is laid out for an opened part, and the layout, y downwards."""
    plan = plan_parts(graph, tree(graph).parts[name], opened, roles_of(graph))
    return plan, in_picture(lay_out(plan)[0], plan, 0.0)


def _bend(x: float, y: float, right: float, class_: str) -> str:
    """From where the last operation's line ends back to the strip's line."""
    n, middle = number, (x + right) / 2
    d = f"M{n(x)} {n(y)}C{n(middle)} {n(y)} {n(middle)} 0 {n(right)} 0"
    return element("path", class_=class_, d=d)
