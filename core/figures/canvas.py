"""Where a strip is drawn: marks with their sensitive boxes, and what all its parts share.

Coordinates: x from the left edge, y from the line downwards, px.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.figures.diagram import LEGEND_ORDER, Box, Diagram, LegendKey, Mark, MarkKind
from core.figures.glyphs import Ink
from core.figures.links import Member
from core.figures.numbers import exact, shape_text
from core.figures.svg import element, number, shorten
from core.graph.records import Group

BLOCK_TOP, BLOCK_BOTTOM = 56.0, 74.0
"""How far a block's box reaches from the line, where nothing in it is taller."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member of the row stands, as the end of a link.

    ``fork``: x of the line where a short link starts; ``joint``: x of the join at its start, where one ends.
    """

    left: float
    right: float
    top: float
    fork: float = 0.0
    joint: float | None = None


@dataclass(slots=True)
class Canvas:
    """Collects the drawing.

    ``above``: what lies over all parts; ``top``, ``bottom``: how far it reaches from the line; ``skips``: how many
    are drawn.
    """

    parts: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    legend: set[LegendKey] = field(default_factory=set)
    skips: int = 0
    top: float = 79.0
    bottom: float = 80.0

    def put(self, *markup: str) -> None:
        """Draw outside any mark."""
        self.parts.extend(markup)

    def take(self, ink: Ink) -> None:
        """Count in what an ink has drawn."""
        self.legend |= ink.legend
        self.skips += ink.skips

    def mark(
        self,
        mark: Mark,
        markup: Sequence[str],
        *,
        classes: str = "",
        hit_first: bool = True,
        rx: float = 6,
        more: Sequence[str] = (),
    ) -> None:
        """Draw a mark: its sensitive box, then ``markup`` (or the other way round); ``more``: at the very end."""
        box = mark.box
        hit = element("rect", class_="hit", x=box.x, y=box.y, width=box.width, height=box.height, rx=rx)
        content = [hit, *markup, *more] if hit_first else [*markup, hit, *more]
        opened = " opened" if mark.opened else ""
        self.parts.append(
            element(
                "g",
                content,
                data_mark=str(len(self.marks)),
                class_=f"mark {mark.kind}{opened}{classes}",
                role="button",
                tabindex=-1,
                aria_label=mark.spoken,
                aria_expanded=("true" if mark.opened else "false") if mark.openable else None,
            )
        )
        self.marks.append(mark)

    def diagram(
        self,
        content: str,
        *,
        kind: str,
        spoken: str,
        width: float,
        height: float,
        down: float = 0.0,
        note: str = "",
    ) -> Diagram:
        """The finished picture.

        Args:
            content: markup in the picture's coordinates, which holds all that was drawn here.
            kind: CSS class of the picture.
            spoken: what it is, for a screen reader.
            width: px.
            height: px.
            down: how far ``content`` has moved down what was drawn here.
            note: see `Diagram`.
        """
        svg = element(
            "svg",
            content,
            xmlns="http://www.w3.org/2000/svg",
            class_=f"sk {kind}",
            viewBox=f"0 0 {number(width)} {number(height)}",
            width=width,
            height=height,
            role="group",
            aria_label=spoken,
        )
        marks = tuple(replace(mark, box=replace(mark.box, y=mark.box.y + down)) for mark in self.marks)
        legend = tuple(key for key in LEGEND_ORDER if key in self.legend)
        return Diagram(svg, width, height, marks, legend, note)


def group_mark(group: Group, kind: MarkKind, box: Box, *, opened: bool = False) -> Mark:
    """The mark of a group with its exact numbers."""
    return Mark(
        id=group.name,
        kind=kind,
        box=box,
        label=group.title,
        detail=shape_text(group.output_shape),
        rows=(("Parameters", exact(group.parameters)), ("Multiply-adds", exact(group.macs))),
        openable=opened or bool(group.children),
        opened=opened,
        operations=() if opened else group.nodes,
    )


def toggle(x: float, y: float, index: int, sign: str) -> str:
    """The 16 px button that opens ("+") or closes ("−") the mark of that index."""
    d = f"M{x + 4.5:g} {y + 8:g}H{x + 11.5:g}" + (
        f"M{x + 8:g} {y + 4.5:g}V{y + 11.5:g}" if sign == "+" else ""
    )
    button = element("rect", x=x, y=y, width=16, height=16, rx=4)
    kind = "plus" if sign == "+" else "minus"
    return element(
        "g",
        button + element("path", d=d),
        class_=f"toggle {kind}",
        data_toggle=str(index),
        aria_hidden="true",
    )


@dataclass(frozen=True, slots=True)
class Extent:
    """Size of a part: its width, where its texts are centred, how far up and down its blocks reach."""

    width: float
    centre: float
    reach: float = BLOCK_TOP
    depth: float = BLOCK_BOTTOM


class Unit:
    """A part of the strip: a group, with its name, its second line and its shape in rows above and below.

    ``flush``: the texts start at the left edge instead of being centred (the first unit).
    """

    flush = False

    def __init__(self, group: Group) -> None:
        self.group = group

    @property
    def name(self) -> str:
        """Bold, above."""
        return shorten(self.group.title, 150)

    @property
    def sub(self) -> str:
        """Second line above."""
        return ""

    @property
    def shape(self) -> str:
        """Below: the output's shape."""
        return shape_text(self.group.output_shape, spaced=False)

    @property
    def texts(self) -> tuple[str, str, str]:
        """Name, second line and shape."""
        return (self.name, self.sub, self.shape)

    @property
    def extent(self) -> Extent:
        """Its size."""
        raise NotImplementedError

    def members(self, frame: int) -> list[Member]:
        """What it holds, for links; ``frame`` is its number, for those whose parts stand in the row themselves."""
        raise NotImplementedError

    def places(self, x: float) -> list[Place]:
        """Where its members stand when it starts at ``x``."""
        raise NotImplementedError

    def draw(self, canvas: Canvas, x: float) -> None:
        """Draw it from ``x`` on."""
        raise NotImplementedError
