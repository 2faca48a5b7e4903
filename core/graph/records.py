"""What is inside a network, as plain frozen records: readable without torch, and kept on disk as JSON.

Words: a *node* is one operation; a *join* is a node where two paths that forked earlier meet again; a *skip* is
the shorter of these paths; a *group* is a run of operations that is shown as one (a block, a stage).
Shapes are tuples with the batch axis (of one picture) in front: ``(1, channels, height, width)`` for maps,
``(1, tokens, channels)`` for tokens, ``(1, features)`` for vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Shape = tuple[int, ...]
Method = Literal["fx", "export", "hooks", "onnx"]
ShortcutKind = Literal["identity", "projection", "padded", "gate", "dense"]
JoinKind = Literal["add", "multiply", "concatenate"]
FieldStatus = Literal["exact", "whole image", "undefined"]
Interval = tuple[int, int]
Level = Literal["network", "stage", "block", "operation"]
Role = Literal["input", "stem", "stage", "head", "part"]


class UnknownNode(KeyError):
    """No node, module or group of the graph has that name."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class TraceFailed(RuntimeError):
    """The operations of a module cannot be followed; the message is one sentence fit for a visitor."""


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """Which pixels of the input an operation's output unit depends on, theoretically: a box, per axis an interval.

    Along each axis unit ``i`` sees ``size`` pixels around ``offset + stride · i``. The extent goes from the first to
    the last pixel that matters, for a unit in the interior: the part over the border is not cut off. Where channels
    differ it is the union over all of them (the smallest box that holds them).

    Attributes:
        size: ``(height, width)`` in input pixels; the largest box where the boxes of different units differ
            (``varies``), the input's own size where the whole picture is seen, ``(0, 0)`` for ``"undefined"``.
        stride: ``(height, width)``: input pixels from one unit to the next; 0 where all units see the same, a
            fraction after up-sampling.
        offset: ``(height, width)``: the input coordinate of the centre of the box of unit (0, 0). Pixel (0, 0) has
            its centre at coordinate 0; it may be negative or half-integer.
        status: ``"exact"``; ``"whole image"``: global pooling, statistics over space or attention let every unit see
            all pixels; ``"undefined"``: the output has no spatial axes left, or an operation before is not known.
        cause: name of the node that made it ``"whole image"`` or ``"undefined"``, or made the boxes vary; "" = none.
        reason: the cause in a few words for the visitor (``"squeeze-excite gate"``); "" where there is none.
        local: for ``"whole image"`` by statistics of normalisation or by gates alone: the field without them.
        phases: where ``varies``: per axis the first and last pixel of the first few units, after which the pattern
            repeats, moved by ``stride × len(phases[axis])`` pixels; an interval with last < first sees nothing.
            ``()`` = boxes do not differ.
    """

    size: tuple[int, int]
    stride: tuple[float, float]
    offset: tuple[float, float]
    status: FieldStatus = "exact"
    cause: str = ""
    reason: str = ""
    local: ReceptiveField | None = None
    phases: tuple[tuple[Interval, ...], ...] = ()

    @property
    def varies(self) -> bool:
        """Whether units at different places have boxes of different size or spacing."""
        return bool(self.phases)

    def seen(self, axis: int, count: int) -> tuple[Interval, ...]:
        """First and last pixel, not cut at the border, that units 0 … ``count`` − 1 along an axis see.

        Args:
            axis: 0 = height, 1 = width.
            count: units of the map along that axis.

        Raises:
            ValueError: the field is undefined.
        """
        if self.status == "undefined":
            raise ValueError(
                f"The receptive field is undefined: {self.reason or 'no spatial axes are left'}."
            )
        stride = self.stride[axis]
        if self.phases:
            pattern = self.phases[axis]
            moves = [round(stride * len(pattern) * (i // len(pattern))) for i in range(count)]
            firsts = [pattern[i % len(pattern)] for i in range(count)]
            return tuple(
                (first + move, last + move) for (first, last), move in zip(firsts, moves, strict=True)
            )
        start = round(self.offset[axis] - (self.size[axis] - 1) / 2)
        steps = [start + round(stride * i) for i in range(count)]
        return tuple((first, first + self.size[axis] - 1) for first in steps)


UNDEFINED = ReceptiveField((0, 0), (0, 0), (0, 0), "undefined")


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    Attributes:
        name: unique in the graph: the module path, with ``_1``, ``_2`` for later calls of a reused module
            (``"layer1.0.relu_1"``); for a function the path of the module that calls it and the function's
            word (``"layer1.0.add"``); ``"input"`` for the picture.
        kind: the operation in the field's words: ``"input"``, ``"conv"``, ``"linear"``, ``"batch_norm"``,
            ``"layer_norm"``, ``"relu"``, ``"activation"``, ``"max_pool"``, ``"avg_pool"``, ``"adaptive_pool"``,
            ``"add"``, ``"multiply"``, ``"concatenate"``, ``"attention"``, ``"matmul"``, ``"dropout"``,
            ``"flatten"``, ``"reshape"``, ``"slice"`` (part of a tensor, also one piece of a split), ``"identity"``,
            else the function's own name.
        module_path: dotted path of the module called; for a function, of the module that calls it ("" = the root).
        target: what torch calls it: ``"torch.nn.modules.conv.Conv2d"``, ``"torch.flatten"``, ``"aten.add.Tensor"``.
        input_shapes: one per tensor operand, in the operands' order.
        output_shape: of the (first) output tensor.
        parameters: scalars in the weights that this operation owns; a shared weight counts at its first use only.
        macs: multiply-adds of convolutions, linear layers and matrix products for one picture; 0 for the rest.
        activation_bytes: bytes of the output at four bytes a number; 0 for in-place operations and views.
        inputs: names of the nodes whose outputs it reads, in the operands' order.
        attributes: what the drawing needs, as short text or numbers: ``kernel`` ``(3, 3)``, ``stride``, ``padding``,
            ``dilation``, ``groups``, ``in_channels``, ``out_channels``, ``in_place``, ``bias``, ``function``
            (for kind ``"activation"``: ``"silu"``, ``"gelu"``, …), ``p`` (for kind ``"dropout"``), ``fixed`` (scalars
            of its parameters that training leaves as they are, where there are such), ``operands`` (places of
            ``inputs`` among the tensor operands, where some of these do not come from the picture), and how it moves
            axes: see `core.graph.arguments`.
        receptive_field: of an output unit, in pixels of the graph's input; see `core.graph.fields`.
    """

    name: str
    kind: str
    module_path: str
    target: str
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    parameters: int
    macs: int
    activation_bytes: int
    inputs: tuple[str, ...]
    attributes: Mapping[str, int | float | bool | str | tuple[int, ...]] = field(default_factory=dict)
    receptive_field: ReceptiveField = UNDEFINED

    @property
    def trained_parameters(self) -> int:
        """Scalars in its weights that training changes."""
        fixed = self.attributes.get("fixed", 0)
        return self.parameters - (fixed if isinstance(fixed, int) else 0)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the hierarchy that the operations were traced from."""

    path: str
    type_name: str
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """A path around a branch, found by structure: two operands of a join that have a common ancestor.

    Attributes:
        join: node where the paths meet.
        join_kind: ``"add"`` (residual), ``"multiply"`` (gate: squeeze-excite), ``"concatenate"`` (dense).
        fork: last node that both paths come from.
        kind: ``"identity"`` (nothing on the shortcut that has weights or changes the shape), ``"projection"``
            (a weighted or pooling shortcut), ``"padded"`` (no weights, but slicing or zero padding changes the shape,
            as option A of He et al. 2015), ``"gate"`` for multiplications, ``"dense"`` for concatenations.
        shortcut_nodes: nodes on the shortcut, without fork and join; empty for a bare identity.
        branch_nodes: nodes on the branch, without fork and join.
        ambiguous: both operands carry as many weighted modules, so which of them is the shortcut is a convention
            (the first operand).
    """

    join: str
    join_kind: JoinKind
    fork: str
    kind: ShortcutKind
    shortcut_nodes: tuple[str, ...]
    branch_nodes: tuple[str, ...]
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Operations that are shown as one. Leaves have no children; sums are conserved from level to level.

    Attributes:
        name: the module path where the group is one module (``"layer3"``, ``"layer3.2"``), else a name made of its
            first and last operation (``"features.0…features.4"``); unique in the fold, never equal to a node's name
            unless the group is that one operation.
        title: what a person calls it: ``"Stem"``, ``"Stage 3"``, ``"layer3.2"``, ``"Head"``.
        level: ``"network"`` (the root), ``"stage"`` (children of the root), ``"block"``, ``"operation"``.
        role: for level stage: ``"input"``, ``"stem"``, ``"stage"``, ``"head"``; else ``"part"``.
        type_name: class of the module (``"Bottleneck"``), "" where the group is no single module.
        nodes: all operations within, execution order.
        children: groups one level down that partition ``nodes``.
        signature: equal for groups of equal structure (kinds, kernels, widths, wiring), for "×6".
        chain: True when its children follow one another: no path runs around a child, so a strip can be drawn.
    """

    name: str
    title: str
    level: Level
    role: Role
    type_name: str
    nodes: tuple[str, ...]
    children: tuple[Group, ...]
    parameters: int
    macs: int
    activation_bytes: int
    input_shape: Shape
    output_shape: Shape
    signature: str
    chain: bool

    def walk(self) -> tuple[Group, ...]:
        """This group and all below it, in execution order, parents first."""
        return (self, *(g for child in self.children for g in child.walk()))


@dataclass(frozen=True)
class Graph:
    """What tracing a module yields. Nodes are in execution order.

    Attributes:
        nodes: by name.
        skips: every residual addition, gate and dense concatenation, in the joins' execution order.
        modules: hierarchy by path; ``""`` is the root.
        fold: the operations folded into blocks and stages.
        input_size: of one input without the batch axis: ``(channels, height, width)`` of the picture, or
            ``(features,)`` for networks of vectors.
        method: how the operations were followed.
        lost: one sentence on what this method cannot show; "" for fx.
        unused_parameters: scalars by parameter name that no operation of this pass reads, for example auxiliary
            heads that work in training alone. They are part of ``parameters``, but of no node and no group.
    """

    nodes: Mapping[str, Node]
    skips: tuple[Skip, ...]
    modules: Mapping[str, Module]
    fold: Group
    input_size: tuple[int, ...]
    method: Method
    lost: str = ""
    unused_parameters: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> int:
        """Scalars in all weights, used or not; a shared weight counts once."""
        return sum(node.parameters for node in self.nodes.values()) + sum(self.unused_parameters.values())

    @cached_property
    def macs(self) -> int:
        """Multiply-adds of one forward pass over one picture."""
        return sum(node.macs for node in self.nodes.values())

    @cached_property
    def activation_bytes(self) -> int:
        """Bytes of all outputs of one forward pass over one picture, at four bytes a number."""
        return sum(node.activation_bytes for node in self.nodes.values())

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """Every group of the fold by name."""
        return {group.name: group for group in self.fold.walk()}

    @cached_property
    def _last_of_module(self) -> Mapping[str, str]:
        last: dict[str, str] = {}
        for node in self.nodes.values():
            if node.kind in ("input", "output", "parameter"):
                continue
            path = node.module_path
            while path:
                last[path] = node.name
                path = path.rpartition(".")[0]
        return last

    def at(self, module_path: str) -> Node:
        """The node that produces the output of a module (its last call), or of the node or group of that name.

        Raises:
            UnknownNode: nothing has that name.
        """
        if module_path in self._last_of_module:
            return self.nodes[self._last_of_module[module_path]]
        if module_path in self.nodes:
            return self.nodes[module_path]
        if module_path in self.groups:
            return self.nodes[self.groups[module_path].nodes[-1]]
        raise UnknownNode(
            f"The network has no module, operation or group {module_path!r}; "
            "Graph.nodes, Graph.modules and Graph.groups list the names."
        )
