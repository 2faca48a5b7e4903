"""Skips between the parts of a strip."""

from __future__ import annotations

from collections.abc import Sequence

from core.figures.canvas import Canvas, Unit
from core.figures.frame import Frame, Slot
from core.figures.glyphs import ARC_TOP, JOINT
from core.figures.links import bridged, links
from core.figures.svg import arch, element, joint

LONG_ARCS = 48
"""More long arcs than this are not drawn: they would be a grey cloud in vermillion."""


def mark_branches(units: Sequence[Unit]) -> None:
    """Tell the blocks that a short link spans that they are branches."""
    row = [member for number, unit in enumerate(units) for member in unit.members(number)]
    slots = [slot for unit in units for slot in _branches(unit)]
    for index in bridged(row, links(row)):
        slot = slots[index]
        if slot is not None:
            slot.role = "branch"


def _branches(unit: Unit) -> Sequence[Slot | None]:
    """For each member of a unit the block that can be drawn as a branch."""
    return unit.branches() if isinstance(unit, Frame) else [None] * len(unit.members(0))


def draw_links(
    canvas: Canvas, units: Sequence[tuple[Unit, float]], reach: float
) -> tuple[list[str], int, int]:
    """Arcs for what is read over the predecessor's head: markup, levels used above ``reach``, arcs left out.

    Where a link spans one block of an opened stage it looks like the skip of a residual block. Longer ones run
    from the border of one mark to that of another, so a skip that leaves a folded stage starts at its card.
    """
    row = [member for number, (unit, _) in enumerate(units) for member in unit.members(number)]
    places = [place for unit, x in units for place in unit.places(x)]
    near, far = [], []
    found = links(row)
    short = bridged(row, found)
    for link in found:
        end = places[link.reader]
        if link.bridges_one and link.source + 1 in short and end.joint is not None:
            near.append(_short_arc(places[link.source + 1].fork, end.joint))
        elif link.source >= 0:
            far.append((link.source, link.reader))
    canvas.skips += len(near)
    if near:
        canvas.legend |= {"dense", "branch"}
    kept, levels = far[:LONG_ARCS], _levels(far[:LONG_ARCS])
    arcs = []
    for (source, reader), level in zip(kept, levels, strict=True):
        start, end = places[source], places[reader]
        arcs.append(_long_arc(start.right - 8, end.left + 8, start.top, end.top, reach + 8 + 8 * level))
    if kept:
        canvas.legend.add("long")
    return near + arcs, max(levels, default=-1) + 1, len(far) - len(kept)


def _short_arc(left: float, right: float) -> str:
    dot = element("circle", class_="dot", cx=left, cy=0, r=2.2)
    return arch(left, right, 0, -ARC_TOP, "skip") + dot + joint("concatenate", right, 0, JOINT)


def _long_arc(left: float, right: float, start: float, end: float, top: float) -> str:
    d = f"M{left:g} {-start:g}V{6 - top:g}q0 -6 6 -6H{right - 6:g}q6 0 6 6V{-end:g}"
    return element("path", class_="skip long", d=d)


def _levels(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Heights at which no two arcs share a piece of line; spans come shortest first."""
    taken: list[list[tuple[int, int]]] = []
    levels = []
    for start, end in spans:
        level = next(
            (i for i, row in enumerate(taken) if all(end <= a or b <= start for a, b in row)), len(taken)
        )
        if level == len(taken):
            taken.append([])
        taken[level].append((start, end))
        levels.append(level)
    return levels
