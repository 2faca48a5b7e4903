"""What is noted down on the way through an ONNX network: values, and operations that have no name yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import onnx

from core.graph.onnx.constants import Numbers
from core.graph.onnx.kinds import Attribute
from core.graph.onnx.shapes import Typed
from core.graph.records import Shape

PICTURE = -1
"""The number that stands for the picture among the drafts that an operation reads."""
_TYPES = onnx.AttributeProto


@dataclass(slots=True)
class Draft:
    """One operation before it has its name.

    Attributes:
        node: as the file has it.
        kind: as ``core.graph.records.Node.kind``.
        inputs: numbers of the drafts that it reads, in the operands' order.
        input_shapes: of the operands.
        output_shape: as far as it is known, else a guess from what is read.
        parameters, macs: as in ``Node``.
        attributes: as in ``Node``.
    """

    node: onnx.NodeProto
    kind: str
    inputs: tuple[int, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    parameters: int
    macs: int
    attributes: dict[str, Attribute] = field(default_factory=dict)


@dataclass(slots=True)
class Value:
    """What is known of a value.

    Attributes:
        typed: type and shape.
        draft: number of the operation that made it, `PICTURE` for the picture, None for what does not come from it.
        weights: names of the weights in it that its reader uses.
        numbers: its content if that is a small list.
    """

    typed: Typed
    draft: int | None = None
    weights: tuple[str, ...] = ()
    numbers: Numbers | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """What a picture meets.

    Attributes:
        drafts: the operations in order; the picture itself is none of them.
        parameters: scalars of every weight by its name, used or not.
        unused: names of those that no operation reads.
        unknown: operations whose output shape was guessed.
        closed: operations with graphs of their own within, which are not looked into.
        output: shape of the network's first output, None where it is not known.
    """

    drafts: list[Draft]
    parameters: Mapping[str, int]
    unused: tuple[str, ...]
    unknown: int
    closed: int
    output: Shape | None


def declared(value: onnx.ValueInfoProto) -> Typed:
    """The type that a file declares for a value; a side that it leaves open is 1."""
    tensor = value.type.tensor_type
    shape = tuple(side.dim_value if side.dim_value > 0 else 1 for side in tensor.shape.dim)
    return Typed(tensor.elem_type, shape if tensor.HasField("shape") else None)


def of_numbers(numbers: Numbers, weights: tuple[str, ...] = ()) -> Value:
    """The value of a small list of numbers, and the weights in it."""
    number = onnx.helper.np_dtype_to_tensor_dtype(numbers.dtype)
    return Value(Typed(number, numbers.shape), weights=weights, numbers=numbers)


def places(node: onnx.NodeProto, count: int) -> list[int]:
    """Place of each value that an operation reads among its operands; what its subgraphs read comes after these."""
    own = [place for place, name in enumerate(node.input) if name]
    return [*own, *range(len(node.input), len(node.input) + count - len(own))]


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """The settings of an operation by name; of kinds that are read here."""
    read: Mapping[int, Callable[[onnx.AttributeProto], Any]] = {
        _TYPES.FLOAT: lambda a: a.f,
        _TYPES.INT: lambda a: a.i,
        _TYPES.STRING: lambda a: a.s.decode(errors="replace"),
        _TYPES.TENSOR: lambda a: a.t,
        _TYPES.FLOATS: lambda a: tuple(a.floats),
        _TYPES.INTS: lambda a: tuple(a.ints),
    }
    return {a.name: read[a.type](a) for a in node.attribute if a.type in read}


def given_as_operands(node: onnx.NodeProto, reads: Sequence[Value]) -> dict[str, Any]:
    """Settings that newer files give as operands: limits of a clip, axes of a mean."""
    named = {"Clip": ("min", "max"), "ReduceMean": ("axes",), "ReduceMax": ("axes",)}.get(node.op_type, ())
    numbers = {
        name: one.numbers for name, one in zip(named, reads[1:], strict=False) if one.numbers is not None
    }
    found: dict[str, Any] = {"rank": len(reads[0].typed.shape or ())} if reads else {}
    for name, value in numbers.items():
        if value.size and (name != "axes" or value.dtype.kind in "iu"):
            found[name] = (
                tuple(int(axis) for axis in value.ravel()) if name == "axes" else value.ravel()[0].item()
            )
    return found
