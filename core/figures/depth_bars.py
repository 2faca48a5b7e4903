"""What each layer costs, along the depth: one bar a layer on a linear axis, and below it the blocks and stages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.figures.canvas import Canvas
from core.figures.depth_layout import Layer, layers
from core.figures.diagram import Box, Diagram, Mark
from core.figures.kept import by_identity
from core.figures.numbers import SPACE, count, shape_text
from core.figures.quantities import Costs, Quantity
from core.figures.svg import element, label, line, text_width
from core.figures.ticks import nice
from core.graph.records import Graph, Group

PLOT_TOP, BAND, BAND_HEIGHT, LABELS = 14.0, 86.0, 6.0, 106.0
"""Px from the top: where the largest bar ends, the band of blocks, and the baseline of the stages' names."""
HEIGHT = 112.0
AXIS = 56.0  # px at the left for the axis
_BASE = 82.0  # px from the top: where bars stand
_THINNEST = 3.0  # px that a bar and its gap take at least
_WIDEST = 18.0  # px


@by_identity(16)
def depth_bars(graph: Graph, quantity: Quantity, *, width: float = 690) -> Diagram:
    """Bars along the depth; each layer, and in the band below each block, is a mark.

    Args:
        graph: its layers are shown in execution order.
        quantity: the height of the bars.
        width: px.
    """
    costs = Costs(graph, quantity)
    found = layers(graph, costs, most=int((width - AXIS) / _THINNEST))
    canvas = Canvas()
    slot = (width - AXIS) / max(1, len(found))
    most = max((layer.amount for layer in found), default=0)
    top = _ticks(canvas, quantity, most, width)
    for number, layer in enumerate(found):
        _draw_layer(canvas, graph, costs, layer, AXIS + number * slot, slot, top)
    _draw_band(canvas, graph, costs, found, slot)
    return canvas.diagram(
        "".join(canvas.parts),
        kind="depth",
        spoken=f"{quantity.title} of each layer, from input to output",
        width=width,
        height=HEIGHT,
    )


def depth_title(graph: Graph, quantity: Quantity) -> tuple[str, str]:
    """Which layer has most of a quantity, and what the bars are."""
    costs = Costs(graph, quantity)
    found = layers(graph, costs, most=len(graph.nodes))
    if not found or not costs.total:
        return f"{quantity.title} along the depth", "No layer has any."
    largest = max(found, key=lambda layer: layer.amount)
    share = costs.percent(largest.amount)
    told = (
        f"{largest.largest} alone has {share} of the {quantity.name}"
        if costs.share(largest.amount) >= 0.1
        else f"No layer has more than {share} of the {quantity.name}"
    )
    return (
        told,
        f"{count(len(found), 'layer')} in execution order, each with what follows it; below, blocks and stages",
    )


def _ticks(canvas: Canvas, quantity: Quantity, most: int, width: float) -> float:
    """Draw the axis; returns the amount at its top."""
    step = nice(most / 2) if most else 1.0
    top = step * math.ceil(most / step) if most else 1.0
    steps = round(top / step)
    # All ticks in the unit of the highest, which alone names it.
    unit = quantity.text(top).partition(SPACE)[2]
    scale = 1000 ** (1 + "kMGTPE".index(unit[0])) if unit and unit[0] in "kMGTPE" else 1
    for number in range(steps + 1):
        y = _BASE - (_BASE - PLOT_TOP) * number / steps
        text = f"{number * step / scale:g}"
        named = f"{text}{SPACE}{unit}" if number == steps and unit else text
        canvas.put(line(AXIS, y, width, y, "grid"), label(named, AXIS - 6, y + 4, "shape", "end"))
    return top


def _draw_layer(
    canvas: Canvas, graph: Graph, costs: Costs, layer: Layer, x: float, slot: float, top: float
) -> None:
    height = (_BASE - PLOT_TOP) * layer.amount / top
    width = min(_WIDEST, slot - min(2.0, 0.35 * slot))
    bar = element(
        "rect",
        class_=f"bar {layer.role}",
        x=x + (slot - width) / 2,
        y=_BASE - height,
        width=width,
        height=height,
    )
    several = len(layer.names) > 1
    name = f"{layer.names[0]} to {layer.names[-1]}" if several else layer.largest
    rows = [(costs.quantity.title, f"{costs.quantity.exact(layer.amount)} · {costs.percent(layer.amount)}")]
    rows += [("Layers", str(len(layer.names))), ("Largest", layer.largest)] if several else []
    canvas.mark(
        Mark(
            id=layer.largest,
            kind="operation",
            box=Box(x, PLOT_TOP - 4, slot, _BASE - PLOT_TOP + 4),
            label=name,
            detail=shape_text(graph.nodes[layer.names[-1]].output_shape),
            rows=tuple(rows),
            openable=False,
            opened=False,
            operations=layer.nodes,
        ),
        [bar],
        classes=" over",
        hit_first=False,
        rx=2,
    )


def _draw_band(canvas: Canvas, graph: Graph, costs: Costs, found: Sequence[Layer], slot: float) -> None:
    """Blocks as a row of small rectangles, and the stages' names below."""
    at = {name: index for index, layer in enumerate(found) for name in layer.names}
    taken = {mark.id for mark in canvas.marks}
    for stage in graph.fold.children:
        span = _span(stage, at)
        if span is None:
            continue
        for block in stage.children or (stage,):
            _draw_block(canvas, costs, block, at, slot, taken)
        left, right = AXIS + span[0] * slot, AXIS + (span[1] + 1) * slot
        if text_width(stage.title) <= right - left - 4:
            canvas.put(label(stage.title, (left + right) / 2, LABELS, "sub"))


def _draw_block(
    canvas: Canvas, costs: Costs, block: Group, at: Mapping[str, int], slot: float, taken: set[str]
) -> None:
    span = _span(block, at)
    if span is None:
        return
    x, width = AXIS + span[0] * slot, (span[1] - span[0] + 1) * slot
    drawn = element(
        "rect", class_="band", x=x, y=BAND, width=width - min(1.0, 0.35 * width), height=BAND_HEIGHT
    )
    if block.name in taken:
        canvas.put(drawn)
        return
    amount = costs.of(block.nodes)
    mark = Mark(
        id=block.name,
        kind="block",
        box=Box(x, BAND - 2, width, BAND_HEIGHT + 4),
        label=block.title,
        detail=shape_text(block.output_shape),
        rows=((costs.quantity.title, f"{costs.quantity.exact(amount)} · {costs.percent(amount)}"),),
        openable=False,
        opened=False,
        operations=(),
    )
    canvas.mark(mark, [drawn], classes=" over", hit_first=False, rx=2)


def _span(group: Group, at: Mapping[str, int]) -> tuple[int, int] | None:
    """First and last bar that shows a layer of the group; None where it has none."""
    found = [at[name] for name in group.nodes if name in at]
    return (min(found), max(found)) if found else None
