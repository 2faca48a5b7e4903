"""Two to four networks under one another, at one scale: columns are map sizes, or the axis is the depth.

Every row is a network. By map size, blocks that work on maps of one size stand under one another in one column; by
depth, every layer stands where its number is on the longest path. A bar's height is 1.62·√channels times one scale
for all rows, as in the strip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from core.figures.aligned_columns import by_map_size
from core.figures.aligned_depth import by_depth
from core.figures.aligned_rows import AlignedEntry
from core.figures.diagram import Diagram

__all__ = ["AlignedEntry", "Alignment", "aligned_strips"]

Alignment = Literal["map size", "depth"]


def aligned_strips(
    entries: Sequence[AlignedEntry], *, width: float = 1068, align: Alignment = "map size"
) -> Diagram:
    """The networks as rows of one picture.

    Args:
        entries: from the top. Marks have ids such as ``"0:layer3.2"``: the row's index before the group's name; their
            operations are named in the same way, so that `Diagram.mark` finds ``"0:layer3.2.conv1"`` too.
        width: px to fill; the picture is wider where its parts need more.
        align: what stands under one another.

    Raises:
        ValueError: there are no entries.
    """
    if not entries:
        raise ValueError("There is no network to draw: give at least one entry.")
    return by_depth(entries, width) if align == "depth" else by_map_size(entries, width)
