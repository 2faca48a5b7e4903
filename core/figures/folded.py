"""Small signs for the blocks of a folded stage: one bar each, under an arc where the block has a skip.

Lengths in px, as in `glyphs`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.figures.glyphs import (
    HEIGHT_PER_ROOT,
    JOINT_SMALL,
    Ink,
    Role,
    arc_key,
    bar_height,
    channels,
    is_projection,
    note_role,
    pool,
)
from core.figures.structure import Fork, Piece, Series, is_bar, steps
from core.figures.svg import arch, element, joint
from core.graph.records import JoinKind, Node

SMALL_ARC_TOP = 32.0  # least height of an arc
SMALL_SCALE = 1 / HEIGHT_PER_ROOT  # a bar is √channels high
SMALL_TALLEST = 84.0
_RESIDUAL, _PLAIN = 25.4, 15.0  # widths of a block with an arc and without one
_ARC = 22.3  # width of an arc
_MOST_SIGNS = 2  # a block with more residual additions shows the first ones


@dataclass(frozen=True, slots=True)
class Small:
    """A block in a folded stage: one bar, under an arc where the block is bridged.

    Attributes:
        node: the operation whose bar stands for the block; None where it has none.
        join: what ends the arc; None where there is no arc.
        projection: something with weights, or a change of shape, lies on the skip.
    """

    node: Node | None
    join: JoinKind | None = None
    projection: bool = False

    @property
    def width(self) -> float:
        """Px to the next one's start."""
        return _RESIDUAL if self.join else _PLAIN


def small_signs(series: Series, *, bridged: bool) -> tuple[Small, ...]:
    """The first residual additions of a block; else its last operation as a bar.

    ``bridged``: what the block reads is put beside its output later (DenseNet).
    """
    residual = [piece for piece in series if isinstance(piece, Fork) and piece.role == "residual"]
    if residual:
        first = residual[:_MOST_SIGNS]
        return tuple(Small(_representative((fork,)), "add", is_projection(fork)) for fork in first)
    node = _representative(series)
    if node is None:
        return ()
    return (Small(node, "concatenate" if bridged else None),)


def _representative(series: Iterable[Piece]) -> Node | None:
    """The last operation of a block that multiplies: it stands for the block when folded."""
    nodes = steps(series)
    bars = [node for node in nodes if is_bar(node)]
    if bars:
        return bars[-1]
    return nodes[-1] if nodes else None


def draw_small(ink: Ink, sign: Small, x: float, arc_top: float) -> float:
    """Draw a block on the line from ``x`` on, its arc ``arc_top`` px high; returns where the next one starts."""
    centre = x + _ARC
    role: Role = "branch" if sign.join else "main"
    if sign.node is not None:
        middle = x + (10.6 if sign.join else _PLAIN / 2)
        if is_bar(sign.node):
            height = min(bar_height(channels(sign.node), SMALL_SCALE), SMALL_TALLEST)
            box = {"x": middle - 3, "y": -height / 2, "width": 6, "height": height}
            ink.add(element("rect", class_=f"bar {role}", rx=1.5, **box), top=height / 2)
            note_role(ink.legend, role)
        else:
            pool(ink, sign.node, middle - 4, 0.0, 8, 0.6, role)
    if sign.join:
        kind = "skip small projection" if sign.projection else "skip small"
        ink.add(arch(x, centre, 0.0, -arc_top, kind, radius=5), top=arc_top, bottom=0)
        ink.add(joint(sign.join, centre, 0.0, JOINT_SMALL), top=JOINT_SMALL)
        ink.legend |= {arc_key(sign.join, sign.projection), sign.join}
        ink.skips += 1
    return x + sign.width
