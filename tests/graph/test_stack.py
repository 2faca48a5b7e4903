"""Stacks of small layers against torch: fields, paths, weights, multiply-adds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.graph import trace
from core.graph.stack import PRESETS, BadStack, Stack, StackLayer, counterpart, parse

LAYERS = st.builds(
    StackLayer, st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["conv", "pool"])
)
STACKS = st.lists(LAYERS, min_size=1, max_size=3).map(lambda layers: Stack(tuple(layers)))


def network(stack: Stack, axes: int = 2, **padding: int) -> nn.Sequential:
    """The stack in torch, one channel, poolings as means so that every path counts."""
    conv, pool = (nn.Conv1d, nn.AvgPool1d) if axes == 1 else (nn.Conv2d, nn.MaxPool2d)
    parts = [
        conv(1, 1, one.kernel, one.stride, one.taps[-1] // 2 if padding else 0, one.dilation, bias=False)
        if one.kind == "conv" or axes == 1
        else pool(one.kernel, one.stride, one.taps[-1] // 2 if padding else 0, dilation=one.dilation)
        for one in stack.layers
    ]
    return nn.Sequential(*parts).double()


@given(STACKS)
@settings(max_examples=60, deadline=None)
def test_paths_are_what_gradients_of_ones_count(stack):
    net = network(stack, axes=1)
    for weights in net.parameters():
        nn.init.ones_(weights)
    x = torch.zeros(1, 1, stack.field, dtype=torch.float64, requires_grad=True)
    y = net(x)
    assert y.shape[-1] == 1  # the field just fits one output cell
    y.sum().backward()
    assert stack.paths.tolist() == x.grad[0, 0].tolist()
    assert stack.reached == int((x.grad != 0).sum())
    assert stack.cells[0] == tuple(np.flatnonzero(stack.paths).tolist())
    assert stack.cells[-1] == (0,)


@given(STACKS)
@settings(max_examples=15, deadline=None)
def test_fields_are_those_of_traced_networks(stack):
    side = stack.field + 2 * stack.stride
    graph = trace(network(stack), (1, side, side))
    found = [node.receptive_field for node in graph.nodes.values() if node.kind != "output"]
    assert [field.size for field in found] == [(size, size) for size in stack.fields]
    assert [field.stride for field in found] == [(step, step) for step in stack.steps]


@pytest.mark.parametrize("text", ["5", "3-3", "3-3d2-3d4", "3s2-3", "3-3s2", "7s2-p3s2-3", "3s3-5d2-3s2"])
def test_weights_and_multiply_adds_are_those_of_traced_networks(text):
    stack = parse(text)
    side = 4 * stack.stride  # with half a kernel of padding each map is its input over the stride
    graph = trace(network(stack, padding=1), (1, side, side))
    assert graph.parameters == stack.weights
    assert graph.macs == stack.macs * 4**2


def test_the_known_figures():
    def told(stack):
        return stack.field, stack.weights, stack.bends

    assert {name: told(stack) for name, stack in PRESETS.items()} == {
        "One 5×5": (5, 25, 1),
        "Two 3×3": (5, 18, 2),
        "One 7×7": (7, 49, 1),
        "Three 3×3": (7, 27, 3),  # Simonyan & Zisserman 2014, section 2.3
        "Dilated": (15, 27, 3),  # Yu & Koltun 2015, table 1: 3, 7, 15
    }
    assert PRESETS["Dilated"].fields == (1, 3, 7, 15)
    assert PRESETS["Two 3×3"].paths.tolist() == [1, 2, 3, 2, 1]


@given(STACKS)
def test_a_stack_is_read_as_it_is_written(stack):
    assert parse(stack.text) == stack


def test_kernels_may_be_written_with_their_letter():
    assert parse("k3s1d2-k5") == parse("3d2-5")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "written as"),
        ("abc", "written as"),
        ("3--3", "written as"),
        ("3,3", "written as"),
        ("３", "written as"),
        ("0", "kernel of 0"),
        ("12", "kernel of 12"),
        ("3s4", "stride of 4"),
        ("3d5", "dilation of 5"),
        ("-".join(["3"] * 9), "9 layers are more than 8"),
        ("3" * 101, "more than 100 letters"),
    ],
)
def test_what_is_no_stack_is_said(text, why):
    with pytest.raises(BadStack, match=why):
        parse(text)


@given(STACKS)
def test_a_counterpart_has_the_same_field_and_stride(stack):
    other = counterpart(stack)
    if other is None:
        assert not stack.weights or len(stack.layers) == 1
        return
    assert (other.field, other.stride) == (stack.field, stack.stride)
    assert other.reached == other.field
    assert not other.pools


def test_the_largest_stack_is_still_counted():
    stack = parse("-".join(["11s3d4"] * 8))
    assert stack.field == 1 + 40 * sum(3**level for level in range(8))
    assert int(stack.paths.sum()) == 11**8
