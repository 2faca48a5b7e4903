"""From the operations of a network to what each of their units sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.graph.fields.layout import HEIGHT, WIDTH, Atom, Dim, NotFollowed, channels
from core.graph.fields.reach import EVERYTHING, NOTHING, Reach, pixels
from core.graph.fields.rules import Operands, find
from core.graph.fields.sight import Cause, Sight, View
from core.graph.records import UNDEFINED, Node, ReceptiveField, Shape

# Operations whose output sees what their operands see together: with the whole picture, whatever a lost one saw.
JOINS = frozenset({"add", "subtract", "multiply", "divide"})
_MOST_INTERVALS = 100_000  # of all operations together: twenty times what networks in use have
_UNFORESEEN = "the operation “{}” has operands that are not followed"
_NO_PLACES = "no spatial axes are left"


@dataclass(frozen=True, slots=True)
class Lost:
    """What a tensor sees is not known: the cause is the first operation that the rules cannot follow."""

    cause: Cause


def with_fields(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """The nodes, in execution order, with their receptive fields.

    One pass over the operations. At sums, products and concatenations the intervals of the operands are united; what
    an operation does is read from the rule book (`core.graph.fields.rules`), and one that is not in it makes the
    fields after it undefined.
    """
    sights: dict[str, Sight | Lost] = {}
    fields: dict[int, ReceptiveField] = {}
    made: dict[str, Node] = {}
    left = _MOST_INTERVALS
    for node in nodes.values():
        sight = sight_of(node, sights)
        if isinstance(sight, Sight) and id(sight) not in fields:
            left -= sight.intervals
            if left < 0:
                sight = Lost(Cause(node.name, "the network has more intervals than are followed"))
        sights[node.name] = sight
        # Activations and norms hand on what they read, and with it its field.
        key = id(sight)
        if key not in fields:
            fields[key] = _field(sight)
        made[node.name] = replace(node, receptive_field=fields[key])
    return made


def without_fields(nodes: Mapping[str, Node], reason: str) -> dict[str, Node]:
    """The nodes with undefined fields, for the reason given: where what happens between them was not seen."""
    undefined = replace(UNDEFINED, reason=reason)
    return {name: replace(node, receptive_field=undefined) for name, node in nodes.items()}


def sight_of(node: Node, sights: Mapping[str, Sight | Lost]) -> Sight | Lost:
    """What an operation's output sees, from what its operands see, by the rule for it."""
    if node.kind == "input":
        return _picture(node)
    if untold := node.attributes.get("untold"):
        return Lost(Cause(node.name, str(untold)))
    if not node.inputs:
        return _unseeing(node)
    places = node.attributes.get("operands")
    numbers = places if isinstance(places, tuple) else tuple(range(len(node.inputs)))
    read = dict(zip(numbers, (sights[name] for name in node.inputs), strict=True))
    known = {place: one for place, one in read.items() if isinstance(one, Sight)}
    if any(place >= len(node.input_shapes) for place in known):
        return Lost(Cause(node.name, "it takes all pieces of a split as one"))
    if any(_shape(one) != node.input_shapes[place] for place, one in known.items()):
        return Lost(Cause(node.name, "a part of its operand was changed in place"))
    lost = next((one for one in read.values() if isinstance(one, Lost)), None)
    if lost is not None and not (node.kind in JOINS and any(one.view.sees_all for one in known.values())):
        return lost
    if lost is None and all(one.view.sees_nothing for one in known.values()):
        return _unseeing(node)
    rule = find(node)
    if rule is None:
        return Lost(Cause(node.name, f"the operation “{node.kind}” is not in the rule book"))
    try:
        sight = rule(node, Operands(known))
    except NotFollowed as error:
        return Lost(Cause(node.name, f"{error} cannot be followed"))
    except (LookupError, ValueError):
        # Networks of others call an operation on operands of shapes that its rule was not written for.
        return Lost(Cause(node.name, _UNFORESEEN.format(node.kind)))
    if _shape(sight) != node.output_shape:
        return Lost(Cause(node.name, _UNFORESEEN.format(node.kind)))
    return sight


def _shape(sight: Sight) -> Shape:
    return tuple(dim.size for dim in sight.dims)


def _unseeing(node: Node) -> Sight:
    """What is computed from weights alone, as a bias by a small network."""
    return Sight(tuple(map(channels, node.output_shape)), (1, 1), ((1, View(NOTHING, NOTHING)),), (1, 1))


def _picture(node: Node) -> Sight | Lost:
    shape = node.output_shape
    if len(shape) < 4:
        return Lost(Cause(node.name, "the input is no picture"))
    places = node.attributes.get("dims", (len(shape) - 2, len(shape) - 1))
    rows, columns = places if isinstance(places, tuple) else ()
    height, width = shape[rows], shape[columns]
    axes = {rows: Dim((Atom(HEIGHT, height),)), columns: Dim((Atom(WIDTH, width),))}
    dims = tuple(axes.get(number) or channels(size) for number, size in enumerate(shape))
    return Sight(dims, (height, width), ((1, View(pixels(), pixels())),), (height, width))


def _field(sight: Sight | Lost) -> ReceptiveField:
    if isinstance(sight, Lost):
        return replace(UNDEFINED, cause=sight.cause.node, reason=sight.cause.reason)
    if sight.view.sees_nothing:
        return replace(UNDEFINED, reason="it does not come from the picture")
    if not _has_places(sight):
        return replace(UNDEFINED, reason=_NO_PLACES)
    if [dim.atoms[0].axis for dim in sight.dims if dim.spatial and len(dim.atoms) == 1] == [WIDTH, HEIGHT]:
        return replace(UNDEFINED, reason="rows and columns are exchanged here")
    try:
        sight = _by_unit(sight)
    except NotFollowed as error:
        return replace(UNDEFINED, reason=f"{error} cannot be followed")
    view = sight.view
    box = _box(sight, view)
    if view.everything is not None:
        local = box if box.status == "exact" and box.size != (0, 0) else None
        return replace(_whole(sight), cause=view.everything.node, reason=view.everything.reason, local=local)
    return box


def _by_unit(sight: Sight) -> Sight:
    """The same with the units of the map as places: what stands among the channels is seen by their unit."""
    within = [number for number, dim in enumerate(sight.dims) if dim.placed and not dim.spatial]
    if within:
        sight = sight.mixed(within, Cause("", "places among channels"))
        sight = sight.with_dims(
            tuple(channels(dim.size) if n in within else dim for n, dim in enumerate(sight.dims))
        )
    return sight.flat()


def _has_places(sight: Sight) -> bool:
    """Whether an axis counts through places alone; or a map of a single place, or one whose units all see the same."""
    return any(dim.spatial for dim in sight.dims) or (len(sight.dims) >= 4 and sight.view.placeless)


def _box(sight: Sight, view: View) -> ReceptiveField:
    cause = view.cause or Cause("", "")
    if view.placeless and not view.rows.sees_nothing:
        return replace(_whole(sight), cause=cause.node, reason=cause.reason)
    axes = [_along(view.along(axis), sight.lengths[axis], sight.picture[axis]) for axis in (0, 1)]
    (height, y_step, y), (width, x_step, x) = axes
    varies = view.rows.period > 1 or view.columns.period > 1
    return ReceptiveField(
        (height, width), (y_step, x_step), (y, x),
        cause=cause.node if varies else "", reason=cause.reason if varies else "",
        phases=(view.rows.intervals, view.columns.intervals) if varies else (),
    )  # fmt: skip


def _along(reach: Reach, count: int, side: int) -> tuple[int, float, float]:
    """Size, stride and offset; of the largest interval where they differ."""
    if reach == EVERYTHING:
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
