"""What a training step must keep of a forward pass: the bytes that autograd holds until the backward pass.

The rule for each kind of operation is what PyTorch's derivative formulas read (``tools/autograd/derivatives.yaml``):
a convolution reads its input to find its weights' gradient, a ReLU its output, a sum reads nothing. A tensor that
several operations keep lies in memory once, so what counts are pieces of memory: each is put down to the operation
that wrote it. Imports no torch.

Counted for one picture at four bytes a number: inputs and outputs that are kept, the places of the maxima of max
pooling (eight bytes each), means and deviations of layer norms, dropout's masks, the copies that activations make
which work in place but need what they overwrite, what attention keeps within. Not counted: weights, batch norm's two
numbers a channel, attention's map (fused kernels do not write it), weights that a network computes anew in each pass
(NFNet), work space of convolutions, gradients on their way, checkpointed versions of these operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Literal

from core.graph.records import Graph, Node

BYTES_PER_NUMBER = 4
INDEX_BYTES = 8

Kept = Literal["input", "output", "operands", "nothing"]

KEPT_BY_KIND: Mapping[str, Kept] = {
    **dict.fromkeys(("conv", "conv_transpose", "linear", "embedding"), "input"),  # for the weights' gradient
    **dict.fromkeys(("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"), "input"),
    **dict.fromkeys(("relu", "exp", "sqrt", "rsqrt", "reciprocal"), "output"),
    **dict.fromkeys(("max_pool", "avg_pool", "adaptive_pool", "local_response_norm"), "input"),
    **dict.fromkeys(("multiply", "divide", "matmul"), "operands"),  # each factor for the other's gradient
    **dict.fromkeys(("add", "subtract", "concatenate", "stack", "sum", "mean", "neg"), "nothing"),
    **dict.fromkeys(("flatten", "reshape", "slice", "identity", "roll", "flip", "repeat"), "nothing"),
    **dict.fromkeys(("window_partition", "window_reverse", "grid_partition", "grid_reverse"), "nothing"),
    "patch_merging_pad": "nothing",
    **dict.fromkeys(("pad", "resize", "pixel_shuffle", "pixel_unshuffle", "dropout"), "nothing"),
    **dict.fromkeys(("input", "output", "parameter"), "nothing"),
}
"""What each kind of operation keeps; kinds that are not named here keep their input and their output."""
_BOX_ATTENTION = (
    4  # outputs' worth that ``nn.MultiheadAttention`` keeps within: queries, keys, values, their mixture
)
_BOX_OTHER = 5  # the same for attention in windows: the windows of its input as well
_OUTPUT_FUNCTIONS = frozenset({"sigmoid", "tanh", "softmax", "log_softmax", "logsoftmax"})
"""Activations whose derivative is a function of their output; the others keep their input."""
_OVERWRITABLE = frozenset({"elu", "leaky_relu", "leakyrelu", "celu", "selu"})
"""Activations that keep their output where they work in place: its sign says what the input's would."""


def kept_bytes(graph: Graph, *, number_bytes: int = BYTES_PER_NUMBER) -> Mapping[str, int]:
    """Bytes kept for the backward pass of one picture by the operation that wrote them; all operations, in order.

    ``number_bytes``: of an activation: 4 for float32, 2 for half precision.
    """
    nodes = graph.nodes
    owners = memory_owners(nodes.values())
    learning = _learning(nodes)
    kept: set[str] = set()
    extra: dict[str, int] = {}
    for node in nodes.values():
        if node.name in learning:
            kept.update(owners[name] for name in _kept_tensors(node, nodes, learning))
            extra[node.name] = _extra(node, number_bytes)
    return {
        name: (_own_bytes(node) * number_bytes // BYTES_PER_NUMBER if name in kept else 0)
        + extra.get(name, 0)
        for name, node in nodes.items()
    }


def memory_owners(nodes: Iterable[Node]) -> dict[str, str]:
    """The operation in whose memory each output lies: itself; its source, where it works in place or is a view."""
    owners: dict[str, str] = {}
    for node in nodes:
        shares = _own_bytes(node) == 0 and node.inputs
        owners[node.name] = owners.get(node.inputs[0], node.inputs[0]) if shares else node.name
    return owners


def _learning(nodes: Mapping[str, Node]) -> frozenset[str]:
    """Operations whose output depends on a weight, so that a gradient flows through them."""
    found: set[str] = set()
    for node in nodes.values():
        if node.parameters or not found.isdisjoint(node.inputs):
            found.add(node.name)
    return frozenset(found)


def _kept_tensors(node: Node, nodes: Mapping[str, Node], learning: frozenset[str]) -> tuple[str, ...]:
    """Names of the operations whose outputs this one keeps: its own or those of its operands."""
    own = (node.name,)
    if node.kind == "activation":
        function = node.attributes.get("function")
        if function in _OUTPUT_FUNCTIONS or (function in _OVERWRITABLE and _in_place(node)):
            return own
        return () if _in_place(node) else node.inputs[:1]
    if node.kind == "adaptive_pool" and not _takes_maxima(node) and set(_map_sides(node)) <= {1}:
        return ()  # a mean reads nothing but the size
    if _is_box(node):
        return node.inputs[:1] if node.kind == "attention" else ()
    kept = KEPT_BY_KIND.get(node.kind)
    if kept == "operands":
        return tuple(
            name
            for place, name in enumerate(node.inputs)
            if node.parameters or any(other in learning for i, other in enumerate(node.inputs) if i != place)
        )
    if kept == "input":
        return node.inputs[:1]
    if kept == "output":
        return own
    return () if kept == "nothing" else (*node.inputs, *own)


def _extra(node: Node, size: int) -> int:
    """Bytes that an operation keeps beside its operands and its output; ``size``: of one number."""
    numbers = prod(node.output_shape)
    if _is_box(node):
        return size * numbers * (_BOX_ATTENTION if node.kind == "attention" else _BOX_OTHER)
    if node.kind == "max_pool" or (node.kind == "adaptive_pool" and _takes_maxima(node)):
        return INDEX_BYTES * numbers
    if node.kind == "layer_norm" and node.output_shape:
        return 2 * size * (numbers // node.output_shape[-1])
    if node.kind == "dropout" and _drops(node):
        return numbers
    function = node.attributes.get("function")
    works_on_norm = node.kind == "batch_norm" and function not in (None, "relu")
    if (node.kind == "activation" and _in_place(node)) or works_on_norm:
        return 0 if function in _OUTPUT_FUNCTIONS | _OVERWRITABLE else size * numbers
    return 0


def _is_box(node: Node) -> bool:
    """Whether the graph shows as one operation what multiplies several times within."""
    if node.kind == "attention":
        return bool(node.parameters)
    return node.kind not in KEPT_BY_KIND and node.macs > 0


def _own_bytes(node: Node) -> int:
    """Bytes of an output in training; dropout, which lets everything through otherwise, writes a new one then."""
    if node.kind == "dropout" and _drops(node) and not _in_place(node):
        return BYTES_PER_NUMBER * prod(node.output_shape)
    return node.activation_bytes


def _drops(node: Node) -> bool:
    return float(node.attributes.get("p", 0.0)) > 0  # type: ignore[arg-type]


def _in_place(node: Node) -> bool:
    return bool(node.attributes.get("in_place"))


def _takes_maxima(node: Node) -> bool:
    return node.attributes.get("function") == "max"


def _map_sides(node: Node) -> tuple[int, ...]:
    size = node.attributes.get("output_size", ())
    return size if isinstance(size, tuple) else ()
