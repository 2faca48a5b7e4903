"""What a pattern buys, with the numbers of this block: what it costs beside what one would build without it.

The other side is arithmetic on the same shapes: "two 3×3 convolutions at 1,024 channels would cost 3.70 G".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from core.figures.numbers import exact, human, percent, shape_text
from core.graph.fields.reach import pixels
from core.graph.fields.taps import taps
from core.graph.patterns import Pattern
from core.graph.records import Graph, Group, Node
from core.graph.weighted_layers import Layer, PatternName, layer, windows_of

_Teller = Callable[[Graph, Group, Pattern], tuple[str, ...]]


def numbers(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    """One or two sentences; nothing where the comparison does not fit this block."""
    tell = _TELLERS.get(pattern.name)
    return tell(graph, group, pattern) if tell and pattern.layers else ()


def _layers(graph: Graph, pattern: Pattern) -> list[Layer]:
    return [found for name in pattern.layers if (found := layer(graph.nodes[name]))]


def _macs(graph: Graph, pattern: Pattern) -> int:
    return sum(graph.nodes[name].macs for name in pattern.layers)


def _weights(graph: Graph, pattern: Pattern) -> int:
    return sum(graph.nodes[name].parameters for name in pattern.layers)


def _places(node: Node) -> int:
    """Positions of the map that an operation gives; channels may stand first or last."""
    shape = node.output_shape
    if node.kind == "linear":
        return prod(shape[1:-1])
    return prod(shape[2:])


def _full(item: Layer, width_in: int, width: int, places: int) -> int:
    """Multiply-adds of a full convolution with that layer's kernel."""
    return prod(_kernel(item)) * width_in * width * places


def _kernel(item: Layer) -> tuple[int, ...]:
    kernel = item.node.attributes.get("kernel", (1,))
    return kernel if isinstance(kernel, tuple) else (1,)


def _side(item: Layer) -> str:
    return "×".join(str(side) for side in _kernel(item))


def _times(more: float, less: float) -> str:
    """``"17 times"``; two figures below ten."""
    ratio = more / less
    return f"{ratio:.1f} times" if ratio < 9.95 else f"{ratio:,.0f} times"


def _basic(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    weights = _weights(graph, pattern)
    _, second = _layers(graph, pattern)[:2]
    seen = _seen(graph, pattern)
    together = f"; together they see {'×'.join(map(str, seen))}" if seen else ""
    return (
        f"Its two {_side(second)} convolutions cost {human(_macs(graph, pattern))} multiply-adds and have "
        f"{exact(weights)} weights{together}.",
    )


def _bottleneck(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    first, middle, last = _layers(graph, pattern)
    cost = _macs(graph, pattern)
    wide = 2 * _full(middle, last.width, last.width, _places(last.node))
    return (
        f"{first.width_in} → {middle.width_in} → {last.width} channels: {human(cost)} multiply-adds. Two "
        f"{_side(middle)} convolutions at {last.width} channels would cost {human(wide)}, {_times(wide, cost)} "
        "as much.",
    )


def _grouped(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    middle = _layers(graph, pattern)[1]
    whole = middle.node.macs * middle.groups
    return (
        f"{middle.groups} groups of {middle.width_in // middle.groups} channels: its {_side(middle)} costs "
        f"{human(middle.node.macs)} multiply-adds; without groups it would cost {human(whole)}.",
    )


def _pre_activation(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    kinds = [graph.nodes[name].kind for name in group.nodes]
    before = kinds.index(graph.nodes[pattern.layers[0]].kind)
    words = ", ".join(
        kind.replace("_", " ").replace("relu", "ReLU") for kind in kinds[:before] if kind != "identity"
    )
    return (f"Before its first convolution: {words}. After the addition: nothing.",) if words else ()


def _inverted(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    first, middle, last = _layers(graph, pattern)
    whole = middle.node.macs * middle.groups
    return (
        f"{first.width_in} → {middle.width} → {last.width} channels: its depthwise {_side(middle)} costs "
        f"{human(middle.node.macs)} multiply-adds; a full one at {middle.width} channels would cost "
        f"{human(whole)}.",
    )


def _fused(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    first, last = _layers(graph, pattern)
    places = _places(first.node)
    split = (first.width_in + prod(_kernel(first))) * first.width * places
    return (
        f"{first.width_in} → {first.width} → {last.width} channels: its {_side(first)} costs "
        f"{human(first.node.macs)} multiply-adds; 1×1 and depthwise would cost {human(split)}.",
    )


def _separable(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    deep, mix = _layers(graph, pattern)[:2]
    cost = deep.node.macs + mix.node.macs
    whole = _full(deep, deep.width_in, mix.width, _places(deep.node))
    return (
        f"{human(deep.node.macs)} + {human(mix.node.macs)} multiply-adds; one full {_side(deep)} from "
        f"{deep.width_in} to {mix.width} channels would cost {human(whole)}, {_times(whole, cost)} as much.",
    )


def _convnext(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    deep, wide, _ = _layers(graph, pattern)
    cost = _macs(graph, pattern)
    return (
        f"The depthwise {_side(deep)} sees {prod(_kernel(deep))} places for {percent(deep.node.macs, cost)} of its "
        f"{human(cost)} multiply-adds; the rest is {wide.width_in} → {wide.width} → {wide.width_in} channels.",
    )


def _transformer(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    *attending, _, _ = (graph.nodes[name] for name in pattern.layers)
    mixing = sum(graph.nodes[name].macs for name in pattern.layers[-2:])
    share = sum(node.macs for node in attending)
    tokens = prod(group.output_shape[1:-1])
    return (
        f"{exact(tokens)} tokens of width {group.output_shape[-1]}: attention costs {human(share)} multiply-adds, the "
        f"linear layers {human(mixing)}.",
    )


def _windowed(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    attention = [graph.nodes[name] for name in pattern.layers]
    windows = windows_of(attention)
    maps = [shape for node in attention for shape in (*node.input_shapes, node.output_shape)]
    side = next((s[-1] for s in maps if len(s) == 4 and s[-1] == s[-2]), 0)
    if not side:
        return ()
    whole = windows * side
    return (
        f"{exact(windows)} windows of {side} tokens: {exact(windows)}·{side}² = {exact(windows * side**2)} pairs a "
        f"head; all {exact(whole)} tokens at once would be {human(whole**2)}.",
    )


def _mlp(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    first, second = _layers(graph, pattern)
    return (
        f"{first.width_in} → {first.width} → {second.width} features, {exact(_weights(graph, pattern))} weights.",
    )


def _excite(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    first, second = _layers(graph, pattern)
    return (
        f"{first.width_in} → {first.width} → {second.width} channels: {exact(_weights(graph, pattern))} weights, "
        f"{percent(_weights(graph, pattern), group.parameters)} of the block’s, and "
        f"{percent(_macs(graph, pattern), group.macs)} of its multiply-adds.",
    )


def _dense(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    first, last = _layers(graph, pattern)[0], _layers(graph, pattern)[-1]
    return (f"Reads {first.width_in} channels and adds {last.width}.",)


def _dense_block(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    found = _layers(graph, pattern)
    widths = [item.width for item in found if item.side > 1]
    grown = sum(widths)
    each = f" of {widths[0]} channels each" if len(set(widths)) == 1 and widths else ""
    return (
        f"{pattern.alike} layers{each}: {found[0].width_in} channels grow to {found[0].width_in + grown}. "
        f"{pattern.alike}·{pattern.alike + 1}/2 = {pattern.alike * (pattern.alike + 1) // 2} connections.",
    )


def _transition(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    (only,) = _layers(graph, pattern)
    return (f"{only.width_in} → {only.width} channels; {_shapes(group)}.",)


def _shapes(group: Group) -> str:
    return f"{shape_text(group.input_shape)} → {shape_text(group.output_shape)}"


def _inception(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    join = graph.nodes[pattern.join]
    widths = [shape[1] for shape in join.input_shapes if len(shape) == 4]
    return (f"{len(widths)} branches: {' + '.join(map(str, widths))} = {join.output_shape[1]} channels.",)


def _fire(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    squeeze, *expand = _layers(graph, pattern)
    width = graph.nodes[pattern.join].output_shape[1]
    large = max(expand, key=lambda item: item.side)
    cost, whole = _weights(graph, pattern), prod(_kernel(large)) * squeeze.width_in * width
    return (
        f"{squeeze.width_in} → {squeeze.width} → {' + '.join(str(item.width) for item in expand)} channels: "
        f"{exact(cost)} weights; one {_side(large)} from {squeeze.width_in} to {width} would have {exact(whole)}.",
    )


def _shuffle(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    shape = graph.nodes[pattern.join].input_shapes[0]
    return (f"{shape[1] * shape[2]} channels dealt from {shape[1]} hands of {shape[2]}.",)


def _stack(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    found = _layers(graph, pattern)
    reach = _seen(graph, pattern)
    if not reach:
        return ()
    side, last = found[-1].side, found[-1]
    seen = 1 + len(found) * (side - 1)
    # One large kernel takes their place only where they are alike and nothing steps, spreads or pools between them.
    alike = all(_kernel(item) == (side, side) for item in found) and reach == (seen, seen)
    if not alike or any(t.stride > 1 for item in found for t in taps(item.node) or ()):
        return (f"Its {len(found)} convolutions together see {'×'.join(map(str, reach))}.",)
    small, large = len(found) * side**2, seen**2
    return (
        f"{len(found)} times {side}×{side} see {seen}×{seen}. From {last.width} to {last.width} channels that takes "
        f"{small}·{last.width}² = {exact(small * last.width**2)} weights; one {seen}×{seen} would take "
        f"{large}·{last.width}² = {exact(large * last.width**2)}.",
    )


def _seen(graph: Graph, pattern: Pattern) -> tuple[int, ...]:
    """How far the layers see together in each direction, ``(7, 7)``; nothing where that cannot be told."""
    path = path_between(graph, pattern.layers[0], pattern.layers[-1])
    seen = [pixels() for _ in path[0].output_shape[2:]] if path else []
    for node in path:
        found = taps(node)
        if node.kind == "conv_transpose" or (
            found is None and node.input_shapes[0][2:] != node.output_shape[2:]
        ):
            return ()
        if found is not None:
            seen = [reach.windowed(t.reads, t.stride) for reach, t in zip(seen, found, strict=True)]
    return tuple(last - first + 1 for first, last in (reach.at(0) for reach in seen))


def path_between(graph: Graph, first: str, last: str) -> tuple[Node, ...]:
    """The operations from one to another, both with it, by the first operand of each; nothing where it leads past."""
    path = [graph.nodes[last]]
    while path[-1].name != first:
        if not path[-1].inputs:
            return ()
        path.append(graph.nodes[path[-1].inputs[0]])
    return tuple(reversed(path))


def _stem(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    before, after = prod(group.input_shape[2:]), prod(group.output_shape[2:])
    if not after or before <= after:
        return ()
    return (f"{_shapes(group)}: {_times(before, after)} fewer positions.",)


def _patches(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    (only,) = _layers(graph, pattern)
    kernel = _kernel(only)
    size = "·".join(str(side) for side in (*kernel, only.width_in))
    return (
        f"{exact(_places(only.node))} patches: {size} = {exact(prod(kernel) * only.width_in)} numbers become "
        f"{only.width}.",
    )


def _pool_head(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    (only,) = _layers(graph, pattern)
    return (
        f"{only.width_in} features to {only.width} classes: {exact(only.node.parameters)} weights, "
        f"{percent(only.node.parameters, graph.parameters)} of the network’s.",
    )


def _hidden_head(graph: Graph, group: Group, pattern: Pattern) -> tuple[str, ...]:
    found = _layers(graph, pattern)
    cost = _weights(graph, pattern)
    widths = " → ".join(exact(width) for width in (found[0].width_in, *(item.width for item in found)))
    return (f"{widths}: {human(cost)} weights, {percent(cost, graph.parameters)} of the network’s.",)


_TELLERS: Mapping[PatternName, _Teller] = {
    "basic": _basic,
    "bottleneck": _bottleneck,
    "grouped_bottleneck": _grouped,
    "pre_activation": _pre_activation,
    "inverted_residual": _inverted,
    "fused_inverted_residual": _fused,
    "depthwise_separable": _separable,
    "convnext": _convnext,
    "transformer": _transformer,
    "windowed_attention": _windowed,
    "residual_mlp": _mlp,
    "squeeze_excite": _excite,
    "dense_layer": _dense,
    "dense_block": _dense_block,
    "transition": _transition,
    "inception": _inception,
    "fire": _fire,
    "channel_shuffle": _shuffle,
    "plain_stack": _stack,
    "stem_pool": _stem,
    "patchify": _patches,
    "pool_head": _pool_head,
    "hidden_head": _hidden_head,
}
