"""The theoretical box of one cell on the picture, from its node's receptive field. Imports no torch."""

from __future__ import annotations

from core.graph.records import ReceptiveField

Box = tuple[int, int, int, int]


def box_of(field: ReceptiveField, cell: tuple[int, int], picture: tuple[int, int]) -> Box | None:
    """Top, left, bottom and right of what a cell can see, cut to the picture; the last two exclusive.

    Args:
        field: of the node.
        cell: row and column.
        picture: height and width in pixels.

    None where the field is undefined; a cell that sees padding alone has an empty box.
    """
    if field.status == "undefined":
        return None
    if field.status == "whole image":
        return 0, 0, *picture
    (top, bottom), (left, right) = (
        _cut(field.seen(axis, cell[axis] + 1)[cell[axis]], picture[axis]) for axis in (0, 1)
    )
    return top, left, bottom, right


def centre_of(field: ReceptiveField, cell: tuple[int, int]) -> tuple[float, float] | None:
    """Row and column of the middle of what a cell can see, not cut at the border; None where it is no fixed box."""
    if field.status != "exact":
        return None
    rows, columns = (field.seen(axis, cell[axis] + 1)[cell[axis]] for axis in (0, 1))
    return (rows[0] + rows[1]) / 2, (columns[0] + columns[1]) / 2


def _cut(interval: tuple[int, int], size: int) -> tuple[int, int]:
    """First pixel and one past the last, within the picture."""
    first, last = interval
    start = min(max(first, 0), size)
    return start, max(min(last + 1, size), start)
