"""What a diagram is once it is laid out: SVG with classes instead of colours, and its marks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from core.figures import theme
from core.figures.svg import element, escape

MarkKind = Literal["input", "stage", "block", "operation", "more"]
LegendKey = Literal[
    "identity",
    "projection",
    "dense",
    "long",
    "add",
    "multiply",
    "concatenate",
    "branch",
    "main",
    "attention",
    "pool",
    "all-seen",
    "no-field",
]
LEGEND_ORDER: tuple[LegendKey, ...] = get_args(LegendKey)


@dataclass(frozen=True, slots=True)
class Scale:
    """An entry of the key that says what colours mean: ``#rrggbb`` from zero to the largest, and the words for it."""

    colours: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in px, y downwards."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box, tolerance: float = 0.01) -> bool:
        """Whether the two share more than ``tolerance`` px in both directions."""
        return (
            min(self.x + self.width, other.x + other.width) - max(self.x, other.x) > tolerance
            and min(self.y + self.height, other.y + other.height) - max(self.y, other.y) > tolerance
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """Something in the picture that can be pointed at.

    Attributes:
        id: name of the group or node; for kind ``"more"`` of the first and last group folded away.
        kind: what it shows.
        box: where.
        label: bold in the tooltip.
        detail: right of the label: the output's shape.
        rows: what the tooltip says, exact.
        openable: it has parts that can be shown.
        opened: its parts are shown; it is a frame around their marks.
        operations: names of the operations that this mark shows and no other mark of the diagram does.
    """

    id: str
    kind: MarkKind
    box: Box
    label: str
    detail: str
    rows: tuple[tuple[str, str], ...]
    openable: bool
    opened: bool
    operations: tuple[str, ...]

    @property
    def spoken(self) -> str:
        """The mark in words, for a screen reader."""
        rows = (f"{name} {value}" for name, value in self.rows)
        return ", ".join(filter(None, (self.label, self.detail, *rows)))


@dataclass(frozen=True)
class Diagram:
    """A laid-out picture.

    Attributes:
        svg: an ``<svg>`` element whose marks are ``<g class="mark" data-mark="index of the mark">``; colours come
            from the CSS classes of `diagram_css`.
        width: px.
        height: px.
        marks: frames before the marks within them, else from left to right.
        legend: the signs that occur, in the order of the key; a scale of colours last.
        note: one sentence on what was left out of the picture; "" where nothing was.
    """

    svg: str
    width: float
    height: float
    marks: tuple[Mark, ...]
    legend: tuple[LegendKey | Scale, ...]
    note: str = ""

    @cached_property
    def rev(self) -> str:
        """Changes with the picture."""
        return hashlib.sha256(self.svg.encode()).hexdigest()[:16]

    def mark(self, name: str) -> Mark | None:
        """The mark of that name, else the only one that shows that operation or module, else None."""
        for mark in self.marks:
            if mark.id == name:
                return mark
        inside = f"{name}."
        holding = [
            mark
            for mark in self.marks
            if any(item == name or item.startswith(inside) for item in mark.operations)
        ]
        return holding[0] if len(holding) == 1 else None

    def standalone(self, *, dark: bool = False, title: str = "", selected: str | None = None) -> str:
        """The picture as an SVG file with its colours inside, readable without this app."""
        colours = theme.literal_colours(dark)
        css = f".sk{{font-family:{theme.FONT}}}" + diagram_css(colours)
        ground = element("rect", width=self.width, height=self.height, fill=colours["background"])
        head = element("title", escape(title)) if title else ""
        body = self.svg
        mark = self.mark(selected) if selected else None
        if mark:
            key = f'data-mark="{self.marks.index(mark)}" class="'
            body = body.replace(key, f"{key}is-selected ", 1)
        start = body.index(">") + 1
        return f"{body[:start]}{head}<style>{_escape_style(css)}</style>{ground}{body[start:]}\n"


def _escape_style(css: str) -> str:
    """CSS as text of an XML element."""
    return css.replace("&", "&amp;").replace("<", "&lt;")


def diagram_css(colours: Mapping[str, str]) -> str:
    """The rules for every class that diagrams use; ``colours``: role → CSS colour (`theme`)."""
    return _RULES.format_map({"small": theme.SMALL_SIZE, "body": theme.BODY_SIZE, **colours})


_RULES = """
.sk text {{ font-size: {small}px; fill: {ink_2}; }}
.sk .name {{ font-weight: 600; fill: {ink}; }}
.sk .shape {{ font-feature-settings: "tnum"; letter-spacing: .02em; }}
.sk .trunk {{ stroke: {main}; stroke-width: 1.6; fill: none; }}
.sk .path {{ stroke: {branch}; stroke-width: 1.6; fill: none; }}
.sk .bar.main, .sk .dot {{ fill: {main}; }}
.sk .bar.branch {{ fill: {branch}; }}
.sk .bar.hollow {{ fill: {background}; stroke-width: 1.4; }}
.sk .bar.hollow.main {{ stroke: {main}; }}
.sk .bar.hollow.branch {{ stroke: {branch}; }}
.sk .bar.skip {{ fill: {skip}; }}
.sk path.pool.skip {{ stroke: {skip}; fill: {background}; }}
.sk .cut {{ stroke: {background}; stroke-width: 1; fill: none; }}
.sk .pool {{ fill: {background}; stroke-width: 1.6; stroke-linejoin: round; }}
.sk .pool.main {{ stroke: {main}; }}
.sk .pool.branch {{ stroke: {branch}; }}
.sk path.skip {{ stroke: {skip}; stroke-width: 2; fill: none; }}
.sk path.skip.small {{ stroke-width: 1.6; }}
.sk path.skip.projection {{ stroke-dasharray: 5 3.5; }}
.sk path.skip.small.projection {{ stroke-dasharray: 3.6 2.6; }}
.sk path.skip.long {{ stroke-width: 1.5; }}
.sk .gate {{ stroke: {branch}; stroke-width: 1.3; fill: none; }}
.sk .joint {{ fill: {background}; stroke: {ink}; stroke-width: 1.4; }}
.sk .joint-sign {{ stroke: {ink}; stroke-width: 1.4; fill: none; }}
.sk .joint-sign.small {{ stroke-width: 1; }}
.sk .meeting {{ fill: {ink_3}; }}
.sk .card {{ fill: {background}; stroke: {control}; stroke-width: 1; }}
.sk .frame {{ fill: {fill}; stroke: {control}; stroke-width: 1; }}
.sk .ground {{ fill: {fill}; }}
.sk .seg.main, .sk .seg.head {{ fill: {main}; }}
.sk .seg.branch {{ fill: {branch}; }}
.sk .seg.head {{ fill-opacity: .36; }}
.sk .seg.unused {{ fill: {pressed}; }}
.sk .on-seg.main {{ fill: {background}; }}
.sk .on-seg.branch {{ fill: {on_branch}; }}
.sk .on-seg.head, .sk .on-seg.unused {{ fill: {ink}; }}
.sk .lead {{ font-weight: 600; }}
.sk .value {{ fill: {ink}; }}
.sk .again {{ display: none; }}
@media (max-width: 700px) {{ .sk .again {{ display: inline; }} }}
.sk .frame-title {{ paint-order: stroke; stroke: {fill}; stroke-width: 4px; stroke-linejoin: round; }}
.sk .bracket {{ stroke: {control}; stroke-width: 1.4; fill: none; }}
.sk .node {{ fill: {background}; stroke: {main}; stroke-width: 1.3; }}
.sk .node.branch {{ stroke: {branch}; }}
.sk .node.skip {{ stroke: {skip}; }}
.sk .on-skip {{ fill: {skip_text}; }}
.sk .end {{ font-style: italic; font-size: {body}px; fill: {ink}; }}
.sk .picture {{ fill: {main_pale}; stroke: {control}; stroke-width: 1; }}
.sk .edge {{ stroke: {ink_3}; stroke-width: 1.2; fill: none; }}
.sk .hit {{ fill: transparent; stroke: transparent; stroke-width: 2; }}
.sk .mark {{ cursor: pointer; outline: none; }}
.sk .mark.is-hovered > .hit {{ stroke: {ink_3}; stroke-width: 1.2; }}
.sk .mark.is-selected > .hit {{ fill: {background}; stroke: {ink}; stroke-width: 2; }}
.sk .mark.is-selected.opened > .hit, .sk .mark.is-selected.over > .hit {{ fill: transparent; }}
.sk .mark.is-selected > .caption {{ font-weight: 600; fill: {ink}; }}
.sk.icicle, .sk.depth {{ display: block; user-select: none; -webkit-user-select: none; }}
.sk .cell.main {{ fill: {main}; }}
.sk .cell.branch {{ fill: {branch}; fill-opacity: .8; }}
.sk .cell.more {{ fill: {control}; }}
.sk .cell.pale.main {{ fill: {main_pale}; }}
.sk .cell.pale.branch {{ fill: {branch_pale}; fill-opacity: 1; }}
.sk .cell.pale.more {{ fill: {pressed}; }}
.sk .cell.thin {{ fill-opacity: .5; }}
.sk .cell.thin.skip {{ fill: {skip}; fill-opacity: 1; }}
.sk .mark.is-selected > .cell.branch:not(.thin) {{ fill-opacity: 1; }}
.sk text.on-branch {{ fill: {on_branch}; font-feature-settings: "tnum"; }}
.sk text.on-main {{ fill: {background}; font-feature-settings: "tnum"; }}
.sk text.on-more {{ fill: {ink}; }}
.sk .ribbon {{ stroke: {background}; stroke-width: 1.5; fill-opacity: .6; }}
.sk .ribbon.main {{ fill: {main_pale}; }}
.sk .ribbon.branch {{ fill: {branch_pale}; }}
.sk .ribbon.more {{ fill: {pressed}; }}
.sk .part:has(> .is-selected, > .is-hovered) > .ribbon {{ fill-opacity: 1; }}
.sk .grid {{ stroke: {hairline}; stroke-width: 1; }}
.sk .band {{ fill: {control}; }}
.sk .bar.rest {{ fill: {control}; }}
.sk .axis {{ stroke: {control}; stroke-width: 1; }}
.sk .bound {{ stroke: {ink}; stroke-width: 1.2; }}
.sk .level {{ stroke: {ink_3}; stroke-width: 1.2; stroke-dasharray: 2 3; }}
.sk .told {{ paint-order: stroke; stroke: {background}; stroke-width: 4px; stroke-linejoin: round; fill: {ink}; }}
.sk.heat .trunk, .sk.heat .path, .sk.heat .gate {{ stroke: {ink_3}; }}
.sk.heat .dot {{ fill: {ink_3}; }}
.sk.heat .heated .bar, .sk.heat .heated .pool {{ fill: currentColor; stroke: {ink_3}; stroke-width: .8; }}
.sk.heat .heated .node {{ stroke: currentColor; stroke-width: 2.5; }}
.sk .bar.all-seen, .sk.heat .all-seen .bar, .sk.heat .all-seen .pool {{ fill: {control}; stroke: {ink_3}; }}
.sk .bar.no-field, .sk.heat .no-field .bar, .sk.heat .no-field .pool {{
  fill: {background}; stroke: {ink_3}; stroke-dasharray: 2 2;
}}
.sk.heat .all-seen .node, .sk.heat .no-field .node {{ stroke: {ink_3}; stroke-width: 1.5; }}
.sk.heat .no-field .node {{ stroke-dasharray: 2 2; }}
.sk .toggle rect {{ fill: {background}; stroke: {control}; stroke-width: 1; }}
.sk .toggle path {{ stroke: {ink_2}; stroke-width: 1.6; fill: none; stroke-linecap: round; }}
.sk .toggle.plus {{ opacity: 0; }}
.sk .mark.is-hovered > .toggle.plus, .sk .mark.is-selected > .toggle.plus,
.sk .mark:focus-visible > .toggle.plus {{ opacity: 1; }}
.sk .toggle:hover rect {{ stroke: {ink_3}; }}
"""
