"""What a network's graph says, in sentences and totals computed from it; a clause that cannot be computed is left out."""

from __future__ import annotations

from dataclasses import dataclass

from core.architectures.records import Architecture
from core.figures.numbers import count, human, human_bytes, percent
from core.graph.records import Graph, Group, Skip

_WEIGHTED = frozenset({"conv", "linear", "attention"})


@dataclass(frozen=True, slots=True)
class SkipCount:
    """How a network's blocks are bridged.

    Attributes:
        blocks: blocks in its stages.
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
    carrying = {skip.join for skip in graph.skips if skip.join_kind != "multiply"}
    all_blocks = blocks(graph)
    kinds = [skip.kind for skip in graph.skips]
    return SkipCount(
        blocks=len(all_blocks),
        bridged=sum(not carrying.isdisjoint(block.nodes) for block in all_blocks),
        identity=kinds.count("identity"),
        projection=kinds.count("projection"),
        padded=kinds.count("padded"),
        dense=kinds.count("dense"),
        gates=kinds.count("gate"),
    )


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
        layers = len(weighted_layers(graph)[0])
        return f"{title} has no skips: each of its {count(layers, 'weighted layer')} has only the path before it."
    if skips.blocks and skips.bridged == skips.blocks:
        return f"Every one of {title}’s {count(skips.blocks, 'block')} is bridged by a skip."
    if skips.bridged:
        return f"{skips.bridged} of {title}’s {count(skips.blocks, 'block')} are bridged by a skip."
    return f"{title} has {count(skips.additions + skips.dense, 'skip')}, none of them within a block."


def _kinds(skips: SkipCount) -> str:
    parts = []
    if skips.identity:
        parts.append(f"{skips.identity} carry the input unchanged and cost nothing")
    if skips.projection:
        parts.append(f"{skips.projection} {'is a projection' if skips.projection == 1 else 'are projections'}")
    if skips.padded:
        parts.append(f"{skips.padded} are padded with zeros where the shape changes")
    if skips.dense:
        parts.append(f"{skips.dense} concatenate instead of adding")
    if skips.gates:
        parts.append(f"{skips.gates} more multiply (gates)")
    return f"Of the skips, {', '.join(parts)}." if parts else ""


def _heaviest(graph: Graph) -> str:
    parts = graph.fold.children
    if len(parts) < 2 or not graph.parameters or not graph.macs:
        return ""
    top = max(parts, key=lambda part: part.parameters)
    share, work = top.parameters / graph.parameters, top.macs / graph.macs
    word = "but does only" if work < 0.7 * share else "and does"
    where = "The head" if top.role == "head" else "The stem" if top.role == "stem" else top.title
    return f"{where} holds {100 * share:.0f} % of the parameters {word} {100 * work:.0f} % of the multiply-adds."


def weighted_layers(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the convolutions and linear layers: those that count towards the depth, and those on shortcuts."""
    on_shortcut = {name for skip in graph.skips if skip.join_kind == "add" for name in skip.shortcut_nodes}
    on_gate = {name for skip in graph.skips if skip.join_kind == "multiply" for name in _gate_path(skip)}
    names = [node.name for node in graph.nodes.values() if node.kind in _WEIGHTED and node.parameters]
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
    return ", ".join(parts)


def _accuracies(architecture: Architecture) -> tuple[str, str, str] | None:
    known = [w for w in architecture.weights if w.top1 is not None]
    if not known:
        return None
    first, *others = sorted(known, key=lambda w: w.name)[:2]
    remark = _short(first.name) + "".join(f" · {w.top1:.1f} % {_short(w.name)}" for w in others)
    return ("Top-1, published", f"{first.top1:.1f} %", remark)


def _short(name: str) -> str:
    return name.removeprefix("IMAGENET1K_")


def share_of(part: float, whole: float, text: str) -> str:
    """``"1.12 M · 4.4 %"``."""
    return f"{text} · {percent(part, whole)}"
