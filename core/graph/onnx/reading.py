"""From the bytes of an ONNX file to a graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from core.graph import cost
from core.graph.fields.walk import with_fields
from core.graph.fold import fold
from core.graph.onnx import kinds
from core.graph.onnx.document import parsed
from core.graph.onnx.drafts import PICTURE, Draft, Walked
from core.graph.onnx.places import Places, placed
from core.graph.onnx.records import MOST_OVERLAP, OnnxFile, OnnxRejected
from core.graph.onnx.shapes import Entrance, entrance
from core.graph.onnx.walk import walk
from core.graph.program import INPUT
from core.graph.records import Graph, Node
from core.graph.skips import find_skips


def read_onnx(data: bytes, input_size: Sequence[int] | None = None) -> Graph:
    """The graph of the network in an ONNX file, for one input without the batch axis.

    Nothing in the file is run, its weights are not even read, and no other file is opened. What counts as a weight is
    said in `core.graph.onnx.walk`, how modules are told in `core.graph.onnx.places`.

    Args:
        data: the whole file.
        input_size: ``(channels, height, width)``, or ``(features,)``; None for the file's own, with 224 for sides that
            it leaves open.

    Raises:
        OnnxRejected: the file is damaged, hostile, too large, or its network does not take such an input; one sentence.
    """
    return _read(data, input_size)[0]


def describe(data: bytes) -> OnnxFile:
    """What can be said of a file before its graph is looked at; the whole graph is made, so it can be shown.

    Raises:
        OnnxRejected: as `read_onnx` does.
    """
    graph, walked = _read(data, None)
    outputs = walked.output[-1] if walked.output else 0
    return OnnxFile(graph.input_size, outputs, sum(walked.parameters.values()))


def _read(data: bytes, input_size: Sequence[int] | None) -> tuple[Graph, Walked]:
    document = parsed(data)
    way_in = entrance(document, input_size)
    walked = walk(document, way_in)
    places = placed(walked.drafts)
    nodes = _nodes(walked.drafts, places, way_in)
    skips = find_skips(nodes)
    if sum(len(skip.branch_nodes) for skip in skips) > MOST_OVERLAP:
        raise OnnxRejected(
            "The network's skips overlap more than can be shown; no network in use comes near."
        )
    graph = Graph(
        nodes=nodes,
        skips=skips,
        modules=places.modules,
        fold=fold(nodes, skips, places.modules),
        input_size=way_in.input_size,
        method="onnx",
        lost=_lost(walked, places, nodes),
        unused_parameters={name: walked.parameters[name] for name in walked.unused},
    )
    return graph, walked


def _nodes(drafts: Sequence[Draft], places: Places, way_in: Entrance) -> dict[str, Node]:
    shape = (1, *way_in.shape[1:])
    nodes = {
        places.picture: Node(
            places.picture,
            INPUT,
            "",
            INPUT,
            (),
            shape,
            0,
            0,
            cost.activation_bytes(shape),
            (),
            {"dims": (1, 2)} if way_in.channels_last else {},
        )
    }
    for draft, name, path in zip(drafts, places.names, places.paths, strict=True):
        shares = kinds.is_view(draft.kind)
        domain = draft.node.domain or "ai.onnx"
        nodes[name] = Node(
            name=name,
            kind=draft.kind,
            module_path=path,
            target=f"{domain}.{draft.node.op_type}",
            input_shapes=draft.input_shapes,
            output_shape=draft.output_shape,
            parameters=draft.parameters,
            macs=draft.macs,
            activation_bytes=0
            if shares or not draft.output_shape
            else cost.activation_bytes(draft.output_shape),
            inputs=tuple(places.picture if n == PICTURE else places.names[n] for n in draft.inputs),
            attributes=draft.attributes,
        )
    return with_fields(nodes)


def _lost(walked: Walked, places: Places, nodes: Mapping[str, Node]) -> str:
    """What this file cannot show, in one sentence."""
    found = Counter(node.kind for node in nodes.values())
    parts = []
    if len(places.modules) == 1:
        parts.append("the file names no modules")
    elif not places.classes:
        parts.append("the file names no classes, so blocks are told by the names of modules")
    if found["conv"] > 1 and not found["batch_norm"]:
        parts.append("batch norms, if there were any, are folded into the convolutions")
    if walked.unknown:
        parts.append(
            f"the sizes of {walked.unknown} operations are not told and are taken from what these read"
        )
    if walked.closed:
        parts.append(f"what runs within {walked.closed} operations (If, Loop) is not counted")
    sentence = "; ".join(parts) or "what the exporter merged or left out is not seen"
    return f"{sentence[0].upper()}{sentence[1:]}."
