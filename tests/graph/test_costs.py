"""Multiply-adds against torch's own counter, on the shapes that hypothesis thinks of."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.graph import trace
from tests.graph.networks import Function

LAYERS = st.integers(1, 3)


def macs_by_torch(module: nn.Module, size: tuple[int, ...]) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module.eval()(torch.zeros(1, *size))
    return counter.get_total_flops() // 2


def check_macs(module: nn.Module, size: tuple[int, ...]) -> None:
    assert trace(module, size).macs == macs_by_torch(module, size)


@settings(max_examples=25, deadline=None)
@given(
    groups=st.integers(1, 3),
    widths=st.tuples(LAYERS, LAYERS),
    kernel=st.tuples(LAYERS, LAYERS),
    stride=LAYERS,
    dilation=st.integers(1, 2),
    transposed=st.booleans(),
)
def test_convolutions(groups, widths, kernel, stride, dilation, transposed):
    layer = nn.ConvTranspose2d if transposed else nn.Conv2d
    width, out = groups * widths[0], groups * widths[1]
    check_macs(layer(width, out, kernel, stride, 1, groups=groups, dilation=dilation), (width, 9, 8))


@settings(max_examples=10, deadline=None)
@given(tokens=st.integers(1, 6), heads=st.integers(1, 3), width=st.integers(1, 4))
def test_attention(tokens, heads, width):
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.MultiheadAttention(heads * width, heads, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.inner(x, x, x, need_weights=False)[0]

    wide = heads * width
    projections, products = 4 * tokens * wide * wide, 2 * tokens * tokens * wide
    assert trace(Attention(), (tokens, wide)).macs == projections + products


def test_matrix_products():
    weight = nn.Parameter(torch.ones(8, 5))
    for product in (
        lambda m, x: x @ m.weight,
        lambda m, x: torch.einsum("bij,jk->bik", x, m.weight),
        lambda m, x: torch.bmm(x, x.transpose(1, 2)),
        lambda m, x: torch.matmul(x, m.weight).softmax(-1),
        lambda m, x: F.scaled_dot_product_attention(x, x, x),
        lambda m, x: F.linear(x, m.weight.t()),
    ):
        check_macs(Function(product, weight=weight), (6, 8))


def test_recurrent_layers_count_each_matrix_once_a_step():
    class Reads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(5, 7, num_layers=2, bidirectional=True, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.lstm(x)[0]

    matrices = 2 * 4 * 7 * (5 + 7) + 2 * 4 * 7 * (14 + 7)
    graph = trace(Reads(), (3, 5))
    assert graph.nodes["lstm"].macs == 3 * matrices
    assert graph.nodes["lstm"].output_shape == (1, 3, 14)
