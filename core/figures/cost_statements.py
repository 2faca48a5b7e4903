"""Where a network's cost sits, in sentences computed from its graph."""

from __future__ import annotations

from collections.abc import Sequence

from core.figures.items import Roles
from core.figures.numbers import count
from core.figures.quantities import Costs, Quantity
from core.graph.records import Graph, Group

HALF = 0.5
"""A place holds a quantity if it has at least this part of it."""
_EVEN = 1.5  # stages are even if the largest has at most so many times the smallest


def title(graph: Graph, top: Quantity, bottom: Quantity) -> str:
    """Where the two quantities sit: ``"Parameters sit in the last stage, multiply-adds in the middle"``."""
    costs = Costs(graph, top), Costs(graph, bottom)
    if not all(cost.total for cost in costs):
        return f"{top.title} above, {bottom.name} below"
    head = _head_sentence(graph, *costs)
    if head:
        return head
    alike = _alike_blocks(graph, costs)
    if alike:
        return f"Each of the {alike} blocks costs the same"
    here, there = (place(graph, cost) for cost in costs)
    sit, spread = top.verb("sit", "sits"), top.verb("are", "is")
    if top == bottom:
        return f"{top.title} {sit} {here}" if here else f"{top.title}, by stages and blocks"
    if here and here == there:
        return f"{top.title} and {bottom.name} both sit {here}"
    if here and there:
        return f"{top.title} {sit} {here}, {bottom.name} {there}"
    if here:
        return f"{top.title} {sit} {here}, {bottom.name} {bottom.verb('are', 'is')} spread over the stages"
    if there:
        return (
            f"{bottom.title} {bottom.verb('sit', 'sits')} {there}, {top.name} {spread} spread over the stages"
        )
    return f"Neither {top.name} nor {bottom.name} {bottom.verb('sit', 'sits')} in one place"


def _head_sentence(graph: Graph, top: Costs, bottom: Costs) -> str:
    """Where the head alone holds most of the upper quantity."""
    head = next((part for part in graph.fold.children if part.role == "head"), None)
    if head is None:
        return ""
    share, work = (cost.share(cost.of(head.nodes)) for cost in (top, bottom))
    if share < HALF or top.quantity == bottom.quantity:
        return ""
    return (
        f"The head holds {_whole(share)} of the {top.quantity.name} "
        f"and {_whole(work)} of the {bottom.quantity.name}"
    )


def _alike_blocks(graph: Graph, costs: Sequence[Costs]) -> int:
    """How many blocks the network's only stage has, if all cost the same; else 0."""
    stages = [part for part in graph.fold.children if part.role == "stage"]
    if len(stages) != 1 or len(stages[0].children) < 3:
        return 0
    for cost in costs:
        amounts = [cost.of(block.nodes) for block in stages[0].children]
        if min(amounts) != max(amounts) or cost.share(sum(amounts)) < HALF:
            return 0
    return len(stages[0].children)


def _whole(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "less than 1 %"


def place(graph: Graph, costs: Costs) -> str:
    """The place that holds at least half of a quantity: the narrowest that has a name; "" where there is none."""
    parts = [part for part in graph.fold.children if part.role != "input"]
    stages = [part for part in parts if part.role == "stage"]
    shares = {part.name: costs.share(costs.of(part.nodes)) for part in parts}
    single = [part for part in parts if shares[part.name] >= HALF]
    if single:
        return _in(single[0], stages)
    if len(stages) < 2:
        return ""
    of_stages = [shares[stage.name] for stage in stages]
    if sum(of_stages) >= HALF and max(of_stages) <= _EVEN * min(of_stages):
        return "in all stages alike"
    count_, outer = len(stages), round(len(stages) / 4)
    ranges = {
        "in the early stages": of_stages[: count_ // 2],
        "in the late stages": of_stages[-(count_ // 2) :],
    }
    if count_ >= 4:
        ranges["in the middle"] = of_stages[outer:-outer]
    where = max(ranges, key=lambda name: sum(ranges[name]))
    # A range is only worth its name if the largest stage of all lies in it.
    return where if sum(ranges[where]) >= HALF and max(of_stages) in ranges[where] else ""


def _in(part: Group, stages: Sequence[Group]) -> str:
    if part.role != "stage":
        return f"in the {part.role}"
    if len(stages) == 1:
        return "in its one stage"
    if part is stages[0]:
        return "in the first stage"
    return "in the last stage" if part is stages[-1] else f"in {part.title.lower()}"


def subtitle(graph: Graph, quantity: Quantity) -> str:
    """What the rectangles are, and what the shortcuts cost of the upper quantity."""
    costs, roles = Costs(graph, quantity), Roles(graph)
    amounts = [
        costs.of(name for name in skip.shortcut_nodes if name in roles.skip)
        for skip in graph.skips
        if skip.join_kind == "add"
    ]
    paying = sum(amount > 0 for amount in amounts)
    if paying:
        total = costs.of(roles.skip)
        kind = (
            "projection skip" if quantity.name in ("parameters", "multiply-adds") else "skip with operations"
        )
        plural = f"{kind}s" if kind.endswith("skip") else "skips with operations"
        return (
            f"Stages, their blocks and, in vermillion, the {count(paying, kind, plural)}: "
            f"{_amount(quantity, total)}, {costs.percent(total)} of all"
        )
    if amounts:
        what = "weight" if quantity.name == "parameters" else f"share of the {quantity.name}"
        return f"Stages and their blocks; none of the {count(len(amounts), 'skip')} has a {what}"
    return "Stages and their blocks; widths are shares"


def _amount(quantity: Quantity, total: int) -> str:
    return quantity.text(total) if quantity.in_bytes else f"{quantity.text(total)} {quantity.name}"


def source(*quantities: Quantity) -> str:
    """How the quantities are counted."""
    names = {quantity.name for quantity in quantities}
    counted = {
        "parameters": "Parameters: scalars in all weights, a shared weight once.",
        "multiply-adds": "Multiply-adds: of convolutions, linear layers and matrix products.",
        "activations": "Activations: outputs at 4 bytes a number; views and operations in place write none.",
        "training memory": "Training memory: weights, their gradients, the optimiser’s state, and what autograd "
        "keeps for the backward pass by the kind of each operation; work space is not counted.",
    }
    return " ".join(text for name, text in counted.items() if name in names)
