"""Operations that read a window around each place: convolution, pooling, their reverses, resizing, padding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from core.graph.fields.layout import CHANNEL, Atom, Dim, NotFollowed, channels
from core.graph.fields.reach import Reach, check_pattern, pooled, resampled
from core.graph.fields.rules.registry import Operands, rule
from core.graph.fields.sight import POOLED, Cause, Run, Sight, View, joined_runs
from core.graph.fields.taps import Taps, taps
from core.graph.records import Node

Change = Callable[[Reach], Reach]


@rule("conv")
def convolution(node: Node, operands: Operands) -> Sight:
    """Reads a window of every channel of its group."""
    return _over_windows(node, _with_channels(node, operands.weighed(node)), _window)


@rule("conv_transpose")
def transposed_convolution(node: Node, operands: Operands) -> Sight:
    """Writes a window for every place."""
    return _over_windows(
        node, _with_channels(node, operands.weighed(node)), _spread, "transposed convolution"
    )


@rule("max_pool", "avg_pool")
def pooling(node: Node, operands: Operands) -> Sight:
    """Reads a window of each channel alone."""
    return _over_windows(node, operands.first, _window)


@rule("adaptive_pool")
def adaptive_pooling(node: Node, operands: Operands) -> Sight:
    """Reads all places where one is left, nothing but itself where none is lost, else the windows of torch."""
    if (axes := node.attributes.get("dims")) is not None:
        return reduced(node, operands.first, axes if isinstance(axes, tuple) else ())
    sight = operands.first.flat()
    for number in range(2, len(sight.dims)):
        before, after = sight.dims[number].size, node.output_shape[number]
        if after == 1 and before > 1:
            sight = sight.mixed([number], Cause(node.name, POOLED))
            sight = sight.with_dims((*sight.dims[:number], Dim(), *sight.dims[number + 1 :]))
        elif before != after:
            sight = moved(node, sight, number, _reading(*pooled(before, after)), reason="adaptive pooling")
    return sight


def reduced(node: Node, sight: Sight, axes: tuple[int, ...]) -> Sight:
    """The mean, sum or maximum over axes, which stay as axes of size 1 or go."""
    over_places = sum(sight.dims[axis].placed for axis in axes)
    reason = POOLED if over_places > 1 or node.kind == "adaptive_pool" else "a sum over places"
    mixed = sight.mixed(axes, Cause(node.name, reason))
    if len(node.output_shape) == len(sight.dims):
        dims = tuple(Dim() if n in axes else dim for n, dim in enumerate(mixed.dims))
    else:
        dims = tuple(dim for n, dim in enumerate(mixed.dims) if n not in axes)
    return mixed.with_dims(dims).compressed() if over_places else mixed.with_dims(dims)


@rule("resize", "scale_image")
def resizing(node: Node, operands: Operands) -> Sight:
    """Reads the places around the one that it lies on; the fields then repeat, or vary with a period."""
    mode, places, rounding = _sampling(node)
    sight = operands.first.flat()
    for number, (dim, after) in enumerate(zip(sight.dims, node.output_shape, strict=True)):
        if dim.size == after:
            continue
        if not dim.placed:
            sight = _channels_of(replace(sight, runs=sight.one_run()), number, after)
            continue
        try:
            sources, advance = resampled(dim.size, after, mode, places=places, rounding=rounding)
        except ValueError as error:
            raise NotFollowed("resizing with anti-aliasing or of an unknown mode") from error
        sight = moved(node, sight, number, _reading(sources, advance), reason="up-sampling")
    return sight


def _sampling(node: Node) -> tuple[str, str, str]:
    """Mode, places and rounding, as `resampled` takes them."""
    mode = str(node.attributes.get("mode", "bicubic" if node.kind == "scale_image" else ""))
    mode = {"linear": "bilinear", "cubic": "bicubic"}.get(mode, mode)
    usual = {"nearest": "edges", "nearest-exact": "shifted"}.get(mode, "centres")
    if node.attributes.get("align_corners") and mode in ("bilinear", "bicubic"):
        usual = "corners"
    places, rounding = (str(node.attributes.get(n, u)) for n, u in (("places", usual), ("rounding", "down")))
    return "nearest" if mode == "nearest-exact" else mode, places, rounding


@rule("pixel_shuffle")
def pixel_shuffle(node: Node, operands: Operands) -> Sight:
    """Channels become places: several places see the same."""
    sight = _mixing_channels(operands.first)
    rank = len(sight.dims)
    for number in (rank - 2, rank - 1):
        factor = node.output_shape[number] // max(1, sight.dims[number].size)
        check_pattern(factor)
        sight = moved(node, sight, number, _reading(((0, 0),) * factor, 1), reason="pixel shuffle")
    return _channels_of(sight, rank - 3, node.output_shape[rank - 3])


@rule("pixel_unshuffle", "torch.nn.modules.pixelshuffle.PixelUnshuffle")
def pixel_unshuffle(node: Node, operands: Operands) -> Sight:
    """Places become channels: a square of them is read."""
    sight = _mixing_channels(operands.first)
    rank = len(sight.dims)
    for number in (rank - 2, rank - 1):
        factor = sight.dims[number].size // max(1, node.output_shape[number])
        sight = moved(node, sight, number, _window(range(factor), factor))
    return _channels_of(sight, rank - 3, node.output_shape[rank - 3])


def _mixing_channels(sight: Sight) -> Sight:
    if sight.dims[-3].placed:
        raise NotFollowed("shuffling of places on the axis of channels")
    sight = sight.flat()
    return replace(sight, runs=sight.one_run())


@rule("pad")
def padding(node: Node, operands: Operands) -> Sight:
    """Moves the places by what stands in front; channels that are added see nothing."""
    margin = node.attributes.get("margin")
    if not isinstance(margin, tuple):
        raise NotFollowed("pad")
    sight = operands.first
    for number, (front, behind) in enumerate(zip(margin[::2], margin[1::2], strict=True)):
        if not front and not behind:
            continue
        dim = sight.dims[number]
        if len(dim.atoms) > 1 and dim.spatial and min(front, behind) >= 0:
            grown = replace(dim, ahead=dim.ahead + front, behind=dim.behind + behind)  # more tokens
            sight = sight.with_dims((*sight.dims[:number], grown, *sight.dims[number + 1 :]))
        elif dim.placed:
            sight = sight.flat()
            if sight.view.placeless:
                atom = sight.dims[number].atoms[0]
                dim = Dim((Atom(atom.axis, node.output_shape[number]),))
                sight = _resized(sight, number, dim)
            else:
                sight = moved(node, sight, number, _window(range(-front, 1 - front), 1))
        else:
            sight = _channels_of(replace(sight, runs=sight.one_run()), number, node.output_shape[number])
    return sight


@rule("unfold", "torch.nn.modules.fold.Unfold")
def unfolding(node: Node, operands: Operands) -> Sight:
    """Lays the windows side by side as tokens, their places as channels (im2col)."""
    if "dims" in node.attributes:
        return _sliding(node, operands.first)
    found = _unfolding_taps(node)
    sight = operands.first.flat()
    sight = replace(sight, runs=sight.one_run())
    for number, (t, side) in enumerate(zip(found, node.input_shapes[0][2:], strict=True), start=2):
        after = (side - 2 * t.reads[0] - t.span) // t.stride + 1
        sight = moved(node, sight, number, _window(t.reads, t.stride), after=after)
    tokens = Dim((*sight.dims[2].atoms, *sight.dims[3].atoms))
    return sight.with_dims((sight.dims[0], channels(node.output_shape[1]), tokens))


@rule("fold", "torch.nn.modules.fold.Fold")
def folding(node: Node, operands: Operands) -> Sight:
    """Writes windows that lie side by side as tokens back to their places, and adds what overlaps."""
    found = _unfolding_taps(node)
    sight = operands.first
    tokens = sight.dims[-1]
    counts = tuple(
        (side - 2 * t.reads[0] - t.span) // t.stride + 1
        for t, side in zip(found, node.output_shape[2:], strict=True)
    )
    if not tokens.spatial or tuple(atom.size for atom in tokens.atoms) != counts:
        raise NotFollowed("fold")
    rows, columns = (Dim((atom,)) for atom in tokens.atoms)
    sight = sight.with_dims((sight.dims[0], channels(node.output_shape[1]), rows, columns))
    for number, t in enumerate(found, start=2):
        sight = moved(node, sight, number, _spread(t.reads, t.stride), reason="overlapping windows")
    return sight


def _sliding(node: Node, sight: Sight) -> Sight:
    """``tensor.unfold``: windows along one axis, their places on a new last axis."""
    (number,), (size,), (step,) = (_whole(node, name) for name in ("dims", "window", "stride"))
    found = moved(node, sight.flat(), number, _window(range(size), step))
    return found.with_dims((*found.dims, channels(size)))


def _unfolding_taps(node: Node) -> list[Taps]:
    window, spread, margin, stride = (_whole(node, name) for name in ("window", "spread", "margin", "stride"))
    sides = zip(window, spread, margin, stride, strict=True)
    return [Taps(range(-m, -m + d * (k - 1) + 1, d), s) for k, d, m, s in sides]


def _whole(node: Node, name: str) -> tuple[int, ...]:
    value = node.attributes.get(name)
    if not isinstance(value, tuple):
        raise NotFollowed(node.kind)
    return value


def _with_channels(node: Node, sight: Sight) -> Sight:
    """What a convolution's channels read: all of their group's, or their own where there is one a group."""
    kernel = node.attributes.get("kernel", ())
    number = len(node.output_shape) - (len(kernel) if isinstance(kernel, tuple) else 0) - 1
    if sight.dims[number].placed:
        sight = sight.mixed([number], Cause(node.name, "convolution over places"))
    made, groups = node.output_shape[number], node.attributes.get("groups", 1)
    runs = sight.channel_runs(number)
    if len(runs) > 1:
        several = groups if isinstance(groups, int) else 1
        runs = _by_group(runs, several, made, sight.lengths) if several > 1 else sight.one_run()
    return replace(_channels_of(replace(sight, runs=runs[:1]), number, made), runs=runs)


def _by_group(runs: tuple[Run, ...], groups: int, made: int, lengths: tuple[int, int]) -> tuple[Run, ...]:
    """What the groups of a convolution read: most lie within one run, some over several."""
    each, width = sum(count for count, _ in runs) // groups, made // groups
    found: list[Run] = []
    open_views: list[View] = []
    left = each  # channels that the group at hand still lacks
    for count, view in runs:
        if left < each:
            taken = min(left, count)
            open_views.append(view)
            left, count = left - taken, count - taken
            if not left:
                found.append((width, _united(open_views, lengths)))
                open_views, left = [], each
        whole, rest = divmod(count, each)
        if whole:
            found.append((whole * width, view))
        if rest:
            open_views, left = [view], each - rest
    return joined_runs(found)


def _united(views: Sequence[View], lengths: tuple[int, int]) -> View:
    """What units see that depend on the units of all views at the same place."""
    return reduce(lambda one, other: one.united(other, lengths), views)


def _over_windows(
    node: Node, sight: Sight, change: Callable[[range, int], Change], reason: str = ""
) -> Sight:
    found = taps(node)
    if found is None:
        raise NotFollowed(node.kind)
    first = len(node.output_shape) - len(found)
    if all(len(t.reads) == 1 and t.reads[0] == 0 and t.stride == 1 for t in found):
        return sight  # reads its own place alone, wherever that lies
    sight = sight.flat()
    if any(dim.placed for dim in sight.dims[:first]) and not sight.view.placeless:
        if node.kind == "conv_transpose":
            raise NotFollowed("transposed convolution within windows")
        return _inside_windows(node, sight, dict(enumerate(found, start=first)))
    for number, t in enumerate(found, start=first):
        sight = moved(node, sight, number, change(t.reads, t.stride), reason=reason)
    return sight


def _inside_windows(node: Node, sight: Sight, found: Mapping[int, Taps]) -> Sight:
    """Where windows lie on the batch axis, nothing is read over their border."""
    for number, t in found.items():
        (atom, *others) = sight.dims[number].atoms or (None,)
        if atom is None or others or atom.step != 1 or atom.axis == CHANNEL:
            raise NotFollowed(f"{node.kind.replace('_', ' ')} within windows")
        after, axis = node.output_shape[number], atom.axis
        check_pattern(after)
        ends = ((t.stride * unit + t.reads[0], t.stride * unit + t.reads[-1]) for unit in range(after))
        sources = tuple((max(0, first), min(atom.size - 1, last)) for first, last in ends)
        sight = sight.mapped(_along(axis, _reading(sources, atom.size)))
        lengths = tuple(n // atom.size * after if a == axis else n for a, n in enumerate(sight.lengths))
        dims = tuple(
            replace(dim, atoms=tuple(_rescaled(one, axis, atom.size, after) for one in dim.atoms))
            for dim in sight.dims
        )
        sight = replace(sight, lengths=(lengths[0], lengths[1])).with_dims(dims)
    return sight


def _along(axis: int, change: Change) -> Callable[[View], View]:
    return lambda view: view.with_reach(axis, change(view.along(axis)))


def _rescaled(atom: Atom, axis: int, before: int, after: int) -> Atom:
    """An atom after windows of ``before`` places have become windows of ``after``."""
    if atom.axis != axis:
        return atom
    return replace(atom, size=after) if atom.step == 1 else replace(atom, step=atom.step // before * after)


def _window(reads: range, stride: int) -> Change:
    return lambda reach: reach.windowed(reads, stride)


def _spread(reads: range, stride: int) -> Change:
    return lambda reach: reach.spread(reads, stride)


def _reading(sources: tuple[tuple[int, int], ...], advance: int) -> Change:
    return lambda reach: reach.reading(sources, advance)


def moved(
    node: Node, sight: Sight, number: int, change: Change, *, reason: str = "", after: int | None = None
) -> Sight:
    """An axis of the tensor whose places read others now; channels in place of places stay.

    Args:
        node: the operation.
        sight: what it reads.
        number: of the axis.
        change: from what the places saw to what they see.
        reason: why units at different places may see boxes of different size.
        after: places along the axis; those of the node's output where it is None.
    """
    after = node.output_shape[number] if after is None else after
    axis = sight.axis_of(number)
    if axis is None:
        return _channels_of(sight, number, after)
    cause = Cause(node.name, reason)

    def along(view: View) -> View:
        reach = view.along(axis)
        made = reach if reach.everywhere_the_same else change(reach)
        varies = made.period > reach.period
        return replace(view.with_reach(axis, made), cause=view.cause or (cause if varies else None))

    return _resized(sight.mapped(along), number, Dim((Atom(axis, after),)))


def _resized(sight: Sight, number: int, dim: Dim) -> Sight:
    lengths = list(sight.lengths)
    for atom in dim.atoms:
        if atom.axis < len(lengths):
            lengths[atom.axis] = atom.size
    dims = (*sight.dims[:number], dim, *sight.dims[number + 1 :])
    return replace(sight, lengths=(lengths[0], lengths[1])).with_dims(dims)


def _channels_of(sight: Sight, number: int, count: int) -> Sight:
    return sight.with_dims((*sight.dims[:number], channels(count), *sight.dims[number + 1 :]))
