"""How a path crosses an operation: what it spans there, whether it counts as a layer, and where it comes from.

A *path* is a row of layers and poolings from the picture to an operation, one input each (Veit et al. 2016,
"Residual Networks Behave Like Ensembles of Relatively Shallow Networks", arXiv:1605.06431). Two rules make it so:

- at a sum or a concatenation a path comes from any one of the operands;
- a product with a gate (squeeze-excite) lies on the path of what is gated alone: the gate scales the stream and is
  no stream of its own. In the same way a path goes through the values of an attention, not through its weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Literal

from core.graph.fields.reach import pixels
from core.graph.fields.sight import Sight, View
from core.graph.fields.walk import Lost, sight_of
from core.graph.records import Graph, Node

Effect = Literal["window", "whole", "unsized"]
_ATTENTION_LAYERS = 2  # one into queries, keys and values, one out of the heads
_OWN_UNIT = View(pixels(), pixels())


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
    sights: dict[str, Sight | Lost] = {}
    owners: set[str] = set()
    for name, node in graph.nodes.items():
        sight = sight_of(node, sights)
        sights[name] = _afresh(sight) if isinstance(sight, Sight) else sight
        read = tuple(dict.fromkeys(source for source in node.inputs if source in operands))
        if node.kind == "input":
            operands[name] = ()
            continue
        if not read:
            continue
        operands[name] = _followed(node, read, gated.get(name))
        if node.parameters:
            owners.add(node.module_path)
        step = _step(sight, _length(node, owned=node.parameters > 0 or node.module_path in owners))
        if step is not None:
            steps[name] = step
    return Routes(operands, steps)


def has_cells(node: Node) -> bool:
    """Whether the field of an operation is known, and its output is a map that is not pooled to a single cell."""
    shape = node.output_shape
    cells = shape[1] if len(shape) == 3 else min(prod(shape[2:]), prod(shape[1:3])) if len(shape) == 4 else 1
    status = node.receptive_field.status
    return status == "exact" or (status == "whole image" and cells > 1)


def _afresh(sight: Sight) -> Sight:
    """The same axes, each unit seeing itself alone: what the next operation makes of it is its own doing."""
    if sight.view.placeless and not sight.placed:
        return sight
    return replace(sight, runs=((1, _OWN_UNIT),), picture=sight.lengths)


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


def _length(node: Node, *, owned: bool) -> int:
    """Weighted layers that an operation counts for; later calls of a module count again."""
    if not node.macs or not owned:
        return 0
    return _ATTENTION_LAYERS if "attention" in node.kind else 1


def _step(sight: Sight | Lost, length: int) -> Step | None:
    """What an operation does whose operands' units saw themselves alone; None where it does nothing to a path."""
    if isinstance(sight, Lost):
        return Step("unsized", length=length, reason=sight.cause.reason)
    view = sight.view
    axes = (view.rows, view.columns)
    reason = view.cause.reason if view.cause is not None else ""
    if view.placeless:
        return Step("whole", length=length, reason=reason)
    if any(reach.period > 1 or reach.step <= 0 for reach in axes):
        return Step("unsized", length=length, reason=reason)
    (top, bottom), (left, right) = (reach.at(0) for reach in axes)
    grows, stride = (bottom - top, right - left), (view.rows.step, view.columns.step)
    if not length and grows == (0, 0) and stride == (1, 1):
        return None
    return Step("window", grows, stride, length)
