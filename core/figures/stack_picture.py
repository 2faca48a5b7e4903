"""A stack of layers to scale: the tree of one output cell along an axis, and its box with the paths to each pixel.

Both are drawn with as many px per input pixel as is asked for, so that pictures side by side can be compared by eye.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.figures.maps import encode_png
from core.figures.numbers import count, exact
from core.figures.stack_words import layer_words, name
from core.figures.svg import element, label, number, text_width
from core.graph.stack import Stack

LARGEST_CELL, WIDTH = 20.0, 190.0
"""Px of an input pixel at most, and of a whole field."""
MOST_CELLS = 63
"""Pixels of the widest field whose cells are drawn one by one; wider ones are outlines."""
_MOST_SQUARES = 25  # side of the widest box of squares; wider ones are one picture
_MOST_BINS = 128
_MOST_LINES = 1200  # lines from taps to cells in a row; more would be a single surface
_LEAST = 0.22  # opacity of a pixel with a single path


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as SVG markup whose colours are CSS variables, its size in px, and what it shows in words.

    Cells of the tree carry ``data-cell="level:position"``, pixels of the box ``data-pixel="row:column"``.
    """

    svg: str
    width: float
    height: float
    spoken: str


def scale(stacks: Sequence[Stack]) -> float:
    """Px per input pixel that fit the widest field of all."""
    return min(LARGEST_CELL, WIDTH / max(stack.field for stack in stacks))


def tree(stack: Stack, pixel: float) -> Drawing:
    """One output cell at the top, below it all cells of each layer that it depends on, the input at the bottom.

    Cells that it passes over (gaps of a dilation) are hollow; a stride spaces the cells of its output.
    """
    drawing = _Tree(stack, pixel)
    return drawing.of_cells() if stack.field <= MOST_CELLS else drawing.of_outlines()


class _Tree:
    def __init__(self, stack: Stack, pixel: float) -> None:
        self._stack = stack
        self._pixel = pixel
        self._side = max(1.2, 0.84 * pixel) if stack.field <= MOST_CELLS else 7.0
        # Few layers have room to spread.
        self._step = max(self._side, 14.0) + max(18.0, 40.0 - 6 * len(stack.layers))
        self._levels = len(stack.layers)
        self._parts: list[str] = []
        self._right = 0.0

    def of_cells(self) -> Drawing:
        """Cell by cell, with a line to each tap."""
        for level in range(self._levels, 0, -1):
            self._between(level)
        for level, row in enumerate(self._stack.cells):
            self._row(level, row)
        return self._framed()

    def of_outlines(self) -> Drawing:
        """A bar a layer, as wide as what is seen of it: single cells would be too small to see."""
        spans = [self._span(level) for level in range(self._levels + 1)]
        for level in range(self._levels, 0, -1):
            (left, right), (low, high) = spans[level], spans[level - 1]
            self._cone(level, left, right, low, high)
        for level, (left, right) in enumerate(spans):
            self._parts.append(
                element(
                    "rect",
                    class_=f"cell {self._role(level)}",
                    x=left,
                    y=self._top(level),
                    width=max(2.0, right - left),
                    height=self._side,
                    rx=1,
                )
            )
            self._words(level, right)
        return self._framed()

    def _role(self, level: int) -> str:
        return "input" if level == 0 else "output" if level == self._levels else "inner"

    def _top(self, level: int) -> float:
        return 1 + (self._levels - level) * self._step

    def _centre(self, level: int, cell: int) -> float:
        """A cell stands above the middle of what it sees."""
        stack = self._stack
        return (cell * stack.steps[level] + stack.fields[level] / 2) * self._pixel

    def _count(self, level: int) -> int:
        """Cells from the first to the last of a row that the output cell depends on."""
        seen = 1
        for layer in reversed(self._stack.layers[level:]):
            seen = (seen - 1) * layer.stride + layer.taps[-1] + 1
        return seen

    def _span(self, level: int) -> tuple[float, float]:
        half = self._pixel * self._stack.steps[level] / 2
        return self._centre(level, 0) - half, self._centre(level, self._count(level) - 1) + half

    def _between(self, level: int) -> None:
        """What leads from the cells of a layer's input up to those of its output."""
        layer, half = self._stack.layers[level - 1], self._side / 2
        cells = self._stack.cells[level]
        for cell in cells:
            reads = layer.reads(cell)
            middle = self._centre(level, cell)
            low, high = self._centre(level - 1, reads[0]), self._centre(level - 1, reads[-1])
            self._cone(level, middle - half, middle + half, low - half, high + half)
        if len(cells) * layer.kernel > _MOST_LINES:
            return
        top, bottom = number(self._top(level) + self._side), number(self._top(level - 1))
        lines = "".join(
            f"M{number(self._centre(level, cell))} {top}L{number(self._centre(level - 1, below))} {bottom}"
            for cell in cells
            for below in layer.reads(cell)
        )
        self._parts.append(element("path", class_="taps", d=lines))

    def _cone(self, level: int, left: float, right: float, low: float, high: float) -> None:
        top, bottom = number(self._top(level) + self._side), number(self._top(level - 1))
        d = f"M{number(left)} {top}H{number(right)}L{number(high)} {bottom}H{number(low)}Z"
        self._parts.append(element("path", class_="cone", d=d))

    def _row(self, level: int, row: tuple[int, ...]) -> None:
        seen = set(row)
        for cell in range(row[-1] + 1):
            self._parts.append(
                element(
                    "rect",
                    class_=f"cell {self._role(level) if cell in seen else 'gap'}",
                    data_cell=f"{level}:{cell}" if cell in seen else None,
                    x=self._centre(level, cell) - self._side / 2,
                    y=self._top(level),
                    width=self._side,
                    height=self._side,
                    rx=1.5 if self._side > 6 else 0.5,
                )
            )
        self._words(level, self._centre(level, row[-1]) + self._side / 2)

    def _words(self, level: int, right: float) -> None:
        """The layer that made a row, at its right."""
        if level == 0:
            return
        words = layer_words(self._stack.layers[level - 1])
        self._parts.append(label(words, right + 8, self._top(level) + self._side / 2 + 4, "words", "start"))
        self._right = max(self._right, right + 8 + text_width(words))

    def _framed(self) -> Drawing:
        stack = self._stack
        below = self._top(0) + self._side + 17
        words = f"input, {exact(stack.field)} px"
        self._parts.append(label(words, 0, below, "words", "start"))
        width = max(self._right, stack.field * self._pixel, text_width(words)) + 2
        rows = (
            [
                f"{count(len(row), 'cell')} of {'the input' if level == 0 else f'layer {level}'}"
                for level, row in enumerate(stack.cells)
            ]
            if stack.field <= MOST_CELLS
            else []
        )
        spoken = f"{name(stack)}, along one axis: one output cell depends on {exact(stack.reached)} of "
        spoken += f"{count(stack.field, 'input pixel')}. {'; '.join(reversed(rows))}"
        return _drawing("tree", self._parts, width, below + 5, spoken.strip() + ("." if rows else ""))


def box(stack: Stack, pixel: float, most: int) -> Drawing:
    """The field in two dimensions: a pixel is the darker the more paths lead to it, and empty where none does.

    Args:
        stack: the layers.
        pixel: px per input pixel.
        most: number of paths that is darkest, so that boxes side by side share one scale.
    """
    paths, size = stack.paths, stack.field * pixel
    words = label("paths to each px", 0, size + 17, "words", "start")
    largest = int(paths.max()) ** 2
    spoken = (
        f"{name(stack)} in two dimensions: {exact(stack.field)} by {exact(stack.field)} pixels, "
        f"{exact(stack.reached**2)} of them reached; paths to a pixel: up to {exact(largest)}, "
        f"{exact(int(paths[0]) ** 2)} in the corner."
    )
    parts = _squares(paths, pixel, most) if len(paths) <= _MOST_SQUARES else [_surface(stack, size, most)]
    return _drawing("box", [*parts, words], max(size, text_width("paths to each px")) + 2, size + 22, spoken)


def strength(paths: float, most: int) -> float:
    """Opacity of a pixel: 0 without a path, then in proportion up to 1 for the most."""
    if paths <= 0:
        return 0.0
    return _LEAST + (1 - _LEAST) * (paths - 1) / (most - 1) if most > 1 else _LEAST


def _squares(paths: npt.NDArray[np.int64], pixel: float, most: int) -> list[str]:
    gap = 1.0 if pixel > 6 else 0.4
    widest = text_width(exact(int(paths.max()) ** 2))
    told = pixel >= 14 and widest <= pixel - 2
    parts = []
    for row, down in enumerate(paths):
        for column, across in enumerate(paths):
            ways = int(down) * int(across)
            opacity = strength(ways, most)
            x, y = column * pixel, row * pixel
            parts.append(
                element(
                    "rect",
                    class_="pixel" if ways else "pixel gap",
                    data_pixel=f"{row}:{column}",
                    x=x + gap / 2,
                    y=y + gap / 2,
                    width=pixel - gap,
                    height=pixel - gap,
                    fill_opacity=f"{opacity:.3f}" if ways else None,
                )
            )
            if told and ways:
                tone = "on-dark" if opacity > 0.62 else "on-pale"
                parts.append(label(str(ways), x + pixel / 2, y + pixel / 2 + 4, f"number {tone}"))
    return parts


def _surface(stack: Stack, size: float, most: int) -> str:
    """The box as one mask of grey values, so that its colour follows the theme; wide fields in bins of their means."""
    bins = np.array_split(stack.paths.astype(np.float64), min(stack.field, _MOST_BINS))
    means = np.array([part.mean() for part in bins])
    shares = np.vectorize(strength)(np.outer(means, means), most)
    grey = np.repeat((255 * np.clip(shares, 0, 1)).astype(np.uint8)[:, :, None], 3, axis=2)
    source = "data:image/png;base64," + base64.b64encode(encode_png(grey)).decode()
    mask = f"paths-{stack.text}"  # the reference must be of this picture alone
    image = element("image", href=source, width=size, height=size, preserveAspectRatio="none", class_="grey")
    return (
        element("mask", image, id=mask, style="mask-type:luminance")
        + element("rect", class_="surface", width=size, height=size, mask=f"url(#{mask})")
        + element("rect", class_="outline", x=0.5, y=0.5, width=size - 1, height=size - 1)
    )


def _drawing(kind: str, parts: Sequence[str], width: float, height: float, spoken: str) -> Drawing:
    svg = element(
        "svg",
        parts,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"sk {kind}",
        viewBox=f"-1 -1 {number(width + 1)} {number(height + 1)}",
        width=width + 1,
        height=height + 1,
        role="img",
        aria_label=spoken,
    )
    return Drawing(svg, width + 1, height + 1, spoken)
