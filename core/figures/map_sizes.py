"""On which map an operation works: its height and width, also where the map is a row of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from core.figures.numbers import SPACE, count
from core.graph.records import Node, Shape

_EXTRA_TOKENS = 8  # class, distillation and register tokens that come on top of a map's own


@dataclass(frozen=True, slots=True)
class MapSize:
    """Height and width in px of the map; ``(1, 1)`` for a vector; ``(tokens, 1)`` where tokens form no map."""

    height: int
    width: int

    @property
    def area(self) -> int:
        """Places in the map."""
        return self.height * self.width

    @property
    def title(self) -> str:
        """``"56 × 56"``, ``"vector"`` or ``"197 tokens"``."""
        if self.area == 1:
            return "vector"
        if self.width == 1:
            return count(self.height, "token")
        return f"{self.height}{SPACE}×{SPACE}{self.width}"


VECTOR = MapSize(1, 1)


def map_size(shape: Shape, before: MapSize) -> MapSize:
    """The map of that shape.

    Tokens ``(1, 197, 768)`` count as the map ``before`` them where they are as many, but for a few of their own;
    else as a square map where they are a square number (Swin's 49 windows of 7 × 7, a pyramid's smaller stages).
    """
    if len(shape) > 3:
        channels_last = len(shape) == 4 and shape[1] == shape[2] != shape[3]
        return MapSize(*(shape[1:3] if channels_last else shape[-2:]))
    if len(shape) < 3 or shape[1] == 1:
        return VECTOR
    tokens = shape[1]
    if before.area > 1 and 0 <= tokens - before.area <= _EXTRA_TOKENS:
        return before
    side = isqrt(tokens)
    return MapSize(side, side) if side * side == tokens else MapSize(tokens, 1)


def token_count(node: Node) -> int:
    """How many tokens the operation puts out; 0 for maps and vectors."""
    shape = node.output_shape
    return shape[1] if len(shape) == 3 and shape[1] > 1 else 0
