"""From the operations of a network to what each of their units sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.graph.fields.layout import HEIGHT, WIDTH, Atom, Dim, NotFollowed, channels
from core.graph.fields.reach import Reach, pixels
from core.graph.fields.rules import Operands, find
from core.graph.fields.sight import Cause, Sight, View
from core.graph.records import Interval, Node, ReceptiveField

_MOST_INTERVALS = 100_000  # of all operations together: twenty times what networks in use have
_UNFORESEEN = "the operation “{}” has operands that are not followed"
_NO_PLACES = "no spatial axes are left"


@dataclass(frozen=True, slots=True)
class _Lost:
    """An operation before is not known."""

    cause: Cause


def with_fields(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """The nodes, in execution order, with their receptive fields.

    One pass over the operations. At sums, products and concatenations the intervals of the operands are united; what
    an operation does is read from the rule book (`core.graph.fields.rules`), and one that is not in it makes the
    fields after it undefined.
    """
    sights: dict[str, Sight | _Lost] = {}
    fields: dict[int, ReceptiveField] = {}
    made: dict[str, Node] = {}
    left = _MOST_INTERVALS
    for node in nodes.values():
        sight = _sight(node, sights)
        if isinstance(sight, Sight) and id(sight) not in fields:
            left -= sight.intervals
            if left < 0:
                sight = _Lost(Cause(node.name, "the network has more intervals than are followed"))
        sights[node.name] = sight
        # Activations and norms hand on what they read, and with it its field.
        key = id(sight)
        if key not in fields:
            fields[key] = _field(sight)
        made[node.name] = replace(node, receptive_field=fields[key])
    return made


def without_fields(nodes: Mapping[str, Node], reason: str) -> dict[str, Node]:
    """The nodes with undefined fields, for the reason given: where what happens between them was not seen."""
    undefined = ReceptiveField((0, 0), (0, 0), (0, 0), "undefined", reason=reason)
    return {name: replace(node, receptive_field=undefined) for name, node in nodes.items()}


def _sight(node: Node, sights: Mapping[str, Sight | _Lost]) -> Sight | _Lost:
    if node.kind == "input":
        return _picture(node)
    if untold := node.attributes.get("untold"):
        return _Lost(Cause(node.name, str(untold)))
    read = [sights[name] for name in node.inputs]
    for one in read:
        if isinstance(one, _Lost):
            return one
    known = [one for one in read if isinstance(one, Sight)]
    if not known:
        return _Lost(Cause(node.name, "it does not come from the picture"))
    places = node.attributes.get("operands")
    numbers = places if isinstance(places, tuple) else tuple(range(len(known)))
    rule = find(node)
    if rule is None:
        return _Lost(Cause(node.name, f"the operation “{node.kind}” is not in the rule book"))
    try:
        sight = rule(node, Operands(dict(zip(numbers, known, strict=True))))
    except NotFollowed as error:
        return _Lost(Cause(node.name, f"{error} cannot be followed"))
    except (LookupError, ValueError):
        # Networks of others call an operation on operands of shapes that its rule was not written for.
        return _Lost(Cause(node.name, _UNFORESEEN.format(node.kind)))
    if tuple(dim.size for dim in sight.dims) != node.output_shape:
        return _Lost(Cause(node.name, _UNFORESEEN.format(node.kind)))
    return sight


def _picture(node: Node) -> Sight | _Lost:
    shape = node.output_shape
    if len(shape) < 4:
        return _Lost(Cause(node.name, "the input is no picture"))
    places = node.attributes.get("dims", (len(shape) - 2, len(shape) - 1))
    rows, columns = places if isinstance(places, tuple) else ()
    height, width = shape[rows], shape[columns]
    axes = {rows: _counting(HEIGHT, height), columns: _counting(WIDTH, width)}
    dims = tuple(axes.get(number) or channels(size) for number, size in enumerate(shape))
    return Sight(dims, (height, width), ((1, View(pixels(), pixels())),), (height, width))


def _counting(axis: int, size: int) -> Dim:
    return Dim((Atom(axis, size),)) if size > 1 else Dim()


def _field(sight: Sight | _Lost) -> ReceptiveField:
    if isinstance(sight, _Lost):
        return ReceptiveField(
            (0, 0), (0, 0), (0, 0), "undefined", cause=sight.cause.node, reason=sight.cause.reason
        )
    if not _has_places(sight):
        return ReceptiveField((0, 0), (0, 0), (0, 0), "undefined", reason=_NO_PLACES)
    view = sight.view
    box = _box(sight, view)
    if view.everything is not None:
        local = box if box.status == "exact" and box.size != (0, 0) else None
        return replace(_whole(sight), cause=view.everything.node, reason=view.everything.reason, local=local)
    return box


def _has_places(sight: Sight) -> bool:
    """Whether an axis counts through places alone, or the tensor is a map of a single place."""
    if any(dim.spatial for dim in sight.dims):
        return True
    sizes = [dim.size for dim in sight.dims]
    return len(sizes) >= 4 and (sizes[-2:] == [1, 1] or sizes[1:3] == [1, 1]) and not sight.placed


def _box(sight: Sight, view: View) -> ReceptiveField:
    cause = view.cause or Cause("", "")
    if view.placeless and not view.rows.sees_nothing:
        return replace(_whole(sight), cause=cause.node, reason=cause.reason)
    axes = [_along(view.along(axis), sight.lengths[axis], sight.picture[axis]) for axis in (0, 1)]
    (height, y_step, y), (width, x_step, x) = axes
    varies = view.rows.period > 1 or view.columns.period > 1
    return ReceptiveField(
        (height, width), (y_step, x_step), (y, x), cause=cause.node, reason=cause.reason,
        phases=(view.rows.intervals, view.columns.intervals) if varies else (),
    )  # fmt: skip


def _along(reach: Reach, count: int, side: int) -> tuple[int, float, float]:
    """Size, stride and offset; of the largest interval where they differ."""
    if reach.everywhere_the_same and not reach.sees_nothing:
        return side, 0, _short((side - 1) / 2)
    first, last = reach.at(0)
    size = max(max(0, last - first + 1) for first, last in reach.intervals)
    return size, _short(reach.step / reach.period), _short((first + last) / 2)


def _short(value: float) -> float:
    return int(value) if value == int(value) else value


def _whole(sight: Sight) -> ReceptiveField:
    height, width = sight.picture
    centre = (_short((height - 1) / 2), _short((width - 1) / 2))
    return ReceptiveField((height, width), (0, 0), centre, "whole image")


__all__ = ["Interval", "with_fields", "without_fields"]
