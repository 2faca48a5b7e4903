"""Rows aligned by map size: one column for every size that occurs, from large maps to vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from core.figures import aligned_frame as frame
from core.figures.aligned_rows import AlignedEntry, Sign, signs, vector_column
from core.figures.aligned_words import Words, cell_words, closing
from core.figures.canvas import Canvas
from core.figures.diagram import Box, Diagram
from core.figures.glyphs import Ink
from core.figures.map_sizes import VECTOR, MapSize, map_size
from core.figures.numbers import SPACE, shape_text
from core.figures.structure import Step
from core.figures.svg import element, label, line, text_width

Column = tuple[int, int, int, int]
_SMALLER, _LEAST_ROOM = 0.93, 80.0
"""Px that a cell's blocks may take: so many times less at each try, until the picture fits."""
_SCROLLING = 100.0  # px that they take where nothing fits, so that the picture scrolls anyway
_GAPS = (22.0, 8.0)  # most and least px between bars that stand alone
_LEFT_OUT = 2  # fewer blocks than this are not left out: saying so would take their place
_JOINED_GAP = 3.0  # px between blocks that end in a join
_SIDE = 8.0  # px that a cell leaves at both of its sides
_LEAST_MARK = 14.0  # px that can still be hit with a finger or a mouse


@dataclass(frozen=True, slots=True)
class _Item:
    """A sign in its cell, or several that are left out. ``x``: from the start of the cell's signs."""

    signs: tuple[Sign, ...]
    x: float
    width: float
    ink: Ink | None


@dataclass(slots=True)
class _Row:
    index: int
    entry: AlignedEntry
    signs: tuple[Sign, ...]
    scale: float = 1.0
    cells: dict[Column, list[Sign]] = field(default_factory=dict)
    words: dict[Column, Words] = field(default_factory=dict)
    _inks: dict[str, tuple[Ink, float]] = field(default_factory=dict)

    def ink(self, sign: Sign) -> tuple[Ink, float]:
        if sign.group.name not in self._inks:
            self._inks[sign.group.name] = sign.drawn(self.scale)
        return self._inks[sign.group.name]

    @property
    def top(self) -> float:
        return max((20.0, *(self.ink(sign)[0].top for sign in self.signs)))

    @property
    def bottom(self) -> float:
        return max((10.0, *(self.ink(sign)[0].bottom for sign in self.signs)))

    def rescale(self, scale: float) -> None:
        self.scale = scale
        self._inks.clear()

    def placed(self, column: Column, room: float, gap: float) -> tuple[list[_Item], float]:
        """The signs of a cell side by side, and their width."""
        groups = self._shown(self.cells.get(column, []), room, gap)
        items: list[_Item] = []
        x = 0.0
        for number, members in enumerate(groups):
            alone = len(members) == 1
            ink, width = self.ink(members[0]) if alone else (None, text_width(_left_out(members)) + 6)
            if number:
                x += self._gap(groups[number - 1], members, gap)
            items.append(_Item(members, x, width, ink))
            x += width
        return items, x

    def _shown(self, signs: Sequence[Sign], room: float, gap: float) -> list[tuple[Sign, ...]]:
        """The signs, one by one; where they need more room, those in the middle together."""
        widths = [self.ink(sign)[1] + self._gap((sign,), (sign,), gap) for sign in signs]
        if sum(widths) - gap <= room:
            return [(sign,) for sign in signs]
        used, head, tail = 0.0, 0, 0
        while head + tail < len(signs):
            wide = widths[head] if head <= tail else widths[len(signs) - 1 - tail]
            if used + wide > room and head and tail:
                break
            used += wide
            head, tail = (head + 1, tail) if head <= tail else (head, tail + 1)
        middle = signs[head : len(signs) - tail]
        if len(middle) < _LEFT_OUT:
            return [(sign,) for sign in signs]
        return [*((s,) for s in signs[:head]), tuple(middle), *((s,) for s in signs[len(signs) - tail :])]

    @staticmethod
    def _gap(before: tuple[Sign, ...], after: tuple[Sign, ...], gap: float) -> float:
        if len(before) > 1 or len(after) > 1:
            return 2.0
        bare = [isinstance(sign.series[0], Step) for sign in (before[0], after[0])]
        return gap if all(bare) else max(_JOINED_GAP, gap / 2) if any(bare) else _JOINED_GAP


def _left_out(members: Sequence[Sign]) -> str:
    return f"+{SPACE}{len(members)}"


def by_map_size(entries: Sequence[AlignedEntry], width: float) -> Diagram:
    """The picture with map sizes as columns; see `core.figures.aligned.aligned_strips`."""
    rows = [_row(index, entry) for index, entry in enumerate(entries)]
    tallest = max(row.top + row.bottom for row in rows)
    if tallest > frame.TALLEST_ROW:
        for row in rows:
            row.rescale(frame.TALLEST_ROW / tallest)
    titles = {column: size.title for row in rows for column, size in _columns(row).items()}
    columns = sorted(titles)
    left = frame.title_width(entries)
    for room in (*_rooms(width), _SCROLLING):
        gap = max(_GAPS[1], min(_GAPS[0], room / 28))
        needed = [_needed(rows, column, titles[column], room, gap) for column in columns]
        if left + sum(needed) <= width:
            break
    extra = max(0.0, width - left - sum(needed)) / len(columns)
    edges = list(accumulate((wide + extra for wide in needed), initial=left))
    return _Picture(rows, columns, titles, edges, room, gap).drawn(
        edges[-1] if edges[-1] > width + 0.01 else width
    )


def _rooms(width: float) -> Iterator[float]:
    room = width
    while room >= _LEAST_ROOM:
        yield room
        room *= _SMALLER


def _row(index: int, entry: AlignedEntry) -> _Row:
    row = _Row(index, entry, signs(entry.graph))
    sizes: dict[Column, MapSize] = {}
    for sign in row.signs:
        row.cells.setdefault(sign.column, []).append(sign)
        sizes[sign.column] = sign.size
    word, size, detail = closing(entry.graph, row.signs)
    for column, members in row.cells.items():
        lead = word if column == vector_column() and word in ("pool", "one token") else ""
        row.words[column] = cell_words(entry.graph, members, lead=lead)
    if word == "flattened":
        row.words.setdefault(
            (max(s.band for s in row.signs if s.size.area > 1), *_sorted(size)), (word, detail)
        )
    elif word and vector_column() not in row.cells:
        row.words[vector_column()] = (word, f"{shape_text(entry.graph.fold.output_shape)} numbers")
    return row


def _sorted(size: MapSize) -> tuple[int, int, int]:
    return (-size.area, size.height, size.width)


def _columns(row: _Row) -> Mapping[Column, MapSize]:
    return {column: MapSize(column[2], column[3]) for column in (*row.cells, *row.words)}


def _needed(rows: Sequence[_Row], column: Column, heading: str, room: float, gap: float) -> float:
    wanted = [text_width(heading)]
    for row in rows:
        wanted.append(row.placed(column, room, gap)[1] + 2)
        wanted += [text_width(text) for text in row.words.get(column, ())]
    return max(wanted) + 2 * _SIDE


@dataclass(frozen=True, slots=True)
class _Picture:
    rows: Sequence[_Row]
    columns: Sequence[Column]
    titles: Mapping[Column, str]
    edges: Sequence[float]
    room: float
    gap: float

    def drawn(self, width: float) -> Diagram:
        canvas = Canvas()
        y = frame.HEADER
        for row in self.rows:
            y += frame.TITLE_ROOM + row.top
            self._draw_row(canvas, row, y)
            y += row.bottom + 12 + 2 * frame.LINE + 8
        content = "".join([*self._grounds(y), *canvas.parts])
        return canvas.diagram(
            content,
            kind="strip aligned",
            spoken="Networks under one another, aligned by map size",
            width=width,
            height=y,
            note=_note(self.rows),
        )

    def _grounds(self, bottom: float) -> list[str]:
        drawn = [label("Map size, px", 0, 12, "sub", "start")]
        for index, column in enumerate(self.columns):
            left, right = self.edges[index], self.edges[index + 1]
            if index % 2 == 0:
                size = {"x": left, "y": frame.HEADER, "width": right - left, "height": bottom - frame.HEADER}
                drawn.append(element("rect", class_="ground", **size))
            drawn.append(label(self.titles[column], (left + right) / 2, 12, "sub"))
        return drawn

    def _draw_row(self, canvas: Canvas, row: _Row, y: float) -> None:
        canvas.put(*frame.title(row.entry, y))
        placed = []
        for index, column in enumerate(self.columns):
            items, width = row.placed(column, self.room, self.gap)
            left = (self.edges[index] + self.edges[index + 1] - width) / 2
            placed += [(item, left + item.x, index) for item in items]
            for number, text in enumerate(row.words.get(column, ())):
                at = y + row.bottom + 12 + frame.LINE * (number + 0.75)
                canvas.put(label(text, (self.edges[index] + self.edges[index + 1]) / 2, at, "words"))
        self._trunk(canvas, row, y, [(x, x + item.width) for item, x, _ in placed if item.ink])
        for number, (item, x, index) in enumerate(placed):
            near = [self.edges[index] + 1, self.edges[index + 1] - 1]
            for side, other in ((0, number - 1), (1, number + 1)):
                if 0 <= other < len(placed) and placed[other][2] == index:
                    (first, start, _), (_, stop, _) = sorted(
                        (placed[number], placed[other]), key=lambda p: p[1]
                    )
                    near[side] = (start + first.width + stop) / 2
            self._draw_item(canvas, row, item, x, y, (near[0], near[1]))
        canvas.put(*frame.titles_again(row.entry, self.edges[-1], y - row.top - 5))

    def _trunk(self, canvas: Canvas, row: _Row, y: float, taken: Sequence[tuple[float, float]]) -> None:
        """The line from the picture to the result, left open where a block draws it itself."""
        start = map_size((1, *row.entry.graph.input_size), VECTOR)
        first = next((i for i, c in enumerate(self.columns) if -c[1] <= start.area), 0)
        last = max((self.columns.index(column) for column in _columns(row)), default=first)
        stops = [(self.edges[first] - 6, self.edges[first] - 6), *taken, (self.edges[last + 1] - _SIDE,) * 2]
        for (_, before), (after, _) in pairwise(stops):
            if after > before:
                canvas.put(line(before, y, after, y, "trunk"))

    def _draw_item(
        self, canvas: Canvas, row: _Row, item: _Item, x: float, y: float, room: tuple[float, float]
    ) -> None:
        grown = max(_JOINED_GAP - 1, _LEAST_MARK - item.width) / 2
        left, right = max(room[0], x - grown), min(room[1], x + item.width + grown)
        box = Box(left, y - row.top - 6, right - left, row.top + row.bottom + 12)
        groups = [sign.group for sign in item.signs]
        if item.ink is None:
            text = label(_left_out(item.signs), x + item.width / 2, y - 6, "sub")
            canvas.mark(
                frame.more_mark(row.index, row.entry, groups, box),
                [line(x, y, x + item.width, y, "trunk"), text],
            )
            return
        canvas.take(item.ink)
        drawing = element("g", item.ink.parts, transform=f"translate({x:g} {y:g})")
        canvas.mark(frame.block_mark(row.index, row.entry, groups[0], box), [drawing])


def _note(rows: Sequence[_Row]) -> str:
    titles = [row.entry.title for row in rows if not row.entry.graph.fold.chain]
    if not titles:
        return ""
    verb = "is" if len(titles) == 1 else "are"
    return (
        f"{' and '.join(titles)} {verb} no chain of blocks: every stage is one sign, "
        "in the column of the smallest map reached so far."
    )
