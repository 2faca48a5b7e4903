"""The field's words for ONNX operations, what the drawing needs to know of each, and which operands are weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from core.graph import cost
from core.graph.records import Shape

_LONGEST = 60  # letters of a name
Attribute = int | float | bool | str | tuple[int, ...]

_OPERATIONS_OF_KINDS: Mapping[str, str] = {
    "conv": "Conv ConvInteger QLinearConv FusedConv",
    "conv_transpose": "ConvTranspose",
    "matmul": "MatMul MatMulInteger QLinearMatMul Gemm Einsum",
    "attention": "Attention MultiHeadAttention",
    "batch_norm": "BatchNormalization",
    "layer_norm": "LayerNormalization SkipLayerNormalization",
    "group_norm": "GroupNormalization GroupNorm",
    "instance_norm": "InstanceNormalization",
    "rms_norm": "RMSNormalization SimplifiedLayerNormalization",
    "local_response_norm": "LRN",
    "relu": "Relu",
    "activation": "Celu Elu FastGelu Gelu HardSigmoid HardSwish LeakyRelu LogSoftmax Mish PRelu QuickGelu Selu "
    "Sigmoid Softmax Softplus Softsign Swish Tanh ThresholdedRelu",
    "max_pool": "MaxPool",
    "avg_pool": "AveragePool",
    "adaptive_pool": "GlobalAveragePool GlobalMaxPool GlobalLpPool",
    "add": "Add Sum",
    "subtract": "Sub",
    "multiply": "Mul",
    "divide": "Div",
    "concatenate": "Concat",
    "dropout": "Dropout",
    "identity": "Identity Cast CastLike",
    "flatten": "Flatten",
    "reshape": "Expand Reshape Squeeze Transpose Unsqueeze",
    "slice": "Gather Slice Split",
    "pad": "Pad",
    "resize": "Resize Upsample",
    "pixel_shuffle": "DepthToSpace",
    "recurrent": "GRU LSTM RNN",
}
_KIND_OF = {word: kind for kind, words in _OPERATIONS_OF_KINDS.items() for word in words.split()}
# Operands that are settings, statistics or scales; the file stores them as it stores weights.
_NO_WEIGHTS: Mapping[str, tuple[int, ...]] = {
    "BatchNormalization": (3, 4),
    "Clip": (1, 2),
    "DequantizeLinear": (1, 2),
    "Dropout": (1, 2),
    "Expand": (1,),
    "Pad": (1, 2, 3),
    "QLinearConv": (1, 2, 4, 5, 6, 7),
    "QLinearMatMul": (1, 2, 4, 5, 6, 7),
    "QuantizeLinear": (1, 2),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Upsample": (1,),
}
_WITHOUT_COPY = frozenset({"dropout", "flatten", "identity", "reshape", "slice"})
_ACTIVATION_WORDS = {
    "LogSoftmax": "log_softmax",
    "LeakyRelu": "leaky_relu",
    "FastGelu": "gelu",
    "Swish": "silu",
}


def kind_of(operation: str, attributes: Mapping[str, Any], *, weighted: bool) -> str:
    """The kind of an operation; its own name in small letters where the field has no word of its own.

    Args:
        operation: as the file names it (``"Conv"``).
        attributes: as the file has them; those that are operands in newer files among them.
        weighted: whether its second operand is a matrix of weights, which makes a product a linear layer.
    """
    kind = _KIND_OF.get(operation) or on_one_line(operation.lower())
    if kind == "matmul" and weighted and operation != "Einsum":
        return "linear"
    if operation == "Clip" and attributes.get("min") == 0 and attributes.get("max") == 6:
        return "activation"
    if operation in ("ReduceMean", "ReduceMax") and _over_maps(attributes):
        return "adaptive_pool"
    return kind


def on_one_line(text: str) -> str:
    """A name of the file's, not too long, without what cannot be shown."""
    return "".join(character if character.isprintable() else "�" for character in text[:_LONGEST])


def is_weight(operation: str, place: int) -> bool:
    """Whether what the file stores for the operand at that place is learned, as opposed to set or measured."""
    return place not in _NO_WEIGHTS.get(operation, ())


def is_view(kind: str) -> bool:
    """Whether such an operation hands on the numbers that it reads, so that it needs no memory of its own."""
    return kind in _WITHOUT_COPY


def whole(attributes: Mapping[str, Any], name: str, default: int) -> int:
    """A setting that is a whole number; the default where it is missing or of another type."""
    value = attributes.get(name)
    return value if isinstance(value, int) else default


def _over_maps(attributes: Mapping[str, Any]) -> bool:
    axes = attributes.get("axes")
    return (
        isinstance(axes, tuple)
        and {axis % 4 for axis in axes} in ({2, 3}, {1, 2})
        and attributes.get("rank") == 4
    )


def described(
    operation: str, kind: str, attributes: Mapping[str, Any], inputs: Sequence[Shape | None]
) -> dict[str, Attribute]:
    """Kernel, stride and widths of a layer, in the words of `core.graph.records.Node.attributes`."""
    weight = inputs[1] if len(inputs) > 1 else None
    if kind in ("conv", "conv_transpose") and weight is not None and len(weight) > 2:
        return _convolution(kind, attributes, weight, bias=len(inputs) > 2)
    if kind == "linear" and weight is not None and len(weight) == 2:
        width_in, width_out = reversed(weight) if attributes.get("transB") else weight
        return {"in_channels": width_in, "out_channels": width_out, "bias": len(inputs) > 2}
    if kind in ("max_pool", "avg_pool") and (kernel := _sizes(attributes, "kernel_shape")):
        return {
            "kernel": kernel,
            **_steps(attributes, len(kernel)),
            "ceil_mode": bool(attributes.get("ceil_mode")),
        }
    if kind == "adaptive_pool":
        return {"output_size": (1, 1), "function": "max" if "Max" in operation else "mean"}
    if kind == "activation":
        word = "relu6" if operation == "Clip" else _ACTIVATION_WORDS.get(operation, operation.lower())
        return {"function": word}
    return {}


def _convolution(
    kind: str, attributes: Mapping[str, Any], weight: Shape, *, bias: bool
) -> dict[str, Attribute]:
    groups = max(whole(attributes, "group", 1), 1)
    first, second = weight[0], weight[1] * groups
    return {
        "kernel": weight[2:],
        **_steps(attributes, len(weight) - 2),
        "groups": groups,
        "in_channels": first if kind == "conv_transpose" else second,
        "out_channels": second if kind == "conv_transpose" else first,
        "bias": bias,
    }


def _steps(attributes: Mapping[str, Any], dimensions: int) -> dict[str, Attribute]:
    """Stride, padding and dilation; padding that differs from side to side is "same", as frameworks call it."""
    pads = _sizes(attributes, "pads") or (0,) * (2 * dimensions)
    begin, end = pads[:dimensions], pads[dimensions:]
    own = str(attributes.get("auto_pad", "")).startswith("SAME")
    return {
        "stride": _sizes(attributes, "strides") or (1,) * dimensions,
        "padding": "same" if own or begin != end else begin,
        "dilation": _sizes(attributes, "dilations") or (1,) * dimensions,
    }


def _sizes(attributes: Mapping[str, Any], name: str) -> tuple[int, ...]:
    value = attributes.get(name, ())
    return value if isinstance(value, tuple) and all(isinstance(side, int) for side in value) else ()


def macs(
    operation: str,
    kind: str,
    attributes: Mapping[str, Any],
    inputs: Sequence[Shape | None],
    output: Shape | None,
) -> int:
    """Multiply-adds by the rules of `core.graph.cost`; 0 where a shape that they follow from is not known."""
    known = [shape for shape in inputs[:3] if shape is not None]
    if output is None or len(known) < min(len(inputs), 2):
        return 0
    if kind in ("conv", "conv_transpose") and len(known) > 1:
        return cost.convolution(known[1], known[0], output, transposed=kind == "conv_transpose")
    if operation == "Einsum":
        return _einsum(str(attributes.get("equation", "")), known)
    if kind == "linear" and len(known) > 1:
        return cost.linear(known[1][-1 if attributes.get("transB") else 0], output)
    if kind == "matmul" and known and known[0]:
        left = known[0][::-1] if attributes.get("transA") else known[0]
        return cost.matrix_product(left, output)
    if kind == "recurrent" and len(known) == 3 and len(known[1]) == len(known[2]) == 3:
        return cost.recurrent([shape[1:] for shape in known[1:] for _ in range(known[1][0])], known[0])
    if kind == "attention" and len(known) == 3 and all(len(shape) == 4 for shape in known):
        query, key, value = known
        return prod(query[:3]) * key[2] * (query[3] + value[3])
    return 0


def _einsum(equation: str, inputs: Sequence[Shape]) -> int:
    """The product of all its indices' lengths: one multiply-add for every combination."""
    operands = re.sub(r"\s", "", equation).partition("->")[0].split(",")
    if len(operands) != len(inputs) or len(inputs) < 2:
        return 0
    lengths = {
        letter: side
        for letters, shape in zip(operands, inputs, strict=True)
        for letter, side in zip(letters, shape, strict=False)
    }
    return prod(lengths.values())
