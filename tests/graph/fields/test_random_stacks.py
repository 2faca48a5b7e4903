"""Random small networks: what the arithmetic says of their units is what gradients and NaN find."""

from __future__ import annotations

import math

import torch
from hypothesis import assume, given, reject, settings
from torch import nn

from core.graph import trace
from core.graph.records import Graph, Node
from tests.graph.fields.brute_force import (
    Size,
    Unit,
    by_gradient,
    by_nan,
    claimed,
    inside,
    size_stride_offset,
    within,
)
from tests.graph.fields.stacks import adaptive, hourglasses, stacks

# The pictures that are tried, and how far from their border a box must stay: rows and columns that a network cuts off
# are a border too.
SIZES: tuple[Size, ...] = ((2, 56, 48), (2, 128, 120))
SMALL: tuple[Size, ...] = ((2, 32, 28), (2, 60, 52))
MARGIN = 8


def traced(net: nn.Sequential, size: Size) -> tuple[Graph, Node]:
    """The graph of a network and its last operation; a map too small for a layer is none of our matters."""
    try:
        with torch.no_grad():
            output = net(torch.zeros(1, *size))
    except RuntimeError:
        reject()
    if 0 in output.shape:
        reject()
    graph = trace(net, size)
    return graph, graph.at(str(len(net) - 1))


def neighbours(node: Node, count: int) -> list[Unit]:
    """Up to ``count`` units along a diagonal in the middle of a map."""
    rows, columns = node.output_shape[2:]
    row, column = max((rows - count) // 2, 0), max((columns - count) // 2, 0)
    return [(row + n, column + n) for n in range(min(count, rows - row, columns - column))]


def whole_boxes(net: nn.Sequential, sizes: tuple[Size, ...], count: int) -> tuple[Size, Node, list[Unit]]:
    """The smallest picture that holds the boxes of ``count`` neighbours in the middle of the last map."""
    found: list[tuple[Size, Node, list[Unit]]] = []
    for size in sizes:
        _, node = traced(net, size)
        field = node.receptive_field
        assert field.status == "exact"
        units = neighbours(node, count)
        if len(units) == count and all(
            inside(field, size, node.output_shape, unit, MARGIN) == (0, 1) for unit in units
        ):
            found.append((size, node, units))
            break
    assume(found)
    return found[0]


@settings(deadline=None, max_examples=50)
@given(stacks())
def test_two_judges_find_the_box_size_stride_and_offset(net):
    size, node, units = whole_boxes(net, SIZES, 2)
    field, name = node.receptive_field, str(len(net) - 1)
    measured = by_gradient(net, size, name, units)
    assert measured == {unit: claimed(field, size, node.output_shape, unit) for unit in units}
    assert by_nan(net, size, name, units[:1]) == {units[0]: measured[units[0]]}
    if not field.varies:
        assert size_stride_offset(measured, *units) == (field.size, field.stride, field.offset)


@settings(deadline=None, max_examples=40)
@given(hourglasses())
def test_boxes_that_vary_are_found_unit_by_unit(net):
    size, node, units = whole_boxes(net, SMALL, 4)
    field = node.receptive_field
    measured = by_gradient(net, size, str(len(net) - 1), units)
    assert measured == {unit: claimed(field, size, node.output_shape, unit) for unit in units}
    for axis in (0, 1):
        sizes = {span[axis][1] - span[axis][0] + 1 for span in measured.values() if span[axis] is not None}
        assert max(sizes, default=0) <= field.size[axis]
        if not field.varies or len(field.phases[axis]) <= len(units):
            assert max(sizes, default=0) == field.size[axis]


@settings(deadline=None, max_examples=25)
@given(stacks())
def test_at_the_border_nothing_outside_the_box_matters(net):
    size = (2, 40, 36)
    _, node = traced(net, size)
    rows, columns = node.output_shape[2:]
    units = [(0, 0), (rows - 1, 0), (rows // 2, columns - 1)]
    for unit, spans in by_gradient(net, size, str(len(net) - 1), units).items():
        said = claimed(node.receptive_field, size, node.output_shape, unit)
        assert all(within(measured, computed) for measured, computed in zip(spans, said, strict=True))


@settings(deadline=None, max_examples=25)
@given(adaptive())
def test_adaptive_pooling_reads_the_windows_that_judges_find(net):
    size = (2, 36, 30)
    _, node = traced(net, size)
    rows, columns = node.output_shape[2:]
    field, name = node.receptive_field, str(len(net) - 1)
    units = [(n % rows, n % columns) for n in range(math.lcm(rows, columns))][:12]
    measured = by_gradient(net, size, name, units)
    if rows == columns == 1:
        assert field.status == "whole image"
        assert measured == {(0, 0): ((0, 35), (0, 29))}
    else:
        assert measured == {unit: claimed(field, size, node.output_shape, unit) for unit in units}
