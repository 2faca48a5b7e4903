"""How an operation moves, cuts or joins the axes of its operands, read from the arguments of its call.

Receptive fields are computed from these attributes (`core.graph.fields`), later and without torch:

- ``axes``: of a permutation, for each axis of the output the operand's axis;
- ``dims``: axes that are reduced, normalised, joined, padded or rolled; counted from the front;
- ``taken``: of a slice, per axis of the operand first index, step and count;
- ``shifts``: of a roll, per axis in ``dims``;
- ``margin``: of padding, per axis of the operand entries in front and behind;
- ``window``, ``shift``: of attention within windows, height and width; ``window`` and ``stride``, ``padding``,
  ``dilation`` of unfolding;
- ``mode``, ``align_corners``: of resizing; ``equation`` of an Einstein sum;
- ``running``: of a norm, whether it uses statistics that were kept instead of the picture's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

Attributes = dict[str, int | float | bool | str | tuple[int, ...]]
Arguments = Mapping[str, Any]

_REDUCING = frozenset(
    ["mean", "sum", "amax", "amin", "max", "min", "norm", "var", "std", "prod", "logsumexp"]
)
_NORMALISING = frozenset({"softmax", "log_softmax", "normalize", "cumsum"})
# Names of the positional arguments, after the operand.
_NAMES: dict[str, tuple[str, ...]] = {
    "norm": ("p", "dim"),
    "normalize": ("p", "dim"),
    "narrow": ("dim", "start", "length"),
    "slice": ("dim", "start", "end", "step"),
    "select": ("dim", "index"),
    "pad": ("pad", "mode"),
    "constant_pad_nd": ("pad", "value"),
    "roll": ("shifts", "dims"),
    "interpolate": ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias"),
    "slide": ("dimension", "size", "step"),
    "upsample_nearest2d": ("output_size", "scale_factors"),
    **dict.fromkeys(
        ("upsample_bilinear2d", "upsample_bicubic2d"), ("output_size", "align_corners", "scale_factors")
    ),
    "unfold": ("kernel_size", "dilation", "padding", "stride"),
    "fold": ("output_size", "kernel_size", "dilation", "padding", "stride"),
    "batch_norm": ("running_mean", "running_var", "weight", "bias", "training"),
    "layer_norm": ("normalized_shape",),
    "rms_norm": ("normalized_shape",),
    "shifted_window_attention": (
        "qkv_weight",
        "proj_weight",
        "relative_position_bias",
        "window_size",
        "num_heads",
        "shift_size",
    ),
}


def of_call(word: str, target: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Attributes:
    """The attributes of a function or a method by its short name; none where it moves nothing, or cannot be told.

    The arguments are the real ones: tensors on the meta device, and numbers.

    Args:
        word: short name, as ``"cat"``.
        target: full name, as ``"torch.cat"``.
        args: by position; the operand first.
        kwargs: by name.
    """
    if not args:
        return {}
    if word == "einsum":
        return {"equation": args[0]} if isinstance(args[0], str) else {}
    if target == "torch.Tensor.unfold":
        word = "slide"
    reader = _READERS.get(word) or (_reduced if word in _REDUCING | _NORMALISING else None)
    first = args[0]
    if isinstance(first, (list, tuple)):
        first = next((item for item in first if isinstance(item, torch.Tensor)), None)
    if reader is None or not isinstance(first, torch.Tensor):
        return {}
    named = dict(zip(_NAMES.get(word, ("dim",)), args[1:], strict=False)) | dict(kwargs)
    try:
        return reader(first, args[1:], named)
    except (LookupError, TypeError, ValueError, ZeroDivisionError):
        return {}  # called in a way that the reader does not know: the field after it becomes undefined


def of_module(module: nn.Module, kind: str, operand: torch.Tensor | None) -> Attributes:
    """The attributes of a call of a module of torch's own."""
    if operand is None:
        return {}
    if isinstance(module, (nn.LayerNorm, nn.RMSNorm)):
        return {"dims": _last(len(module.normalized_shape), operand)}
    if isinstance(module, nn.modules.batchnorm._NormBase):
        return {"running": module.running_mean is not None}
    if kind == "pad" and isinstance(padding := getattr(module, "padding", None), tuple):
        return {"margin": _margins(padding, operand)}
    if isinstance(module, nn.Upsample):
        return _resized(operand, (), vars(module))
    if isinstance(module, (nn.Softmax, nn.LogSoftmax, nn.Softmin)) and isinstance(module.dim, int):
        return {"dims": _dims(module.dim, operand)}
    if isinstance(module, nn.MultiheadAttention):
        return {"dims": (1 if module.batch_first and operand.dim() == 3 else 0,)}
    if isinstance(module, (nn.Unfold, nn.Fold)):
        return _windows(
            operand, (), {n: getattr(module, n) for n in ("kernel_size", "dilation", "padding", "stride")}
        )
    return {}


def piece(word: str, args: Sequence[Any], kwargs: Mapping[str, Any], index: int) -> Attributes:
    """The attributes of one piece of a split, as ``chunk`` and ``unbind`` give: which part of the operand it is."""
    if not args or not isinstance(args[0], torch.Tensor):
        return {}
    operand, *rest = args
    names = ("dim",) if word == "unbind" else ("sizes", "dim")
    given = dict(zip(names, rest, strict=False)) | dict(kwargs)
    axis = int(given.get("dim", 0)) % operand.dim()
    length = int(operand.shape[axis])
    if word == "unbind":
        return {"taken": _taken(operand, {axis: (index, 1, 1)})}
    sizes = next((given[n] for n in ("sizes", "split_size_or_sections", "split_size", "split_sizes", "chunks",
                                     "indices_or_sections") if n in given), None)  # fmt: skip
    if word == "chunk" and isinstance(sizes, int):
        sizes = -(-length // sizes)
    if isinstance(sizes, int) and word != "tensor_split":
        start, count = index * sizes, min(sizes, length - index * sizes)
    elif isinstance(sizes, (list, tuple)) and word != "tensor_split":
        start, count = sum(sizes[:index]), sizes[index]
    else:
        return {}
    return {"taken": _taken(operand, {axis: (int(start), 1, int(count))})}


def _taken(operand: torch.Tensor, changed: Mapping[int, tuple[int, int, int]]) -> tuple[int, ...]:
    parts = [changed.get(axis, (0, 1, int(size))) for axis, size in enumerate(operand.shape)]
    return tuple(number for part in parts for number in part)


def _dims(dims: Any, operand: torch.Tensor) -> tuple[int, ...]:
    if dims is None or dims == () or dims == []:
        return tuple(range(operand.dim()))
    given = dims if isinstance(dims, (list, tuple)) else (dims,)
    return tuple(sorted({int(axis) % max(1, operand.dim()) for axis in given}))


def _last(count: int, operand: torch.Tensor) -> tuple[int, ...]:
    return tuple(range(operand.dim() - count, operand.dim()))


def _reduced(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    dims = given.get("dim", given.get("axis"))
    return {"dims": _dims(dims, operand)} if not isinstance(dims, torch.Tensor) else {}


def _joined(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    return {"dims": _dims(given.get("dim", given.get("axis", 0)), operand)}


def _stacked(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    return {"dims": (int(given.get("dim", 0)) % (operand.dim() + 1),)}


def _permuted(operand: torch.Tensor, rest: Sequence[Any], given: Arguments) -> Attributes:
    axes = given.get("dims", rest[0] if len(rest) == 1 and isinstance(rest[0], (list, tuple)) else rest)
    return {"axes": tuple(int(axis) % operand.dim() for axis in axes)}


def _transposed(operand: torch.Tensor, rest: Sequence[Any], given: Arguments) -> Attributes:
    names = ("dim0", "axis0", "dim1", "axis1")
    pair = list(rest[:2]) or [given[name] for name in names if name in given]
    first, second = (int(axis) % operand.dim() for axis in (pair if len(pair) == 2 else (-2, -1)))
    axes = list(range(operand.dim()))
    axes[first], axes[second] = axes[second], axes[first]
    return {"axes": tuple(axes)}


def _moved(operand: torch.Tensor, rest: Sequence[Any], given: Arguments) -> Attributes:
    sources, targets = ((*rest, given.get("source"), given.get("destination"))[:2] if len(rest) != 1
                        else (rest[0], given.get("destination")))  # fmt: skip
    listed = [
        [int(a) % operand.dim() for a in (v if isinstance(v, (list, tuple)) else (v,))]
        for v in (sources, targets)
    ]
    axes = [axis for axis in range(operand.dim()) if axis not in listed[0]]
    for target, source in sorted(zip(listed[1], listed[0], strict=True)):
        axes.insert(target, source)
    return {"axes": tuple(axes)}


def _indexed(operand: torch.Tensor, rest: Sequence[Any], _: Arguments) -> Attributes:
    """Of ``operand[…]`` with whole numbers, slices, ``None`` and ``...`` alone."""
    index = rest[0] if isinstance(rest[0], tuple) else (rest[0],)
    if not all(item is None or item is Ellipsis or type(item) in (int, slice) for item in index):
        return {}
    named = sum(1 for item in index if item is not None and item is not Ellipsis)
    changed: dict[int, tuple[int, int, int]] = {}
    axis = 0
    for item in index:
        if item is Ellipsis:
            axis += operand.dim() - named
        elif item is not None:
            size = int(operand.shape[axis])
            if isinstance(item, slice):
                inside = range(*item.indices(size))
                changed[axis] = (inside.start, inside.step, len(inside))
            else:
                changed[axis] = (item % size, 1, 1)
            axis += 1
    return {"taken": _taken(operand, changed)}


def _sliced(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    axis = int(given.get("dim", 0)) % operand.dim()
    inside = range(
        *slice(given.get("start"), given.get("end"), given.get("step")).indices(operand.shape[axis])
    )
    return {"taken": _taken(operand, {axis: (inside.start, inside.step, len(inside))})}


def _narrowed(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    axis = int(given["dim"]) % operand.dim()
    start = int(given["start"]) % int(operand.shape[axis])
    return {"taken": _taken(operand, {axis: (start, 1, int(given["length"]))})}


def _selected(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    axis = int(given["dim"]) % operand.dim()
    return {"taken": _taken(operand, {axis: (int(given["index"]) % int(operand.shape[axis]), 1, 1)})}


def _margins(pad: Sequence[Any], operand: torch.Tensor) -> tuple[int, ...]:
    """From torch's order (last axis first) to one pair per axis, first axis first."""
    pairs = [(int(pad[i]), int(pad[i + 1])) for i in range(0, len(pad), 2)]
    found = [(0, 0)] * (operand.dim() - len(pairs)) + pairs[::-1]
    return tuple(number for pair in found for number in pair)


def _padded(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    return {"margin": _margins(given["pad"], operand)}


def _rolled(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    shifts, dims = given["shifts"], given.get("dims")
    shifts = tuple(shifts) if isinstance(shifts, (list, tuple)) else (shifts,)
    dims = tuple(dims) if isinstance(dims, (list, tuple)) else (dims,)
    if not dims or dims[0] is None or len(shifts) != len(dims):
        return {}
    return {"shifts": tuple(map(int, shifts)), "dims": tuple(int(axis) % operand.dim() for axis in dims)}


def _resized(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    corners, again = bool(given.get("align_corners")), bool(given.get("recompute_scale_factor"))
    if given.get("antialias") or not (corners or again or _fits(given.get("scale_factor"), operand)):
        return {}
    return {"mode": str(given.get("mode", "nearest")), "align_corners": bool(given.get("align_corners"))}


def _fits(factors: Any, operand: torch.Tensor) -> bool:
    """Whether sides are multiplied without a rest: else torch places units by the factors, not by the sides."""
    given = factors if isinstance(factors, (list, tuple)) else (factors,)
    sides = operand.shape[2:]
    pairs = zip(given * len(sides) if len(given) == 1 else given, sides, strict=True)
    return all(factor is None or float(factor * side).is_integer() for factor, side in pairs)


def _upsampled(mode: str) -> Callable[[torch.Tensor, Sequence[Any], Arguments], Attributes]:
    def read(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
        corners = bool(given.get("align_corners"))
        if not (corners or _fits(given.get("scale_factors"), operand)):
            return {}
        return {"mode": mode, "align_corners": corners}

    return read


def _slid(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    axis, size, step = (int(given[name]) for name in ("dimension", "size", "step"))
    return {"dims": (axis % operand.dim(),), "window": (size,), "stride": (step,)}


def _windows(_: torch.Tensor, __: Sequence[Any], given: Arguments) -> Attributes:
    pairs = {name: given.get(name, usual) for name, usual in
             (("kernel_size", 1), ("dilation", 1), ("padding", 0), ("stride", 1))}  # fmt: skip
    found = {k: (int(v), int(v)) if isinstance(v, int) else tuple(map(int, v)) for k, v in pairs.items()}
    return {
        "window": found["kernel_size"],
        "spread": found["dilation"],
        "margin": found["padding"],
        "stride": found["stride"],
    }


def _normalised(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    return {"dims": _last(len(given["normalized_shape"]), operand)}


def _batch_normalised(_: torch.Tensor, __: Sequence[Any], given: Arguments) -> Attributes:
    return {"running": given.get("running_mean") is not None and not given.get("training", False)}


def _windowed_attention(operand: torch.Tensor, _: Sequence[Any], given: Arguments) -> Attributes:
    window, shift = (tuple(map(int, given[name])) for name in ("window_size", "shift_size"))
    whole = [-(-int(side) // w) * w for side, w in zip(operand.shape[1:3], window, strict=True)]
    moved = (0 if w >= side else s for w, side, s in zip(window, whole, shift, strict=True))
    return {"window": window, "shift": tuple(moved)}


_READERS: dict[str, Callable[[torch.Tensor, Sequence[Any], Arguments], Attributes]] = {
    **dict.fromkeys(("cat", "concat", "concatenate"), _joined),
    "stack": _stacked,
    "permute": _permuted,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims", "t", "mT"), _transposed),
    **dict.fromkeys(("movedim", "moveaxis"), _moved),
    "getitem": _indexed,
    "slice": _sliced,
    "narrow": _narrowed,
    "select": _selected,
    **dict.fromkeys(("pad", "constant_pad_nd"), _padded),
    "roll": _rolled,
    "interpolate": _resized,
    **{f"upsample_{mode}2d": _upsampled(mode) for mode in ("nearest", "bilinear", "bicubic")},
    "slide": _slid,
    **dict.fromkeys(("unfold", "fold"), _windows),
    **dict.fromkeys(("layer_norm", "rms_norm"), _normalised),
    "batch_norm": _batch_normalised,
    "shifted_window_attention": _windowed_attention,
}
