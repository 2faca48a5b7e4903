"""Recognises what kind of block a group is, by its structure: kernels, groups, widths, skips and joins.

No class name and no module name is read, so the same block is found whoever wrote it. In words:

- *bottleneck*: a skip around 1×1, k×k, 1×1 with a narrow middle; *grouped* if the middle has groups.
- *basic*: a skip around two k×k. *pre-activation*: norm and activation stand before the first layer of the
  branch, and nothing follows the addition.
- *inverted residual*: 1×1 to more channels, a depthwise k×k, 1×1 to fewer; *fused*: k×k to more, 1×1 to fewer.
- *ConvNeXt block*: depthwise k×k of at least 5×5, then two layers of single positions, to more channels and back.
- *transformer block*: two skips, the first around attention, the second around two layers of single positions;
  *windowed* if the attention looks at more than one set of tokens, each smaller than the map.
- *squeeze-excite*: a gate whose branch pools the whole map and has two layers.
- *dense layer*: what it makes is concatenated to what it read, for a later layer. *Fire*: one 1×1, then two
  layers side by side; *inception*: three or more branches side by side, concatenated.
- *channel shuffle*: channels taken apart into groups, transposed and put together again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.graph.records import Graph, Group, Node, Skip
from core.graph.weighted_layers import (
    Layer,
    PatternName,
    attention_map,
    by_layers,
    in_patches,
    layer,
    windows_of,
)

_NORMS = frozenset({"batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"})
_BENDS = frozenset({"relu", "activation"})
_GLOBAL = frozenset({"adaptive_pool", "mean", "sum", "amax"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern found in a group.

    Attributes:
        name: which.
        layers: names of the layers with weights that make it, in execution order.
        join: name of the operation where its paths meet; "" where nothing meets.
        alike: how many of the group's children have it as their own; 0 where the group has it itself.
    """

    name: PatternName
    layers: tuple[str, ...]
    join: str = ""
    alike: int = 0


def patterns(graph: Graph, group: Group) -> tuple[Pattern, ...]:
    """What a group is, the most telling pattern first; nothing for what has no name.

    A stage whose blocks are alike is what most of them are, unless it is something as a whole.
    """
    if group.level == "operation" or len(group.nodes) < 2:
        return ()
    if group.role in ("stem", "head"):
        found = _Reader(graph, group.nodes).end(group.role)
    elif group.level == "stage" and len(group.children) > 1:
        found = _of_stage(graph, group)
    elif group.level == "network":
        return ()
    else:
        found = _Reader(graph, group.nodes).block()
    return tuple(found)


def _of_stage(graph: Graph, stage: Group) -> list[Pattern]:
    whole = _Reader(graph, stage.nodes).stack()
    if whole:
        return whole
    of_children = [patterns(graph, child)[:1] for child in stage.children if child.level == "block"]
    names = Counter(found[0].name for found in of_children if found)
    if not names:
        return []
    name, number = names.most_common(1)[0]
    first = next(found[0] for found in of_children if found and found[0].name == name)
    if name == "dense_layer" and number > 1:
        layers = tuple(n for found in of_children if found and found[0].name == name for n in found[0].layers)
        return [Pattern("dense_block", layers, alike=number)]
    return [Pattern(first.name, first.layers, first.join, alike=number)]


class _Reader:
    """Reads one run of operations."""

    def __init__(self, graph: Graph, names: Sequence[str]) -> None:
        self._graph = graph
        self._names = names
        self._inside = set(names)
        self._nodes = [graph.nodes[name] for name in names]
        touched = [skip for skip in graph.skips if skip.join in self._inside]
        self._adds = [s for s in touched if s.join_kind == "add" and self._starts_here(s)]
        self._gates = [skip for skip in touched if skip.join_kind == "multiply"]
        off_path = {n for s in self._adds for n in s.shortcut_nodes}
        self._gated = {n for s in self._gates for n in s.branch_nodes}
        self._layers = [
            found
            for node in self._nodes
            if node.name not in off_path and node.name not in self._gated and (found := layer(node))
        ]

    def _starts_here(self, skip: Skip) -> bool:
        """Whether the branch lies within: a skip over several blocks belongs to none of them."""
        return self._inside.issuperset(skip.branch_nodes)

    def block(self) -> list[Pattern]:
        """Patterns of a block."""
        found = self._dense_layer() or self._residuals() or self._unbridged()
        joined = [] if found and found[0].name == "dense_layer" else self._concatenations()
        shuffled = self._shuffle()
        return (
            [*shuffled, *joined, *found] if not self._adds else [*found, *joined, *shuffled, *self._gating()]
        )

    def stack(self) -> list[Pattern]:
        """A stage that is one stack of plain convolutions."""
        convolutions = [item for item in self._layers if item.node.kind == "conv"]
        plain = len(convolutions) > 1 and all(item.spatial for item in self._layers)
        joins = {"add", "concatenate", "multiply"}
        if not plain or any(node.kind in joins and len(node.inputs) > 1 for node in self._nodes):
            return []
        return [self._pattern("plain_stack", self._layers)]

    def end(self, role: str) -> list[Pattern]:
        """Patterns of a stem or head."""
        if role == "head":
            return self._head()
        for position, node in enumerate(self._nodes):
            first = layer(node)
            if first is None or node.kind != "conv":
                continue
            if in_patches(first):
                return [self._pattern("patchify", [first])]
            if first.side > 1 and any(later.kind == "max_pool" for later in self._nodes[position:]):
                return [self._pattern("stem_pool", self._layers)]
            break
        return self.stack()

    def _head(self) -> list[Pattern]:
        """One layer beside a global pool, whichever comes first (SqueezeNet pools scores), or several linear ones."""
        pools = [position for position, node in enumerate(self._nodes) if node.kind in _GLOBAL]
        linear = [item for item in self._layers if item.node.kind == "linear"]
        if len(linear) > 1:
            return [self._pattern("hidden_head", linear)] if pools else []
        last = linear or [item for item in self._layers if item.pointwise][-1:]
        return [self._pattern("pool_head", last)] if last and pools else []

    def _residuals(self) -> list[Pattern]:
        if not self._adds:
            return []
        if len(self._adds) > 1:
            return self._transformer() or [self._pattern("residual", self._layers, self._adds[-1].join)]
        join = self._adds[0].join
        branch = set(self._adds[0].branch_nodes)
        layers = [item for item in self._layers if item.node.name in branch]
        name = by_layers(layers) or "residual"
        found = [self._pattern(name, layers, join)]
        if name in ("basic", "bottleneck", "grouped_bottleneck") and self._acts_first(layers, join):
            found.insert(0, self._pattern("pre_activation", layers, join))
        return found

    def _acts_first(self, layers: Sequence[Layer], join: str) -> bool:
        """Whether norm and activation stand before the first layer, and nothing after the addition."""
        if not layers:
            return False
        start = self._names.index(layers[0].node.name)
        before = {node.kind for node in self._nodes[:start]}
        after = {node.kind for node in self._nodes[self._names.index(join) + 1 :]}
        return bool(before & _NORMS and before & _BENDS) and not after & (_NORMS | _BENDS)

    def _unbridged(self) -> list[Pattern]:
        """Blocks without a skip: where a stage changes its shape, and plain ones."""
        gated = self._gating()
        if any(node.kind == "concatenate" and len(node.inputs) > 1 for node in self._nodes):
            return gated
        if len(self._layers) == 1 and in_patches(self._layers[0]):
            return [self._pattern("patchify", self._layers)]
        kinds = [node.kind for node in self._nodes]
        if len(self._layers) == 1 and self._layers[0].pointwise and "avg_pool" in kinds:
            return [self._pattern("transition", self._layers)]
        name = by_layers(self._layers)
        if name in ("inverted_residual", "fused_inverted_residual", "depthwise_separable"):
            return [self._pattern(name, self._layers), *gated]
        return [*self.stack(), *gated]

    def _transformer(self) -> list[Pattern]:
        first, second = (set(skip.branch_nodes) for skip in (self._adds[0], self._adds[-1]))
        attending = [node for node in self._nodes if node.name in first and node.macs]
        mixing = [item for item in self._layers if item.node.name in second]
        if len(self._adds) != 2 or len(mixing) != 2 or not all(item.pointwise for item in mixing):
            return []
        attention = [node for node in attending if self._attends(node, first)]
        if not attention or mixing[0].width <= mixing[0].width_in:
            return []
        names = tuple(node.name for node in (*attending, *(item.node for item in mixing)))
        found = [Pattern("transformer", names, self._adds[-1].join)]
        if windows_of(attention) > 1:
            found.insert(
                0, Pattern("windowed_attention", tuple(n.name for n in attention), self._adds[0].join)
            )
        return found

    def _attends(self, node: Node, branch: set[str]) -> bool:
        """A box of attention, or the product of a softmax with values, or a box that adds to a map of attention."""
        if node.kind == "attention":
            return True
        if node.kind == "matmul":
            return any(self._graph.nodes[name].attributes.get("function") == "softmax" for name in branch)
        return node.kind not in ("conv", "linear") and bool(attention_map(node))

    def _dense_layer(self) -> list[Pattern]:
        """A layer whose output is concatenated to its input later on, outside."""
        own = {item.node.name for item in self._layers}
        for skip in self._graph.skips:
            handed_on = skip.kind == "dense" and skip.join not in self._inside
            if handed_on and own and own.issubset(skip.branch_nodes) and not self._adds and len(own) < 4:
                return [self._pattern("dense_layer", self._layers, skip.join)]
        return []

    def _concatenations(self) -> list[Pattern]:
        for node in reversed(self._nodes):
            if node.kind != "concatenate" or len(node.inputs) < 2:
                continue
            branches = self._branches(node)
            weighted = [branch for branch in branches if branch]
            if len(branches) == 2 and len(weighted) == 2 and self._is_fire(weighted):
                return [self._pattern("fire", self._layers, node.name)]
            if len(branches) > 2 and len(weighted) > 1:
                return [self._pattern("inception", self._layers, node.name)]
        return []

    def _branches(self, join: Node) -> list[list[Layer]]:
        """For each operand of a concatenation the layers that lead to it alone."""
        reach = [self._before(name) for name in join.inputs]
        shared = Counter(name for names in reach for name in names)
        if any(
            other in names for names in reach for other in join.inputs if other not in (names[:1] or [""])
        ):
            return []  # one operand comes from another: handed on, not side by side
        return [
            [item for item in self._layers if item.node.name in names and shared[item.node.name] == 1]
            for names in reach
        ]

    def _before(self, name: str) -> list[str]:
        """The operation and all within that it comes from, itself first."""
        found: dict[str, None] = {}
        pending = [name]
        while pending:
            current = pending.pop()
            if current in self._inside and current not in found:
                found[current] = None
                pending.extend(self._graph.nodes[current].inputs)
        return list(found)

    def _is_fire(self, branches: Sequence[Sequence[Layer]]) -> bool:
        single = sorted(branch[0].side for branch in branches if len(branch) == 1)
        squeeze = self._layers[0]
        return single == [1, 3] and len(self._layers) == 3 and squeeze.pointwise

    def _shuffle(self) -> list[Pattern]:
        """A map taken apart into groups of channels, (1, g, c, H, W), and transposed to (1, c, g, H, W)."""
        joined = any(node.kind == "concatenate" for node in self._nodes)
        grouped = any(item.groups > 1 and item.side == 1 for item in self._layers)
        for node in self._nodes:
            before = node.input_shapes[0] if node.input_shapes else ()
            if node.kind != "reshape" or len(before) != 5 or len(node.output_shape) != 5:
                continue
            swapped = (before[0], before[2], before[1], *before[3:])
            whole = (before[0], before[1] * before[2], *before[3:])
            apart = self._graph.nodes[node.inputs[0]].input_shapes[:1] == (whole,)
            if node.output_shape == swapped and apart and (joined or grouped):
                return [self._pattern("channel_shuffle", self._layers, node.name)]
        return []

    def _gating(self) -> list[Pattern]:
        return [found for skip in self._gates if (found := self._gate(skip)) is not None]

    def _gate(self, skip: Skip) -> Pattern | None:
        inner = [self._graph.nodes[name] for name in skip.branch_nodes]
        layers = [item for node in inner if (item := layer(node))]
        if not layers:
            return None
        pooled = any(node.kind in _GLOBAL for node in inner)
        name: PatternName = "squeeze_excite" if pooled and len(layers) == 2 else "gate"
        return self._pattern(name, layers, skip.join)

    def _pattern(self, name: PatternName, layers: Sequence[Layer], join: str = "") -> Pattern:
        return Pattern(name, tuple(item.node.name for item in layers), join)
