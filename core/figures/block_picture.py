"""A block as a small picture: x, its layers as bars with kernels and channels below, the skip above, y.

Drawn for the details panel: one line of signs at the strip's scale, with room for words. A block whose branches stand
side by side has no room for them, and is drawn as in the strip, without words.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.figures.canvas import Canvas
from core.figures.diagram import Box, Diagram, Mark
from core.figures.glyphs import (
    ARC_TOP,
    JOINT,
    Ink,
    Pen,
    Role,
    bar,
    bar_height,
    channels,
    is_projection,
    kernel,
    lane_scale,
    line_class,
    pool,
    series_width,
    step_width,
)
from core.figures.items import Roles
from core.figures.numbers import exact, human, shape_text
from core.figures.structure import JOINS, POOLS, Fork, Piece, Series, Step, Structure, is_bar, is_drawn
from core.figures.svg import arch, element, joint, label, line, shorten, text_width
from core.graph.records import Graph, Node

WIDTH = 320.0
"""Px that the picture may take."""
TALLEST_BAR = 62.0
GAPS = (30.0, 20.0, 12.0, 7.0)
"""Px between two signs, tried in turn until the block fits."""
END = 16.0  # px for x and for y
_BENDS = {"relu": "ReLU"}


def block_picture(graph: Graph, name: str) -> Diagram | None:
    """The picture of a block or operation; None for stages, for whole networks and for what has nothing to draw.

    Raises:
        UnknownNode: the graph has none of that name.
    """
    if name in graph.groups:
        group = graph.groups[name]
        if group.level == "network" or any(child.level == "block" for child in group.children):
            return None
        names = group.nodes
    else:
        names = (graph.at(name).name,)
    nodes = [graph.nodes[item] for item in names]
    series = Structure(graph).of(names)
    if len(nodes) > 1 and not any(is_drawn(node) for node in nodes):
        return None
    if nodes[0].kind == "input":
        return None
    picture = _Picture(graph, nodes, series)
    return picture.in_words() if picture.fits else picture.in_small()


@dataclass(slots=True)
class _Pill:
    """An operation that is a word in a frame."""

    node: Node
    word: str

    @property
    def width(self) -> float:
        return text_width(self.word) + 10


class _Picture:
    def __init__(self, graph: Graph, nodes: list[Node], series: Series) -> None:
        self._graph = graph
        self._nodes = nodes
        self._series = series
        self._roles = Roles(graph)
        self._after = _last_bend(nodes)
        if not series and len(nodes) == 1:
            self._after = _Pill(nodes[0], shorten(_word(nodes[0]), 120))
        self._scale = self._bar_scale()
        self._below = self._reach() + 3
        self._gap = next((gap for gap in GAPS if self._width(gap) <= WIDTH), GAPS[-1])

    @property
    def fits(self) -> bool:
        """Whether all signs stand on one line, with their words, within the width."""
        return _is_line(self._series) and self._width(self._gap) <= WIDTH

    def in_words(self) -> Diagram:
        """All on one line, words below, the skip's words above."""
        canvas, ink = Canvas(), Ink()
        x = (WIDTH - self._width(self._gap)) / 2
        canvas.put(label("x", x + 4, 4, "end", "middle"))
        x = self._draw(canvas, ink, self._series, x + END, 0.0, None)
        x = self._trail(canvas, x)
        canvas.put(label("y", x + self._gap / 2 + 8, 4, "end", "middle"))
        return self._framed(canvas, ink, down=max(ink.top, 14.0) + 2, up=ink.bottom)

    def in_small(self) -> Diagram:
        """As in the strip."""
        ink = Ink()
        length = series_width(self._series)
        scale = min(1.0, (WIDTH - 2 * END - 16) / length) if length else 1.0
        start = (WIDTH / scale - length) / 2
        Pen(lane_scale(self._series)).series(ink, self._series, start, 0, "main")
        width = WIDTH / scale
        ink.parts[:0] = [
            line(start - 14, 0, start, 0, "trunk"),
            line(start + length, 0, start + length + 14, 0, "trunk"),
        ]
        ink.parts += [
            label("x", start - 20, 4, "end", "middle"),
            label("y", start + length + 20, 4, "end", "middle"),
        ]
        canvas = Canvas()
        canvas.put(*ink.parts)
        return self._framed(canvas, ink, down=ink.top + 4, up=ink.bottom + 4, width=width)

    # --- sizes -------------------------------------------------------------------------------------------------

    def _bar_scale(self) -> float:
        tallest = max((bar_height(channels(node)) for node in self._nodes if is_bar(node)), default=1.0)
        return min(1.0, TALLEST_BAR / tallest)

    def _reach(self) -> float:
        """How far the signs reach below the line, so that all words stand in one row."""
        bars = [bar_height(channels(node), self._scale) / 2 for node in self._nodes if is_bar(node)]
        pools = [22.0 for node in self._nodes if node.kind in POOLS]
        return max([JOINT + 2, *bars, *pools])

    def _width(self, gap: float) -> float:
        trail = gap + self._after.width if self._after else 0.0
        return 2 * END + self._length(self._series, gap) + trail + gap / 2

    def _length(self, series: Series, gap: float) -> float:
        return sum(self._piece(piece, gap) + gap for piece in series)

    def _piece(self, piece: Piece, gap: float) -> float:
        if isinstance(piece, Step):
            return self._column(piece.node)
        inner = piece.branches[-1] if piece.role == "gate" else piece.branches[0]
        lead = 0.0 if piece.role == "gate" else gap / 2 + 6
        return lead + self._length(inner, gap) + 2 * JOINT

    def _column(self, node: Node) -> float:
        if node.kind in JOINS and len(node.inputs) > 1:
            return 2 * JOINT
        return max(step_width(node), *(text_width(word) for word in _words(node)))

    # --- drawing -----------------------------------------------------------------------------------------------

    def _draw(self, canvas: Canvas, ink: Ink, series: Series, x: float, y: float, role: Role | None) -> float:
        """The signs from ``x`` on, each with the line before it; returns where the last one ends."""
        for piece in series:
            if isinstance(piece, Step):
                x += self._gap
                end = x + self._column(piece.node)
                canvas.put(line(x - self._gap, y, end, y, line_class(role or "main")))
                self._sign(canvas, ink, piece.node, (x + end) / 2, y)
                x = end
            elif piece.role == "gate":
                x = self._gate(canvas, ink, piece, x, y, role)
            else:
                x = self._residual(canvas, ink, piece, x, y, role)
        return x

    def _residual(self, canvas: Canvas, ink: Ink, fork: Fork, x: float, y: float, role: Role | None) -> float:
        assert fork.join is not None  # noqa: S101 - a residual fork always ends in a join
        start = x + self._gap / 2
        canvas.put(line(x, y, start, y, line_class(role or "main")))
        end = self._draw(canvas, ink, fork.branches[0], start + 6, y, "branch")
        centre = end + self._gap + JOINT
        canvas.put(line(start, y, start + 6, y, "path"), line(end, y, centre, y, "path"))
        projection = fork.join.kind == "add" and is_projection(fork)
        canvas.put(arch(start, centre, y, y - ARC_TOP, "skip projection" if projection else "skip"))
        canvas.put(element("circle", class_="dot", cx=start, cy=y, r=2.2))
        words = shorten(self._skip_words(fork), centre - start + 40)
        canvas.put(label(words, (start + centre) / 2, y - ARC_TOP - 6, "on-skip"))
        ink.top = max(ink.top, ARC_TOP + 18)
        self._join(canvas, ink, fork.join, centre, y)
        return centre + JOINT

    def _gate(self, canvas: Canvas, ink: Ink, fork: Fork, x: float, y: float, role: Role | None) -> float:
        assert fork.join is not None  # noqa: S101 - a gate always ends in a join
        end = self._draw(canvas, ink, fork.branches[-1], x, y, role)
        centre = end + self._gap + JOINT
        canvas.put(line(end, y, centre, y, line_class(role or "main")))
        canvas.put(arch(end + self._gap / 3, centre, y, y + 15, "gate", radius=5))
        self._join(canvas, ink, fork.join, centre, y)
        return centre + JOINT

    def _skip_words(self, fork: Fork) -> str:
        skip = fork.skip
        weights = sum(self._graph.nodes[n].parameters for n in skip.shortcut_nodes) if skip else 0
        if skip is None or skip.kind == "identity":
            return "identity, no weights"
        if skip.kind == "padded":
            return "zeros, no weights"
        return f"projection, {human(weights)} weights" if weights else f"{skip.kind}, no weights"

    def _sign(self, canvas: Canvas, ink: Ink, node: Node, x: float, y: float) -> None:
        if node.kind in JOINS and len(node.inputs) > 1:
            self._join(canvas, ink, node, x, y)
            return
        role = self._roles.of_node(node)
        own, width = Ink(), step_width(node)
        if is_bar(node):
            bar(own, node, x - width / 2, y, width, self._scale, role)
        elif node.kind in POOLS:
            pool(own, node, x - width / 2, y, width, 0.8, role)
        else:
            own.add(element("circle", class_="meeting", cx=x, cy=y, r=2.6), top=3)
        below = self._below
        words = [
            label(word, x, y + below + 12 + 15 * row, ("caption", "sub")[row])
            for row, word in enumerate(_words(node))
        ]
        ink.legend |= own.legend
        ink.bottom = max(ink.bottom, below + 18 + 15 * (len(words) - 1))
        ink.top = max(ink.top, own.top)
        column = self._column(node)
        box = Box(
            x - column / 2 - 3, y - own.top - 3, column + 6, own.top + below + 21 + 15 * (len(words) - 1)
        )
        canvas.mark(_mark(node, box), [*own.parts, *words], classes=" over")

    def _join(self, canvas: Canvas, ink: Ink, node: Node, x: float, y: float) -> None:
        ink.top, ink.bottom = max(ink.top, JOINT + 4), max(ink.bottom, JOINT + 4)
        box = Box(x - JOINT - 3, y - JOINT - 3, 2 * JOINT + 6, 2 * JOINT + 6)
        canvas.mark(_mark(node, box), [joint(node.kind, x, y, JOINT)], classes=" over")

    def _trail(self, canvas: Canvas, x: float) -> float:
        """The activation after the last sign, and the line to y."""
        pill = self._after
        if pill is not None:
            x += self._gap
            width = pill.width
            canvas.put(line(x - self._gap, 0, x, 0, "trunk"))
            box = Box(x - 2, -12, width + 4, 24)
            frame = element("rect", class_="node", x=x, y=-9, width=width, height=18, rx=5)
            words = label(pill.word, x + width / 2, 4, "caption")
            canvas.mark(_mark(pill.node, box), [frame, words], classes=" over")
            x += width
        canvas.put(line(x, 0, x + self._gap / 2, 0, "trunk"))
        return x

    def _framed(self, canvas: Canvas, ink: Ink, *, down: float, up: float, width: float = WIDTH) -> Diagram:
        height = down + max(up, 14.0)
        content = element("g", canvas.parts, transform=f"translate(0 {down:g})")
        return canvas.diagram(
            content,
            kind="block",
            spoken="The block, from left to right",
            width=width,
            height=height,
            down=down,
        )


def _is_line(series: Series) -> bool:
    """Whether no branches stand side by side, and skips carry no more than a projection."""
    for piece in series:
        if isinstance(piece, Fork):
            if piece.role == "lanes" or piece.join is None:
                return False
            if piece.role == "residual" and (len(piece.branches[-1]) > 1 or not piece.branches[0]):
                return False
            if not all(_is_line(branch) for branch in piece.branches):
                return False
    return True


def _last_bend(nodes: list[Node]) -> _Pill | None:
    """The activation that ends a block; None for a block that ends in a sum or in a layer."""
    for node in reversed(nodes):
        if node.kind in ("relu", "activation"):
            return _Pill(node, _word(node))
        if node.kind in JOINS or is_drawn(node):
            return None
    return None


def _word(node: Node) -> str:
    name = str(node.attributes.get("function") or node.kind)
    return _BENDS.get(
        name, {"silu": "SiLU", "gelu": "GELU", "relu6": "ReLU6"}.get(name, name.replace("_", " "))
    )


def _words(node: Node) -> tuple[str, ...]:
    """Kernel and channels of a layer; a word for others."""
    if node.kind == "conv":
        return ("×".join(str(side) for side in kernel(node)), str(channels(node)))
    if node.kind in POOLS:
        return ("pool",)
    if node.kind in JOINS:
        return ()
    word = "attention" if "attention" in node.kind else node.kind.replace("_", " ")
    return (shorten(word, 90), str(channels(node)))


def _mark(node: Node, box: Box) -> Mark:
    return Mark(
        id=node.name,
        kind="operation",
        box=box,
        label=node.name,
        detail=shape_text(node.output_shape),
        rows=(
            ("Parameters", exact(node.parameters)),
            ("Multiply-adds", exact(node.macs)),
        ),
        openable=False,
        opened=False,
        operations=(node.name,),
    )
