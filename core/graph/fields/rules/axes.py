"""Operations that move, cut and join axes: reshape, permute, slice, concatenate, stack, expand, roll."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.graph.fields.layout import CHANNEL, Dim, NotFollowed, channels, reshaped
from core.graph.fields.reach import NOTHING, Reach, check_pattern, fixed
from core.graph.fields.rules.joining import lying_alike, repeated_view
from core.graph.fields.rules.registry import Operands, rule
from core.graph.fields.rules.turning import put_together
from core.graph.fields.rules.windows import moved
from core.graph.fields.sight import Run, Sight, View, joined_runs
from core.graph.records import Node, Shape

_EXPANDING = frozenset({"expand", "expand_as", "broadcast_to"})
_PERMUTING = frozenset(["permute", "transpose", "swapaxes", "swapdims", "t", "mT", "movedim", "moveaxis"])


def word_of(node: Node) -> str:
    """The function's own short name: ``"permute"`` for ``"aten.permute.default"``."""
    parts = node.target.split(".")
    return (parts[1] if parts[0] == "aten" else parts[-1]).strip("_")


@rule("reshape", "flatten")
def reshape(node: Node, operands: Operands) -> Sight:
    """Cuts and joins axes, permutes them, or repeats those of size 1."""
    word = word_of(node)
    if word in _EXPANDING:
        return expanded(operands.first, node.output_shape)
    if word in _PERMUTING:
        axes = node.attributes.get("axes")
        if not isinstance(axes, tuple):
            raise NotFollowed(word)
        return permuted(operands.first, axes)
    return in_shape(operands.first, node.output_shape)


def in_shape(sight: Sight, shape: Shape) -> Sight:
    """The same values, row by row, in another shape."""
    if sight.view.placeless and not any(dim.ahead or dim.behind for dim in sight.dims):
        try:
            return sight.with_dims(reshaped(sight.dims, shape))
        except NotFollowed:
            # All units see the same, so that it no longer matters which place is where.
            return replace(sight, dims=tuple(channels(size) for size in shape), runs=sight.one_run())
    return sight.with_dims(reshaped(sight.dims, shape))


def unseeing(shape: Shape, sight: Sight) -> Sight:
    """A tensor of that shape that depends on no pixel."""
    return replace(sight, dims=tuple(map(channels, shape)), runs=((1, View(NOTHING, NOTHING)),))


def permuted(sight: Sight, axes: tuple[int, ...]) -> Sight:
    """The axes in another order."""
    return sight.with_dims(tuple(sight.dims[axis] for axis in axes))


def expanded(sight: Sight, shape: Shape) -> Sight:
    """Axes of size 1 repeated."""
    dims = (Dim(),) * (len(shape) - len(sight.dims)) + sight.dims
    if sight.view.placeless and any(dim.size != size for dim, size in zip(dims, shape, strict=True)):
        sight = sight.mapped(repeated_view)
    return sight.with_dims(
        tuple(dim if dim.size == size else channels(size) for dim, size in zip(dims, shape, strict=True))
    )


@rule("repeat", "repeat_interleave", "tile")
def repeated(node: Node, operands: Operands) -> Sight:
    """Repeats entries; followed where these are channels."""
    sight, shape = operands.first, node.output_shape
    dims = (Dim(),) * (len(shape) - len(sight.dims)) + sight.dims
    if len(dims) != len(shape):
        raise NotFollowed(node.kind)
    made = [dim if dim.size == size else channels(size) for dim, size in zip(dims, shape, strict=True)]
    places = any(dim.placed and dim.size != size for dim, size in zip(dims, shape, strict=True))
    if places and not sight.view.placeless:
        raise NotFollowed(node.kind)
    return replace(sight, runs=sight.one_run()).with_dims(tuple(made))


@rule("slice")
def sliced(node: Node, operands: Operands) -> Sight:
    """Some entries along each axis; single ones lose their axis."""
    taken = node.attributes.get("taken")
    if not isinstance(taken, tuple):
        raise NotFollowed("indexing by a tensor")
    sight = operands.first
    if 0 in taken[2::3]:
        return unseeing(node.output_shape, sight)
    for number, (start, step, count) in enumerate(zip(taken[::3], taken[1::3], taken[2::3], strict=True)):
        if (start, step, count) != (0, 1, sight.dims[number].size):
            sight = _part(node, sight, number, (start, step, count))
    return in_shape(sight, node.output_shape)


def _part(node: Node, sight: Sight, number: int, taken: tuple[int, int, int]) -> Sight:
    start, step, count = taken
    dim = sight.dims[number]
    if dim.ahead or dim.behind:
        return _tokens(sight, number, taken)
    if not dim.placed:
        return _some_channels(sight, number, taken)
    if sight.view.placeless:
        return _shortened(sight, number, count)
    atom = dim.atoms[0]
    if len(dim.atoms) == 1 and atom.step == 1 and atom.size < sight.lengths[atom.axis] and count == 1:
        return _one_of_each(sight, number, start)
    if step < 1:
        raise NotFollowed("reading backwards")
    sight = sight.flat()
    axis = sight.axis_of(number)
    if count == 1 and axis is not None:
        made = sight.mapped(lambda view: view.with_reach(axis, fixed(view.along(axis).at(start))))
        return made.with_dims((*sight.dims[:number], Dim(), *sight.dims[number + 1 :]))
    return moved(node, sight, number, lambda r: r.windowed(range(start, start + 1), step), after=count)


def _one_of_each(sight: Sight, number: int, start: int) -> Sight:
    """One place of each run of neighbours, where these were cut off as an axis of their own."""
    atom = sight.dims[number].atoms[0]
    check_pattern(atom.size)
    sources = ((start, start),) * atom.size
    made = sight.mapped(lambda v: v.with_reach(atom.axis, v.along(atom.axis).reading(sources, atom.size)))
    return made.with_dims((*sight.dims[:number], Dim(), *sight.dims[number + 1 :]))


def _shortened(sight: Sight, number: int, count: int) -> Sight:
    """Fewer places, which all see the same."""
    dim = sight.dims[number]
    axes = {atom.axis for atom in dim.atoms}
    if len(dim.atoms) == 1 and count > 1:
        atom = replace(dim.atoms[0], size=count)
        lengths = tuple(count if axis in axes else n for axis, n in enumerate(sight.lengths))
        cut = replace(sight, lengths=(lengths[0], lengths[1]))
        return cut.with_dims((*sight.dims[:number], Dim((atom,)), *sight.dims[number + 1 :]))
    return sight.with_dims((*sight.dims[:number], channels(count), *sight.dims[number + 1 :]))


def _tokens(sight: Sight, number: int, taken: tuple[int, int, int]) -> Sight:
    """Tokens with or without those that stand for no place."""
    start, step, count = taken
    dim = sight.dims[number]
    places = dim.size - dim.ahead - dim.behind
    if step == 1 and start <= dim.ahead and start + count >= dim.ahead + places:
        rest = replace(dim, ahead=dim.ahead - start, behind=start + count - dim.ahead - places)
        return sight.with_dims((*sight.dims[:number], rest, *sight.dims[number + 1 :]))
    if not sight.view.placeless and start + count > dim.ahead:
        raise NotFollowed("some of the tokens")
    view = sight.view
    if not view.placeless:  # a class token that has not looked at any place yet
        view = View(NOTHING, NOTHING, view.everything)
    made = replace(sight, runs=((1, view),))
    return made.with_dims((*sight.dims[:number], channels(count), *sight.dims[number + 1 :]))


def _some_channels(sight: Sight, number: int, taken: tuple[int, int, int]) -> Sight:
    start, step, count = taken
    dims = (*sight.dims[:number], channels(count), *sight.dims[number + 1 :])
    if len(sight.runs) == 1:
        return sight.with_dims(dims)
    total = sum(n for n, _ in sight.runs)
    atom = sight.dims[number].atoms[0]
    outermost = len(sight.dims[number].atoms) == 1 and atom.axis == CHANNEL and atom.step * atom.size == total
    if step != 1 or not outermost:
        return replace(sight, runs=sight.one_run()).with_dims(dims)
    runs = runs_between(sight.runs, start * atom.step, (start + count) * atom.step)
    if atom.step == 1:
        return replace(sight, dims=dims, runs=runs)
    return replace(sight, runs=replace(sight, runs=runs).one_run()).with_dims(dims)


def runs_between(runs: tuple[Run, ...], start: int, stop: int) -> tuple[Run, ...]:
    """The runs of the channels ``start … stop − 1``."""
    found, at = [], 0
    for count, view in runs:
        low, high = max(start, at), min(stop, at + count)
        if high > low:
            found.append((high - low, view))
        at += count
    return tuple(found)


@rule("concatenate")
def concatenated(node: Node, operands: Operands) -> Sight:
    """Channels side by side; or tokens, of which some stand for no place."""
    dims = node.attributes.get("dims")
    if not isinstance(dims, tuple):
        raise NotFollowed("concatenation")
    (number,) = dims
    sights = operands.all
    along = [sight.dims[number].placed for sight in sights]
    if any(along) and not all(sight.view.placeless for sight in sights):
        return _with_tokens(node, operands, number)
    if any(along):
        made = replace(sights[0], runs=((1, _together(sights)),))
        dim = replace(sights[0].dims[number], behind=0)
        grown = replace(dim, behind=node.output_shape[number] - dim.size)
        return made.with_dims((*made.dims[:number], grown, *made.dims[number + 1 :]))
    laid = lying_alike(sights, node.output_shape, but=number)
    runs = joined_runs(_all_runs(node, operands, laid, number))
    axes = (*laid[0].dims[:number], channels(node.output_shape[number]), *laid[0].dims[number + 1 :])
    return replace(laid[0], dims=axes, runs=runs)


def _all_runs(node: Node, operands: Operands, laid: list[Sight], number: int) -> list[Run]:
    """Runs of all operands in order; those that do not come from the picture see nothing."""
    of_picture = dict(zip(operands.by_place, laid, strict=True))
    found: list[Run] = []
    for place, shape in enumerate(node.input_shapes):
        if place in of_picture:
            found.extend(of_picture[place].channel_runs(number))
        else:
            found.append((shape[number], View(NOTHING, NOTHING)))
    return found


def _with_tokens(node: Node, operands: Operands, number: int) -> Sight:
    places = [place for place, sight in operands.by_place.items() if sight.dims[number].placed]
    if len(places) == len(node.input_shapes):
        return put_together(node, operands.all, number)
    if len(places) != 1:
        raise NotFollowed("concatenation of places")
    main = operands.by_place[places[0]]
    ahead = sum(shape[number] for shape in node.input_shapes[: places[0]])
    behind = sum(shape[number] for shape in node.input_shapes[places[0] + 1 :])
    dim = main.dims[number]
    grown = replace(dim, ahead=dim.ahead + ahead, behind=dim.behind + behind)
    others = [sight.view for place, sight in operands.by_place.items() if place != places[0]]
    seeing = next((v.everything or v.cause for v in others if not v.rows.sees_nothing), None)
    if seeing is not None:
        main = main.mapped(lambda view: replace(view, everything=view.everything or seeing))
    return main.with_dims((*main.dims[:number], grown, *main.dims[number + 1 :]))


def _together(sights: tuple[Sight, ...]) -> View:
    view = sights[0].view
    for sight in sights[1:]:
        view = view.united(sight.view, sight.lengths)
    return view


@rule("stack")
def stacked(node: Node, operands: Operands) -> Sight:
    """Operands on a new axis of channels."""
    dims = node.attributes.get("dims")
    if not isinstance(dims, tuple):
        raise NotFollowed("stack")
    (number,) = dims
    inner = (*node.output_shape[:number], *node.output_shape[number + 1 :])
    laid = lying_alike(operands.all, inner)
    made = replace(laid[0], runs=((1, _together(tuple(laid))),))
    return made.with_dims((*made.dims[:number], channels(node.output_shape[number]), *made.dims[number:]))


@rule("roll")
def rolled(node: Node, operands: Operands) -> Sight:
    """Places moved along an axis; what runs out at one end and comes in at the other is a matter of the border."""
    shifts, dims = node.attributes.get("shifts"), node.attributes.get("dims")
    if not isinstance(shifts, tuple) or not isinstance(dims, tuple):
        raise NotFollowed("roll")
    sight = operands.first.flat()
    for shift, number in zip(shifts, dims, strict=True):
        sight = moved(node, sight, number, _shifted(shift))
    return sight


def _shifted(shift: int) -> Callable[[Reach], Reach]:
    return lambda reach: reach.windowed(range(-shift, 1 - shift), 1)


@rule("channelshuffle", "channel_shuffle")
def shuffled(_: Node, operands: Operands) -> Sight:
    """Channels in another order."""
    return replace(operands.first, runs=operands.first.one_run())
