"""Where the cells of an output lie on the picture: which axes are places, known from its shape. Imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.graph.records import Shape
from core.probes.records import Layout, NoMaps

# Tokens ahead of those that stand for places: none, class, class and distillation, four registers with and
# without.
_PREFIXES = (0, 1, 2, 5, 4)
# Very small maps are rounded: 8 × 40 pixels may end as 1 × 2 cells.
_LOOSEST = math.log(3)


@dataclass(frozen=True, slots=True)
class Places:
    """How an output's cells lie.

    Attributes:
        layout: ``"channels first"``, ``"channels last"`` or ``"tokens"``, row by row.
        rows, columns: of cells.
        channels: numbers in a cell.
        ahead: tokens before those that stand for places; 0 for maps.
    """

    layout: Layout
    rows: int
    columns: int
    channels: int
    ahead: int = 0

    @property
    def centre(self) -> tuple[int, int]:
        """Row and column of the cell in the middle; of an even number the later one."""
        return self.rows // 2, self.columns // 2


def places(
    shape: Shape, picture: tuple[int, int], *, prefix: int | None = None, node: str = "This output"
) -> Places:
    """How the cells of an output for one picture lie.

    Four axes are channels first or channels last, whichever gives maps of the picture's proportions (first
    where both do). Three axes are tokens, of which those that stand for places must form a square.

    Args:
        shape: ``(1, …)``.
        picture: height and width of the network's input.
        prefix: how many tokens stand ahead of those for places; found by trying where it is None.
        node: name for messages.

    Raises:
        NoMaps: there are no places, or they cannot be told.
    """
    if shape[0] != 1:
        raise NoMaps(
            f"{node!r} has an output of shape {shape}, whose first axis is not the one picture: its "
            "places are cut into windows; choose the block around it."
        )
    if len(shape) == 4:
        found = _four_axes(shape, picture, node)
    elif len(shape) == 3:
        found = _tokens(shape, prefix, node)
    else:
        raise NoMaps(
            f"{node!r} has an output of shape {shape}, numbers without places; choose an earlier layer."
        )
    if found.rows * found.columns == 1:
        raise NoMaps(
            f"{node!r} has a single number for each of its {found.channels} channels, no places; choose an "
            "earlier layer."
        )
    return found


def _four_axes(shape: Shape, picture: tuple[int, int], node: str) -> Places:
    wanted = math.log(picture[0] / picture[1])
    first, second, third = (math.log(max(size, 1)) for size in shape[1:])
    as_last, as_first = abs(first - second - wanted), abs(second - third - wanted)
    if min(as_last, as_first) > _LOOSEST:
        raise NoMaps(
            f"{node!r} has an output of shape {shape}, in which no two neighbouring axes have the "
            "proportions of the picture; choose the block around it."
        )
    if as_last < as_first:
        return Places("channels last", rows=shape[1], columns=shape[2], channels=shape[3])
    return Places("channels first", rows=shape[2], columns=shape[3], channels=shape[1])


def _tokens(shape: Shape, prefix: int | None, node: str) -> Places:
    tokens, channels = shape[1:]
    for ahead in _PREFIXES if prefix is None else (prefix, 0):
        side = math.isqrt(max(tokens - ahead, 0))
        if side > 1 and side * side == tokens - ahead:
            return Places("tokens", rows=side, columns=side, channels=channels, ahead=ahead)
    raise NoMaps(
        f"{node!r} has {tokens} tokens, which do not form a square of places; choose a layer further in."
    )
