"""The parts of a strip from left to right: input, stem, folded and opened stages, head.

Coordinates: x from the unit's left edge, y from the line downwards, px.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os.path import commonprefix
from typing import Protocol

from core.figures.diagram import Box, LegendKey, Mark, MarkKind
from core.figures.glyphs import (
    ARC_TOP,
    JOINT,
    LEAD,
    SMALL_ARC_TOP,
    Ink,
    Pen,
    Role,
    Small,
    bar_height,
    channels,
    draw_small,
    kernel,
    lane_scale,
    line_class,
    small_signs,
)
from core.figures.links import Member, bridged, links
from core.figures.numbers import NARROW, count, exact, shape_text
from core.figures.structure import JOINS, POOLS, Fork, Series, Step, far_reads, steps
from core.figures.svg import arch, element, joint, label, line, shorten, text_width
from core.graph.records import Group, Node

BLOCK_TOP, BLOCK_BOTTOM, CAPTION_Y = 56.0, 74.0, 67.0
CARD_TOP, CARD_BOTTOM = 49.5, 57.0
FRAME_SIDE, SLOT_SIDE, SLOT_GAP = 5.5, 9.5, 1.0
CARD_LEFT, CARD_RIGHT, CARD_STEP = 10.0, 6.0, 3.0
THUMB = 43.0
LONG_ARCS = 48


class Unit(Protocol):
    """What the strip needs to know of a part.

    Attributes:
        name: bold, above. sub: second line above. shape: below.
        texts: these three.
        width: of the drawing. centre: where the texts are centred.
        flush: texts start at the left edge instead of being centred (the first unit).
        reach: how far up its blocks reach. depth: how far down.
    """

    name: str
    sub: str
    shape: str
    flush: bool

    @property
    def texts(self) -> tuple[str, str, str]: ...
    @property
    def width(self) -> float: ...
    @property
    def centre(self) -> float: ...
    @property
    def reach(self) -> float: ...
    @property
    def depth(self) -> float: ...
    def members(self, frame: int) -> list[Member]: ...
    def places(self, x: float) -> list[Place]: ...
    def draw(self, canvas: Canvas, x: float) -> None: ...


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
    """Collects the drawing."""

    parts: list[str] = field(default_factory=list)
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

    def mark(self, mark: Mark, markup: Sequence[str], *, classes: str = "", hit_first: bool = True) -> None:
        """Draw a mark: its sensitive box, then ``markup`` (or the other way round)."""
        box = mark.box
        hit = element("rect", class_="hit", x=box.x, y=box.y, width=box.width, height=box.height, rx=6)
        content = [hit, *markup] if hit_first else [*markup, hit]
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

    def moved_marks(self, down: float) -> tuple[Mark, ...]:
        """The marks with their boxes in the picture's coordinates."""
        return tuple(replace(m, box=replace(m.box, y=m.box.y + down)) for m in self.marks)


def group_mark(group: Group, kind: MarkKind, box: Box, *, opened: bool = False) -> Mark:
    """The mark of a group with its exact numbers."""
    return Mark(
        id=group.name,
        kind=kind,
        box=box,
        label=group.title,
        detail=shape_text(group.output_shape),
        rows=(("Parameters", exact(group.parameters)), ("Multiply-adds", exact(group.macs))),
        openable=bool(group.children),
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


@dataclass
class _Texts:
    """Name, second line and shape of a group."""

    group: Group
    flush: bool = field(default=False, init=False)

    @property
    def texts(self) -> tuple[str, str, str]:
        return (self.name, self.sub, self.shape)

    @property
    def name(self) -> str:
        return shorten(self.group.title, 150)

    @property
    def sub(self) -> str:
        return ""

    @property
    def shape(self) -> str:
        return shape_text(self.group.output_shape, spaced=False)


@dataclass
class Picture(_Texts):
    """The input as a thumbnail."""

    image: str | None = None

    def __post_init__(self) -> None:
        self.flush = True

    width = THUMB
    centre = THUMB / 2
    reach = 0.0
    depth = 0.0

    def members(self, frame: int) -> list[Member]:
        return [Member(frozenset(self.group.nodes), ())]

    def places(self, x: float) -> list[Place]:
        return [Place(x, x + THUMB, THUMB / 2)]

    def draw(self, canvas: Canvas, x: float) -> None:
        box = Box(x, -THUMB / 2, THUMB, THUMB)
        size = {"x": x, "y": -THUMB / 2, "width": THUMB, "height": THUMB}
        frame = element("rect", class_="picture", **size)
        image = (
            element("image", href=self.image, preserveAspectRatio="xMidYMid slice", **size)
            if self.image
            else ""
        )
        mark = replace(
            group_mark(self.group, "input", box),
            rows=(("Numbers", exact(_numbers(self.group.output_shape))),),
            openable=False,
        )
        canvas.mark(mark, [frame + image], classes=" over", hit_first=False)


def _numbers(shape: tuple[int, ...]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


@dataclass
class Inline(_Texts):
    """A stem or head: its signs on the line, without a card."""

    series: Series = ()

    @cached_property
    def _ink(self) -> tuple[Ink, float]:
        ink = Ink()
        return ink, Pen(lane_scale(self.series)).series(ink, self.series, LEAD, 0.0, "main")

    @property
    def _length(self) -> float:
        return self._ink[1]

    @property
    def sub(self) -> str:
        return describe(steps(self.series))

    @property
    def width(self) -> float:
        return max(self._length + LEAD, 24.0)

    @property
    def centre(self) -> float:
        return self.width / 2

    @property
    def reach(self) -> float:
        return self._ink[0].top

    @property
    def depth(self) -> float:
        return max(BLOCK_BOTTOM, self._ink[0].bottom + 8)

    def members(self, frame: int) -> list[Member]:
        return [Member(frozenset(self.group.nodes), far_reads(self.series))]

    def places(self, x: float) -> list[Place]:
        return [Place(x, x + self.width, self._ink[0].top + 6)]

    def draw(self, canvas: Canvas, x: float) -> None:
        ink = self._ink[0]
        half = max(30.0, ink.top + 9, ink.bottom + 9)
        box = Box(x, -half, self.width, 2 * half)
        canvas.take(ink)
        glyphs = element("g", ink.parts, transform=f"translate({x:g} 0)")
        canvas.mark(group_mark(self.group, "stage", box), [line(x, 0, x + self.width, 0, "trunk"), glyphs])


def describe(nodes: Sequence[Node], limit: int = 3) -> str:
    """What a run does, in a few words: ``"7×7, pool"``."""
    words: list[str] = []
    for node in nodes:
        if node.kind in POOLS:
            word = "pool"
        elif node.kind == "conv":
            word = "×".join(str(size) for size in kernel(node))
        else:
            word = node.kind.replace("_", " ")
        if not words or words[-1] != word:
            words.append(word)
    return ", ".join(words[:limit]) + (", …" if len(words) > limit else "")


@dataclass
class Card(_Texts):
    """A folded stage: a stack of cards with one small arc per block."""

    blocks: Sequence[Series] = ()
    limit: int = 24

    @cached_property
    def _shown(self) -> tuple[list[tuple[Small, ...]], int, int]:
        """Signs per shown block, how many of them stand before the gap, how many blocks the gap leaves out."""
        row = [
            Member(frozenset(child.nodes), far_reads(block), 0)
            for child, block in zip(self.group.children, self.blocks, strict=True)
        ]
        branches = bridged(row, links(row))
        signs = [small_signs(block, bridged=i in branches) for i, block in enumerate(self.blocks)]
        if len(signs) <= self.limit + 1:
            return signs, len(signs), 0
        head = (self.limit + 1) // 2
        tail = self.limit - head
        return signs[:head] + signs[len(signs) - tail :], head, len(signs) - self.limit

    @cached_property
    def _front(self) -> tuple[Ink, float]:
        ink = Ink()
        signs, head, hidden = self._shown
        tallest = max(
            (bar_height(channels(s.node), 1 / 1.62) / 2 for row in signs for s in row if s.node is not None),
            default=0.0,
        )
        arc_top = max(SMALL_ARC_TOP, min(tallest, 42.0) + 5)
        x = CARD_LEFT
        for index, row in enumerate(signs):
            if hidden and index == head:
                x = self._gap(ink, x, hidden)
            for sign in row:
                x = draw_small(ink, sign, x, 0.0, arc_top)
        return ink, max(x + CARD_RIGHT, 40.0)

    @staticmethod
    def _gap(ink: Ink, x: float, hidden: int) -> float:
        text = f"+{NARROW}{hidden}"
        length = max(20.0, text_width(text) + 6)
        ink.add(label(text, x + length / 2, -8, "sub"), top=20)
        return x + length + 4

    @property
    def sub(self) -> str:
        return count(len(self.group.children), "block")

    @property
    def width(self) -> float:
        return self._front[1] + 2 * CARD_STEP

    @property
    def centre(self) -> float:
        return self._front[1] / 2

    @property
    def reach(self) -> float:
        return max(BLOCK_TOP, self._front[0].top + 16)

    depth = BLOCK_BOTTOM

    def members(self, frame: int) -> list[Member]:
        far = tuple(read for block in self.blocks for read in far_reads(block))
        return [Member(frozenset(self.group.nodes), far)]

    def places(self, x: float) -> list[Place]:
        return [Place(x, x + self._front[1], self._height)]

    @property
    def _height(self) -> float:
        return max(CARD_TOP, self._front[0].top + 10)

    def draw(self, canvas: Canvas, x: float) -> None:
        ink, width = self._front
        top, height = -self._height, self._height + CARD_BOTTOM
        back = [
            element("rect", class_="card", x=x + shift, y=top - shift, width=width, height=height, rx=8)
            for shift in (2 * CARD_STEP, CARD_STEP, 0.0)
        ]
        box = Box(x, top, width, height)
        canvas.take(ink)
        glyphs = element("g", ink.parts, transform=f"translate({x:g} 0)")
        mark = group_mark(self.group, "stage", box)
        button = toggle(x + width - 21, top + 5, len(canvas.marks), "+") if mark.openable else ""
        hit = element("rect", class_="hit", x=x, y=top, width=width, height=height, rx=8)
        through = line(x, 0, x + width + 2 * CARD_STEP, 0, "trunk")
        canvas.mark(mark, [*back, hit, through, glyphs, button], classes=" card-stack")


@dataclass
class Slot:
    """A block in an opened stage; ``role``: whether it is bridged as a whole."""

    group: Group
    series: Series
    role: Role = "main"

    @cached_property
    def _ink(self) -> tuple[Ink, float]:
        ink = Ink()
        end = Pen(lane_scale(self.series)).series(ink, self.series, 0.0, 0.0, self.role)
        return ink, end

    @property
    def width(self) -> float:
        # The joint at the end reaches 6 px past its centre; the arc starts at the very left.
        wish = min(text_width(self.group.title, bold=True) + 8, 78.0)
        return max(self._ink[1] + 2 * SLOT_SIDE - (6 if self._joined else 0), 48.0, wish)

    @property
    def reach(self) -> float:
        return max(BLOCK_TOP, self._ink[0].top + 9)

    @property
    def depth(self) -> float:
        return max(BLOCK_BOTTOM, self._ink[0].bottom + 26)

    def member(self, frame: int) -> Member:
        """It in the row."""
        return Member(frozenset(self.group.nodes), far_reads(self.series), frame)

    def _start(self, x: float) -> float:
        length = self._ink[1]
        return x + (SLOT_SIDE if self._joined and self.width - length < 16 else (self.width - length) / 2)

    def place(self, x: float) -> Place:
        """Where it stands."""
        start = self._start(x)
        first = self.series[0] if self.series else None
        if isinstance(first, Step) and first.node.kind in JOINS:
            return Place(x, x + self.width, self.reach, start + 2 * JOINT + 3.5, start + JOINT)
        return Place(x, x + self.width, self.reach, start - 6, None)

    def draw(self, canvas: Canvas, x: float, top: float, depth: float, prefix: str) -> None:
        """Draw it from ``x`` on."""
        ink, length = self._ink
        box = Box(x, -top, self.width, top + depth)
        start = self._start(x)
        canvas.take(ink)
        caption = fitted_caption(self.group.title, prefix, self.width - 6)
        canvas.mark(
            group_mark(self.group, "operation" if self.group.level == "operation" else "block", box),
            [
                line(x - SLOT_GAP, 0, start, 0, "trunk"),
                line(start + length, 0, x + self.width, 0, line_class(self.role)),
                element("g", ink.parts, transform=f"translate({start:g} 0)"),
                label(caption, x + self.width / 2, depth - (BLOCK_BOTTOM - CAPTION_Y), "caption"),
            ],
        )

    @property
    def _joined(self) -> bool:
        return bool(self.series) and isinstance(self.series[0], Fork) and isinstance(self.series[-1], Fork)


def fitted_caption(title: str, prefix: str, width: float) -> str:
    """The title; where it is too wide without what it shares with its neighbours; at last with a gap in it."""
    if text_width(title, bold=True) > width and prefix:
        title = "…".join(part.removeprefix(prefix) for part in title.split("…"))
    return shorten(title, width / 1.05)


def common_prefix(titles: Sequence[str]) -> str:
    """The dotted beginning that all titles share: ``"features."`` of ``"features.5"`` and ``"features.7"``."""
    if len(titles) < 2:
        return titles[0][: titles[0].rfind(".") + 1] if titles else ""
    shared = commonprefix(list(titles))
    return shared[: shared.rfind(".") + 1]


@dataclass
class More:
    """Groups of the middle folded away: one mark that says how many."""

    groups: tuple[Group, ...]
    flush: bool = field(default=False, init=False)
    name = ""
    sub = ""
    shape = ""
    texts = ("", "", "")
    width = 62.0
    centre = 31.0
    reach = BLOCK_TOP
    depth = BLOCK_BOTTOM

    @staticmethod
    def id_of(groups: Sequence[Group]) -> str:
        """The id of the mark that stands for these groups."""
        return f"{groups[0].name}…{groups[-1].name}" if groups else ""

    def member(self, frame: int) -> Member:
        """It in the row."""
        return Member(frozenset(name for group in self.groups for name in group.nodes), (), frame)

    def members(self, frame: int) -> list[Member]:
        return [self.member(-1)]

    def place(self, x: float) -> Place:
        """Where it stands."""
        return Place(x, x + self.width, BLOCK_TOP)

    def places(self, x: float) -> list[Place]:
        return [self.place(x)]

    def draw(
        self, canvas: Canvas, x: float, top: float = BLOCK_TOP, depth: float = BLOCK_BOTTOM, prefix: str = ""
    ) -> None:
        box = Box(x, -top, self.width, top + depth)
        number = len(self.groups)
        same = len({group.signature for group in self.groups}) == 1
        mark = Mark(
            id=self.id_of(self.groups),
            kind="more",
            box=box,
            label=f"{count(number, 'more block')}{', all alike' if same else ''}",
            detail=shape_text(self.groups[-1].output_shape),
            rows=(
                ("First", self.groups[0].title),
                ("Last", self.groups[-1].title),
                ("Parameters", exact(sum(group.parameters for group in self.groups))),
                ("Multiply-adds", exact(sum(group.macs for group in self.groups))),
            ),
            openable=True,
            opened=False,
            operations=tuple(name for group in self.groups for name in group.nodes),
        )
        middle = x + self.width / 2
        cards = [
            element("rect", class_="card", x=middle - 20 + shift, y=-15 - shift, width=34, height=30, rx=6)
            for shift in (6.0, 3.0, 0.0)
        ]
        text = label(f"×{NARROW}{number}", middle - 3, 4, "name")
        canvas.mark(mark, [line(x - SLOT_GAP, 0, x + self.width + SLOT_GAP, 0, "trunk"), *cards, text])


@dataclass
class Frame(_Texts):
    """An opened stage: a pale frame with its blocks in a row."""

    slots: Sequence[Slot | More] = ()

    @property
    def sub(self) -> str:
        operations = all(child.level == "operation" for child in self.group.children)
        return f"{count(len(self.group.children), 'operation' if operations else 'block')}, opened"

    @property
    def _inner(self) -> float:
        return sum(slot.width for slot in self.slots) + SLOT_GAP * (len(self.slots) - 1)

    @property
    def width(self) -> float:
        return max(self._inner + 2 * FRAME_SIDE, 70.0)

    @property
    def centre(self) -> float:
        return self.width / 2

    @property
    def reach(self) -> float:
        return max((slot.reach for slot in self.slots), default=BLOCK_TOP)

    @property
    def depth(self) -> float:
        return max((slot.depth for slot in self.slots), default=BLOCK_BOTTOM)

    def _starts(self, x: float) -> list[float]:
        starts, at = [], x + (self.width - self._inner) / 2
        for slot in self.slots:
            starts.append(at)
            at += slot.width + SLOT_GAP
        return starts

    def members(self, frame: int) -> list[Member]:
        return [slot.member(frame) for slot in self.slots]

    def places(self, x: float) -> list[Place]:
        return [slot.place(start) for slot, start in zip(self.slots, self._starts(x), strict=True)]

    def draw(self, canvas: Canvas, x: float) -> None:
        box = Box(x, -canvas.top, self.width, canvas.top + canvas.bottom)
        frame = element("rect", class_="frame", x=box.x, y=box.y, width=box.width, height=box.height, rx=8)
        mark = group_mark(self.group, "stage", box, opened=True)
        button = toggle(x + self.width - 22, -canvas.top + 6, len(canvas.marks), "−")
        side = (self.width - self._inner) / 2
        ends = [line(x, 0, x + side, 0, "trunk"), line(x + self.width - side, 0, x + self.width, 0, "trunk")]
        canvas.mark(mark, [frame, *ends, button], hit_first=False)
        prefix = common_prefix([child.title for child in self.group.children])
        for slot, start in zip(self.slots, self._starts(x), strict=True):
            slot.draw(canvas, start, self.reach, canvas.bottom - 6, prefix)


def mark_branches(units: Sequence[Unit]) -> None:
    """Tell the blocks that a short link spans that they are branches."""
    row = [member for number, unit in enumerate(units) for member in unit.members(number)]
    slots = [slot for unit in units for slot in (unit.slots if isinstance(unit, Frame) else [None])]
    for index in bridged(row, links(row)):
        slot = slots[index]
        if isinstance(slot, Slot):
            slot.role = "branch"


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
    short = bridged(row, links(row))
    for link in links(row):
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
