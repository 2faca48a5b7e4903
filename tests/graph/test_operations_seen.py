"""What trace sees of single operations: in place, functional, reused, shared, split."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from core.graph import trace
from tests.graph.networks import conv, traced


def test_a_module_used_twice_gives_two_nodes_and_counts_its_weights_once():
    graph = traced(lambda m, x: m.conv(torch.relu(m.conv(x))), conv=conv())
    assert [node.name for node in graph.nodes.values()] == ["input", "conv", "relu", "conv_1"]
    assert [graph.nodes[name].parameters for name in ("conv", "conv_1")] == [4 * 4 * 9 + 4, 0]
    assert graph.nodes["conv_1"].macs == graph.nodes["conv"].macs == 4 * 4 * 9 * 64
    assert graph.at("conv").name == "conv_1"


def test_a_weight_that_two_modules_share_counts_once():
    first, second = nn.Linear(6, 6), nn.Linear(6, 6)
    second.weight = first.weight
    graph = trace(nn.Sequential(first, second), (6,))
    assert graph.parameters == 36 + 6 + 6
    assert graph.nodes["1"].parameters == 6
    assert graph.nodes["1"].output_shape == (1, 6)


def test_functions_with_weights_are_the_same_operations_as_modules():
    parts = {"weight": nn.Parameter(torch.ones(8, 2, 3, 3)), "bias": nn.Parameter(torch.ones(8))}
    graph = traced(lambda m, x: F.conv2d(x, m.weight, m.bias, 2, 1, groups=2), **parts)
    module = trace(nn.Conv2d(4, 8, 3, 2, 1, groups=2), (4, 8, 8))
    function, call = graph.nodes["conv2d"], list(module.nodes.values())[1]
    assert function.attributes == call.attributes
    assert (function.kind, function.macs, function.parameters) == (call.kind, call.macs, call.parameters)
    assert function.inputs == ("input",)


def test_what_is_computed_from_weights_alone_belongs_to_its_reader():
    def standardised(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        weight = m.weight - m.weight.mean((1, 2, 3), keepdim=True)
        return F.conv2d(x, weight) + m.position

    parts = {"weight": nn.Parameter(torch.ones(5, 4, 3, 3)), "position": nn.Parameter(torch.ones(1, 5, 1, 1))}
    graph = traced(standardised, **parts)
    assert [(n.name, n.parameters, n.inputs) for n in graph.nodes.values()] == [
        ("input", 0, ()),
        ("conv2d", 180, ("input",)),
        ("add", 5, ("conv2d",)),
    ]
    assert not graph.skips


def test_a_network_that_makes_a_bias_from_constants_keeps_its_layers():
    parts = {
        "coordinates": nn.Parameter(torch.ones(64, 2)),
        "first": nn.Linear(2, 8),
        "second": nn.Linear(8, 4),
    }

    def with_bias(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        bias = m.second(torch.relu(m.first(m.coordinates)))
        return x + bias.t().reshape(1, 4, 8, 8)

    graph = traced(with_bias, **parts)
    assert graph.nodes["first"].inputs == ()
    assert graph.nodes["first"].macs == 64 * 2 * 8
    assert graph.parameters == 128 + 24 + 36
    assert not graph.skips


def test_an_in_place_operation_takes_no_memory_and_is_what_later_ones_read():
    def forward(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        y = m.conv(x)
        F.relu(y, inplace=True)
        y.mul_(2)
        return y + x

    graph = traced(forward, conv=conv())
    assert graph.nodes["relu"].inputs == ("conv",)
    assert graph.nodes["mul"].inputs == ("relu",)
    assert graph.nodes["add"].inputs == ("mul", "input")
    for name in ("relu", "mul"):
        assert graph.nodes[name].activation_bytes == 0
        assert graph.nodes[name].attributes["in_place"] is True


def test_a_change_through_a_view_is_seen_by_readers_of_the_whole():
    def forward(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        y = m.conv(x)
        y[:, :2].add_(1)
        y[:, 2:] = 0
        return m.last(y)

    graph = traced(forward, conv=conv(), last=conv())
    read = [name for name in ("last", "fill", "slice_1", "add", "slice") for name in graph.nodes[name].inputs]
    assert read == ["fill", "slice_1", "add", "slice", "conv"]
    assert graph.nodes["last"].input_shapes[0] == (1, 4, 8, 8)


def test_every_piece_of_a_split_is_a_view_of_its_own():
    def forward(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        left, right = m.conv(x).chunk(2, dim=1)
        return torch.cat((right, left), 1)

    graph = traced(forward, conv=conv())
    pieces = [graph.nodes["chunk"], graph.nodes["chunk_1"]]
    assert [piece.output_shape for piece in pieces] == [(1, 2, 8, 8)] * 2
    assert [piece.inputs for piece in pieces] == [("conv",)] * 2
    assert [piece.kind for piece in pieces] == ["slice"] * 2
    assert not any(piece.activation_bytes for piece in pieces)
    assert graph.nodes["cat"].inputs == ("chunk_1", "chunk")
    assert graph.nodes["cat"].activation_bytes == 4 * 64 * 4


def test_views_take_no_memory_and_copies_do():
    graph = traced(lambda m, x: m.conv(x).permute(0, 2, 3, 1).contiguous().flatten(1), conv=conv())
    sizes = {name: node.activation_bytes for name, node in graph.nodes.items()}
    assert sizes == {"input": 1024, "conv": 1024, "permute": 0, "contiguous": 1024, "flatten": 0}


def test_an_operand_that_is_read_twice_is_named_twice():
    graph = traced(lambda m, x: (y := m.conv(x)) + y, conv=conv())
    assert graph.nodes["add"].inputs == ("conv", "conv")
    assert graph.nodes["add"].input_shapes == ((1, 4, 8, 8),) * 2
    assert not graph.skips


def test_global_pooling_written_as_a_mean_is_pooling():
    graph = traced(lambda m, x: m.conv(x).mean((2, 3)), conv=conv())
    assert graph.nodes["mean"].kind == "adaptive_pool"
    assert graph.nodes["mean"].attributes["output_size"] == (1, 1)


def test_padding_that_a_layer_does_by_itself_is_told_from_its_sizes():
    class Same(nn.Conv2d):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(F.pad(x, (0, 1, 0, 1)))

    Same.__module__ = "torch.nn.modules.conv"
    layer = trace(nn.Sequential(Same(3, 4, 3, 2)), (3, 8, 8)).nodes["0"]
    assert layer.output_shape == (1, 4, 4, 4)
    assert layer.attributes["padding"] == "same"


def test_names_never_clash_with_modules():
    graph = traced(lambda m, x: m.relu_1(torch.relu(torch.relu(m.relu(x)))), relu=conv(), relu_1=conv())
    assert len(graph.nodes) == 5
    assert graph.nodes["relu"].kind == graph.nodes["relu_1"].kind == "conv"


def test_vectors_are_inputs_too():
    graph = trace(nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)), (64,))
    assert graph.input_size == (64,)
    assert graph.nodes["input"].output_shape == (1, 64)
    assert graph.macs == 64 * 32 + 32 * 10
