"""Signs of the strip: a series of operations as bars on a line, with arcs for skips and lanes for branches.

Lengths in px; y grows downwards and 0 is the line. A bar's width is its kernel, its height 1.62·√channels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from core.figures.diagram import LegendKey
from core.figures.structure import JOINS, POOLS, WEIGHTLESS, Fork, Piece, Series, Step, is_bar
from core.figures.svg import arch, element, joint, line, number
from core.graph.records import JoinKind, Node

HEIGHT_PER_ROOT = 1.62
TALLEST = 124.0
"""A bar that would be taller (more than 5,859 channels) is cut: drawn this tall with a break in it."""
ARC_TOP = 46.0
LEAD, GAP, TAIL = 9.0, 7.4, 8.2
JOINT, JOINT_SMALL = 6.0, 3.6
LANE_PITCH = 24.0
_KERNEL_WIDTHS = ((1.0, 5.0), (3.0, 10.0), (7.0, 16.0), (16.0, 20.0), (32.0, 24.0))

_JOIN_KEYS: tuple[LegendKey, ...] = ("add", "multiply", "concatenate")
Role = Literal["main", "branch", "skip"]


@dataclass(frozen=True, slots=True)
class Size:
    """How much room signs take along the line, in px; heights do not depend on it.

    Attributes:
        lead: from the start of a skip to the first bar.
        gap: between bars.
        tail: from the last bar to the join.
        joint: radius of a join.
        breadth: factor of the bars' widths.
        corner: radius of a skip's corners.
        dot: radius of the point where a skip starts.
    """

    lead: float = LEAD
    gap: float = GAP
    tail: float = TAIL
    joint: float = JOINT
    breadth: float = 1.0
    corner: float = 9.0
    dot: float = 2.2


FULL = Size()
COMPACT = Size(lead=4.5, gap=1.8, tail=4.5, joint=3.9, breadth=0.6, corner=7.0, dot=1.4)
"""For many blocks in one picture: a bottleneck takes 32 instead of 63 px."""


@dataclass(slots=True)
class Ink:
    """What was drawn: markup, how far it reaches from the line, and which signs occurred."""

    parts: list[str] = field(default_factory=list)
    top: float = 0.0
    bottom: float = 0.0
    legend: set[LegendKey] = field(default_factory=set)
    skips: int = 0

    def add(self, *markup: str, top: float = 0.0, bottom: float | None = None) -> None:
        """Put markup that reaches from ``-top`` to ``bottom`` (default: as far down as up)."""
        self.parts.extend(markup)
        self.top = max(self.top, top)
        self.bottom = max(self.bottom, top if bottom is None else bottom)


def channels(node: Node) -> int:
    """Channels of the output of a map, width of tokens and vectors."""
    shape = node.output_shape
    if node.kind in WEIGHTLESS and len(shape) == 4:
        return shape[1] * shape[3]  # heads × width of a head
    last = (
        node.kind == "linear"
        or len(shape) in (2, 3)
        or (len(shape) == 4 and shape[1] == shape[2] != shape[3])
    )
    if not shape:
        return 1
    return shape[-1] if last else shape[min(1, len(shape) - 1)]


def kernel(node: Node) -> tuple[int, ...]:
    """Kernel of a convolution or pool, ``(1, 1)`` where there is none."""
    value = node.attributes.get("kernel")
    if isinstance(value, tuple):
        return value or (1, 1)
    return (int(value), int(value)) if isinstance(value, int) else (1, 1)


@lru_cache(maxsize=256)
def kernel_width(sizes: tuple[int, ...]) -> float:
    """Width of a bar: 1×1 5, 3×3 10, 7×7 16 px, between them linear; 1×7 counts as its geometric mean."""
    size = math.pow(math.prod(sizes), 1 / len(sizes))
    previous = _KERNEL_WIDTHS[0]
    for point in _KERNEL_WIDTHS[1:]:
        if size <= point[0]:
            share = (size - previous[0]) / (point[0] - previous[0])
            return previous[1] + max(0.0, share) * (point[1] - previous[1])
        previous = point
    return previous[1]


def bar_height(count: int, scale: float = 1.0) -> float:
    """Height of a bar of that many channels, before it is cut at `TALLEST`."""
    return max(2.0, HEIGHT_PER_ROOT * math.sqrt(max(1, count)) * scale)


def step_width(node: Node, size: Size = FULL) -> float:
    """Width of the sign of one operation; 0 for those that are only a point on the line."""
    if node.kind in POOLS:
        return 12.0 * size.breadth
    if node.kind in WEIGHTLESS:
        return 10.0 * size.breadth
    if is_bar(node):
        return (kernel_width(kernel(node)) if node.kind == "conv" else 5.0) * size.breadth
    return 2 * size.joint if node.kind in JOINS else 6.0


def series_width(series: Series, size: Size = FULL) -> float:
    """Length of line that a series takes, without a lead."""
    widths = [_piece_width(piece, size) for piece in series]
    return sum(widths) + size.gap * max(0, len(widths) - 1)


def _piece_width(piece: Piece, size: Size) -> float:
    if isinstance(piece, Step):
        return step_width(piece.node, size)
    join = 2 * size.joint if piece.join else 4.0
    least = 14.0 * size.breadth
    if piece.role == "gate":
        return max(least, series_width(piece.branches[-1], size) + size.lead) + join
    if piece.role == "residual":
        return size.lead + max(series_width(piece.branches[0], size), least) + size.tail + join
    inside = max((series_width(branch, size) for branch in piece.branches), default=0.0)
    return 2 * size.lead + 6 + inside + join


def lane_scale(series: Iterable[Piece], room: float = ARC_TOP) -> float:
    """Largest scale ≤ 1 at which the bars of all lanes fit beside each other."""
    scale = 1.0
    for piece in series:
        if isinstance(piece, Step):
            continue
        inner = _lane_room(piece, room)
        for branch in piece.branches:
            if piece.role == "lanes":
                bars = [piece.node for piece in branch if isinstance(piece, Step) and is_bar(piece.node)]
                tallest = max((bar_height(channels(node)) for node in bars), default=1.0)
                scale = min(scale, (2 * inner - 3) / tallest)
            scale = min(scale, lane_scale(branch, inner))
    return scale


def _lane_room(fork: Fork, room: float) -> float:
    """Half the height that one lane of the fork has."""
    if fork.role != "lanes" or len(fork.branches) < 2:
        return room
    return max(2.5, min(LANE_PITCH / 2, room / len(fork.branches)))


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws series. ``lanes``: scale of bars within lanes; ``size``: room along the line; ``scale``: of all bars."""

    lanes: float = 1.0
    size: Size = FULL
    scale: float = 1.0

    def series(
        self, ink: Ink, series: Series, x: float, y: float, role: Role, room: float = ARC_TOP
    ) -> float:
        """Draw from ``x`` on, with the line it stands on; returns where it ends."""
        for index, piece in enumerate(series):
            end = x + _piece_width(piece, self.size)
            through = isinstance(piece, Step) or piece.role == "gate"
            if index or through:
                ink.add(
                    line(x - (self.size.gap if index else 0.0), y, end if through else x, y, line_class(role))
                )
            x = self._piece(ink, piece, x, y, role, room) + self.size.gap
        return x - self.size.gap if series else x

    def _piece(self, ink: Ink, piece: Piece, x: float, y: float, role: Role, room: float) -> float:
        if isinstance(piece, Step):
            return self._step(ink, piece.node, x, y, role, room)
        if piece.role == "residual":
            return self._residual(ink, piece, x, y, room)
        if piece.role == "gate":
            return self._gate(ink, piece, x, y, role, room)
        return self._lanes(ink, piece, x, y, role, room)

    def _step(self, ink: Ink, node: Node, x: float, y: float, role: Role, room: float) -> float:
        width = step_width(node, self.size)
        scale = self.scale * (self.lanes if room < ARC_TOP else 1.0)
        if is_bar(node):
            bar(ink, node, x, y, width, scale, role)
        elif node.kind in POOLS:
            pool(ink, node, x, y, width, min(scale, room / ARC_TOP), role)
        elif node.kind in JOINS:
            self._join(ink, node.kind, x + self.size.joint, y, room)
        else:
            ink.add(element("circle", class_="meeting", cx=x + width / 2, cy=y, r=2.6))
        return x + width

    def _join(self, ink: Ink, kind: str, x: float, y: float, room: float) -> None:
        radius = self.size.joint if room >= ARC_TOP else JOINT_SMALL
        ink.add(joint(kind, x, y, radius), top=abs(y) + radius)
        note_join(ink.legend, kind)

    def _residual(self, ink: Ink, fork: Fork, x: float, y: float, room: float) -> float:
        assert fork.join is not None  # noqa: S101 - a residual fork always ends in a join
        end = x + _piece_width(fork, self.size)
        centre = end - self.size.joint
        inner = Ink()
        span = centre - self.size.joint - self.size.tail - x - self.size.lead
        start = x + self.size.lead + (span - series_width(fork.branches[0], self.size)) / 2
        stop = self.series(inner, fork.branches[0], start, y, "branch", room)
        ink.add(line(x, y, start, y, "path"), line(stop, y, centre, y, "path"))
        projection = fork.join.kind == "add" and is_projection(fork)
        height = max(ARC_TOP * min(1.0, room / ARC_TOP), inner.top + y + 8)
        kind = "skip projection" if projection else "skip"
        inner.add(
            arch(x, centre, y, y - height, kind, radius=self.size.corner if room >= ARC_TOP else 4),
            element("circle", class_="dot", cx=x, cy=y, r=self.size.dot),
            top=height - y + 1,
            bottom=inner.bottom,
        )
        inner.legend |= {
            arc_key("concatenate" if fork.join.kind == "concatenate" else "add", projection),
            "branch",
        }
        self._join(inner, fork.join.kind, centre, y, room)
        _merge(ink, inner)
        ink.skips += 1
        return end

    def _gate(self, ink: Ink, fork: Fork, x: float, y: float, role: Role, room: float) -> float:
        assert fork.join is not None  # noqa: S101 - a gate always ends in a join
        end = x + _piece_width(fork, self.size)
        centre = end - self.size.joint
        if fork.branches[-1]:
            self.series(ink, fork.branches[-1], x + self.size.lead, y, role, room)
        depth = min(15.0, room * 0.45)
        # Below the line, so that nobody takes it for a skip.
        ink.add(arch(x, centre, y, y + depth, "gate", radius=5), top=0, bottom=y + depth)
        self._join(ink, "multiply", centre, y, room)
        return end

    def _lanes(self, ink: Ink, fork: Fork, x: float, y: float, role: Role, room: float) -> float:
        end = x + _piece_width(fork, self.size)
        right = end - (self.size.joint if fork.join else 2.0)
        half = _lane_room(fork, room)
        count = len(fork.branches)
        for index, branch in enumerate(fork.branches):
            lane = y + (index - (count - 1) / 2) * 2 * half
            ink.add(
                element("path", class_=line_class(role), d=lane_path(x, right, y, lane, self.size.lead)),
                top=abs(lane) + half,
            )
            length = series_width(branch, self.size)
            start = x + self.size.lead + (right - x - 2 * self.size.lead - length) / 2
            self.series(ink, branch, start, lane, role, half)
        if fork.join:
            if fork.skip is not None and fork.join.kind == "add":
                ink.skips += 1
            self._join(ink, fork.join.kind, right, y, room)
        return end


def line_class(role: Role) -> str:
    """CSS class of the line that a series stands on."""
    return "trunk" if role == "main" else "path"


def lane_path(left: float, right: float, y: float, lane: float, lead: float = LEAD) -> str:
    """The path of a line that leaves ``y`` for a lane and comes back."""
    n = number
    if lane == y:
        return f"M{n(left)} {n(y)}H{n(right)}"
    bend = max(2.0, lead - 2)
    return (
        f"M{n(left)} {n(y)}C{n(left + bend)} {n(y)} {n(left)} {n(lane)} {n(left + bend)} {n(lane)}"
        f"H{n(right - bend)}C{n(right)} {n(lane)} {n(right - bend)} {n(y)} {n(right)} {n(y)}"
    )


def bar(ink: Ink, node: Node, x: float, y: float, width: float, scale: float, role: Role) -> None:
    """One bar centred on ``y``, with lines in the background's colour that show its groups."""
    full = bar_height(channels(node), scale)
    height = min(full, TALLEST)
    hollow = node.kind in WEIGHTLESS
    class_ = f"bar {role}{' hollow' if hollow else ''}"
    inset = 0.7 if hollow else 0.0
    ink.add(
        element(
            "rect",
            class_=class_,
            x=x + inset,
            y=y - height / 2 + inset,
            width=width - 2 * inset,
            height=height - 2 * inset,
            rx=min(1.5, height / 4),
        ),
        top=abs(y) + height / 2,
    )
    cuts = [y + offset for offset in _cuts(node, height)]
    if full > TALLEST:
        cuts += [y - height * 0.36 - 2, y - height * 0.36 + 2]
    ink.parts.extend(line(x - 0.5, cut, x + width + 0.5, cut, "cut") for cut in cuts)
    if hollow:
        ink.legend.add("attention")
    else:
        note_role(ink.legend, role)


def _cuts(node: Node, height: float) -> list[float]:
    groups = node.attributes.get("groups", 1)
    count = min(6, (groups if isinstance(groups, int) else 1) - 1, int(height / 3.4) - 1)
    return [height * ((index + 1) / (count + 1) - 0.5) for index in range(max(0, count))]


def pool(ink: Ink, node: Node, x: float, y: float, width: float, scale: float, role: Role) -> None:
    """A trapezoid that narrows: a global pool nearly to a point, others by the square root of their shrinking."""
    tall = max(8.0, min(bar_height(channels(node)), 54.0) * scale)
    tall = max(tall, 31.0 * scale)
    before, after = _map_side(node.input_shapes[0] if node.input_shapes else ()), _map_side(node.output_shape)
    short = tall * (0.55 if after > 1 or before <= 1 else 0.12)
    if after >= before > 1:
        short = tall * 0.8
    n = number
    d = (
        f"M{n(x)} {n(y - tall / 2)}L{n(x + width)} {n(y - short / 2)}"
        f"V{n(y + short / 2)}L{n(x)} {n(y + tall / 2)}Z"
    )
    ink.add(element("path", class_=f"pool {role}", d=d), top=abs(y) + tall / 2)
    ink.legend.add("pool")


def _map_side(shape: tuple[int, ...]) -> int:
    return max(shape[2:], default=1)


def _merge(ink: Ink, inner: Ink) -> None:
    ink.add(*inner.parts, top=inner.top, bottom=inner.bottom)
    ink.legend |= inner.legend
    ink.skips += inner.skips


def is_projection(fork: Fork) -> bool:
    """Whether something with weights or a change of shape lies on the fork's skip."""
    return bool(fork.branches[-1]) or (fork.skip is not None and fork.skip.kind == "projection")


def note_role(legend: set[LegendKey], role: Role) -> None:
    """Put the role of a bar into the key; bars on a skip explain themselves."""
    if role != "skip":
        legend.add(role)


def note_join(legend: set[LegendKey], kind: str) -> None:
    """Put a join into the key."""
    legend |= {join for join in _JOIN_KEYS if join == kind}


def arc_key(join: JoinKind, projection: bool) -> LegendKey:
    """Which entry of the key an arc belongs to."""
    if join == "concatenate":
        return "dense"
    return "projection" if projection else "identity"
