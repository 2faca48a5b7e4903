"""What a recipe costs and how it compares with the net it started from, row by row and in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.architectures.spec import NetSpec, StageSpec
from core.figures.numbers import count, human, shape_text
from core.figures.statements import weighted_layers
from core.graph.records import Graph, Node

WORDS = {
    "vgg": "VGG 3×3",
    "plain": "Plain 3×3, 3×3",
    "basic": "Basic 3×3, 3×3",
    "bottleneck": "Bottleneck 1×1, 3×3, 1×1",
    "grouped-bottleneck": "Bottleneck, 32 groups",
    "pre-activation": "Pre-activation 3×3, 3×3",
}
VECTOR_WORDS = {"plain": "Plain linear, linear", "basic": "Basic linear, linear"}
_SQUEEZING = ("bottleneck", "grouped-bottleneck")
_MOST_NAMED = 4  # more stages than this are not told one by one


@dataclass(frozen=True, slots=True)
class RowCost:
    """What a row of the form puts out and costs.

    Attributes:
        output: shape as people write it (``"14 × 14 × 512"``).
        parameters: scalars in its weights.
        macs: multiply-adds for one input.
        bridged: whether it has skips.
    """

    output: str
    parameters: int
    macs: int
    bridged: bool


@dataclass(frozen=True, slots=True)
class Costs:
    """The rows of a network; no stem where the first stage reads the input itself."""

    stem: RowCost | None
    stages: tuple[RowCost, ...]
    head: RowCost

    @property
    def rows(self) -> tuple[RowCost, ...]:
        """All rows, top to bottom."""
        return (*((self.stem,) if self.stem else ()), *self.stages, self.head)


@dataclass(frozen=True, slots=True)
class Sized:
    """A network to compare with: its name as people write it, and its two sizes."""

    title: str
    parameters: int
    macs: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a comparison.

    Attributes:
        title: the network.
        share: length, 0 … 1 of the longest.
        value: the number as text.
        words: how it compares.
        own: whether it is the visitor's own.
        bridged: whether the network has skips.
    """

    title: str
    share: float
    value: str
    words: str
    own: bool
    bridged: bool


def row_costs(spec: NetSpec, graph: Graph) -> Costs:
    """What each row of the recipe costs, from the network's traced graph."""
    rows: dict[int, list[Node]] = {place: [] for place in range(-1, len(spec.stages) + 1)}
    place_of = _Places(spec)
    joins = {place_of(graph.nodes[skip.join].module_path) for skip in graph.skips}
    for node in graph.nodes.values():
        if node.kind not in ("input", "parameter"):
            rows[place_of(node.module_path)].append(node)
    costs = [_row(nodes, bridged=place in joins) for place, nodes in rows.items() if nodes]
    stem = costs.pop(0) if spec.stem is not None else None
    return Costs(stem, tuple(costs[:-1]), costs[-1])


def _row(nodes: Sequence[Node], *, bridged: bool) -> RowCost:
    return RowCost(
        shape_text(nodes[-1].output_shape),
        sum(node.parameters for node in nodes),
        sum(node.macs for node in nodes),
        bridged,
    )


class _Places:
    """The row of a module path: -1 the stem, then the stages, then the head."""

    def __init__(self, spec: NetSpec) -> None:
        self._head = len(spec.stages)
        vgg = spec.stem is None and all(stage.block == "vgg" for stage in spec.stages)
        self._series = "features" if vgg else "blocks" if spec.is_vector else ""
        lengths = (_vgg_layers(spec, stage) if vgg else stage.count for stage in spec.stages)
        self._ends = _sums(lengths)

    def __call__(self, path: str) -> int:
        first, _, rest = path.partition(".")
        if self._series and first == self._series:
            position = int(rest.partition(".")[0])
            return next(place for place, end in enumerate(self._ends) if position < end)
        if first.startswith("layer") and not self._series:
            return int(first.removeprefix("layer")) - 1
        return -1 if first in ("conv1", "bn1", "relu", "maxpool") else self._head


def _vgg_layers(spec: NetSpec, stage: StageSpec) -> int:
    return stage.count * (2 if spec.norm == "none" else 3) + (stage.stride == 2)


def _sums(lengths: Iterable[int]) -> list[int]:
    ends: list[int] = []
    for length in lengths:
        ends.append((ends[-1] if ends else 0) + length)
    return ends


def answer(
    spec: NetSpec, graph: Graph, base: NetSpec, base_title: str, base_cost: Sized | None
) -> tuple[str, str]:
    """What the recipe gives, beside the net it started from: the first clause, and where its cost sits."""
    sizes = [
        count(spec.depth, "layer"),
        f"{human(graph.parameters)} parameters",
        f"{human(graph.macs)} multiply-adds",
    ]
    rest = " ".join(filter(None, (_squeezed(spec, graph), _without(spec), _heavy_head(spec, graph))))
    if spec == base:
        return f"This is {base_title}: {', '.join(sizes)}.", rest or "Change a row to see what it does."
    if base_cost is None:
        return f"{_depth(spec, base, base_title)}: {', '.join(sizes)}.", rest
    sizes[1] += f" ({_share(graph.parameters, base_cost.parameters)})"
    sizes[2] += f" ({_share(graph.macs, base_cost.macs)})"
    lead = f"{_depth(spec, base, base_title)}{_price(graph, base_cost)}"
    return f"{lead}: {', '.join(sizes)}.", rest


def _depth(spec: NetSpec, base: NetSpec, title: str) -> str:
    ratio = spec.depth / base.depth
    if 1.9 <= ratio <= 2.1:
        return f"Twice as deep as {title}"
    if 0.48 <= ratio <= 0.52:
        return f"Half as deep as {title}"
    if spec.depth == base.depth:
        return f"As deep as {title}"
    if ratio >= 1.5:
        return f"{ratio:.1f} times as deep as {title}"
    return f"{'Deeper' if ratio > 1 else 'Less deep'} than {title}"


def _price(graph: Graph, base: Sized) -> str:
    signs = {(a > b) - (a < b) for a, b in ((graph.parameters, base.parameters), (graph.macs, base.macs))} - {
        0
    }
    words = {-1: ", for less", 1: ", for more"}
    return words[signs.pop()] if len(signs) == 1 else ""


def _share(part: int, whole: int) -> str:
    ratio = part / whole if whole else 0.0
    return f"{ratio:.0f} times" if ratio >= 10 else f"{100 * ratio:.0f} %"


def _squeezed(spec: NetSpec, graph: Graph) -> str:
    places = [place for place, stage in enumerate(spec.stages) if stage.block in _SQUEEZING]
    projections = [graph.nodes[name] for name in weighted_layers(graph)[1]]
    norms = {name for skip in graph.skips if skip.join_kind == "add" for name in skip.shortcut_nodes}
    if not places:
        held = sum(graph.nodes[name].parameters for name in norms)
        return f"The skips’ projections hold {human(held)} of the parameters." if projections else ""
    place_of = _Places(spec)
    inside = [node for node in graph.nodes.values() if place_of(node.module_path) in places]
    total = sum(node.parameters for node in inside)
    held = sum(node.parameters for node in inside if node.name in norms)
    told = f"{_stages(places)} {'squeeze' if len(places) > 1 else 'squeezes'} before {_their(places)} 3×3"
    if held:
        told += f"; of {_their(places)} {human(total)} parameters the skips’ projections hold {human(held)}"
    return f"{told}."


def _their(places: Sequence[int]) -> str:
    return "their" if len(places) > 1 else "its"


def _without(spec: NetSpec) -> str:
    open_ = [i for i, s in enumerate(spec.stages) if s.block not in ("vgg", "plain") and not s.skip]
    if not open_ or spec.shortcut == "none":
        return ""
    return f"{_stages(open_)} {'have' if len(open_) > 1 else 'has'} no skips."


def _heavy_head(spec: NetSpec, graph: Graph) -> str:
    share = row_costs(spec, graph).head.parameters / max(1, graph.parameters)
    return f"The head holds {100 * share:.0f} % of the parameters." if 0.5 < share < 0.995 else ""


def _stages(places: Sequence[int]) -> str:
    """``[2, 3]`` → ``"Stages 3 and 4"``."""
    numbers = [str(place + 1) for place in places]
    if len(numbers) == 1:
        return f"Stage {numbers[0]}"
    if len(numbers) > _MOST_NAMED:
        return f"{len(numbers)} stages"
    return f"Stages {', '.join(numbers[:-1])} and {numbers[-1]}"


def figure_title(spec: NetSpec, base: NetSpec, base_title: str) -> str:
    """What the strips show, as a sentence on what was changed."""
    changed = [
        place for place, stage in enumerate(spec.stages) if stage not in base.stages[place : place + 1]
    ]
    gone = len(base.stages) - len(spec.stages)
    if spec == base:
        return f"The recipe of {base_title}"
    if not changed and gone > 0:
        return f"{count(gone, 'stage')} fewer than {base_title}"
    if not changed:
        return f"The stages are those of {base_title}"
    blocks = {spec.stages[place].block for place in changed}
    squeezed = blocks <= set(_SQUEEZING) and not any(stage.block in _SQUEEZING for stage in base.stages)
    return f"{_stages(changed)} changed" + (": squeezed for the 3×3, wide between blocks" if squeezed else "")


def entry_lines(spec: NetSpec, graph: Graph) -> tuple[str, ...]:
    """What stands under a network's name beside its strip."""
    skips = sum(skip.join_kind == "add" for skip in graph.skips)
    return (count(spec.depth, "layer"), count(skips, "skip") if skips else "no skips")


def comparison(
    measure: str, own: Sized, others: Sequence[tuple[Sized, bool]], *, bridged: bool
) -> tuple[Bar, ...]:
    """Bars of one measure at one scale: the others, each with whether it has skips, then one's own net.

    Args:
        measure: ``"parameters"`` or ``"macs"``.
        own: the visitor's own net.
        others: the first one is what the rest is told against, the last one what one's own net started from.
        bridged: whether one's own net has skips.
    """
    listed = [(sized, skips, False) for sized, skips in others] + [(own, bridged, True)]
    values = [getattr(sized, measure) for sized, _, _ in listed]
    longest = max((*values, 1))
    bars = []
    for (sized, skips, mine), value in zip(listed, values, strict=True):
        words = (
            [] if sized is listed[0][0] else [_times(value, values[0], "" if mine else listed[0][0].title)]
        )
        if mine and len(others) > 1:
            words.append(f"{_share(value, values[-2])} of {others[-1][0].title}")
        bars.append(
            Bar(
                sized.title,
                value / longest,
                human(value, digits=_digits(value)),
                ", ".join(words),
                mine,
                skips,
            )
        )
    return tuple(bars)


def _digits(value: int) -> int:
    """As in the literature: two places after the point for millions and thousand millions."""
    return 3 if value < 1_000_000 else 2 + len(str(value)) - 3 * ((len(str(value)) - 1) // 3)


def _times(value: int, first: int, title: str) -> str:
    """How a number stands to the first one; ``title`` names that one, "" where it is clear."""
    if not value or not first:
        return ""
    if value == first:
        return f"as many as {title}" if title else ""
    ratio = f"{max(value, first) / min(value, first):.1f} times"
    if value > first:
        return f"{ratio} as many{f' as {title}' if title else ''}"
    return f"{ratio} fewer{f' than {title}' if title else ''}"
