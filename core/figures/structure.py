"""The shape of a run of operations, as series and forks: what a strip draws.

Operations without weights of their own drawing (norms, activations, reshapes) are passed over. What is left is cut
at every operation that all paths run through; between two cuts lie either nothing, or parallel branches that meet
again in a join. Which branch of a join is the skip is not guessed here: `Graph.skips` says so. Runs that are no
series of forks (a ladder of crossing paths) come out as a flat series in execution order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from core.figures.kept import by_identity
from core.graph.records import Graph, Node, Skip

JOINS: Mapping[str, str] = {"add": "add", "multiply": "multiply", "concatenate": "concatenate"}
POOLS = frozenset({"max_pool", "avg_pool", "adaptive_pool"})
WEIGHTLESS = frozenset({"attention", "matmul"})

ForkRole = Literal["residual", "gate", "lanes"]


@dataclass(frozen=True, slots=True)
class Step:
    """One visible operation. ``far``: nodes outside the run, before its direct predecessor, that it reads too."""

    node: Node
    far: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fork:
    """Branches that start at one point and meet in ``join`` (None: they end with the run).

    Attributes:
        role: ``"residual"``: the first branch is the residual branch, the rest is the skip; ``"gate"``: the same
            with a multiplication; ``"lanes"``: equal branches.
        branches: each a series; an empty one is a bare line.
        join: where they meet.
        skip: the record of the skip, where there is one.
        far: as for `Step`.
    """

    role: ForkRole
    branches: tuple[tuple[Step | Fork, ...], ...]
    join: Node | None
    skip: Skip | None = None
    far: tuple[str, ...] = ()


Piece = Step | Fork
Series = tuple[Piece, ...]


def is_bar(node: Node) -> bool:
    """Whether the operation is drawn as a bar: it multiplies (convolution, linear, attention, product)."""
    return node.kind in ("conv", "linear") or node.kind in WEIGHTLESS or node.macs > 0


def is_drawn(node: Node) -> bool:
    """Whether the operation has a sign of its own when it has one input."""
    return is_bar(node) or node.kind in POOLS


def steps(series: Iterable[Piece]) -> tuple[Node, ...]:
    """All operations of a series that are drawn as bars or pools, branch after branch."""
    found: list[Node] = []
    for piece in series:
        if isinstance(piece, Step):
            if is_drawn(piece.node):
                found.append(piece.node)
        else:
            for branch in piece.branches:
                found.extend(steps(branch))
    return tuple(found)


def forks(series: Iterable[Piece]) -> tuple[Fork, ...]:
    """All forks of a series, outer before inner."""
    found: list[Fork] = []
    for piece in series:
        if isinstance(piece, Fork):
            found.append(piece)
            for branch in piece.branches:
                found.extend(forks(branch))
    return tuple(found)


def far_reads(series: Iterable[Piece]) -> tuple[tuple[str, str], ...]:
    """``(source, reader)`` for every node outside that a piece reads over its predecessor's head."""
    found: list[tuple[str, str]] = []
    for piece in series:
        if isinstance(piece, Fork):
            if piece.join is not None:
                found.extend((source, piece.join.name) for source in piece.far)
            for branch in piece.branches:
                found.extend(far_reads(branch))
        else:
            found.extend((source, piece.node.name) for source in piece.far)
    return tuple(found)


class Structure:
    """Reads the structure of runs of one graph (prepares the look-ups once)."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._order = {name: index for index, name in enumerate(graph.nodes)}
        self._known: dict[tuple[str, ...], Series] = {}

    @cached_property
    def _skips(self) -> Mapping[str, Skip]:
        first: dict[str, Skip] = {}
        for skip in self._graph.skips:
            first.setdefault(skip.join, skip)
        return first

    def of(self, names: Sequence[str]) -> Series:
        """The series of the operations ``names`` (given in execution order)."""
        key = tuple(names)
        if key not in self._known:
            reads, far = self._visible(names)
            self._known[key] = self._series(list(reads), reads, far)
        return self._known[key]

    def _visible(self, names: Sequence[str]) -> tuple[dict[str, set[str]], dict[str, tuple[str, ...]]]:
        """Visible operations with the visible operations they read ("" = the run's input), and far reads."""
        inside = set(names)
        main = self._main_input(names, inside)
        source: dict[str, frozenset[str]] = {}
        reads: dict[str, set[str]] = {}
        far: dict[str, tuple[str, ...]] = {}
        for name in names:
            node = self._graph.nodes[name]
            near: set[str] = set()
            distant: list[str] = []
            for read in node.inputs:
                if read in inside:
                    near |= source[read]
                elif self._graph.nodes[read].kind == "parameter":
                    continue
                elif self._order[read] < main:
                    distant.append(read)
                else:
                    near.add("")
            joins = len(near) > 1 or bool(distant and node.kind in JOINS)
            if is_drawn(node) or joins:
                reads[name] = near
                source[name] = frozenset({name})
                if distant:
                    far[name] = tuple(dict.fromkeys(distant))
            else:
                source[name] = frozenset(near) if node.kind != "parameter" else frozenset()
        return reads, far

    def _main_input(self, names: Sequence[str], inside: set[str]) -> int:
        """Execution index of the latest node outside that the run reads: its direct predecessor."""
        return max(
            (
                self._order[read]
                for name in names
                for read in self._graph.nodes[name].inputs
                if read not in inside and self._graph.nodes[read].kind != "parameter"
            ),
            default=-1,
        )

    def _series(
        self, items: list[str], reads: dict[str, set[str]], far: dict[str, tuple[str, ...]]
    ) -> Series:
        pieces: list[Piece] = []
        start = 0
        for cut in self._cuts(items, reads):
            pieces.extend(self._section(items[start:cut], items[cut], reads, far))
            start = cut + 1
        pieces.extend(self._open_end(items[start:], reads, far))
        return tuple(pieces)

    @staticmethod
    def _cuts(items: list[str], reads: dict[str, set[str]]) -> list[int]:
        """Positions of the operations that every path runs through."""
        position = {name: index for index, name in enumerate(items)}
        last_use = [-1] * (len(items) + 1)  # the run's input lies at index -1, i.e. last
        for index, name in enumerate(items):
            for read in reads[name]:
                origin = position.get(read, -1)
                last_use[origin] = max(last_use[origin], index)
        cuts = []
        reach = last_use[-1]
        for index in range(len(items)):
            if reach <= index:
                cuts.append(index)
            reach = max(reach, last_use[index] if last_use[index] >= 0 else len(items))
        return cuts

    def _section(
        self,
        between: list[str],
        cut: str,
        reads: dict[str, set[str]],
        far: dict[str, tuple[str, ...]],
    ) -> Series:
        """What lies between two cuts, closed by the second one."""
        node = self._graph.nodes[cut]
        if not between:
            return (Step(node, far.get(cut, ())),)
        branches = _components(between, reads)
        bare = not reads[cut] <= set(between)
        if node.kind not in JOINS:
            lanes = self._lanes(branches, reads, far) if len(branches) > 1 else self._flat(between, far)
            return (*lanes, Step(node, far.get(cut, ())))
        if len(branches) == 1 and not bare:
            return (*self._flat(between, far), Step(node, far.get(cut, ())))
        return (self._fork(node, branches, bare, reads, far),)

    def _fork(
        self,
        join: Node,
        branches: list[list[str]],
        bare: bool,
        reads: dict[str, set[str]],
        far: dict[str, tuple[str, ...]],
    ) -> Fork:
        skip = self._skips.get(join.name)
        on_skip = set(skip.shortcut_nodes) if skip else set()
        shortcut = [branch for branch in branches if on_skip and on_skip.issuperset(branch)]
        rest = [branch for branch in branches if branch not in shortcut]
        series = [self._series(branch, reads, far) for branch in (*rest, *shortcut)]
        if bare:
            series.append(())
        role: ForkRole = "lanes"
        if rest and (shortcut or (bare and (skip is not None or join.kind == "add"))) and len(series) == 2:
            role = "gate" if join.kind == "multiply" else "residual"
        return Fork(role, tuple(series), join, skip, far.get(join.name, ()))

    def _lanes(
        self, branches: list[list[str]], reads: dict[str, set[str]], far: dict[str, tuple[str, ...]]
    ) -> Series:
        return (Fork("lanes", tuple(self._series(branch, reads, far) for branch in branches), None),)

    def _open_end(
        self, items: list[str], reads: dict[str, set[str]], far: dict[str, tuple[str, ...]]
    ) -> Series:
        """Operations after the last cut: paths that leave the run side by side."""
        branches = _components(items, reads)
        if len(branches) > 1:
            return self._lanes(branches, reads, far)
        return self._flat(items, far)

    def _flat(self, items: Iterable[str], far: dict[str, tuple[str, ...]]) -> Series:
        return tuple(Step(self._graph.nodes[name], far.get(name, ())) for name in items)


def _components(items: Sequence[str], reads: Mapping[str, set[str]]) -> list[list[str]]:
    """Weakly connected parts of ``items``, each in execution order, ordered by their first operation."""
    parent = {name: name for name in items}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for name in items:
        for read in reads[name]:
            if read in parent:
                parent[root(name)] = root(read)
    parts: dict[str, list[str]] = {}
    for name in items:
        parts.setdefault(root(name), []).append(name)
    return list(parts.values())


@by_identity(16)
def structure_of(graph: Graph) -> Structure:
    """The reader of a graph's structure; those of the last graphs are kept with what they have read."""
    return Structure(graph)
