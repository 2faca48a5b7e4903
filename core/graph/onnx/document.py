"""A file's network as protocol buffers: parsed, called functions put in their places, operations in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import onnx
from google.protobuf.message import DecodeError
from onnx import inliner

from core.graph.onnx.records import MOST_NODES, MOST_OPERANDS, OnnxRejected
from core.graph.onnx.wire import UNREADABLE, outline

OWN_DOMAINS = ("", "ai.onnx")
"""Names of ONNX's own set of operations."""
_CALLS_ITSELF = "A function in the file calls itself, so its operations have no end."


@dataclass(frozen=True, slots=True)
class Document:
    """A network as its file has it.

    Attributes:
        graph: as the file has it, the numbers of large tensors left out.
        nodes: operations, each after those that it reads.
        versions: of the operation sets by domain.
        held: bytes of numbers in each initializer, in order; -1 where they lie in another file.
    """

    graph: onnx.GraphProto
    nodes: Sequence[onnx.NodeProto]
    versions: Mapping[str, int]
    held: Sequence[int]


def parsed(data: bytes) -> Document:
    """The network in a file.

    Raises:
        OnnxRejected: the file is damaged, empty, too large, or goes round in circles; one sentence.
    """
    found = outline(data)
    try:
        model = onnx.ModelProto.FromString(found.model)
    except DecodeError as error:
        raise OnnxRejected(UNREADABLE.format("its parts do not fit together")) from error
    if not model.graph.node:
        raise OnnxRejected("The file holds no network: there is no operation in it.")
    if model.functions:
        model = _inlined(model)
    versions = {opset.domain: opset.version for opset in model.opset_import}
    versions = {("" if domain in OWN_DOMAINS else domain): version for domain, version in versions.items()}
    return Document(model.graph, _ordered(model.graph), versions, found.held)


def _inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with the operations of its functions in the place of each call."""
    functions = {(f.domain, f.name, f.overload): f for f in model.functions}
    sizes: dict[tuple[str, str, str], int] = {}
    if sum(_size(node, functions, sizes, ()) for node in model.graph.node) > MOST_NODES:
        raise OnnxRejected(
            f"With its functions the file has more than {MOST_NODES:,} operations, too many to read."
        )
    try:
        return inliner.inline_local_functions(model)
    except (RuntimeError, ValueError) as error:
        raise OnnxRejected(
            UNREADABLE.format("a function in it cannot be put in the place of its call")
        ) from error


def _size(
    node: onnx.NodeProto,
    functions: Mapping[tuple[str, str, str], onnx.FunctionProto],
    sizes: dict[tuple[str, str, str], int],
    within: tuple[tuple[str, str, str], ...],
) -> int:
    """Operations that a node becomes once functions are put in the place of their calls."""
    key = (node.domain, node.op_type, node.overload)
    total = sum(_size(inner, functions, sizes, within) for graph in subgraphs(node) for inner in graph.node)
    if key not in functions:
        return total + 1
    if key in within or len(within) > 100:
        raise OnnxRejected(_CALLS_ITSELF)
    if key not in sizes:
        sizes[key] = sum(_size(inner, functions, sizes, (*within, key)) for inner in functions[key].node)
    return total + sizes[key]


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The graphs that an operation runs within itself: the branches of an ``If``, the body of a ``Loop``."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def names_read(node: onnx.NodeProto) -> tuple[str, ...]:
    """Names of the values that an operation reads, in order; with those that its subgraphs read from around it."""
    names = [name for name in node.input if name]
    for graph in subgraphs(node):
        made = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
        made |= {name for inner in graph.node for name in inner.output}
        names += [name for inner in graph.node for name in names_read(inner) if name not in made]
        names += [value.name for value in graph.output if value.name not in made]
    return tuple(names)


def _ordered(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The operations, each after those that it reads; as the file has them where it is in order, as it should be."""
    maker: dict[str, int] = {}
    for number, node in enumerate(graph.node):
        for name in node.output:
            if name in maker:
                raise OnnxRejected(
                    "Two operations of the file make a value of the same name, so it names none."
                )
            if name:
                maker[name] = number
    waits: list[set[int]] = []
    readers: list[list[int]] = [[] for _ in graph.node]
    for number, node in enumerate(graph.node):
        names = names_read(node)
        if len(names) > MOST_OPERANDS:
            raise OnnxRejected(
                f"An operation in the file reads more than {MOST_OPERANDS:,} values, too many to show."
            )
        needs = {maker[name] for name in names if name in maker}
        waits.append(needs)
        for source in needs:
            readers[source].append(number)
    if all(not needs or max(needs) < number for number, needs in enumerate(waits)):
        return list(graph.node)
    ready = deque(number for number, needs in enumerate(waits) if not needs)
    order: list[int] = []
    while ready:
        number = ready.popleft()
        order.append(number)
        for reader in readers[number]:
            waits[reader].discard(number)
            if not waits[reader]:
                ready.append(reader)
    if len(order) < len(waits):
        raise OnnxRejected("The file's operations read one another in a circle, so none can be the first.")
    return [graph.node[number] for number in order]
