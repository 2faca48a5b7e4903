"""What a network's graph says, in sentences and totals; a clause that cannot be computed is left out."""

from __future__ import annotations

from dataclasses import dataclass

from core.architectures.records import Architecture, PublishedWeights
from core.figures.numbers import count, human, human_bytes
from core.graph.records import Graph, Group, Skip

_ALL = 0.97  # a share of the parameters above which naming the part that holds them says nothing


@dataclass(frozen=True, slots=True)
class SkipCount:
    """How a network's blocks are bridged.

    Attributes:
        blocks: blocks in its stages; layers that only lead from one stage to the next do not count.
        bridged: blocks with a residual addition or a dense concatenation in them.
        identity, projection, padded: residual additions by what is on their shortcut.
        dense: concatenations that hand an earlier output on.
        gates: multiplications by a map's own summary (squeeze-excite).
    """

    blocks: int
    bridged: int
    identity: int
    projection: int
    padded: int
    dense: int
    gates: int

    @property
    def additions(self) -> int:
        """Residual additions of any kind."""
        return self.identity + self.projection + self.padded


def count_skips(graph: Graph) -> SkipCount:
    """Blocks and skips of a network."""
    carrying = {name for skip in graph.skips for name in _carrying(skip)}
    found = [block for block in blocks(graph) if len(block.nodes) > 1 or block.parameters]
    counted = _alike([(block, not carrying.isdisjoint(block.nodes)) for block in found])
    kinds = [skip.kind for skip in graph.skips]
    return SkipCount(
        blocks=len(counted),
        bridged=sum(bridged for _, bridged in counted),
        identity=kinds.count("identity"),
        projection=kinds.count("projection"),
        padded=kinds.count("padded"),
        dense=kinds.count("dense"),
        gates=kinds.count("gate"),
    )


def _carrying(skip: Skip) -> tuple[str, ...]:
    """Nodes that tell that a block is bridged: its addition; its layers where a later block concatenates them."""
    return {"add": (skip.join,), "concatenate": skip.branch_nodes, "multiply": ()}[skip.join_kind]


def _alike(found: list[tuple[Group, bool]]) -> list[tuple[Group, bool]]:
    """Without the transitions: where some blocks are bridged, only blocks of their types count."""
    types = {block.type_name for block, bridged in found if bridged}
    return [(block, bridged) for block, bridged in found if block.type_name in types] if types else found


def blocks(graph: Graph) -> tuple[Group, ...]:
    """The blocks of all stages, stem and head left out."""
    stages = (stage for stage in graph.fold.children if stage.role == "stage")
    return tuple(block for stage in stages for block in (stage.children or (stage,)))


def answer(graph: Graph, title: str) -> tuple[str, str]:
    """Where the skips go and where the cost sits: the answer's first clause, and what follows it."""
    skips = count_skips(graph)
    rest = " ".join(filter(None, (_kinds(skips), _heaviest(graph))))
    return _bridges(graph, title, skips), rest


def _bridges(graph: Graph, title: str, skips: SkipCount) -> str:
    if not skips.additions and not skips.dense:
        if has_branches(graph):
            return f"{title} has no skips: its branches stand side by side, and their outputs are joined."
        layers = len(weighted_layers(graph)[0])
        return f"{title} has no skips: each of its {count(layers, 'weighted layer')} has only the path before it."
    if skips.blocks and skips.bridged == skips.blocks:
        return f"Every one of {title}’s {count(skips.blocks, 'block')} is bridged by a skip."
    if skips.bridged:
        return f"{skips.bridged} of {title}’s {count(skips.blocks, 'block')} are bridged by a skip."
    return f"{title} has {count(skips.additions + skips.dense, 'skip')}, none of them within a block."


def has_branches(graph: Graph) -> bool:
    """Whether outputs are joined as channels anywhere (Inception, SqueezeNet, DenseNet)."""
    return any(node.kind == "concatenate" for node in graph.nodes.values())


def _kinds(skips: SkipCount) -> str:
    kinds = (
        (
            skips.identity,
            "carry the input unchanged and cost nothing",
            "carries the input unchanged and costs nothing",
        ),
        (skips.projection, "are projections", "is a projection"),
        (
            skips.padded,
            "are padded with zeros where the shape changes",
            "is padded with zeros where the shape changes",
        ),
        (skips.dense, "are concatenated instead of added", "is concatenated instead of added"),
    )
    parts = [f"{number} {one if number == 1 else many}" for number, many, one in kinds if number]
    told = (
        f"All {parts[0]}."
        if len(parts) == 1 and skips.additions + skips.dense > 1
        else f"{_and(parts)}."
        if parts
        else ""
    )
    return f"{told} {count(skips.gates, 'gate')} weigh channels besides.".strip() if skips.gates else told


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _heaviest(graph: Graph) -> str:
    parts = graph.fold.children
    if len(parts) < 2 or not graph.parameters or not graph.macs:
        return ""
    top = max(parts, key=lambda part: part.parameters)
    share, work = top.parameters / graph.parameters, top.macs / graph.macs
    if share > _ALL:
        return ""
    word = "but does only" if work < 0.7 * share else "and does"
    where = "The head" if top.role == "head" else "The stem" if top.role == "stem" else top.title
    return (
        f"{where} holds {100 * share:.0f} % of the parameters {word} {100 * work:.0f} % of the multiply-adds."
    )


def weighted_layers(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of what multiplies by weights of its own: what counts towards the depth, and what lies on shortcuts."""
    on_shortcut = {name for skip in graph.skips if skip.join_kind == "add" for name in skip.shortcut_nodes}
    on_gate = {name for skip in graph.skips if skip.join_kind == "multiply" for name in _gate_path(skip)}
    names = [node.name for node in graph.nodes.values() if node.macs and node.parameters]
    return (
        tuple(n for n in names if n not in on_shortcut and n not in on_gate),
        tuple(n for n in names if n in on_shortcut),
    )


def _gate_path(skip: Skip) -> tuple[str, ...]:
    return skip.branch_nodes


def totals(graph: Graph, architecture: Architecture) -> tuple[tuple[str, str, str], ...]:
    """The strip of totals: label, value, remark."""
    main, shortcuts = weighted_layers(graph)
    skips = count_skips(graph)
    items = [
        ("Parameters", human(graph.parameters, digits=4), ""),
        ("Multiply-adds", human(graph.macs), f"at {_size(graph.input_size)}"),
        ("Weighted layers", str(len(main)), f"+ {len(shortcuts)} in skips" if shortcuts else ""),
        ("Skips", str(skips.additions + skips.dense), _skip_remark(skips)),
        ("Weights in memory", human_bytes(4 * graph.parameters), "float32"),
    ]
    published = _accuracies(architecture)
    return (*items, *([published] if published else []))


def _size(input_size: tuple[int, ...]) -> str:
    return " × ".join(str(side) for side in input_size[-2:]) if len(input_size) == 3 else str(input_size[-1])


def _skip_remark(skips: SkipCount) -> str:
    parts = [
        f"{number} {word}"
        for number, word in (
            (skips.identity, "identity"),
            (skips.projection, "projection"),
            (skips.padded, "padded"),
            (skips.dense, "dense"),
        )
        if number
    ]
    return f"all {parts[0].partition(' ')[2]}" if len(parts) == 1 else ", ".join(parts)


def accuracy(architecture: Architecture) -> str:
    """The published top-1 and the weights it belongs to (``"76.1 % V1"``); the plain recipes come first; "" for none.

    Figures of different recipes must not stand beside one another without their names.
    """
    known = _with_accuracy(architecture)
    return f"{known[0].top1:.1f} % {_short(known[0].name)}" if known else ""


def _with_accuracy(architecture: Architecture) -> list[PublishedWeights]:
    # The plain recipes V1 and V2 come before those of other sizes and data.
    known = [weights for weights in architecture.weights if weights.top1 is not None]
    return sorted(known, key=lambda weights: (len(_short(weights.name)) > len("V1"), weights.name))


def _accuracies(architecture: Architecture) -> tuple[str, str, str] | None:
    known = _with_accuracy(architecture)
    if not known:
        return None
    first, *others = known[:2]
    remark = _short(first.name) + "".join(f" · {w.top1:.1f} % {_short(w.name)}" for w in others)
    return ("Top-1, published", f"{first.top1:.1f} %", remark)


def _short(name: str) -> str:
    return name.removeprefix("IMAGENET1K_")


def figure_title(graph: Graph) -> str:
    """What the network's picture shows, as a sentence."""
    skips = count_skips(graph)
    if skips.dense and not skips.additions:
        return "Each layer hands its output on to all later ones"
    if skips.blocks and skips.bridged == skips.blocks:
        return "Each block adds its input back to its output"
    if skips.bridged:
        return f"{skips.bridged} of {skips.blocks} blocks add their input back to their output"
    if has_branches(graph):
        return "Branches side by side, joined at the end of each block"
    return "One layer after the other, and no way around"


def source(graph: Graph, architecture: Architecture) -> str:
    """Where the numbers of the page come from."""
    by = {"fx": "torch.fx", "export": "torch.export", "hooks": "forward hooks"}
    normed = any(node.kind == "batch_norm" for node in graph.nodes.values())
    included = "; batch norm included in the parameters" if normed else ""
    if graph.method == "onnx":
        parts = [f"Counted from the file {architecture.title}; nothing in it was run{included}."]
    else:
        parts = [f"Counted by tracing {architecture.name} with {by[graph.method]}{included}."]
    parts += [graph.lost] if graph.lost else []
    parts += (
        [f"Accuracy on ImageNet-1K as {architecture.library} publishes it."]
        if architecture.top1 is not None
        else []
    )
    if architecture.paper_title:
        parts.append(f"{architecture.paper_title} ({architecture.year}), {architecture.paper_url}")
    return " ".join(parts)
