"""Layers that multiply, by which blocks are recognised: kernels, groups, widths, and what several in a row make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from core.graph.records import Node

PatternName = Literal[
    "basic",
    "bottleneck",
    "grouped_bottleneck",
    "pre_activation",
    "inverted_residual",
    "fused_inverted_residual",
    "depthwise_separable",
    "convnext",
    "transformer",
    "windowed_attention",
    "residual_mlp",
    "residual",
    "squeeze_excite",
    "gate",
    "dense_layer",
    "dense_block",
    "transition",
    "inception",
    "fire",
    "channel_shuffle",
    "plain_stack",
    "stem_pool",
    "patchify",
    "pool_head",
    "hidden_head",
]
# A depthwise kernel from which on a block mixes places as ConvNeXt does, and not as a mobile net.
LARGE_KERNEL = 5


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that multiplies, as the patterns see it.

    Attributes:
        node: the operation.
        side: largest side of its kernel; 1 for linear layers.
        groups: into how many parts its channels are divided.
        width_in, width: channels that it reads and gives.
    """

    node: Node
    side: int
    groups: int
    width_in: int
    width: int

    @property
    def pointwise(self) -> bool:
        """It looks at each position alone, and at all channels."""
        return self.side == 1 and self.groups == 1

    @property
    def depthwise(self) -> bool:
        """It looks around in each channel alone."""
        return self.groups > 1 and self.groups == self.width_in and self.side > 1

    @property
    def spatial(self) -> bool:
        """It looks around, and mixes all channels."""
        return self.side > 1 and self.groups == 1


def layer(node: Node) -> Layer | None:
    """A convolution or linear layer as the patterns see it; None for other operations."""
    width_in, width = node.attributes.get("in_channels"), node.attributes.get("out_channels")
    if node.kind not in ("conv", "linear") or not isinstance(width_in, int) or not isinstance(width, int):
        return None
    kernel, groups = node.attributes.get("kernel", (1,)), node.attributes.get("groups", 1)
    side = max(kernel) if isinstance(kernel, tuple) and kernel else 1
    return Layer(node, side, groups if isinstance(groups, int) else 1, width_in, width)


def by_layers(layers: Sequence[Layer]) -> PatternName | None:
    """The pattern that the layers of a path make, in order; None for a path without a name."""
    if len(layers) == 3:
        return _by_three(*layers)
    pairs = list(_pairs(layers))
    if pairs and all(a.depthwise and b.pointwise for a, b in pairs):
        return "depthwise_separable"
    if len(layers) != 2:
        return None
    first, second = layers
    if first.spatial and second.spatial:
        return "basic"
    grows = first.width > first.width_in and second.width < first.width
    if first.spatial and second.pointwise and grows:
        return "fused_inverted_residual"
    if all(len(item.node.output_shape) == 2 and item.node.kind == "linear" for item in layers):
        return "residual_mlp"
    return None


def _by_three(first: Layer, second: Layer, third: Layer) -> PatternName | None:
    if first.pointwise and third.pointwise and second.side > 1:
        if second.depthwise:
            return "inverted_residual" if first.width > first.width_in else None
        if second.groups > 1:
            return "grouped_bottleneck"
        return "bottleneck" if second.width < max(first.width_in, third.width) else None
    large = first.depthwise and first.side >= LARGE_KERNEL
    if large and second.pointwise and third.pointwise and second.width > second.width_in > 0:
        return "convnext"
    return None


def _pairs(layers: Sequence[Layer]) -> Iterator[tuple[Layer, Layer]]:
    """Layers two by two; nothing for an odd number."""
    if len(layers) % 2 == 0:
        yield from zip(layers[::2], layers[1::2], strict=True)


def in_patches(item: Layer) -> bool:
    """Whether the kernel steps as far as it reaches: patches that do not overlap."""
    kernel, stride = item.node.attributes.get("kernel"), item.node.attributes.get("stride")
    return item.groups == 1 and kernel == stride and item.side > 1


def windows_of(attention: Sequence[Node]) -> int:
    """How many sets of tokens attend apart from one another; 1 where every token can reach every other."""
    for node in attention:
        shape = node.input_shapes[0]
        if node.kind == "attention" or node.kind == "matmul":
            if len(shape) >= 3 and shape[0] > 1:
                return shape[0]
        elif tokens := attention_map(node):
            positions = prod(node.output_shape[1:-1])
            return positions // tokens if positions > tokens else 1
    return 1


def attention_map(node: Node) -> int:
    """Tokens on either side of the square map that a closed box adds to its attention; 0 where there is none."""
    for shape in node.input_shapes[1:]:
        if node.macs and len(shape) == 4 and shape[-1] == shape[-2] > 1:
            return shape[-1]
    return 0
