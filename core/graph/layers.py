"""A graph as a table: one row an operation, or one row a module with all that it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from core.graph.records import UNDEFINED, Graph, Node, ReceptiveField, Shape

Role = Literal["main", "branch", "skip", "gate"]
_SIZES = ("kernel", "stride", "padding", "dilation")


@dataclass(frozen=True, slots=True)
class Layer:
    """One row.

    Attributes:
        name: path of the module, or name of the operation: what selects it.
        kind: of the operation, as `Node.kind`; ``"module"`` for a module that holds several operations,
            ``"not called"`` for one that this pass does not use.
        type_name: class of the module, or the function called.
        depth: how many modules it stands in; 0 for the network itself.
        input_shape: of the first operand, or of the first operation within; ``()`` where nothing was called.
        output_shape: of what leaves it.
        kernel, stride, padding, dilation: per axis; a word for paddings like ``"same"``; ``()`` where there is none.
        groups: of the channels; 0 where there are none.
        parameters: scalars that it owns, those of all that it holds included.
        trained: how many of these scalars training changes.
        macs: multiply-adds for one picture.
        activation_bytes: of all outputs within, at four bytes a number.
        role: on the main path, on a residual branch, on a skip or in a gate; a module's is that of all that it
            holds, else ``"main"``.
        calls: operations within.
        receptive_field: of what leaves it.
    """

    name: str
    kind: str
    type_name: str
    depth: int
    input_shape: Shape
    output_shape: Shape
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    groups: int
    parameters: int
    trained: int
    macs: int
    activation_bytes: int
    role: Role
    calls: int
    receptive_field: ReceptiveField


def operation_layers(graph: Graph) -> tuple[Layer, ...]:
    """A row for every operation, in execution order; parameters, multiply-adds and bytes sum up to the graph's."""
    roles = node_roles(graph)
    return tuple(_of_node(graph, node, roles[node.name], _depth(node.name)) for node in graph.nodes.values())


def module_layers(graph: Graph) -> tuple[Layer, ...]:
    """A row for every module, parents before children, in the order in which the network defines them.

    A module's figures hold those of all its operations; weights that no operation reads count in the module that
    they stand in.
    """
    roles = node_roles(graph)
    within: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes.values():
        if node.kind != "input":
            for path in _upwards(node.module_path):
                within[path].append(node)
    unused: dict[str, int] = defaultdict(int)
    for name, size in graph.unused_parameters.items():
        for path in _upwards(name.rpartition(".")[0]):
            unused[path] += size
    return tuple(_of_module(graph, path, within[path], unused[path], roles) for path in graph.modules)


def node_roles(graph: Graph) -> Mapping[str, Role]:
    """For every operation where it stands: gates before skips before branches before the main path."""
    roles: dict[str, Role] = dict.fromkeys(graph.nodes, "main")
    for skip in graph.skips:
        if skip.join_kind != "multiply":
            roles.update(dict.fromkeys(skip.branch_nodes, "branch"))
    for skip in graph.skips:
        if skip.join_kind != "multiply":
            roles.update(dict.fromkeys(skip.shortcut_nodes, "skip"))
    for skip in graph.skips:
        if skip.join_kind == "multiply":
            roles.update(dict.fromkeys(skip.branch_nodes, "gate"))
    return roles


def _upwards(path: str) -> Iterator[str]:
    """The path and those of all modules around it, the network's ("") last."""
    while path:
        yield path
        path = path.rpartition(".")[0]
    yield ""


def _depth(name: str) -> int:
    return name.count(".") + 1 if name else 0


def _of_node(graph: Graph, node: Node, role: Role, depth: int) -> Layer:
    module = graph.modules.get(node.module_path)
    own = module is not None and not module.children and node.module_path
    sizes = {name: node.attributes.get(name, ()) for name in _SIZES}
    padding = sizes["padding"]
    groups = node.attributes.get("groups", 0)
    return Layer(
        name=node.name,
        kind=node.kind,
        type_name=module.type_name if own and module is not None else node.target.rpartition(".")[2],
        depth=depth,
        input_shape=node.input_shapes[0] if node.input_shapes else (),
        output_shape=node.output_shape,
        kernel=_sizes(sizes["kernel"]),
        stride=_sizes(sizes["stride"]),
        padding=padding if isinstance(padding, str) else _sizes(padding),
        dilation=_sizes(sizes["dilation"]),
        groups=groups if isinstance(groups, int) else 0,
        parameters=node.parameters,
        trained=node.trained_parameters,
        macs=node.macs,
        activation_bytes=node.activation_bytes,
        role=role,
        calls=1,
        receptive_field=node.receptive_field,
    )


def _of_module(graph: Graph, path: str, within: list[Node], unused: int, roles: Mapping[str, Role]) -> Layer:
    module = graph.modules[path]
    together = {roles[node.name] for node in within}
    kinds = {node.kind for node in within}
    # A layer, however often it is called, is told like the operation that it is.
    alone = _of_node(graph, within[-1], "main", 0) if len(kinds) == 1 and not module.children else None
    return Layer(
        name=path,
        kind=alone.kind if alone else "module" if within else "not called",
        type_name=module.type_name,
        depth=_depth(path),
        input_shape=alone.input_shape if alone else _entered(graph, within) if within else (),
        output_shape=within[-1].output_shape if within else (),
        kernel=alone.kernel if alone else (),
        stride=alone.stride if alone else (),
        padding=alone.padding if alone else (),
        dilation=alone.dilation if alone else (),
        groups=alone.groups if alone else 0,
        parameters=sum(node.parameters for node in within) + unused,
        trained=sum(node.trained_parameters for node in within) + unused,
        macs=sum(node.macs for node in within),
        activation_bytes=sum(node.activation_bytes for node in within),
        role=together.pop() if len(together) == 1 else "main",
        calls=len(within),
        receptive_field=within[-1].receptive_field if within else UNDEFINED,
    )


def _entered(graph: Graph, within: list[Node]) -> Shape:
    """Shape of the first tensor that is read from outside."""
    own = {node.name for node in within}
    for node in within:
        for name in node.inputs:
            if name not in own:
                return graph.nodes[name].output_shape
    return within[0].input_shapes[0] if within[0].input_shapes else ()


def _sizes(value: object) -> tuple[int, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else ()
