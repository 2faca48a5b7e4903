"""Maps that were cut in two along an axis and put together the other way round: what rolling them does."""

from __future__ import annotations

from dataclasses import replace

from core.graph.fields.layout import NotFollowed
from core.graph.fields.reach import Reach
from core.graph.fields.rules.windows import moved
from core.graph.fields.sight import Sight, View
from core.graph.records import Node


def put_together(node: Node, parts: tuple[Sight, ...], number: int) -> Sight:
    """The whole of two parts of one map, of which the second came before the first.

    The longer part says what places see: where the other one begins is a matter of the border, as with a roll.

    Raises:
        NotFollowed: they are not the two parts of one map.
    """
    if len(parts) != 2 or sum(part.dims[number].size for part in parts) != node.output_shape[number]:
        raise NotFollowed("concatenation of places")
    first, second = parts
    axis, cut, whole = first.axis_of(number), first.dims[number].size, node.output_shape[number]
    if axis is None or second.axis_of(number) != axis or not _alike(first, second, number):
        raise NotFollowed("concatenation of places")
    for (_, one), (_, other) in zip(first.runs, second.runs, strict=True):
        if not _goes_on(one, other, axis, cut=cut, whole=whole):
            raise NotFollowed("concatenation of places")
    if 2 * cut >= whole:
        return moved(node, first, number, lambda reach: reach)
    return moved(node, second, number, lambda reach: reach.windowed(range(-cut, 1 - cut), 1))


def _alike(first: Sight, second: Sight, number: int) -> bool:
    """Whether all is the same but the places along the axis."""
    others = [(*sight.dims[:number], *sight.dims[number + 1 :]) for sight in (first, second)]
    return others[0] == others[1] and [n for n, _ in first.runs] == [n for n, _ in second.runs]


def _goes_on(first: View, second: View, axis: int, *, cut: int, whole: int) -> bool:
    """Whether the second sees what the first would see if it went on, less a whole turn."""
    mine, theirs = first.along(axis), second.along(axis)
    if mine.period != theirs.period or mine.step != theirs.step or whole % mine.period:
        return False
    turn = mine.step * (whole // mine.period)
    continued = Reach(
        mine.step,
        tuple((low - turn, high - turn) for low, high in map(mine.at, range(cut, cut + mine.period))),
    )
    same = replace(first, cause=None).with_reach(axis, theirs) == replace(second, cause=None)
    return same and continued == theirs
