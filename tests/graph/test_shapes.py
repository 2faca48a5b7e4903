"""Shapes that are worked out without torch's rules are those that torch gives."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils._pytree import tree_leaves

from core.graph.shapes import is_quick, quick_output

PAIR = st.tuples(st.integers(1, 3), st.integers(1, 3))


def shapes_of(value: object) -> list[tuple[int, ...]]:
    return [tuple(tensor.shape) for tensor in tree_leaves(value)]


@settings(max_examples=60, deadline=None)
@given(
    kernel=PAIR,
    stride=PAIR,
    padding=PAIR,
    dilation=PAIR,
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
def test_convolutions(kernel, stride, padding, dilation, size):
    layer = nn.Conv2d(2, 3, kernel, stride, padding, dilation)
    picture = torch.zeros(1, 2, *size)
    if is_quick(layer, (picture,)):
        assert shapes_of(quick_output(layer, picture)) == shapes_of(layer(picture))
    else:
        assume(min(size) < 7)
        with pytest.raises(RuntimeError):
            layer(picture)


def test_a_convolution_of_another_width_is_left_to_torch():
    assert not is_quick(nn.Conv2d(2, 3, 1), (torch.zeros(1, 4, 5, 5),))
    assert not is_quick(nn.Conv2d(2, 3, 3, padding="same"), (torch.zeros(1, 2, 5, 5),))


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("size", [(3, 5, 6), (3, 6)])
def test_recurrent_layers(kind, batch_first, bidirectional, size):
    layer = kind(6, 4, num_layers=2, batch_first=batch_first, bidirectional=bidirectional)
    sequence = torch.zeros(size)
    assert is_quick(layer, (sequence,))
    assert shapes_of(quick_output(layer, sequence)) == shapes_of(layer(sequence))


@pytest.mark.parametrize("layer", [nn.BatchNorm2d(2).eval(), nn.GELU(), nn.ReLU(), nn.SiLU(), nn.Mish()])
def test_elementwise_layers_keep_shape_and_layout(layer):
    maps = torch.zeros(1, 2, 4, 5).to(memory_format=torch.channels_last)
    out = quick_output(layer, maps)
    assert is_quick(layer, (maps,))
    assert (out.shape, out.stride()) == (layer(maps).shape, layer(maps).stride())


def test_an_in_place_layer_gives_its_operand_and_counts_as_a_change():
    maps = torch.zeros(1, 2, 4, 5)
    before = maps._version
    assert quick_output(nn.ReLU(inplace=True), maps) is maps
    assert maps._version == before + 1
