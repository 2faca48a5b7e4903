"""Shapes of the values of an ONNX network: what goes in, and what an operation makes of it, by ONNX's own rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import onnx
from onnx import checker, defs, shape_inference

from core.graph.onnx.constants import Numbers, tensor_of
from core.graph.onnx.document import Document
from core.graph.onnx.records import LARGEST, OnnxRejected
from core.graph.records import Shape

USUAL_SIDE = 224
_CHANNELS = (1, 3, 4)
_MOST_SIDE = 100_000
_FAILS = (
    checker.ValidationError,
    shape_inference.InferenceError,
    ArithmeticError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Typed:
    """Type and shape of a value.

    Attributes:
        number: ONNX's code of the type of its numbers; 1 is float32.
        shape: sides, or None where they are not known.
    """

    number: int
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class Entrance:
    """The value that the picture goes into.

    Attributes:
        name: of the value.
        shape: with the file's batch axis, at the sizes that are asked for.
        input_size: without it, channels first.
        batch: pictures that the file takes at once; 1 where it leaves that open.
        channels_last: whether the file's pictures have their channels on the last axis.
        own: whether ``shape`` is the file's own, up to sides that it leaves open.
        number: code of the type of its numbers.
    """

    name: str
    shape: Shape
    input_size: tuple[int, ...]
    batch: int
    channels_last: bool
    own: bool
    number: int


def entrance(document: Document, input_size: Sequence[int] | None) -> Entrance:
    """Where the picture goes in, at the file's own size or at another.

    Raises:
        OnnxRejected: nothing goes in that could be a picture or a vector; one sentence.
    """
    stored = {tensor.name for tensor in document.graph.initializer}
    free = [value for value in document.graph.input if value.name not in stored]
    value = next((one for one in free if len(_sides(one)) == 4), next(iter(free), None))
    if value is None:
        raise OnnxRejected(
            "The file's network has no input, so there is nothing that a picture could go into."
        )
    sides = _sides(value)
    if len(sides) not in (2, 4):
        raise OnnxRejected(
            f"The network's input has {len(sides)} axes; networks of pictures (4 axes) and of vectors (2) are read."
        )
    if any(side > _MOST_SIDE for side in sides):
        raise OnnxRejected("The network's input is larger than any picture, so the file is not read.")
    batch = max(sides[0], 1)
    last = _channels_last(sides[1:])
    own, size = _at(sides[1:], input_size, channels_last=last)
    shape = (*size[1:], size[0]) if last else size
    return Entrance(
        value.name, (batch, *shape), size, batch, last, own, value.type.tensor_type.elem_type or 1
    )


def _sides(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    """The sides that a file declares, 0 for those that it leaves open."""
    return tuple(max(side.dim_value, 0) for side in value.type.tensor_type.shape.dim)


def _channels_last(sides: tuple[int, ...]) -> bool:
    return len(sides) == 3 and sides[2] in _CHANNELS and sides[0] not in (*_CHANNELS, 0)


def _at(
    sides: tuple[int, ...], wanted: Sequence[int] | None, *, channels_last: bool
) -> tuple[bool, tuple[int, ...]]:
    """Whether the wanted size is the file's own, and the size with the channels first."""
    if len(sides) == 1:
        if not sides[0]:
            raise OnnxRejected("The file does not tell how long the vectors are that its network takes.")
        if wanted is not None and tuple(wanted) != sides:
            raise OnnxRejected(f"The network takes vectors of {sides[0]:,} numbers, and no others.")
        return True, sides
    channels, height, width = (sides[2], *sides[:2]) if channels_last else sides
    declared = (channels or 3, height or USUAL_SIDE, width or USUAL_SIDE)
    size = declared if wanted is None else tuple(int(side) for side in wanted)
    if len(size) != 3 or size[0] != declared[0] or min(size) < 1:
        raise OnnxRejected(f"The network takes pictures of {declared[0]} channels, and no others.")
    own = all(not side or side == given for side, given in zip((channels, height, width), size, strict=True))
    return own, size


def made(
    node: onnx.NodeProto,
    version: int | None,
    inputs: Mapping[str, Typed],
    numbers: Mapping[str, Numbers],
) -> dict[str, Typed] | None:
    """Types of the outputs of an operation, as far as ONNX's rules tell them; None where the inputs break these rules.

    Args:
        node: the operation.
        version: of its operation set; None where the file does not say.
        inputs: types of the values that it reads.
        numbers: contents of small lists among them, such as the shape that a ``Reshape`` makes.
    """
    if version is None or any(name and name not in inputs for name in node.input):
        return {}
    try:
        schema = defs.get_schema(node.op_type, version, node.domain)
    except (defs.SchemaError, RuntimeError, TypeError):
        return {}
    data = {name: tensor for name, n in numbers.items() if (tensor := tensor_of(n)) is not None}
    types = {name: _proto(inputs[name]) for name in node.input if name}
    try:
        found = shape_inference.infer_node_outputs(
            schema, node, types, data, opset_imports=[onnx.helper.make_opsetid(node.domain, version)]
        )
    except _FAILS:
        return None if all(inputs[name].shape is not None for name in types) else {}
    made_types = {name: _typed(kind) for name, kind in found.items()}
    if node.op_type == "Reshape" and not _holds_as_many(
        inputs[node.input[0]], made_types.get(node.output[0])
    ):
        return None
    return made_types


def _holds_as_many(before: Typed, after: Typed | None) -> bool:
    if after is None or before.shape is None or after.shape is None:
        return True
    return prod(before.shape) == prod(after.shape)


def _proto(typed: Typed) -> onnx.TypeProto:
    return onnx.helper.make_tensor_type_proto(typed.number, typed.shape)


def _typed(kind: onnx.TypeProto) -> Typed:
    tensor = kind.tensor_type
    if not tensor.HasField("shape") or any(not side.HasField("dim_value") for side in tensor.shape.dim):
        return Typed(tensor.elem_type, None)
    return Typed(tensor.elem_type, tuple(side.dim_value for side in tensor.shape.dim))


def checked(shape: Shape, name: str) -> Shape:
    """The shape itself.

    Raises:
        OnnxRejected: a side is below one, or the value would not fit into any machine.
    """
    size = 1
    for side in shape:
        size *= side
        if side < 1:
            raise OnnxRejected(f"The maps have no pixels left at {name}; choose a larger input.")
        if size > LARGEST:
            raise OnnxRejected(f"The output of {name} would hold more numbers than any machine does.")
    return shape
