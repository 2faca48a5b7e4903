"""Whole numbers that describe shapes, followed through the operations that exporters make them with.

An exporter writes ``x.view(x.size(0), -1)`` as five operations on lists of one to five numbers. Without their values
no later shape is known. Only small lists are followed, never weights: what is large was not even read from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

MOST = 1024  # numbers in a list that is followed
_NUMERIC = "bifu"  # NumPy's letters for truth values, whole and floating-point numbers
Numbers = npt.NDArray[Any]
_FAILS = (ArithmeticError, IndexError, KeyError, OverflowError, TypeError, ValueError)


def held(tensor: onnx.TensorProto) -> Numbers | None:
    """The numbers of a small tensor, None for a large or a damaged one."""
    if tensor.data_location == onnx.TensorProto.EXTERNAL or _product(tensor.dims) > MOST:
        return None
    try:
        numbers: Numbers = numpy_helper.to_array(tensor)
    except _FAILS:
        return None
    return numbers if numbers.dtype.kind in _NUMERIC else None


def tensor_of(numbers: Numbers) -> onnx.TensorProto | None:
    """The numbers as shape inference takes them, None where ONNX has no such type."""
    try:
        return numpy_helper.from_array(numbers)
    except _FAILS:
        return None


def evaluated(
    operation: str, operands: Sequence[Numbers | None], attributes: Mapping[str, Any]
) -> Numbers | None:
    """What an operation makes of small lists; None if it is none of those that shapes are made with."""
    make = _OPERATIONS.get(operation)
    if make is None or any(one is None for one in operands[: 1 if operation == "Clip" else None]):
        return None
    try:
        with np.errstate(all="ignore"):
            numbers = make(operands, attributes)
    except _FAILS:
        return None
    return (
        numbers if numbers is not None and numbers.size <= MOST and numbers.dtype.kind in _NUMERIC else None
    )


def _product(dims: Sequence[int]) -> int:
    size = 1
    for side in dims:
        size *= max(side, 0)
    return size


def _elementwise(function: Callable[..., Any]) -> Callable[..., Numbers | None]:
    def apply(operands: Sequence[Any], _: Mapping[str, Any]) -> Numbers | None:
        if _product(np.broadcast_shapes(*(one.shape for one in operands))) > MOST:
            return None
        return np.asarray(function(*operands))

    return apply


def _divide(a: Numbers, b: Numbers) -> Numbers:
    if a.dtype.kind == "f":
        return np.asarray(a / b)
    if not np.all(b):
        raise ZeroDivisionError
    return np.asarray(np.trunc(a / b)).astype(a.dtype)


def _axes(operands: Sequence[Any], attributes: Mapping[str, Any]) -> tuple[int, ...]:
    given = operands[1] if len(operands) > 1 else attributes.get("axes", ())
    return tuple(int(axis) for axis in np.ravel(given))


def _squeeze(operands: Sequence[Any], attributes: Mapping[str, Any]) -> Numbers:
    return np.asarray(np.squeeze(operands[0], _axes(operands, attributes) or None))


def _unsqueeze(operands: Sequence[Any], attributes: Mapping[str, Any]) -> Numbers:
    return np.asarray(np.expand_dims(operands[0], _axes(operands, attributes)))


def _slice(operands: Sequence[Any], attributes: Mapping[str, Any]) -> Numbers:
    given = [np.ravel(one) for one in operands[1:]]
    starts, ends = (given[0], given[1]) if len(given) > 1 else (attributes["starts"], attributes["ends"])
    axes = given[2] if len(given) > 2 else attributes.get("axes", range(len(starts)))
    steps = given[3] if len(given) > 3 else [1] * len(starts)
    cut = [slice(None)] * operands[0].ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        stop = int(end)
        cut[int(axis)] = slice(int(start), None if step < 0 and stop < -operands[0].size else stop, int(step))
    return np.asarray(operands[0][tuple(cut)])


def _filled(operands: Sequence[Any], attributes: Mapping[str, Any]) -> Numbers | None:
    shape = tuple(int(side) for side in operands[0])
    if any(side < 0 for side in shape) or _product(shape) > MOST:
        return None
    given = attributes.get("value")
    value = held(given) if isinstance(given, onnx.TensorProto) else np.zeros(1, np.float32)
    return None if value is None else np.full(shape, value.ravel()[0], value.dtype)


def _range(operands: Sequence[Any], _: Mapping[str, Any]) -> Numbers | None:
    start, stop, step = (float(one.item()) for one in operands)
    if abs((stop - start) / step) > MOST:
        return None
    return np.arange(start, stop, step).astype(operands[0].dtype)


def _reshape(operands: Sequence[Any], _: Mapping[str, Any]) -> Numbers:
    return np.asarray(np.reshape(operands[0], tuple(int(side) for side in operands[1])))


def _clipped(operands: Sequence[Any], _: Mapping[str, Any]) -> Numbers:
    """Between limits, of which either may be left out."""
    low, high = (*operands[1:], None, None)[:2]
    return np.asarray(operands[0] if low is None and high is None else np.clip(operands[0], low, high))


def _cast(operands: Sequence[Any], attributes: Mapping[str, Any]) -> Numbers:
    return np.asarray(operands[0]).astype(onnx.helper.tensor_dtype_to_np_dtype(int(attributes["to"])))


_OPERATIONS: Mapping[str, Callable[[Sequence[Any], Mapping[str, Any]], Numbers | None]] = {
    "Add": _elementwise(np.add),
    "Sub": _elementwise(np.subtract),
    "Mul": _elementwise(np.multiply),
    "Div": _elementwise(_divide),
    "Mod": _elementwise(np.mod),
    "Min": _elementwise(lambda *all_: np.minimum.reduce(np.broadcast_arrays(*all_))),
    "Max": _elementwise(lambda *all_: np.maximum.reduce(np.broadcast_arrays(*all_))),
    "Equal": _elementwise(np.equal),
    "Where": _elementwise(np.where),
    "Sqrt": _elementwise(np.sqrt),
    "Neg": _elementwise(np.negative),
    "Floor": _elementwise(np.floor),
    "Ceil": _elementwise(np.ceil),
    "Identity": _elementwise(np.asarray),
    "Cast": _cast,
    "Clip": _clipped,
    "Concat": lambda operands, attributes: np.concatenate(operands, int(attributes["axis"])),
    "ConstantOfShape": _filled,
    "Gather": lambda operands, attributes: np.asarray(
        np.take(operands[0], operands[1], int(attributes.get("axis", 0)))
    ),
    "Range": _range,
    "ReduceProd": lambda operands, _: np.asarray(np.prod(operands[0])),
    "Reshape": _reshape,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Transpose": lambda operands, attributes: np.transpose(operands[0], attributes.get("perm")),
    "Unsqueeze": _unsqueeze,
}
