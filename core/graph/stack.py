"""A stack of small layers: what one cell of its output sees, on how many paths, and what it costs. Pure arithmetic.

Everything is the same along both axes, so one of them is told; the box in two dimensions is the product. The
arithmetic is that of Dumoulin & Visin 2016 (https://arxiv.org/abs/1603.07285).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.graph.fields.reach import Reach, pixels

LayerKind = Literal["conv", "pool"]
MOST_LAYERS, LARGEST_KERNEL, LARGEST_STRIDE, LARGEST_DILATION = 8, 11, 3, 4
_LARGEST = (LARGEST_KERNEL, LARGEST_STRIDE, LARGEST_DILATION)
_LONGEST = 100  # letters of a text that are looked at
_LAYER = re.compile(r"(p?)k?(\d{1,3})(?:s(\d{1,3}))?(?:d(\d{1,3}))?", re.ASCII)


class BadStack(ValueError):
    """A text is no stack; the message is a clause fit for a visitor."""


@dataclass(frozen=True, slots=True)
class StackLayer:
    """One layer.

    Attributes:
        kernel: taps along an axis.
        stride: cells of its input from one output cell to the next.
        dilation: cells of its input from one tap to the next.
        kind: ``"conv"``, with a ReLU after it, or ``"pool"``: max pooling, no weights.
    """

    kernel: int
    stride: int = 1
    dilation: int = 1
    kind: LayerKind = "conv"

    @property
    def taps(self) -> range:
        """Places of the taps, the first at 0."""
        return range(0, self.dilation * (self.kernel - 1) + 1, self.dilation)

    def reads(self, cell: int) -> tuple[int, ...]:
        """The cells of its input that a cell of its output reads, in order."""
        return tuple(cell * self.stride + tap for tap in self.taps)

    @property
    def text(self) -> str:
        """As in an address: ``"3"``, ``"3s2"``, ``"3d4"``, ``"p2s2"``."""
        stride = f"s{self.stride}" if self.stride > 1 else ""
        dilation = f"d{self.dilation}" if self.dilation > 1 else ""
        return f"{'p' if self.kind == 'pool' else ''}{self.kernel}{stride}{dilation}"


@dataclass(frozen=True)
class Stack:
    """Layers, the one next to the input first; `parse` keeps them within what can be built and drawn."""

    layers: tuple[StackLayer, ...]

    @property
    def text(self) -> str:
        """As in an address: ``"3-3"``."""
        return "-".join(layer.text for layer in self.layers)

    @cached_property
    def _reaches(self) -> tuple[Reach, ...]:
        """What cells see, for the input and for each layer's output: the same arithmetic as for whole networks."""
        found = [pixels()]
        for layer in self.layers:
            found.append(found[-1].windowed(layer.taps, layer.stride))
        return tuple(found)

    @property
    def steps(self) -> tuple[int, ...]:
        """Input pixels from one cell to the next, for the input (1) and for each layer's output."""
        return tuple(reach.step for reach in self._reaches)

    @property
    def fields(self) -> tuple[int, ...]:
        """Input pixels from the first to the last that a cell sees, for the input (1) and for each layer's output."""
        return tuple(last - first + 1 for first, last in (reach.at(0) for reach in self._reaches))

    @property
    def field(self) -> int:
        """The receptive field of the output, in input pixels along an axis."""
        return self.fields[-1]

    @property
    def stride(self) -> int:
        """Input pixels from one output cell to the next."""
        return self.steps[-1]

    @cached_property
    def cells(self) -> tuple[tuple[int, ...], ...]:
        """Which cells one output cell depends on, for the input and for each layer's output, its own place last.

        Counted from the first one of each row; what is missing in between lies in the gaps of a dilation.
        """
        rows: list[tuple[int, ...]] = [(0,)]
        for layer in reversed(self.layers):
            rows.append(tuple(sorted({below for cell in rows[-1] for below in layer.reads(cell)})))
        return tuple(reversed(rows))

    @cached_property
    def paths(self) -> npt.NDArray[np.int64]:
        """From each pixel of the field, the number of paths to the output cell along an axis: ``(field,)``, 0 in gaps.

        In two dimensions it is the outer product with itself: each path chooses a tap per layer and axis.
        """
        counts = np.ones(1, np.int64)
        for layer in reversed(self.layers):
            spread = np.zeros(
                (len(counts) - 1) * layer.stride + layer.dilation * (layer.kernel - 1) + 1, np.int64
            )
            for tap in range(layer.kernel):
                start = tap * layer.dilation
                spread[start : start + (len(counts) - 1) * layer.stride + 1 : layer.stride] += counts
            counts = spread
        counts.setflags(write=False)
        return counts

    @property
    def reached(self) -> int:
        """How many pixels of the field, along an axis, have a path to the output at all."""
        return int(np.count_nonzero(self.paths))

    @property
    def weights(self) -> int:
        """Weights of the convolutions per pair of channels, without biases."""
        return sum(layer.kernel**2 for layer in self.layers if layer.kind == "conv")

    @property
    def macs(self) -> int:
        """Multiply-adds per pixel of the output and pair of channels, on a large map whose cells are computed once.

        A layer before a stride computes stride² cells for each one after it.
        """
        return sum(
            layer.kernel**2 * (self.stride // step) ** 2
            for layer, step in zip(self.layers, self.steps[1:], strict=True)
            if layer.kind == "conv"
        )

    @property
    def bends(self) -> int:
        """Non-linearities on the way: a ReLU after each convolution; a max pooling is one itself."""
        return len(self.layers)

    @property
    def pools(self) -> bool:
        """Whether a layer pools."""
        return any(layer.kind == "pool" for layer in self.layers)


def parse(text: str) -> Stack:
    """The stack that a text such as ``"3-3"`` or ``"k3s2-p2s2-3d4"`` names.

    Raises:
        BadStack: it names none.
    """
    if len(text) > _LONGEST:
        raise BadStack(f"it has more than {_LONGEST} letters")
    layers = []
    for part in text.split("-"):
        found = _LAYER.fullmatch(part)
        if found is None:
            raise BadStack("layers are written as 3, 3s2, 3d4 or p2s2, with - between")
        pool, *sizes = found.groups()
        kernel, stride, dilation = (int(size or 1) for size in sizes)
        for name, value, most in zip(
            ("kernel", "stride", "dilation"), (kernel, stride, dilation), _LARGEST, strict=True
        ):
            if not 1 <= value <= most:
                raise BadStack(f"a {name} of {value} is not between 1 and {most}")
        layers.append(StackLayer(kernel, stride, dilation, "pool" if pool else "conv"))
    if len(layers) > MOST_LAYERS:
        raise BadStack(f"{len(layers)} layers are more than {MOST_LAYERS}")
    return Stack(tuple(layers))


def counterpart(stack: Stack) -> Stack | None:
    """What stands beside a stack: the single kernel of the same field and stride, and beside a single odd kernel of
    5 × 5 or more, 3×3 layers; None where there is none.

    A kernel with gaps stands beside the full kernel of its extent. Poolings alone have no weights to compare, and a
    kernel of 1 or 3 is as small as it gets.
    """
    first = stack.layers[0]
    if all(layer.kind == "pool" for layer in stack.layers):
        return None
    if len(stack.layers) == 1 and first.dilation == 1:
        if first.kernel < 5 or first.kernel % 2 == 0:
            return None
        small = (StackLayer(3),) * (first.kernel // 2 - 1)
        return Stack((*small, StackLayer(3, first.stride)))
    return Stack((StackLayer(stack.field, stack.stride),))


PRESETS: Mapping[str, Stack] = MappingProxyType(
    {
        "One 5×5": parse("5"),
        "Two 3×3": parse("3-3"),
        "One 7×7": parse("7"),
        "Three 3×3": parse("3-3-3"),
        "Dilated": parse("3-3d2-3d4"),
    }
)
"""Stacks to begin with, by what they are called."""
USUAL = PRESETS["Two 3×3"]
