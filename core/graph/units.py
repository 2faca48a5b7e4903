"""Cuts a network into blocks: the units that repeat along its depth.

A block is, in this order of preference:

- the smallest module that holds a whole residual addition, or that joins parallel branches, and every other module
  of the same class (a network's first block of a stage often has no skip);
- a module of a class that occurs several times, with two or more weighted layers and no such module inside;
- for networks written without block modules, the operations that a residual addition spans;
- else one weighted layer with what follows it: norm, activation, dropout, pool.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from core.graph.calls import Run
from core.graph.records import Module, Node, Skip

# A module with more residual additions, or with more blocks, than this is a row of blocks rather than one block.
MOST_SKIPS_OF_A_BLOCK = 4
CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict"})
_FINISHING = frozenset(
    {"relu", "activation", "dropout", "batch_norm", "layer_norm", "group_norm", "identity"}
)
_LEAVING_MAPS = frozenset({"adaptive_pool", "flatten"})


@dataclass(frozen=True, slots=True)
class Unit:
    """One block: operations ``start … stop - 1``.

    Attributes:
        path: of the module that the operations are; "" where they are no single module.
        weighted: how many of the operations multiply.
        closed: it is a block for its structure, and not merely one layer.
        home: path of the module that the unit stands in, side by side with its neighbours.
    """

    start: int
    stop: int
    path: str
    weighted: int
    closed: bool
    home: str


class Network:
    """Operations in execution order with what the folding asks about them again and again.

    Attributes:
        nodes: the operations.
        index: position by name.
        skips: all skips.
        modules: the hierarchy by path.
        tree: the calls.
    """

    def __init__(
        self, nodes: Sequence[Node], skips: Sequence[Skip], modules: Mapping[str, Module], tree: Run
    ) -> None:
        self.nodes = nodes
        self.index = {node.name: position for position, node in enumerate(nodes)}
        self.skips = skips
        self.modules = modules
        self.tree = tree
        self._weighted = list(accumulate((1 if node.macs else 0 for node in nodes), initial=0))

    def weighted(self, start: int, stop: int) -> int:
        """How many operations from ``start`` to ``stop - 1`` multiply."""
        return self._weighted[stop] - self._weighted[start]

    def type_name(self, path: str) -> str:
        """Class of the module at ``path``; "" if there is none."""
        module = self.modules.get(path)
        return module.type_name if module is not None else ""

    def span(self, skip: Skip) -> tuple[int, int]:
        """Positions of the first operation after the fork on either path, and of the join."""
        join = self.index[skip.join]
        inner = [self.index[name] for name in (*skip.branch_nodes, *skip.shortcut_nodes)]
        return min(inner, default=join), join


def cut(network: Network) -> list[Unit]:
    """The units of a network in order; together they are all its operations."""
    blocks = _block_modules(network)
    pieces = list(_pieces(network, blocks))
    return list(_with_followers(network, _with_spans(network, pieces)))


def _block_modules(network: Network) -> set[Run]:
    skipping = _runs_with_skips(network)
    joining = _runs_with_parallel_branches(network)
    strong = _strong_runs(network, skipping, joining)
    classes = {network.type_name(run.path) for run in strong} - CONTAINERS
    gates = {
        network.tree.smallest_around(*network.span(skip)) for skip in network.skips if skip.kind == "gate"
    }
    seen = Counter(network.type_name(run.path) for run in network.tree.children_first() if run.parts)
    inside: dict[Run, tuple[int, int]] = {}
    blocks: set[Run] = set()
    for run in network.tree.children_first():
        counts = [inside[part] for part in run.parts]
        strong_inside, weak_inside = (
            (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
        )
        kind = network.type_name(run.path)
        own = kind not in CONTAINERS and bool(run.path) and bool(run.parts)
        weighted = network.weighted(run.start, run.stop)
        if run in strong or (own and kind in classes and weighted):
            blocks.add(run)
            inside[run] = (1, 0)
        elif (
            own
            and seen[kind] > 1
            and weighted > 1
            and not strong_inside
            and weak_inside < 2
            and run not in gates
        ):
            blocks.add(run)
            inside[run] = (0, 1)
        else:
            inside[run] = (strong_inside, weak_inside)
    return blocks | {found for run in inside for found in _lone_blocks(network, run, inside)}


def _lone_blocks(network: Network, run: Run, inside: Mapping[Run, tuple[int, int]]) -> Iterator[Run]:
    """Members of a row of stages that hold no block so far: the one block of a stage, of a class not used again."""
    if network.type_name(run.path) not in CONTAINERS:
        return
    stages = [part for part in run.parts if part.parts and network.type_name(part.path) in CONTAINERS]
    bare = [part for part in stages if inside[part] == (0, 0)]
    if len(stages) - len(bare) < 2:
        return
    for part in bare:
        if len(part.parts) == 1 and network.weighted(part.start, part.stop) > 1:
            yield part.parts[0]


def _strong_runs(network: Network, skipping: Counter[Run], joining: set[Run]) -> set[Run]:
    """Modules that are blocks by their own joins, unless they hold many blocks themselves."""
    strong: set[Run] = set()
    inside: dict[Run, int] = {}
    for run in network.tree.children_first():
        within = sum(inside[part] for part in run.parts)
        adds = skipping[run]
        holds_skips = 0 < adds <= MOST_SKIPS_OF_A_BLOCK and within <= MOST_SKIPS_OF_A_BLOCK
        if run.path and (holds_skips or (run in joining and not within)):
            strong.add(run)
            within = 1
        inside[run] = within
    return strong


def _runs_with_skips(network: Network) -> Counter[Run]:
    """How many residual additions each run is the smallest one to hold."""
    return Counter(
        network.tree.smallest_around(*network.span(skip)) for skip in network.skips if skip.join_kind == "add"
    )


def _runs_with_parallel_branches(network: Network) -> set[Run]:
    """Runs that join at least two of their own weighted parts, none of which comes from another."""
    of_skips = {skip.join for skip in network.skips}
    found: set[Run] = set()
    for position, node in enumerate(network.nodes):
        if node.kind not in ("concatenate", "add") or len(node.inputs) < 2 or node.name in of_skips:
            continue
        operands = [network.index[name] for name in node.inputs]
        run = network.tree.smallest_around(min(operands), position)
        parts = {part for operand in operands if (part := run.part_at(operand)) is not None}
        if sum(1 for part in parts if network.weighted(part.start, part.stop)) > 1:
            found.add(run)
    return found


def _pieces(network: Network, blocks: set[Run]) -> Iterator[Unit]:
    """Block modules, modules with at most one weighted layer, and single operations, in order."""
    pending = [(network.tree, "")]
    while pending:
        run, home = pending.pop()
        weighted = network.weighted(run.start, run.stop)
        if run in blocks:
            yield Unit(run.start, run.stop, run.path, weighted, closed=True, home=home)
        elif not run.parts or (run.path and weighted <= 1):
            yield Unit(run.start, run.stop, run.path if run.parts else "", weighted, closed=False, home=home)
        else:
            pending.extend((part, run.path) for part in reversed(run.parts))


def _with_spans(network: Network, pieces: Sequence[Unit]) -> Iterator[Unit]:
    """The pieces, those that one residual addition spans made into one block; inner spans go before outer ones."""
    start_of = {piece.start: number for number, piece in enumerate(pieces)}
    number_at = [number for number, piece in enumerate(pieces) for _ in range(piece.start, piece.stop)]
    taken = [piece.closed for piece in pieces]
    spans = sorted(
        (network.span(s) for s in network.skips if s.join_kind == "add"), key=lambda s: s[1] - s[0]
    )
    ends: dict[int, int] = {}
    for first, join in spans:
        begin, end = start_of.get(first), number_at[join]
        if (
            begin is None
            or begin == end
            or pieces[end].closed
            or sum(taken[begin : end + 1]) > MOST_SKIPS_OF_A_BLOCK
        ):
            continue
        if any(begin <= other <= end or begin <= ends[other] <= end for other in ends):
            continue
        ends[begin] = end
    number = 0
    while number < len(pieces):
        end = ends.get(number, number)
        if end == number:
            yield pieces[number]
        else:
            while end + 1 < len(pieces) and end + 1 not in ends and _finishes(network, pieces[end + 1]):
                end += 1
            start, stop = pieces[number].start, pieces[end].stop
            yield Unit(start, stop, "", network.weighted(start, stop), closed=True, home=pieces[number].home)
        number = end + 1


def _finishes(network: Network, piece: Unit) -> bool:
    return not piece.weighted and all(
        network.nodes[i].kind in _FINISHING for i in range(piece.start, piece.stop)
    )


def _with_followers(network: Network, pieces: Iterator[Unit]) -> Iterator[Unit]:
    """The pieces, those without weights joined to the single layer that they follow."""
    open_unit: Unit | None = None
    for piece in pieces:
        if open_unit is not None and (piece.closed or _starts_anew(network, open_unit, piece)):
            yield open_unit
            open_unit = None
        if piece.closed:
            yield piece
        else:
            open_unit = piece if open_unit is None else _joined(open_unit, piece)
    if open_unit is not None:
        yield open_unit


def _starts_anew(network: Network, before: Unit, piece: Unit) -> bool:
    if piece.home != before.home or network.nodes[before.start].kind == "input":
        return True
    leaves, left = (network.nodes[unit.start].kind in _LEAVING_MAPS for unit in (piece, before))
    return bool(piece.weighted and before.weighted) or (leaves and not left)


def _joined(first: Unit, second: Unit) -> Unit:
    weighted = first.weighted + second.weighted
    return Unit(first.start, second.stop, "", weighted, closed=False, home=first.home)
