"""Which share of the paths to an operation sees how much, and passes how many layers: two rows of bars."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.figures.canvas import Canvas
from core.figures.diagram import Box, Diagram
from core.figures.numbers import SPACE, exact, percent, whole
from core.figures.path_bins import Bin, bins, commonest, half
from core.figures.svg import element, label, line, text_width
from core.figures.ticks import nice
from core.graph.fields.paths import Paths
from core.graph.records import Graph

Role = Literal["skip", "main"]
WIDE, NARROW = 690.0, 340.0
"""Px: both plots side by side, or one below the other as on a phone."""
_AXIS = 46.0  # px at the left of a plot for its axis
_HEAD, _BASE, _HEIGHT = (
    40.0,
    150.0,
    190.0,
)  # px from the top of a plot: highest bar, foot of the bars, its end
_GAP, _SMALLER = 28.0, 218.0  # px between plots side by side; width of the right one
_LEAST, _WIDEST = 3.5, 16.0  # px of a bar with its gap, and of a bar
_EDGE = 16.0  # px at the right for half of the last number
_REST = 72.0  # px at the right of a plot for the paths that have no value


@dataclass(frozen=True, slots=True)
class Column:
    """A bar that can be pointed at, with its exact numbers; ``box``: the px of the picture that lead to it."""

    box: Box
    label: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PathShares:
    """The picture, and what can be pointed at in it from left to right."""

    picture: Diagram
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class _Plot:
    """One row of bars: its values, what they count, and lines with words at some of them."""

    counted: Mapping[int, int]
    unit: str
    title: str
    lines: tuple[tuple[int, str, str], ...]  # value, CSS class, words; the first one's words stand highest
    ends: tuple[str, str]  # words at the smallest and at the largest value
    rest: tuple[tuple[int, str], ...] = ()  # paths without a value, and what they do see


def path_shares(found: Paths, graph: Graph, *, width: float = WIDE) -> PathShares:
    """Bars over the size that paths see, with the smallest, the middle and the largest; and over their length.

    Args:
        found: the paths to one operation of the network.
        graph: the network; its bars are vermillion where it has residual additions.
        width: px; below 600 the plots stand one below the other.
    """
    canvas = Canvas()
    columns: list[Column] = []
    role: Role = "skip" if any(skip.join_kind == "add" for skip in graph.skips) else "main"
    beside = width >= 600
    sizes = _sizes(found, graph)
    left = width - _SMALLER - _GAP if beside else width
    _Pen(canvas, columns, found.total, role).draw(sizes, 0.0, 0.0, left)
    x, y = (left + _GAP, 0.0) if beside else (0.0, _HEIGHT + 12)
    _Pen(canvas, columns, found.total, role).draw(_lengths(found), x, y, width - x)
    picture = canvas.diagram(
        "".join(canvas.parts),
        kind="paths",
        spoken=f"Shares of {whole(found.total)} paths by what they see and by how many layers they pass",
        width=width,
        height=y + _HEIGHT,
    )
    return PathShares(picture, tuple(columns))


def _sizes(found: Paths, graph: Graph) -> _Plot:
    middle = half(found.by_size, found.total)
    rows = " high" if found.by_height != found.by_width else ""
    lines = []
    if middle is not None and found.total > 1:
        lines.append((middle, "bound", f"half at most {exact(middle)}{SPACE}px"))
    side = graph.input_size[1] if len(graph.input_size) == 3 else 0
    if found.sized and side < max(found.by_size):
        lines.append((side, "level", f"the picture {exact(side)}{SPACE}px"))
    ends = ("", "")
    if found.sized and min(found.by_size) < max(found.by_size):
        low, high = (f"{exact(edge(found.by_size))}{SPACE}px" for edge in (min, max))
        ends = (f"smallest {low}", f"largest {high}")
    rest = ((found.whole, "all of it"), (found.unsized, "not followed"))
    return _Plot(
        found.by_size,
        "px",
        f"Share of paths by the pixels{rows} that one sees",
        tuple(lines),
        ends,
        tuple((paths, words) for paths, words in rest if paths),
    )


def _lengths(found: Paths) -> _Plot:
    short, long, most = min(found.by_length), max(found.by_length), commonest(found.by_length)
    lines = ((most, "", f"most often {most}"),) if short < long else ()
    ends = (f"shortest {short}", f"longest {long}") if short < long else ("", "")
    return _Plot(found.by_length, "layers", "by weighted layers passed", lines, ends)


class _Pen:
    """Draws plots whose bars are shares of so many paths."""

    def __init__(self, canvas: Canvas, columns: list[Column], total: int, role: Role) -> None:
        self._canvas = canvas
        self._columns = columns
        self._total = total
        self._role = role

    def draw(self, plot: _Plot, x: float, y: float, width: float) -> None:
        """Draw a plot with its upper left corner there."""
        start, end = x + _AXIS, x + width - _REST * len(plot.rest)
        found = bins(plot.counted, max(1, int((end - start) / _LEAST)))
        shares = [bar.paths / self._total for bar in found] + [n / self._total for n, _ in plot.rest]
        top = self._shares(max(shares), x, y, x + width)
        self._canvas.put(label(plot.title, x, y + 12, "told", "start"))
        right = found[-1].stop if found else 1.0
        scale = (end - start - _EDGE) / right
        for bar in found:
            self._bar(bar, plot.unit, start + bar.start * scale, y, (bar.stop - bar.start) * scale, top)
        for number, (paths, words) in enumerate(plot.rest):
            self._rest(paths, words, end + number * _REST, y, top)
        if found:
            self._values(right, start, y + _BASE, scale)
        self._canvas.put(line(start, y + _BASE, x + width, y + _BASE, "axis"))
        self._words(plot, found, start, y, scale, end)

    def _height(self, paths: int, top: float) -> float:
        return (_BASE - _HEAD) * (paths / self._total) / top

    def _shares(self, most: float, x: float, y: float, right: float) -> float:
        """Draw the axis of shares; returns the share at its top."""
        step = nice(most / 2)
        steps = math.ceil(most / step - 1e-9)
        for number in range(1, steps + 1):
            at = y + _BASE - (_BASE - _HEAD) * number / steps
            text = f"{100 * number * step:g}{SPACE}%"
            self._canvas.put(
                line(x + _AXIS, at, right, at, "grid"), label(text, x + _AXIS - 6, at + 4, "shape", "end")
            )
        return steps * step

    def _bar(self, bar: Bin, unit: str, x: float, y: float, slot: float, top: float) -> None:
        width = min(_WIDEST, slot - min(1.5, 0.3 * slot))
        height = self._height(bar.paths, top)
        box = {"x": x + (slot - width) / 2, "y": y + _BASE - height, "width": width, "height": height}
        self._canvas.put(element("rect", class_=f"bar {self._role}", **box))
        named = exact(bar.first) if bar.first == bar.last else f"{exact(bar.first)} to {exact(bar.last)}"
        self._column(Box(x, y + _HEAD, slot, _BASE - _HEAD), f"{named}{SPACE}{unit}", bar.paths)

    def _rest(self, paths: int, words: str, x: float, y: float, top: float) -> None:
        height = self._height(paths, top)
        box = {"x": x + (_REST - _WIDEST) / 2, "y": y + _BASE - height, "width": _WIDEST, "height": height}
        kind = "rest" if words != "all of it" else self._role
        self._canvas.put(element("rect", class_=f"bar {kind}", **box))
        self._canvas.put(label(words, x + _REST / 2, y + _BASE + 16, "shape"))
        self._column(Box(x, y + _HEAD, _REST, _BASE - _HEAD), words, paths)

    def _column(self, box: Box, named: str, paths: int) -> None:
        rows = (("Paths", whole(paths)), ("Share", percent(paths / self._total, 1.0)))
        self._columns.append(Column(box, named, rows))

    def _values(self, right: float, start: float, base: float, scale: float) -> None:
        room = text_width(exact(round(right))) + 14
        step = max(1.0, nice(right / max(1.0, min(5.0, scale * right / room / 2))))
        step = 2.0 if step == 2.5 else step
        for number in range(int(right / step) + 1):
            at, words = start + number * step * scale, exact(round(number * step))
            self._canvas.put(line(at, base, at, base + 4, "axis"), label(words, at, base + 16, "shape"))

    def _words(
        self, plot: _Plot, found: tuple[Bin, ...], start: float, y: float, scale: float, end: float
    ) -> None:
        """Lines at some values with their words, and what the ends are."""
        for row, (value, kind, words) in enumerate(plot.lines):
            at = start + value * scale
            level = y + _HEAD + 2 + 15 * row
            if kind:
                self._canvas.put(line(at, level - 9, at, y + _BASE, kind))
                self._beside(words, at, level, start, end)
            else:
                side = text_width(words) / 2
                self._canvas.put(label(words, min(max(at, start + side), end - side), level, "told"))
        if not found or not plot.ends[0]:
            if found:
                self._canvas.put(label(plot.unit, end, y + _BASE + 32, "", "end"))
            return
        low, high = (start + (bar.start + bar.stop) / 2 * scale for bar in (found[0], found[-1]))
        foot = y + _BASE
        self._canvas.put(line(low, foot - 12, low, foot, "bound"), line(high, foot - 12, high, foot, "bound"))
        right = min(end, max(high + text_width(plot.ends[1]) / 2, end - _EDGE))
        left = min(low - 8, right - text_width(plot.ends[0]) - text_width(plot.ends[1]) - 14)
        self._canvas.put(label(plot.ends[0], max(left, start - _AXIS), foot + 34, "value", "start"))
        self._canvas.put(label(plot.ends[1], right, foot + 34, "value", "end"))

    def _beside(self, words: str, at: float, y: float, start: float, end: float) -> None:
        """Words at the right of a line, or at its left where there is room there alone."""
        wide = text_width(words) + 5
        left = at + wide > end and at - wide >= start
        self._canvas.put(label(words, at - 5 if left else at + 5, y, "told", "end" if left else "start"))
