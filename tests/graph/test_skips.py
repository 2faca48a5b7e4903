"""Skips are found by structure: on blocks made by hand, and on published ones whose counts are in the papers."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.graph import trace
from tests.graph.networks import Residual, conv, only_skip, traced
from tests.real_graphs import graph_of


def kinds(name: str) -> Counter[str]:
    return Counter(skip.kind for skip in graph_of(name).skips)


def test_an_identity_shortcut():
    skip = only_skip(trace(nn.Sequential(conv(3, 4), Residual(4, 4)), (3, 8, 8)))
    assert (skip.kind, skip.join_kind, skip.fork, skip.join) == ("identity", "add", "0", "1.add")
    assert skip.shortcut_nodes == ("1.shortcut",)
    assert skip.branch_nodes == ("1.conv1", "1.bn1", "1.relu", "1.conv2", "1.bn2")
    assert not skip.ambiguous


def test_a_projection_shortcut():
    skip = only_skip(trace(Residual(4, 8, 2), (4, 8, 8)))
    assert (skip.kind, skip.fork, skip.shortcut_nodes) == ("projection", "input", ("shortcut",))


def test_a_shortcut_that_is_sliced_and_padded():
    skip = only_skip(trace(Residual(4, 8, 2, option="A"), (4, 8, 8)))
    assert (skip.kind, skip.shortcut_nodes) == ("padded", ("getitem", "pad", "shortcut"))


def test_a_pooling_shortcut_is_a_projection():
    graph = traced(lambda m, x: F.avg_pool2d(x, 2) + m.conv(x), conv=nn.Conv2d(4, 4, 2, 2))
    assert only_skip(graph).kind == "projection"


@pytest.mark.parametrize(
    "order",
    [
        "x + a(x) + b(x)",
        "a(x) + x + b(x)",
        "a(x) + b(x) + x",
        "a(x) + (x + b(x))",
        "torch.add(b(x), a(x).add_(x))",
    ],
)
def test_a_sum_of_three_is_one_join_however_it_is_written(order):
    graph = traced(
        lambda m, x: eval(order, {"x": m.first(x), "a": m.a, "b": m.b, "torch": torch}),
        a=conv(),
        b=conv(),
        first=conv(),
    )
    skip = only_skip(graph)
    assert (skip.fork, skip.kind, skip.shortcut_nodes, skip.ambiguous) == ("first", "identity", (), False)
    assert {"a", "b"} < set(skip.branch_nodes)
    assert skip.join == list(graph.nodes)[-1]


def test_two_layers_side_by_side_are_ambiguous_and_longer_branches_are_no_skip():
    one = traced(lambda m, x: m.a(x) + m.b(x), a=conv(), b=conv())
    assert only_skip(one).ambiguous
    assert only_skip(one).shortcut_nodes == ("a",)
    two = traced(lambda m, x: m.a(m.a2(x)) + m.b(m.b2(x)), a=conv(), a2=conv(), b=conv(), b2=conv())
    assert not two.skips


def test_squeeze_and_excitation_is_a_gate():
    graph = traced(lambda m, x: torch.sigmoid(m.fc(x.mean((2, 3), keepdim=True))) * x, fc=nn.Conv2d(4, 4, 1))
    skip = only_skip(graph)
    assert (skip.kind, skip.join_kind, skip.fork, skip.shortcut_nodes) == ("gate", "multiply", "input", ())
    assert skip.branch_nodes == ("mean", "fc", "sigmoid")


@pytest.mark.parametrize(
    "activation",
    [
        lambda m, x: x * torch.sigmoid(x),
        lambda m, x: x * F.relu6(x + 3) / 6,
        lambda m, x: 0.5 * x * (1 + torch.tanh(0.8 * (x + 0.04 * x**3))),
        lambda m, x: x * m.scale,
        lambda m, x: x + m.scale,
        lambda m, x: x * 2 + 1,
        lambda m, x: torch.cat((F.relu(x), F.relu(-x)), 1),
        lambda m, x: x + x,
    ],
)
def test_activations_scales_and_biases_are_no_skips(activation):
    graph = traced(lambda m, x: activation(m, m.conv(x)), conv=conv(), scale=nn.Parameter(torch.ones(1)))
    assert not graph.skips


def test_gated_linear_units_are_no_skips():
    graph = traced(lambda m, x: m.a(x) * F.silu(m.b(x)), a=conv(), b=conv())
    assert not graph.skips


def test_layers_that_read_all_earlier_ones_have_one_skip_each():
    def forward(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        seen = [x]
        for layer in m.layers:
            seen.append(layer(torch.cat(seen, 1)))
        return torch.cat(seen, 1)

    graph = traced(forward, layers=nn.ModuleList(conv(4 * n, 4) for n in (1, 2, 3)))
    assert [(s.join, s.fork, s.branch_nodes) for s in graph.skips] == [
        ("cat_1", "input", ("cat", "layers.0")),
        ("cat_2", "layers.0", ("cat_1", "layers.1")),
        ("cat_3", "layers.1", ("cat_2", "layers.2")),
    ]
    assert {s.kind for s in graph.skips} == {"dense"}


def test_parallel_branches_that_are_concatenated_are_no_skip():
    graph = traced(lambda m, x: torch.cat((m.a(x), m.b(x)), 1), a=conv(), b=conv())
    assert not graph.skips


def test_tokens_put_beside_tokens_are_no_skip():
    graph = traced(lambda m, x: torch.cat((x, m.fc(x)), 1), (5, 6), fc=nn.Linear(6, 6))
    assert not graph.skips


def test_a_skip_over_a_whole_network():
    graph = traced(lambda m, x: x + m.layers(x), layers=nn.Sequential(Residual(4, 4), Residual(4, 4)))
    assert [skip.fork for skip in graph.skips] == ["input", "layers.0.relu_1", "input"]
    assert len(graph.skips[-1].branch_nodes) == len(graph.nodes) - 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet18", {"identity": 5, "projection": 3}),
        ("resnet50", {"identity": 12, "projection": 4}),
        ("densenet121", {"dense": 6 + 12 + 24 + 16}),
        ("mobilenet_v2", {"identity": 10}),
        ("efficientnet_b0", {"identity": 9, "gate": 16}),
        ("vit_b_16", {"identity": 24}),
        ("swin_t", {"identity": 24}),
        ("convnext_tiny", {"identity": 18}),
        ("vgg11", {}),
        ("squeezenet1_0", {}),
        ("googlenet", {}),
        ("shufflenet_v2_x0_5", {}),
    ],
)
def test_published_networks_have_the_skips_of_their_papers(name, expected):
    assert kinds(name) == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["plain", "identity", "projection", "gate"]), min_size=1, max_size=8))
def test_every_block_put_in_is_found_in_order(blocks):
    class Row(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(conv() for _ in blocks)
            self.sides = nn.ModuleList(nn.Conv2d(4, 4, 1) for _ in blocks)
            self.inner = nn.ModuleList(conv() for _ in blocks)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for kind, layer, side, inner in zip(blocks, self.layers, self.sides, self.inner, strict=True):
                y = layer(torch.relu(inner(x)))
                x = {
                    "plain": lambda y=y: y,
                    "identity": lambda x=x, y=y: x + y,
                    "projection": lambda x=x, y=y, side=side: side(x) + y,
                    "gate": lambda x=x, y=y: x * torch.sigmoid(y),
                }[kind]()
            return x

    graph = trace(Row(), (4, 8, 8))
    assert [skip.kind for skip in graph.skips] == [kind for kind in blocks if kind != "plain"]
    positions = {name: number for number, name in enumerate(graph.nodes)}
    for skip in graph.skips:
        inside = [positions[name] for name in (*skip.shortcut_nodes, *skip.branch_nodes)]
        assert all(positions[skip.fork] < position < positions[skip.join] for position in inside)
        assert not set(skip.shortcut_nodes) & set(skip.branch_nodes)
