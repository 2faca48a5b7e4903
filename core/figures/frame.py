"""An opened stage: a pale frame with its blocks, each with room for all its signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from os.path import commonprefix

from typing_extensions import override

from core.figures.canvas import BLOCK_BOTTOM, BLOCK_TOP, Canvas, Extent, Place, Unit, group_mark, toggle
from core.figures.diagram import Box, Mark, MarkKind
from core.figures.glyphs import JOINT, Ink, Pen, Role, lane_scale, line_class
from core.figures.links import Member
from core.figures.numbers import SPACE, count, exact, shape_text
from core.figures.structure import JOINS, Fork, Series, Step, far_reads
from core.figures.svg import element, label, line, shorten, text_width
from core.graph.records import Group

CAPTION_Y = 67.0
FRAME_SIDE, SLOT_SIDE, SLOT_GAP = 5.5, 9.5, 1.0


class Slot:
    """A block in an opened stage; ``role``: whether it is bridged as a whole."""

    def __init__(self, group: Group, series: Series) -> None:
        self.group = group
        self.series = series
        self.role: Role = "main"

    @cached_property
    def _ink(self) -> tuple[Ink, float]:
        ink = Ink()
        end = Pen(lane_scale(self.series)).series(ink, self.series, 0.0, 0.0, self.role)
        return ink, end

    @property
    def width(self) -> float:
        """Px that its box takes."""
        # The joint at the end reaches 6 px past its centre; the arc starts at the very left.
        wish = min(text_width(self.group.title, bold=True) + 8, 86.0)
        return max(self._ink[1] + 2 * SLOT_SIDE - (6 if self._joined else 0), 48.0, wish)

    @property
    def reach(self) -> float:
        """Px that its box must reach up from the line."""
        return max(BLOCK_TOP, self._ink[0].top + 9)

    @property
    def depth(self) -> float:
        """Px that its box must reach down from the line."""
        return max(BLOCK_BOTTOM, self._ink[0].bottom + 26)

    def member(self, frame: int) -> Member:
        """What links see of it."""
        return Member(frozenset(self.group.nodes), far_reads(self.series), frame)

    def _start(self, x: float) -> float:
        length = self._ink[1]
        return x + (SLOT_SIDE if self._joined and self.width - length < 16 else (self.width - length) / 2)

    def place(self, x: float) -> Place:
        """Where it stands when it starts at ``x``."""
        start = self._start(x)
        first = self.series[0] if self.series else None
        if isinstance(first, Step) and first.node.kind in JOINS:
            return Place(x, x + self.width, self.reach, start + 2 * JOINT + 3.5, start + JOINT)
        return Place(x, x + self.width, self.reach, start - 6, None)

    def draw(self, canvas: Canvas, x: float, top: float, depth: float, prefix: str) -> None:
        """Draw it from ``x`` on; the caption leaves out the ``prefix`` that it shares with its neighbours."""
        ink, length = self._ink
        box = Box(x, -top, self.width, top + depth)
        start = self._start(x)
        canvas.take(ink)
        caption = fitted_caption(self.group.title, prefix, self.width - 6)
        kind: MarkKind = "operation" if self.group.level == "operation" else "block"
        canvas.mark(
            # Its operations have a picture of their own (`operations`); the strip goes no deeper.
            replace(group_mark(self.group, kind, box), openable=False),
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
        if text_width(title, bold=True) > width and "…" not in title:
            title = title[title.rfind(".") + 1 :]
    return shorten(title, width / 1.05)


def common_prefix(titles: Sequence[str]) -> str:
    """The dotted beginning that all titles share: ``"features."`` of ``"features.5"`` and ``"features.7"``."""
    if len(titles) < 2:
        return titles[0][: titles[0].rfind(".") + 1] if titles else ""
    shared = commonprefix(list(titles))  # noqa: RUF071 - names, not paths
    return shared[: shared.rfind(".") + 1]


class More(Unit):
    """Groups of the middle folded away: one mark that says how many."""

    name = sub = shape = ""
    width, reach, depth = 62.0, BLOCK_TOP, BLOCK_BOTTOM

    def __init__(self, groups: Sequence[Group]) -> None:
        super().__init__(groups[-1])
        self.groups = tuple(groups)

    @staticmethod
    def id_of(groups: Sequence[Group]) -> str:
        """The id of the mark that stands for these groups."""
        return f"{groups[0].name}…{groups[-1].name}"

    @property
    @override
    def extent(self) -> Extent:
        return Extent(self.width, self.width / 2)

    def member(self, frame: int) -> Member:
        """What links see of it."""
        return Member(frozenset(name for group in self.groups for name in group.nodes), (), frame)

    @override
    def members(self, frame: int) -> list[Member]:
        return [self.member(-1)]

    def place(self, x: float) -> Place:
        """Where it stands when it starts at ``x``."""
        return Place(x, x + self.width, BLOCK_TOP)

    @override
    def places(self, x: float) -> list[Place]:
        return [self.place(x)]

    @override
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
        text = label(f"×{SPACE}{number}", middle - 3, 4, "name")
        canvas.mark(mark, [line(x - SLOT_GAP, 0, x + self.width + SLOT_GAP, 0, "trunk"), *cards, text])


class Frame(Unit):
    """An opened stage."""

    def __init__(self, group: Group, slots: Sequence[Slot | More]) -> None:
        super().__init__(group)
        self.slots = slots

    @property
    @override
    def sub(self) -> str:
        operations = all(child.level == "operation" for child in self.group.children)
        return f"{count(len(self.group.children), 'operation' if operations else 'block')}, opened"

    @property
    def _inner(self) -> float:
        return sum(slot.width for slot in self.slots) + SLOT_GAP * (len(self.slots) - 1)

    @property
    @override
    def extent(self) -> Extent:
        width = max(self._inner + 2 * FRAME_SIDE, 70.0)
        return Extent(
            width,
            width / 2,
            max(slot.reach for slot in self.slots),
            max(slot.depth for slot in self.slots),
        )

    def _starts(self, x: float) -> list[float]:
        starts, at = [], x + (self.extent.width - self._inner) / 2
        for slot in self.slots:
            starts.append(at)
            at += slot.width + SLOT_GAP
        return starts

    @override
    def members(self, frame: int) -> list[Member]:
        return [slot.member(frame) for slot in self.slots]

    @override
    def places(self, x: float) -> list[Place]:
        return [slot.place(start) for slot, start in zip(self.slots, self._starts(x), strict=True)]

    @override
    def draw(self, canvas: Canvas, x: float) -> None:
        box = Box(x, -canvas.top, self.extent.width, canvas.top + canvas.bottom)
        frame = element("rect", class_="frame", x=box.x, y=box.y, width=box.width, height=box.height, rx=8)
        mark = group_mark(self.group, "stage", box, opened=True)
        button = toggle(x + self.extent.width - 22, -canvas.top + 6, len(canvas.marks), "−")
        side = (self.extent.width - self._inner) / 2
        ends = [
            line(x, 0, x + side, 0, "trunk"),
            line(x + self.extent.width - side, 0, x + self.extent.width, 0, "trunk"),
        ]
        canvas.put(frame)  # below the sensitive box, which lies below the button
        canvas.mark(mark, [*ends, button])
        prefix = common_prefix([child.title for child in self.group.children])
        for slot, start in zip(self.slots, self._starts(x), strict=True):
            slot.draw(canvas, start, self.extent.reach, canvas.bottom - 6, prefix)
