"""How a path crosses an operation: what it spans there, whether it counts as a layer, and where it comes from.

A *path* is a row of layers and poolings from the picture to an operation, one input each (Veit et al. 2016,
"Residual Networks Behave Like Ensembles of Relatively Shallow Networks", arXiv:1605.06431). Two rules make it so:

- at a sum or a concatenation a path comes from any one of the operands;
- a product with a gate (squeeze-excite) lies on the path of what is gated alone: the gate scales the stream and is
  no stream of its own. In the same way a path goes through the values of an attention, not through its weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal

from core.graph.records import Graph, Node, Shape

Effect = Literal["window", "whole", "unsized"]
WEIGHTED = frozenset({"conv", "conv_transpose", "linear", "recurrent"})
_GLOBAL = frozenset({"adaptive_pool", "mean", "sum", "amax", "amin", "flatten"})
_ATTENTION_LAYERS = 2  # one into queries, keys and values, one out of the heads
_ENLARGING = frozenset({"resize", "conv_transpose", "pixel_shuffle"})
_WORDS = {
    "adaptive_pool": "global pooling",
    "mean": "global pooling",
    "flatten": "flattening",
    "matmul": "attention",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What a path meets in an operation that looks around or has weights.

    Attributes:
        effect: ``"window"``: it spans some of its input's units; ``"whole"``: all of them; ``"unsized"``: how many
            pixels depends on more than the path, as after enlarging or in shifted windows.
        grows: per axis (height, width), how many units beyond one it spans.
        stride: per axis, input units from one output unit to the next.
        length: weighted layers that it counts for.
        reason: for ``"whole"`` and ``"unsized"``: the cause in a word or two.
    """

    effect: Effect
    grows: tuple[int, int] = (0, 0)
    stride: tuple[int, int] = (1, 1)
    length: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Routes:
    """All ways through a network.

    Attributes:
        operands: by operation in execution order, those that a path may come from; ``()`` for the picture.
            Operations that the picture does not reach are not here.
        steps: what a path meets in an operation; operations that let it pass as it is are not here.
    """

    operands: Mapping[str, tuple[str, ...]]
    steps: Mapping[str, Step]


def routes(graph: Graph) -> Routes:
    """All ways from the picture through a network."""
    gated = {skip.join: {skip.fork, *skip.shortcut_nodes} for skip in graph.skips if skip.kind == "gate"}
    operands: dict[str, tuple[str, ...]] = {}
    steps: dict[str, Step] = {}
    owners: set[str] = set()
    for name, node in graph.nodes.items():
        read = tuple(dict.fromkeys(source for source in node.inputs if source in operands))
        if node.kind == "input":
            operands[name] = ()
        elif read:
            operands[name] = _followed(node, read, gated.get(name))
        else:
            continue
        if node.parameters:
            owners.add(node.module_path)
        step = _step(graph, node, owned=node.parameters > 0 or node.module_path in owners)
        if step is not None:
            steps[name] = step
    return Routes(operands, steps)


def _followed(node: Node, read: tuple[str, ...], stream: set[str] | None) -> tuple[str, ...]:
    """Operands that a path may come from."""
    if stream is not None:
        return tuple(name for name in read if name in stream)[:1] or read[:1]
    if node.kind == "multiply":
        return read[:1]
    if node.kind in ("matmul", "attention"):
        return (_values(node, read),)
    return read


def _values(node: Node, read: tuple[str, ...]) -> str:
    """The operand that attention mixes: the third of queries, keys, values; the second of a product."""
    wanted = node.inputs[2] if node.kind == "attention" and len(node.inputs) > 2 else node.inputs[-1]
    return wanted if wanted in read else read[-1]


def _step(graph: Graph, node: Node, *, owned: bool) -> Step | None:
    length = _length(node, owned=owned)
    effect, reason = _effect(graph, node)
    if effect != "window":
        return Step(effect, length=length, reason=reason)
    grows, stride = _window(node)
    if not length and grows == (0, 0) and stride == (1, 1):
        return None
    return Step("window", grows, stride, length)


def _length(node: Node, *, owned: bool) -> int:
    """Weighted layers that an operation counts for; later calls of a module count again."""
    if not node.macs or not owned:
        return 0
    return _ATTENTION_LAYERS if "attention" in node.kind else 1


def _effect(graph: Graph, node: Node) -> tuple[Effect, str]:
    before = next((graph.nodes[name].output_shape for name in node.inputs), node.output_shape)
    places, after = _places(before), _places(node.output_shape)
    if node.kind in ("attention", "matmul") and node.macs:
        return "whole", _WORDS.get(node.kind, "attention")
    if node.kind in _GLOBAL and after == 1 < places:
        return "whole", _WORDS.get(node.kind, node.kind)
    if node.kind in _ENLARGING:
        return "unsized", "enlarging"
    return "window", ""


def _places(shape: Shape) -> int:
    return prod(shape[2:]) if len(shape) == 4 else (shape[1] if len(shape) == 3 else 1)


def _window(node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
    kernel = node.attributes.get("kernel")
    if not isinstance(kernel, tuple):
        if node.kind == "slice" and len(node.output_shape) == 4 == len(node.input_shapes[0]):
            return (0, 0), (
                node.input_shapes[0][2] // node.output_shape[2],
                node.input_shapes[0][3] // node.output_shape[3],
            )
        return (0, 0), (1, 1)
    kernel, stride, dilation = (
        _pair(node.attributes.get(name, 1)) for name in ("kernel", "stride", "dilation")
    )
    return ((kernel[0] - 1) * dilation[0], (kernel[1] - 1) * dilation[1]), stride


def _pair(value: object) -> tuple[int, int]:
    if isinstance(value, tuple):
        return (int(value[0]), int(value[-1]))
    return (int(value), int(value)) if isinstance(value, int) else (1, 1)
