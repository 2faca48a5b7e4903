"""What one node or group is, in one sentence, and its numbers: the details panel of the Architecture page."""

from __future__ import annotations

from dataclasses import dataclass

from core.figures.field_words import field_rows
from core.figures.numbers import count, human, human_bytes, percent, shape_text
from core.figures.structure import POOLS, is_drawn
from core.graph.records import Graph, Group, Node, Skip

_SENTENCES = {
    "input": "The picture as the net gets it.",
    "batch_norm": "Shifts and scales each channel by statistics learned in training (Ioffe & Szegedy 2015).",
    "layer_norm": "Shifts and scales each position by its own mean and variance (Ba et al. 2016).",
    "group_norm": "Shifts and scales groups of channels by their own statistics (Wu & He 2018).",
    "relu": "Sets negative values to zero.",
    "max_pool": "Keeps the largest value of each window.",
    "avg_pool": "Averages each window.",
    "adaptive_pool": "Averages the map down to a fixed size, whatever the picture's.",
    "add": "Adds its inputs, value by value.",
    "multiply": "Multiplies its inputs, value by value.",
    "concatenate": "Puts its inputs side by side as channels.",
    "attention": "Lets every token weigh all others (Vaswani et al. 2017).",
    "matmul": "Multiplies two tensors as matrices.",
    "dropout": "Drops values at random in training; does nothing now.",
    "flatten": "Lays the map out as one vector.",
    "reshape": "Gives the same numbers another shape.",
    "parameter": "Learned numbers that depend on no picture.",
    "output": "What the network puts out.",
}


@dataclass(frozen=True, slots=True)
class Description:
    """The details of a node or group.

    Attributes:
        title: its name.
        place: what it is and where it sits (``"Bottleneck, block 3 of 6 in Stage 3"``).
        sentence: what it does.
        rows: label and value pairs.
    """

    title: str
    place: str
    sentence: str
    rows: tuple[tuple[str, str], ...]


def describe(graph: Graph, name: str) -> Description:
    """The details of the group, operation or module of that name.

    Raises:
        UnknownNode: the graph has none.
    """
    if name in graph.groups:
        return _group(graph, graph.groups[name])
    if name in graph.nodes:
        return _node(graph, graph.nodes[name])
    return _node(graph, graph.at(name))


def _group(graph: Graph, group: Group) -> Description:
    if len(group.nodes) == 1:
        return _node(graph, graph.nodes[group.nodes[0]])
    rows = (
        *_in_and_out(shape_text(group.input_shape), shape_text(group.output_shape)),
        *field_rows(graph.nodes[group.nodes[-1]].receptive_field),
        ("Parameters", _shared(group.parameters, graph.parameters)),
        ("Multiply-adds", _shared(group.macs, graph.macs)),
    )
    return Description(group.title, _place(graph, group), _group_sentence(graph, group), rows)


def _place(graph: Graph, group: Group) -> str:
    kind = group.type_name or group.level.capitalize()
    for stage in graph.fold.children:
        for index, block in enumerate(stage.children):
            if block.name == group.name:
                place = f"block {index + 1} of {len(stage.children)} in {stage.title}"
                return f"{group.type_name}, {place}" if group.type_name else place.capitalize()
    return f"{kind}, {count(len(group.children), 'block')}" if group.level == "stage" else kind


def _group_sentence(graph: Graph, group: Group) -> str:
    skips = [s for s in graph.skips if s.join in group.nodes and s.join_kind != "multiply"]
    if group.level == "stage" and len(group.children) > 1:
        return _stage_sentence(group)
    off_path = {n for s in skips for n in s.shortcut_nodes if s.join_kind == "add"}
    gates = {
        n for s in graph.skips if s.join_kind == "multiply" and s.join in group.nodes for n in s.branch_nodes
    }
    members = [graph.nodes[n] for n in group.nodes if n not in off_path and n not in gates]
    weighted = [node for node in members if node.parameters]
    if len(weighted) == 1 and not skips:
        return operation_sentence(weighted[0])
    steps = [_step(node) for node in members if is_drawn(node)]
    told = _squeeze(members) or _list(steps)
    return _sentence(told, _ending(skips), bool(gates))


def _squeeze(members: list[Node]) -> str:
    """The bottleneck and its inverse, told as what they do."""
    convs = [node for node in members if node.kind == "conv"]
    if len(convs) != 3 or [_kernel(c) == (1, 1) for c in convs] != [True, False, True]:
        return ""
    wide, narrow = convs[0].input_shapes[0][1], convs[0].output_shape[1]
    side = _cross(_kernel(convs[1]))
    if narrow < wide or narrow < convs[2].output_shape[1]:
        return f"squeezes {wide} channels to {narrow}, looks {side} around, expands to {convs[2].output_shape[1]}"
    each = " in each channel alone" if convs[1].attributes.get("groups", 1) == narrow else ""
    return f"expands {wide} channels to {narrow}, looks {side} around{each}, squeezes to {convs[2].output_shape[1]}"


def _ending(skips: list[Skip]) -> str:
    additions = [s for s in skips if s.join_kind == "add"]
    if len(additions) > 1:
        return f"adding back what came in {_times(len(additions))}"
    if additions:
        return {
            "identity": "adds the result to the input",
            "projection": "adds the result to a projection of the input",
        }.get(additions[0].kind, "adds the result to the input, padded with zeros")
    return "puts the result beside what came before" if skips else ""


def _times(number: int) -> str:
    return {2: "twice"}.get(number, f"{number} times")


def _stage_sentence(group: Group) -> str:
    first, last = shape_text(group.input_shape), shape_text(group.output_shape)
    alike = len({child.signature for child in group.children})
    same = "all alike" if alike == 1 else f"of {alike} kinds"
    return f"{count(len(group.children), 'block')}, {same}, from {first} to {last}."


def _sentence(told: str, ending: str, gated: bool) -> str:
    parts = [part for part in (told, "weighs its channels (squeeze-excite)" if gated else "", ending) if part]
    if not parts:
        return "Operations without weights."
    text = ", ".join(parts)
    return text[0].upper() + text[1:] + "."


def _list(steps: list[str]) -> str:
    runs: list[tuple[str, int]] = []
    for step in steps:
        if runs and runs[-1][0] == step:
            runs[-1] = (step, runs[-1][1] + 1)
        else:
            runs.append((step, 1))
    told = [step if number == 1 else f"{step}, {_times(number)}" for step, number in runs]
    return (
        ", then ".join(told)
        if len(told) <= 6
        else f"{', then '.join(told[:3])}, and {len(told) - 3} more steps"
    )


def _step(node: Node) -> str:
    if node.kind == "conv":
        side = _cross(_kernel(node))
        if _kernel(node) == (1, 1):
            return f"mixes the channels to {node.output_shape[1]} (1×1)"
        return f"looks {side} around" + (" in each channel alone" if _depthwise(node) else "")
    if node.kind == "linear":
        return f"a linear layer to {node.output_shape[-1]}"
    if node.kind in POOLS:
        return "pools"
    if "attention" in node.kind:
        return "attention"
    return "a matrix product" if node.kind == "matmul" else node.kind.replace("_", " ")


def _node(graph: Graph, node: Node) -> Description:
    shapes = dict.fromkeys(shape_text(shape) for shape in node.input_shapes)
    rows = [
        *_in_and_out(", ".join(shapes) or "nothing", shape_text(node.output_shape)),
        *(field_rows(node.receptive_field) if node.kind != "input" else ()),
        ("Parameters", _shared(node.parameters, graph.parameters)),
        ("Multiply-adds", _shared(node.macs, graph.macs)),
        (
            "Activations",
            human_bytes(node.activation_bytes) if node.activation_bytes else "none: in place, or a view",
        ),
    ]
    if window := _window(node):
        rows.append(("Kernel", window))
    return Description(node.name, _node_place(graph, node), operation_sentence(node), tuple(rows))


def _in_and_out(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """One row where nothing changes the shape, else two."""
    return (("In and out", after),) if before == after else (("In", before), ("Out", after))


def _window(node: Node) -> str:
    """``"3×3, stride 2, padding 1"``: what is not as usual beside the kernel; "" for what has none."""
    if "kernel" not in node.attributes:
        return ""
    parts = [_cross(_kernel(node))]
    for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1)):
        value = node.attributes.get(name, usual)
        sides = value if isinstance(value, tuple) else (value,)
        if set(sides) != {usual}:
            parts.append(f"{name} {sides[0] if len(set(sides)) == 1 else _text(sides)}")
    groups = node.attributes.get("groups", 1)
    return ", ".join([*parts, f"{groups} groups"] if groups != 1 else parts)


def _node_place(graph: Graph, node: Node) -> str:
    kind = node.target.rpartition(".")[2]
    for group in graph.fold.walk():
        if group.level == "block" and len(group.nodes) > 1 and node.name in group.nodes:
            return f"{kind}, in {group.title}"
    for stage in graph.fold.children:
        if node.name in stage.nodes:
            return f"{kind}, in {stage.title if stage.role == 'stage' else f'the {stage.role}'}"
    return kind


def operation_sentence(node: Node) -> str:
    """What an operation does, in one sentence."""
    if node.kind == "conv":
        return _conv_sentence(node)
    if node.kind == "linear":
        return f"Weighs all {node.input_shapes[0][-1]} inputs for each of {node.output_shape[-1]} outputs."
    if node.kind == "activation":
        return f"Bends every value by the function {node.attributes.get('function', node.target.rpartition('.')[2])}."
    return _SENTENCES.get(node.kind, f"The operation {node.target}.")


def _conv_sentence(node: Node) -> str:
    kernel, channels = _kernel(node), node.output_shape[1]
    if _depthwise(node):
        return f"Slides one {_cross(kernel)} filter over each of {channels} channels, without mixing them (depthwise)."
    if all(side == 1 for side in kernel):
        return f"Mixes {node.input_shapes[0][1]} channels to {channels} at every position alone."
    groups = node.attributes.get("groups", 1)
    among = f", in {groups} groups that do not mix" if isinstance(groups, int) and groups > 1 else ""
    return f"Slides {channels} filters of {_cross(kernel)} over {node.input_shapes[0][1]} channels{among}."


def _kernel(node: Node) -> tuple[int, ...]:
    kernel = node.attributes.get("kernel", ())
    return kernel if isinstance(kernel, tuple) else (int(kernel),)


def _depthwise(node: Node) -> bool:
    groups = node.attributes.get("groups", 1)
    return isinstance(groups, int) and groups > 1 and groups == node.input_shapes[0][1]


def _cross(kernel: tuple[int, ...]) -> str:
    return "×".join(str(side) for side in kernel)


def _shared(part: int, whole: int) -> str:
    return f"{human(part)} · {percent(part, whole)}" if part else "0"


def _text(value: object) -> str:
    return _cross(value) if isinstance(value, tuple) else str(value)
