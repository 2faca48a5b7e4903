"""How an ONNX operation moves, cuts or joins the axes of its operands: what receptive fields are computed from.

The attributes are those that `core.graph.arguments` lists, and four more. (The picture itself has ``dims`` where its
height and width are other axes than the last two.)

- ``front``: of a window, the padding in front along each axis, where ``padding`` does not tell it;
- ``places``, ``rounding``: of resizing, as `core.graph.fields.reach.resampled` takes them;
- ``untold``: why nothing of this can be told, so that the fields after the operation are undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from core.graph.fields.rules.onnx import ELEMENTWISE, REDUCING, UNARY
from core.graph.onnx.call import Attributes, Call, Untold
from core.graph.onnx.windows import resized, windowed

Reader = Callable[[Call], Attributes]
_FIRST, _ALL = frozenset({0}), frozenset(range(1_000))


def layout(call: Call) -> Attributes:
    """The attributes of an operation."""
    try:
        if not call.own or not call.version or call.operation not in _READERS:
            raise Untold(f"the operation “{call.word}” is not in the rule book")
        if call.guessed:
            raise Untold("its size is not told")
        read, seen = _READERS[call.operation]
        call.check_operands(seen)
        return read(call)
    except Untold as error:
        return {"untold": str(error)}


def _nothing(_: Call) -> Attributes:
    return {}


def _transposed(call: Call) -> Attributes:
    rank = call.rank
    axes = call.listed("perm", default=tuple(reversed(range(rank))))
    if sorted(axes) != list(range(rank)):
        raise Untold("its axes are no permutation")
    if call.batched and axes[0] != 0:
        raise Untold("it moves the axis of the pictures")
    return {"axes": axes}


def _expanded(call: Call) -> Attributes:
    if len(call.output) < call.rank:
        raise Untold("its sizes do not fit")
    return {}


def _joined(call: Call) -> Attributes:
    if any(one is None or one.shape is None or len(one.shape) != call.rank for one in call.operands):
        raise Untold("the sizes of its operands are not told")
    return {"dims": (call.axis(call.whole("axis", 1)),)}


def _sliced(call: Call) -> Attributes:
    starts, ends = (call.given(place, name) for place, name in ((1, "starts"), (2, "ends")))
    if starts is None or ends is None:
        raise Untold("where it cuts is not told")
    axes, steps = call.given(3, "axes"), call.given(4, "steps")
    axes = tuple(range(len(starts))) if axes is None else axes
    steps = (1,) * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise Untold("where it cuts is not told")
    sides = call.whole_shape
    found: dict[int, tuple[int, int, int]] = {}
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        number = call.any_axis(axis)
        inside = range(*slice(start, end, step).indices(sides[number]))
        if number in found:
            raise Untold("it cuts an axis twice")
        if (inside.start, inside.step, len(inside)) != (0, 1, sides[number]):
            found[call.axis(axis)] = (inside.start, inside.step, len(inside))
    return _taken(call, found)


def _gathered(call: Call) -> Attributes:
    axis, numbers = call.axis(call.whole("axis", 0)), call.numbers(1)
    side = call.whole_shape[axis]
    if numbers is None or not numbers or not all(-side <= number < side for number in numbers):
        raise Untold("what it picks is not told")
    wanted = [number % side for number in numbers]
    steps = {later - earlier for earlier, later in pairwise(wanted)} or {1}
    if len(steps) > 1 or 0 in steps or len(call.shape_of(1)) > 1:
        raise Untold("what it picks does not lie evenly")
    return _taken(call, {axis: (wanted[0], steps.pop(), len(wanted))})


def _piece(call: Call) -> Attributes:
    axis = call.axis(call.whole("axis", 0))
    sides = [None if one is None or axis >= len(one) else one[axis] for one in call.outputs]
    before = [side for side in sides[: call.piece] if side is not None]
    if len(before) != call.piece or len(call.output) != call.rank:
        raise Untold("the sizes of its pieces are not told")
    return _taken(call, {axis: (sum(before), 1, call.output[axis])})


def _taken(call: Call, changed: Mapping[int, tuple[int, int, int]]) -> Attributes:
    parts = (changed.get(axis, (0, 1, side)) for axis, side in enumerate(call.shape))
    return {"taken": tuple(number for part in parts for number in part)}


def _padded(call: Call) -> Attributes:
    pads, axes = call.given(1, "pads"), call.given(3, "axes")
    axes = tuple(range(call.rank)) if axes is None else axes
    if pads is None or len(pads) != 2 * len(axes):
        raise Untold("how much it pads is not told")
    margins = [(0, 0)] * call.rank
    for axis, front, behind in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        if front or behind:
            margins[call.axis(axis)] = (front, behind)
    return {"margin": tuple(number for pair in margins for number in pair)}


def _reduced(call: Call) -> Attributes:
    if call.operation.startswith("Arg"):
        return {"dims": (call.axis(call.whole("axis", 0)),)}
    axes = call.given(1, "axes")
    if not axes and call.whole("noop_with_empty_axes", 0):
        return {"dims": ()}
    return {"dims": tuple(sorted({call.axis(axis) for axis in axes or range(call.rank)}))}


def _softmax(call: Call) -> Attributes:
    """Of one axis; before version 13, of all axes from one on."""
    if call.version >= 13:
        return {"dims": (call.axis(call.whole("axis", -1)),)}
    return {"dims": tuple(range(call.axis(call.whole("axis", 1)), call.rank))}


def _normalised(call: Call) -> Attributes:
    return {"dims": tuple(range(call.axis(call.whole("axis", -1)), call.rank))}


def _normalised_along(call: Call) -> Attributes:
    return {"dims": (call.axis(call.whole("axis", -1)),)}


def _normalised_over(call: Call) -> Attributes:
    return {"dims": tuple(sorted({call.axis(axis) for axis in call.listed("axes", default=(0, 2, 3))}))}


def _added_up(call: Call) -> Attributes:
    axis = call.numbers(1)
    if axis is None or len(axis) != 1:
        raise Untold("its axis is not told")
    return {"dims": (call.axis(axis[0]),)}


def _einsum(call: Call) -> Attributes:
    """Of two operands, each letter once in each."""
    taken, arrow, made = call.text("equation").replace(" ", "").partition("->")
    labels = taken.split(",")
    ranks = [len(call.shape_of(place)) for place in range(len(call.operands))]
    letters = set("".join(labels))
    if not arrow or not all(letter.isascii() and letter.isalpha() for letter in letters | set(made)):
        raise Untold("its equation is not followed")
    if [len(label) for label in labels] != ranks or len(labels) != 2 or not set(made) <= letters:
        raise Untold("its equation is not followed")
    if any(len(set(word)) != len(word) for word in (*labels, made)):
        raise Untold("its equation is not followed")
    return {"equation": f"{','.join(labels)}->{made}"}


def _matrices(call: Call) -> Attributes:
    """Of a Gemm; a plain linear layer needs none."""
    first, second = call.whole("transA", 0), call.whole("transB", 0)
    if call.kind == "linear" and not first:
        return {}
    if [len(call.shape_of(place)) for place in (0, 1)] != [2, 2]:
        raise Untold("the sizes of its operands are not told")
    return {"equation": f"{'ba' if first else 'ab'},{'cb' if second else 'bc'}->ac"}


_READERS: dict[str, tuple[Reader, frozenset[int]]] = {
    **dict.fromkeys(UNARY, (_nothing, _FIRST)),
    **dict.fromkeys(ELEMENTWISE, (_nothing, _ALL)),
    **dict.fromkeys(REDUCING, (_reduced, _FIRST)),
    **dict.fromkeys(("Flatten", "Reshape", "Squeeze", "Tile", "Unsqueeze"), (_nothing, _FIRST)),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), (_nothing, _FIRST)),
    **dict.fromkeys(("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool"), (_nothing, _FIRST)),
    **dict.fromkeys(("GroupNormalization", "InstanceNormalization", "LRN"), (_nothing, _FIRST)),
    **dict.fromkeys(("Conv", "ConvInteger", "ConvTranspose"), (windowed, _FIRST)),
    **dict.fromkeys(("AveragePool", "MaxPool"), (windowed, _FIRST)),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax"), (_softmax, _FIRST)),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), (_normalised, _FIRST)),
    **dict.fromkeys(("Resize", "Upsample"), (resized, _FIRST)),
    "Attention": (_nothing, frozenset({0, 1, 2})),
    "Concat": (_joined, _ALL),
    "CumSum": (_added_up, _FIRST),
    "Einsum": (_einsum, _ALL),
    "Expand": (_expanded, _FIRST),
    "Gather": (_gathered, _FIRST),
    "Gemm": (_matrices, frozenset({0, 1})),
    "LpNormalization": (_normalised_along, _FIRST),
    "MatMul": (_nothing, _ALL),
    "MeanVarianceNormalization": (_normalised_over, _FIRST),
    "Pad": (_padded, _FIRST),
    "Slice": (_sliced, _FIRST),
    "Split": (_piece, _FIRST),
    "Transpose": (_transposed, _FIRST),
}
