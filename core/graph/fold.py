"""Folds operations into blocks, blocks into stages, stages into a network, so that each level has few parts.

The cuts come from ``units`` (blocks) and ``stages``; here they become groups with names, sums and signatures.
Groups of one level follow one another in execution order, and the children of a group are all of its operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from core.graph.calls import call_tree
from core.graph.records import Group, Level, Module, Node, Role, Skip
from core.graph.stages import Stage, stages
from core.graph.units import Network, Unit, cut

# What the drawing shows of an operation; two operations are alike if these are.
_STRUCTURE = (
    "kernel",
    "stride",
    "padding",
    "dilation",
    "groups",
    "in_channels",
    "out_channels",
    "function",
    "heads",
)
_TITLES: dict[Role, str] = {"input": "Input", "stem": "Stem", "head": "Head"}


def fold(
    nodes: Mapping[str, Node],
    skips: Sequence[Skip],
    modules: Mapping[str, Module],
    places: Mapping[str, str] | None = None,
) -> Group:
    """The root group: input, stem, stages and head over blocks over operations.

    ``nodes`` are in execution order, the picture first. ``places`` says where operations stand that do not stand
    where their module path says, as calls of shared modules.
    """
    listed = list(nodes.values())
    tree = call_tree([(places or {}).get(node.name, node.module_path) for node in listed])
    network = Network(listed, skips, modules, tree)
    return _Folder(network).network()


class _Folder:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._shortcuts = _shortcut_edges(network)
        self._structure = [_structure(node) for node in network.nodes]
        self._taken = {node.name for node in network.nodes}

    def network(self) -> Group:
        nodes = self._network.nodes
        inputs = [
            self._operation(position, "stage", "input")
            for position, node in enumerate(nodes)
            if node.kind == "input"
        ]
        units = cut(self._network)
        found = stages(self._network, [unit for unit in units if unit.start or not inputs])
        number = 0
        parts = list(inputs)
        for stage in found:
            number += stage.role == "stage"
            parts.append(self._stage(stage, number))
        return self._group("", "Network", "network", "part", 0, len(nodes), tuple(parts))

    def _stage(self, stage: Stage, number: int) -> Group:
        start, stop = stage.units[0].start, stage.units[-1].stop
        title = _TITLES.get(stage.role, f"Stage {number}")
        if stop - start == 1:
            return self._operation(start, "stage", stage.role, title)
        if len(stage.units) == 1 and not stage.units[0].path:
            return self._group(
                self._name(stage.path, start, stop),
                title,
                "stage",
                stage.role,
                start,
                stop,
                self._operations(start, stop),
            )
        children = tuple(self._block(unit) for unit in stage.units)
        return self._group(
            self._name(stage.path, start, stop), title, "stage", stage.role, start, stop, children
        )

    def _block(self, unit: Unit) -> Group:
        if unit.stop - unit.start == 1:
            return self._operation(unit.start, "block", "part")
        name = self._name(unit.path, unit.start, unit.stop)
        return self._group(
            name, name, "block", "part", unit.start, unit.stop, self._operations(unit.start, unit.stop)
        )

    def _operations(self, start: int, stop: int) -> tuple[Group, ...]:
        return tuple(self._operation(position, "operation", "part") for position in range(start, stop))

    def _operation(self, position: int, level: Level, role: Role, title: str = "") -> Group:
        node = self._network.nodes[position]
        title = title or _TITLES.get(role, node.name)
        return self._group(node.name, title, level, role, position, position + 1, ())

    def _name(self, path: str, start: int, stop: int) -> str:
        """The module's path if it is free, else first and last operation."""
        first, last = self._network.nodes[start].name, self._network.nodes[stop - 1].name
        name = path or f"{first}…{last}"
        if name in self._taken:
            name = f"{first}…{last}"
        while name in self._taken:
            name += "…"
        self._taken.add(name)
        return name

    def _group(
        self,
        name: str,
        title: str,
        level: Level,
        role: Role,
        start: int,
        stop: int,
        children: tuple[Group, ...],
    ) -> Group:
        nodes = self._network.nodes[start:stop]
        path = name if children else nodes[0].module_path
        return Group(
            name=name,
            title=title,
            level=level,
            role=role,
            type_name=self._network.type_name(path) if path == name else "",
            nodes=tuple(node.name for node in nodes),
            children=children,
            parameters=sum(node.parameters for node in nodes),
            macs=sum(node.macs for node in nodes),
            activation_bytes=sum(node.activation_bytes for node in nodes),
            input_shape=self._input_shape(start, stop),
            output_shape=nodes[-1].output_shape,
            signature=self._signature(start, stop),
            chain=self._is_chain(start, children),
        )

    def _input_shape(self, start: int, stop: int) -> tuple[int, ...]:
        """Shape of the first tensor that the operations read from outside; of the picture itself for the input."""
        index = self._network.index
        for node in self._network.nodes[start:stop]:
            for name in node.inputs:
                if not start <= index[name] < stop:
                    return self._network.nodes[index[name]].output_shape
        return self._network.nodes[start].output_shape

    def _signature(self, start: int, stop: int) -> str:
        """A digest of kinds, kernels, widths and wiring; what is read from outside is numbered by first use."""
        outside: dict[int, int] = {}
        digest = blake2b(digest_size=12)
        for position in range(start, stop):
            digest.update(self._structure[position])
            for name in self._network.nodes[position].inputs:
                source = self._network.index[name]
                inside = start <= source < stop
                digest.update(
                    b"%d," % (source - start if inside else ~outside.setdefault(source, len(outside)))
                )
        return digest.hexdigest()

    def _is_chain(self, start: int, children: Sequence[Group]) -> bool:
        """Whether each child reads the one before it alone, and from one operation; shortcuts of skips aside."""
        child_of = [number for number, child in enumerate(children) for _ in child.nodes]
        exits: dict[int, int] = {}
        for offset, number in enumerate(child_of):
            node = self._network.nodes[start + offset]
            for name in node.inputs:
                source = self._network.index[name]
                before = child_of[source - start] if source >= start else -1
                if (
                    before == number
                    or (number == 0 and before < 0)
                    or (source, start + offset) in self._shortcuts
                ):
                    continue
                if before != number - 1 or exits.setdefault(before, source) != source:
                    return False
        return True


def _shortcut_edges(network: Network) -> set[tuple[int, int]]:
    """Pairs of positions: what each skip's shortcut brings to its join."""
    edges: set[tuple[int, int]] = set()
    for skip in network.skips:
        join = network.index[skip.join]
        branch = {network.index[name] for name in skip.branch_nodes}
        if skip.kind == "dense":
            edges.update((network.index[name], join) for name in network.nodes[join].inputs)
        elif skip.shortcut_nodes:
            edges.add((network.index[skip.shortcut_nodes[-1]], join))
        else:
            fork = network.index[skip.fork]
            edges.update(
                (fork, end) for end in branch | {join} if network.nodes[end].kind == network.nodes[join].kind
            )
    return edges


def _structure(node: Node) -> bytes:
    attributes = [(name, node.attributes[name]) for name in _STRUCTURE if name in node.attributes]
    return repr((node.kind, node.parameters, attributes)).encode()
