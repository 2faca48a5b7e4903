"""Finds skip connections by structure: where paths that forked meet again in a sum, a product or a concatenation.

No class name is read. In words:

- A sum of several operands is one join, however many additions it was written as. If one operand is an ancestor of
  another, it is the shortcut. If not, operands of one shape are compared from their last common ancestor on: the one
  with fewer weighted layers is the shortcut, as long as it has at most one (a projection); two with one each are
  ambiguous; with more on every side the operands are parallel branches, which is no skip. Nor is a path that
  multiplies without weights of its own, as the terms of an attention map do.
- A product is a gate if one operand is an ancestor of the other, or carries no weighted layer where the other does.
- A concatenation of channels is dense where an operand is an ancestor of another. Each pair of neighbouring operands
  counts once, so that a chain of layers that all read all earlier ones has one skip per layer.
- In every case the branch must do something with weights: ``x · sigmoid(x)`` is an activation, no gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.graph.records import JoinKind, Node, ShortcutKind, Skip

_JOINS: dict[str, JoinKind] = {"add": "add", "multiply": "multiply", "concatenate": "concatenate"}
_NORMS = frozenset({"batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"})
_POOLS = frozenset({"max_pool", "avg_pool", "adaptive_pool", "resize"})


def find_skips(nodes: Mapping[str, Node]) -> tuple[Skip, ...]:
    """Every skip among ``nodes`` (in execution order), in the order of their joins."""
    return tuple(_Finder(nodes).skips())


@dataclass(frozen=True, slots=True)
class Sum:
    """Several operands added up, however many additions that takes.

    Attributes:
        join: the last of the additions.
        parts: the additions before it whose results nothing else reads.
        operands: what is added up and comes from the picture, in order.
        layers: how many layers with weights each operand has passed since the operands parted; () where one comes
            from another, where they do not come from one operation, or where a path multiplies without weights.
    """

    join: str
    parts: frozenset[str]
    operands: tuple[str, ...]
    layers: tuple[int, ...]


def find_sums(nodes: Mapping[str, Node]) -> tuple[Sum, ...]:
    """Every sum of two or more operands that come from the picture, in execution order."""
    return tuple(_Finder(nodes).sums())


class _Finder:
    """Answers questions of ancestry by sets of nodes that are kept as the bits of one whole number per node."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = tuple(nodes.values())
        self._index = {name: index for index, name in enumerate(nodes)}
        self._readers = [0] * len(self._nodes)
        self._ancestors: list[int] = []
        self._norms = _bits(i for i, node in enumerate(self._nodes) if node.kind in _NORMS)
        self._multiplying = _bits(i for i, node in enumerate(self._nodes) if node.macs)
        self._learned = _bits(i for i, node in enumerate(self._nodes) if node.parameters)
        self._weighted = _bits(i for i, node in enumerate(self._nodes) if node.macs or node.parameters)
        self._from_picture: list[bool] = []
        for index, node in enumerate(self._nodes):
            sources = [self._index[name] for name in node.inputs]
            reach = 1 << index
            for source in sources:
                reach |= self._ancestors[source]
            self._ancestors.append(reach)
            self._from_picture.append(node.kind == "input" or any(self._from_picture[s] for s in sources))
            for source in set(sources):
                self._readers[source] += 1
        self._descendants = [1 << index for index in range(len(self._nodes))]
        for index in reversed(range(len(self._nodes))):
            for name in self._nodes[index].inputs:
                self._descendants[self._index[name]] |= self._descendants[index]
        self._seen_dense: set[tuple[int, int]] = set()

    def skips(self) -> Iterator[Skip]:
        inner = self._inner_sums()
        for index, node in enumerate(self._nodes):
            if node.kind not in _JOINS or index in inner:
                continue
            if node.kind == "add":
                operands = self._operands(index, through=inner)
                yield from self._sum(index, operands)
            elif node.kind == "multiply":
                yield from self._gate(index, self._operands(index))
            else:
                yield from self._dense(index, self._operands(index))

    def sums(self) -> Iterator[Sum]:
        inner = self._inner_sums()
        for index, node in enumerate(self._nodes):
            if node.kind != "add" or index in inner:
                continue
            operands = self._operands(index, through=inner)
            if len(operands) > 1:
                parts = self._ancestors[index] & ~_union(self._ancestors[operand] for operand in operands)
                named = frozenset(self._nodes[p].name for p in _positions(parts) if p in inner)
                names = tuple(self._nodes[operand].name for operand in operands)
                yield Sum(node.name, named, names, self._layers(operands))

    def _layers(self, operands: Sequence[int]) -> tuple[int, ...]:
        fork = self._last_common_ancestor(operands)
        if fork is None or self._ancestor_among(operands) is not None:
            return ()
        sides = [self._between(fork, operand) | 1 << operand for operand in operands]
        if any(side & self._multiplying & ~self._learned for side in sides):
            return ()
        return tuple((side & self._multiplying).bit_count() for side in sides)

    def _inner_sums(self) -> set[int]:
        """Additions whose only reader is another addition: parts of a longer sum."""
        return {
            source
            for node in self._nodes
            if node.kind == "add"
            for name in node.inputs
            if self._nodes[source := self._index[name]].kind == "add" and self._readers[source] == 1
        }

    def _operands(self, join: int, through: Iterable[int] = ()) -> list[int]:
        """Distinct operands that come from the picture, in order; sums named in ``through`` are taken apart."""
        found: dict[int, None] = {}
        pending = [self._index[name] for name in reversed(self._nodes[join].inputs)]
        while pending:
            operand = pending.pop()
            if operand in through:
                pending.extend(self._index[name] for name in reversed(self._nodes[operand].inputs))
            elif self._from_picture[operand]:
                found[operand] = None
        return list(found)

    def _sum(self, join: int, operands: Sequence[int]) -> Iterator[Skip]:
        if len(operands) < 2:
            return
        if (fork := self._ancestor_among(operands)) is not None:
            branch = self._between(fork, join)
            if branch & self._weighted:
                yield self._skip(join, fork, "identity", 0, branch)
            return
        fork = self._last_common_ancestor(operands)
        if fork is None or len({self._nodes[i].output_shape for i in (join, *operands)}) > 1:
            return
        sides = [self._between(fork, operand) | 1 << operand for operand in operands]
        counts = [(side & self._multiplying).bit_count() for side in sides]
        fewest = min(counts)
        if fewest > 1 or max(counts) == 0:
            return
        shortcut = counts.index(fewest)
        if any(
            side & self._multiplying & ~self._learned
            for side, n in zip(sides, counts, strict=True)
            if n == fewest
        ):
            return
        branch = self._between(fork, join) & ~sides[shortcut]
        ambiguous = counts.count(fewest) > 1
        yield self._skip(
            join, fork, self._shortcut_kind(sides[shortcut]), sides[shortcut], branch, ambiguous=ambiguous
        )

    def _gate(self, join: int, operands: Sequence[int]) -> Iterator[Skip]:
        if len(operands) != 2:
            return
        fork = self._ancestor_among(operands)
        if fork is not None:
            branch = self._between(fork, join)
            if branch & self._weighted:
                yield self._skip(join, fork, "gate", 0, branch)
            return
        fork = self._last_common_ancestor(operands)
        if fork is None:
            return
        sides = [self._between(fork, operand) | 1 << operand for operand in operands]
        bare = [not side & self._weighted for side in sides]
        if bare[0] != bare[1]:
            shortcut = bare.index(True)
            yield self._skip(join, fork, "gate", sides[shortcut], sides[1 - shortcut])

    def _dense(self, join: int, operands: Sequence[int]) -> Iterator[Skip]:
        if not self._adds_channels(join):
            return
        ordered = sorted(operands)
        for position, operand in enumerate(ordered):
            fork = next((o for o in reversed(ordered[:position]) if self._ancestors[operand] >> o & 1), None)
            if fork is None or (fork, operand) in self._seen_dense:
                continue
            branch = self._between(fork, operand) | 1 << operand
            if branch & self._weighted:
                self._seen_dense.add((fork, operand))
                yield self._skip(join, fork, "dense", 0, branch)

    def _adds_channels(self, join: int) -> bool:
        """Whether a concatenation makes more channels (first or last axis after the batch), not more tokens."""
        node = self._nodes[join]
        whole = node.output_shape
        known = [shape for shape in node.input_shapes if len(shape) == len(whole)]
        axes = {axis for shape in known for axis, side in enumerate(shape) if side != whole[axis]}
        return axes <= ({1, len(whole) - 1} if len(whole) != 3 else {2})

    def _ancestor_among(self, operands: Sequence[int]) -> int | None:
        """The earliest operand that another operand comes from."""
        for first in sorted(operands):
            if any(other != first and self._ancestors[other] >> first & 1 for other in operands):
                return first
        return None

    def _last_common_ancestor(self, operands: Sequence[int]) -> int | None:
        common = -1
        for operand in operands:
            common &= self._ancestors[operand]
        return common.bit_length() - 1 if common else None

    def _between(self, fork: int, end: int) -> int:
        """Bits of the nodes on paths from ``fork`` to ``end``, without both."""
        return self._descendants[fork] & self._ancestors[end] & ~(1 << fork | 1 << end)

    def _shortcut_kind(self, side: int) -> ShortcutKind:
        nodes = [self._nodes[index] for index in _positions(side)]
        if any(node.macs or node.parameters or node.kind in _POOLS for node in nodes):
            return "projection"
        if any(node.kind in ("slice", "pad", "concatenate") for node in nodes):
            return "padded"
        return "identity"

    def _skip(
        self, join: int, fork: int, kind: ShortcutKind, shortcut: int, branch: int, *, ambiguous: bool = False
    ) -> Skip:
        node = self._nodes[join]
        return Skip(
            join=node.name,
            join_kind=_JOINS[node.kind],
            fork=self._nodes[fork].name,
            kind=kind,
            shortcut_nodes=tuple(self._nodes[index].name for index in _positions(shortcut)),
            branch_nodes=tuple(self._nodes[index].name for index in _positions(branch)),
            ambiguous=ambiguous,
        )


def _bits(positions: Iterable[int]) -> int:
    bits = 0
    for position in positions:
        bits |= 1 << position
    return bits


def _union(sets: Iterable[int]) -> int:
    bits = 0
    for one in sets:
        bits |= one
    return bits


def _positions(bits: int) -> Iterator[int]:
    """Positions of the bits that are set, lowest first."""
    digits = f"{bits:b}"[::-1]
    position = digits.find("1")
    while position >= 0:
        yield position
        position = digits.find("1", position + 1)
