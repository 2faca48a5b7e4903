"""Random small networks: what the arithmetic says of their units is what gradients and NaN find."""

from __future__ import annotations

from hypothesis import assume, given, settings
from torch import nn

from core.graph import trace
from core.graph.records import Graph
from tests.graph.fields.brute_force import (
    Unit,
    by_gradient,
    by_nan,
    claimed,
    inside,
    size_stride_offset,
)
from tests.graph.fields.stacks import hourglasses, stacks

CUTS = 12
SIZES = ((2, 56, 48), (2, 128, 120), (2, 250, 240))


def inner_units(graph: Graph, name: str, count: int) -> list[Unit]:
    """Up to ``count`` units along a diagonal in the middle of a map, whose boxes are well within the picture."""
    node = graph.at(name)
    rows, columns = node.output_shape[2:]
    start = (max((rows - count) // 2, 0), max((columns - count) // 2, 0))
    units = [(start[0] + n, start[1] + n) for n in range(count) if n + start[0] < rows and n + start[1] < columns]
    return [
        u
        for u in units
        if inside(node.receptive_field, graph.input_size, node.output_shape, u, margin=CUTS) == (0, 1)
    ]


def judged(net: nn.Module, count: int) -> tuple[Graph, str, list[Unit]]:
    """The network for the smallest picture that holds the boxes of ``count`` neighbours, and these."""
    name = str(len(net) - 1)
    for size in SIZES:
        graph = trace(net, size)
        if graph.at(name).receptive_field.status == "exact":
            units = inner_units(graph, name, count)
            if len(units) == count:
                return graph, name, units
    assume(False)
    raise AssertionError


@settings(deadline=None, max_examples=60)
@given(stacks())
def test_two_judges_find_the_box_that_is_computed(net):
    graph, name, units = judged(net, 2)
    node = graph.at(name)
    field = node.receptive_field
    measured = by_gradient(net, graph.input_size, name, units)
    assert measured == {u: claimed(field, graph.input_size, node.output_shape, u) for u in units}
    assert by_nan(net, graph.input_size, name, units[:1]) == {units[0]: measured[units[0]]}
    if not field.varies:
        assert size_stride_offset(measured, *units) == (field.size, field.stride, field.offset)
