"""Puts the inner operations of attention and recurrent modules back into one operation each.

torch.export takes these modules apart; torch.fx keeps them whole. Closed again, a graph reads the same either way.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from torch import nn

from core.graph import operations
from core.graph.operations import CLOSED_BOXES
from core.graph.program import Operations, UniqueNames
from core.graph.records import Node
from core.graph.words import kind_of_module


def closed(found: Operations, module: nn.Module) -> Operations:
    """The operations with consecutive ones of one closed module merged; sums of costs stay the same."""
    boxes = {
        path: part
        for path, part in module.named_modules()
        if kind_of_module(type(part)) in CLOSED_BOXES and path
    }
    if not boxes:
        return found
    names = UniqueNames({})
    renamed: dict[str, str] = {}
    nodes: list[Node] = []
    places: dict[str, str] = {}
    for path, run in groupby(found.nodes, key=lambda node: node.module_path):
        inner = list(run)
        if path in boxes and len(inner) > 1:
            name = names.take(path)
            nodes.append(_merged(name, inner, boxes[path], renamed))
            renamed.update((node.name, name) for node in inner)
            places[name] = found.places.get(inner[0].name, path)
        else:
            nodes.extend(_reading(node, renamed) for node in inner)
            places.update((node.name, found.places[node.name]) for node in inner if node.name in found.places)
    return Operations(nodes, found.weights, places)


def _merged(name: str, inner: list[Node], module: nn.Module, renamed: dict[str, str]) -> Node:
    own = {node.name for node in inner}
    outside: dict[str, tuple[int, ...]] = {}
    for node in inner:
        sources = [source for source in node.inputs if source not in own]
        outside.update((renamed.get(source, source), node.input_shapes[0]) for source in sources)
    operation = operations.of_module(module)
    fixed = sum(size for node in inner if isinstance(size := node.attributes.get("fixed", 0), int))
    return Node(
        name=name,
        kind=operation.kind,
        module_path=inner[0].module_path,
        target=operation.target,
        input_shapes=tuple(outside.values()),
        output_shape=inner[-1].output_shape,
        parameters=sum(node.parameters for node in inner),
        macs=sum(node.macs for node in inner),
        activation_bytes=sum(node.activation_bytes for node in inner),
        inputs=tuple(outside),
        attributes={**operation.attributes, "fixed": fixed} if fixed else operation.attributes,
    )


def _reading(node: Node, renamed: dict[str, str]) -> Node:
    if not any(source in renamed for source in node.inputs):
        return node
    return replace(node, inputs=tuple(renamed.get(source, source) for source in node.inputs))
