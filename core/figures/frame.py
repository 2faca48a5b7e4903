"""An opened stage: a pale frame with its blocks, each with room for all its signs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from os.path import commonprefix
from typing import Protocol

from typing_extensions import override

from core.figures.canvas import BLOCK_BOTTOM, BLOCK_TOP, Canvas, Extent, Place, Unit, group_mark, toggle
from core.figures.diagram import Box, Mark, MarkKind
from core.figures.glyphs import JOINT, Ink, Pen, Role, lane_scale, line_class
from core.figures.kept import by_identity
from core.figures.links import Member
from core.figures.numbers import SPACE, count, exact, shape_text
from core.figures.parts import Part
from core.figures.structure import JOINS, Fork, Series, Step, far_reads
from core.figures.svg import element, label, line, number, shorten, text_width
from core.graph.records import Group

CAPTION_Y = 67.0
FRAME_SIDE, SLOT_SIDE, SLOT_GAP = 5.5, 9.5, 1.0


class Piece(Protocol):
    """What stands in the row of an opened stage: a block, an opened block, or the folded middle."""

    @property
    def width(self) -> float:
        """Px that it takes."""

    @property
    def reach(self) -> float:
        """Px that it must reach up from the line."""

    @property
    def depth(self) -> float:
        """Px that it must reach down from the line."""

    def members(self, frame: int) -> list[Member]:
        """What links see of it; ``frame`` is the number of the stage that it stands in."""

    def places(self, x: float) -> list[Place]:
        """Where its members stand when it starts at ``x``."""

    def branches(self) -> Sequence[Slot | None]:
        """For each of its members the block that can be drawn as a branch as a whole, else None."""

    def draw(self, canvas: Canvas, x: float, top: float, depth: float, prefix: str) -> None:
        """Draw it from ``x`` on, ``top`` px up and ``depth`` px down."""


class Slot:
    """A block in an opened stage; ``role``: whether it is bridged as a whole; ``openable``: it has parts to show."""

    def __init__(self, group: Group, series: Series, *, openable: bool = False) -> None:
        self.group = group
        self.series = series
        self.openable = openable
        self.role: Role = "main"

    @property
    def _ink(self) -> tuple[Ink, float]:
        return _drawn(self.series, self.role)

    @cached_property
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

    def members(self, frame: int) -> list[Member]:
        """What links see of it."""
        return [Member(frozenset(self.group.nodes), far_reads(self.series), frame)]

    def branches(self) -> list[Slot | None]:
        """The block itself."""
        return [self]

    def _start(self, x: float) -> float:
        length = self._ink[1]
        return x + (SLOT_SIDE if self._joined and self.width - length < 16 else (self.width - length) / 2)

    def places(self, x: float) -> list[Place]:
        """Where it stands when it starts at ``x``."""
        start = self._start(x)
        first = self.series[0] if self.series else None
        if isinstance(first, Step) and first.node.kind in JOINS:
            return [Place(x, x + self.width, self.reach, start + 2 * JOINT + 3.5, start + JOINT)]
        return [Place(x, x + self.width, self.reach, start - 6, None)]

    def draw(self, canvas: Canvas, x: float, top: float, depth: float, prefix: str) -> None:
        """Draw it from ``x`` on; the caption leaves out the ``prefix`` that it shares with its neighbours."""
        ink, length = self._ink
        box = Box(x, -top, self.width, top + depth)
        start = self._start(x)
        canvas.take(ink)
        caption = fitted_caption(self.group.title, prefix, self.width - 6)
        kind: MarkKind = "operation" if self.group.level == "operation" else "block"
        button = toggle(x + self.width - 20, -top - 8, len(canvas.marks), "+") if self.openable else ""
        canvas.mark(
            replace(group_mark(self.group, kind, box), openable=self.openable),
            [
                line(x - SLOT_GAP, 0, start, 0, "trunk"),
                line(start + length, 0, x + self.width, 0, line_class(self.role)),
                element("g", ink.parts, transform=f"translate({start:g} 0)"),
                label(caption, x + self.width / 2, depth - (BLOCK_BOTTOM - CAPTION_Y), "caption"),
                button,
            ],
        )

    @property
    def _joined(self) -> bool:
        return bool(self.series) and isinstance(self.series[0], Fork) and isinstance(self.series[-1], Fork)


@by_identity(1024)
def _drawn(series: Series, role: Role) -> tuple[Ink, float]:
    """The signs of a block on the line from 0 on, and where they end; not to be added to."""
    ink = Ink()
    return ink, Pen(lane_scale(series)).series(ink, series, 0.0, 0.0, role)


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

    def __init__(self, part: Part) -> None:
        self.groups = tuple(_groups(part))
        super().__init__(self.groups[-1])
        self.part = part

    @staticmethod
    def id_of(groups: Sequence[Group]) -> str:
        """The id of the mark that stands for these groups."""
        return f"{groups[0].name}…{groups[-1].name}"

    @property
    @override
    def extent(self) -> Extent:
        return Extent(self.width, self.width / 2)

    @override
    def members(self, frame: int) -> list[Member]:
        return [Member(frozenset(self.part.nodes), (), frame)]

    def branches(self) -> list[Slot | None]:
        """None: it holds many."""
        return [None]

    @override
    def places(self, x: float) -> list[Place]:
        return [Place(x, x + self.width, BLOCK_TOP)]

    @override
    def draw(
        self, canvas: Canvas, x: float, top: float = BLOCK_TOP, depth: float = BLOCK_BOTTOM, prefix: str = ""
    ) -> None:
        box = Box(x, -top, self.width, top + depth)
        number = len(self.groups)
        same = len({group.signature for group in self.groups}) == 1
        mark = Mark(
            id=self.part.id,
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


def _groups(part: Part) -> Iterator[Group]:
    """The groups that a folded middle stands for, also those of the pieces that it is cut into."""
    for child in part.children:
        if child.kind == "more":
            yield from _groups(child)
        elif child.group is not None:
            yield child.group


class Span:
    """The opened middle of a row: its pieces over a bracket that closes it again."""

    def __init__(self, part: Part, pieces: Sequence[Piece]) -> None:
        self.part = part
        self.pieces = pieces

    @property
    def width(self) -> float:
        """Px that it takes."""
        return _length(self.pieces)

    @property
    def reach(self) -> float:
        """Px that it must reach up from the line."""
        return max(piece.reach for piece in self.pieces)

    @property
    def depth(self) -> float:
        """Px that it must reach down from the line."""
        return max(piece.depth for piece in self.pieces)

    def members(self, frame: int) -> list[Member]:
        """What links see of its pieces."""
        return [member for piece in self.pieces for member in piece.members(frame)]

    def places(self, x: float) -> list[Place]:
        """Where its pieces stand when it starts at ``x``."""
        return [place for piece, start in _starts(self.pieces, x) for place in piece.places(start)]

    def branches(self) -> list[Slot | None]:
        """Those of its pieces."""
        return [slot for piece in self.pieces for slot in piece.branches()]

    def draw(self, canvas: Canvas, x: float, top: float, depth: float, prefix: str) -> None:
        """Draw it from ``x`` on."""
        rows = (("First", self.part.children[0].title), ("Last", self.part.children[-1].title))
        box = Box(x, -top, self.width, top + depth)
        mark = Mark(self.part.id, "more", box, self.part.title, "", rows, True, True, ())
        y = depth - 1.5
        bracket = element(
            "path", class_="bracket", d=f"M{number(x + 3)} {number(y - 5)}v5H{number(x + self.width - 3)}v-5"
        )
        button = toggle(x + self.width / 2 - 8, y - 8, len(canvas.marks), "−")
        canvas.mark(mark, [bracket])
        for piece, start in _starts(self.pieces, x):
            piece.draw(canvas, start, top, depth, prefix)
        canvas.above.append(button)


def _length(pieces: Sequence[Piece]) -> float:
    return sum(piece.width for piece in pieces) + SLOT_GAP * (len(pieces) - 1)


def _starts(pieces: Sequence[Piece], x: float) -> Iterator[tuple[Piece, float]]:
    for piece in pieces:
        yield piece, x
        x += piece.width + SLOT_GAP


class Frame(Unit):
    """An opened stage."""

    def __init__(self, group: Group, pieces: Sequence[Piece]) -> None:
        super().__init__(group)
        self.pieces = pieces

    @property
    @override
    def sub(self) -> str:
        operations = all(child.level == "operation" for child in self.group.children)
        return f"{count(len(self.group.children), 'operation' if operations else 'block')}, opened"

    @cached_property
    def _inner(self) -> float:
        return _length(self.pieces)

    @cached_property
    @override
    def extent(self) -> Extent:
        width = max(self._inner + 2 * FRAME_SIDE, 70.0)
        return Extent(
            width,
            width / 2,
            max(piece.reach for piece in self.pieces),
            max(piece.depth for piece in self.pieces),
        )

    def _start(self, x: float) -> float:
        return x + (self.extent.width - self._inner) / 2

    @override
    def members(self, frame: int) -> list[Member]:
        return [member for piece in self.pieces for member in piece.members(frame)]

    @override
    def places(self, x: float) -> list[Place]:
        # All blocks of a stage are drawn as tall as the tallest.
        return [
            replace(place, top=self.extent.reach)
            for piece, start in _starts(self.pieces, self._start(x))
            for place in piece.places(start)
        ]

    def branches(self) -> list[Slot | None]:
        """For each of its members the block that can be drawn as a branch as a whole, else None."""
        return [slot for piece in self.pieces for slot in piece.branches()]

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
        canvas.put(frame)  # below the sensitive box
        canvas.mark(mark, ends)
        canvas.above.append(button)  # long skips run behind it
        prefix = common_prefix([child.title for child in self.group.children])
        for piece, start in _starts(self.pieces, self._start(x)):
            piece.draw(canvas, start, self.extent.reach, canvas.bottom - 6, prefix)
