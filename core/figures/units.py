"""The parts of a strip that are shown folded: input, stem, folded stages, head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import prod

from typing_extensions import override

from core.figures.canvas import BLOCK_BOTTOM, BLOCK_TOP, Canvas, Extent, Place, Unit, group_mark, toggle
from core.figures.diagram import Box
from core.figures.folded import SMALL_ARC_TOP, SMALL_SCALE, SMALL_TALLEST, Small, draw_small, small_signs
from core.figures.glyphs import LEAD, Ink, Pen, bar_height, channels, kernel, lane_scale
from core.figures.links import Member, bridged, links
from core.figures.numbers import SPACE, count, exact
from core.figures.structure import POOLS, Series, far_reads, steps
from core.figures.svg import element, label, line, text_width
from core.graph.records import Group, Node

CARD_TOP, CARD_BOTTOM = 49.5, 57.0
CARD_LEFT, CARD_RIGHT, CARD_STEP = 10.0, 6.0, 3.0
THUMB = 43.0


class Picture(Unit):
    """The input as a thumbnail; ``image``: a ``data:image/…`` address, else a pale square."""

    flush = True

    def __init__(self, group: Group, image: str | None) -> None:
        super().__init__(group)
        self.image = image

    @property
    @override
    def extent(self) -> Extent:
        return Extent(THUMB, THUMB / 2, 0.0, 0.0)

    @override
    def members(self, frame: int) -> list[Member]:
        return [Member(frozenset(self.group.nodes), ())]

    @override
    def places(self, x: float) -> list[Place]:
        return [Place(x, x + THUMB, THUMB / 2)]

    @override
    def draw(self, canvas: Canvas, x: float) -> None:
        size = {"x": x + 0.5, "y": -THUMB / 2 + 0.5, "width": THUMB - 1, "height": THUMB - 1}
        drawn = element("rect", class_="picture", **size)
        if self.image:
            drawn += element("image", href=self.image, preserveAspectRatio="xMidYMid slice", **size)
        mark = replace(
            group_mark(self.group, "input", Box(x, -THUMB / 2, THUMB, THUMB)),
            rows=(("Numbers", exact(prod(self.group.output_shape))),),
            openable=False,
        )
        canvas.mark(mark, [drawn], classes=" over", hit_first=False)


class Inline(Unit):
    """A stem or head: its signs on the line, without a card; ``openable``: it has parts to show."""

    def __init__(self, group: Group, series: Series, *, openable: bool = False) -> None:
        super().__init__(group)
        self.series = series
        self.openable = openable

    @cached_property
    def _drawn(self) -> tuple[Ink, float]:
        ink = Ink()
        return ink, Pen(lane_scale(self.series)).series(ink, self.series, LEAD, 0.0, "main")

    @property
    @override
    def sub(self) -> str:
        return describe(steps(self.series))

    @property
    @override
    def extent(self) -> Extent:
        ink, end = self._drawn
        width = max(end + LEAD, 24.0)
        return Extent(width, width / 2, ink.top, max(BLOCK_BOTTOM, ink.bottom + 8))

    @override
    def members(self, frame: int) -> list[Member]:
        return [Member(frozenset(self.group.nodes), far_reads(self.series))]

    @override
    def places(self, x: float) -> list[Place]:
        return [Place(x, x + self.extent.width, self._drawn[0].top + 6)]

    @override
    def draw(self, canvas: Canvas, x: float) -> None:
        ink, end = self._drawn
        width = self.extent.width
        half = max(30.0, ink.top + 9, ink.bottom + 9)
        canvas.take(ink)
        mark = group_mark(self.group, "stage", Box(x, -half, width, 2 * half))
        button = toggle(x + width - 12, -half - 8, len(canvas.marks), "+") if self.openable else ""
        canvas.mark(
            replace(mark, openable=self.openable),
            [
                line(x, 0, x + LEAD, 0, "trunk"),
                line(x + end, 0, x + width, 0, "trunk"),
                element("g", ink.parts, transform=f"translate({x:g} 0)"),
                button,
            ],
        )


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


class Card(Unit):
    """A folded stage: a stack of cards with one small arc per block."""

    def __init__(self, group: Group, blocks: Sequence[Series]) -> None:
        super().__init__(group)
        self._far = tuple(read for block in blocks for read in far_reads(block))
        row = [
            Member(frozenset(child.nodes), far_reads(block), 0)
            for child, block in zip(group.children, blocks, strict=True)
        ]
        branches = bridged(row, links(row))
        self._signs = [small_signs(block, bridged=i in branches) for i, block in enumerate(blocks)]
        self._limit = len(blocks)
        self._fronts: dict[int, tuple[Ink, float]] = {}  # what was drawn, and its width, by limit

    def show(self, limit: int) -> None:
        """Draw at most about ``limit`` blocks: the first ones, how many are left out, the last ones."""
        self._limit = limit

    @property
    def _shown(self) -> tuple[list[tuple[Small, ...]], int, int]:
        """Signs per shown block, how many of them stand before the gap, how many blocks the gap leaves out."""
        signs, limit = self._signs, self._limit
        if len(signs) <= limit + 1:
            return signs, len(signs), 0
        head = (limit + 1) // 2
        return signs[:head] + signs[len(signs) - limit + head :], head, len(signs) - limit

    @property
    def _front(self) -> tuple[Ink, float]:
        if self._limit not in self._fronts:
            self._fronts[self._limit] = self._drawn()
        return self._fronts[self._limit]

    def _drawn(self) -> tuple[Ink, float]:
        ink = Ink()
        signs, head, hidden = self._shown
        tallest = max(
            (
                bar_height(channels(s.node), SMALL_SCALE) / 2
                for row in signs
                for s in row
                if s.node is not None
            ),
            default=0.0,
        )
        arc_top = max(SMALL_ARC_TOP, min(tallest, SMALL_TALLEST / 2) + 5)
        x = CARD_LEFT
        for index, row in enumerate(signs):
            if hidden and index == head:
                x = self._gap(ink, x, hidden)
            for sign in row:
                x = draw_small(ink, sign, x, arc_top)
        return ink, max(x + CARD_RIGHT, 40.0)

    @staticmethod
    def _gap(ink: Ink, x: float, hidden: int) -> float:
        text = f"+{SPACE}{hidden}"
        length = max(20.0, text_width(text) + 6)
        ink.add(label(text, x + length / 2, -8, "sub"), top=20)
        return x + length + 4

    @property
    @override
    def sub(self) -> str:
        return count(len(self.group.children), "block")

    @property
    @override
    def extent(self) -> Extent:
        ink, width = self._front
        return Extent(width + 2 * CARD_STEP, width / 2, max(BLOCK_TOP, ink.top + 16))

    @override
    def members(self, frame: int) -> list[Member]:
        return [Member(frozenset(self.group.nodes), self._far)]

    @override
    def places(self, x: float) -> list[Place]:
        # Links stand on the rearmost card.
        return [Place(x, x + self._front[1], self._height + 2 * CARD_STEP)]

    @property
    def _height(self) -> float:
        return max(CARD_TOP, self._front[0].top + 10)

    @override
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
