"""The layer table's rows: sums, order, roles, and rows of modules that are not called or called twice."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.architectures import build, get
from core.graph import trace
from core.graph.layers import module_layers, operation_layers


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "vit_b_16", "efficientnet_b0", "cifar_resnet20"])
def test_sums_are_the_networks(name):
    graph = trace(build(name, device="meta"), get(name).input_size)
    operations, modules = operation_layers(graph), module_layers(graph)
    assert [row.name for row in operations] == list(graph.nodes)
    assert [row.name for row in modules] == list(graph.modules)
    used = graph.parameters - sum(graph.unused_parameters.values())
    assert sum(row.parameters for row in operations) == used
    assert sum(row.activation_bytes for row in operations) == graph.activation_bytes
    assert modules[0].parameters == graph.parameters and modules[0].macs == graph.macs
    for row in modules:
        inner = [r for r in modules if r.name and r.name.rpartition(".")[0] == row.name]
        if row.name:
            assert sum(r.macs for r in inner) <= row.macs
        assert sum(r.parameters for r in inner) <= row.parameters


def test_roles_of_a_block_with_a_projection():
    graph = trace(build("resnet50", device="meta"))
    roles = {row.name: row.role for row in (*operation_layers(graph), *module_layers(graph))}
    assert roles["layer1.0.conv1"] == "branch"
    assert roles["layer1.0.downsample.0"] == roles["layer1.0.downsample"] == "skip"
    assert roles["layer1.0.add"] == roles["conv1"] == roles["layer1"] == "main"
    gated = trace(build("efficientnet_b0", device="meta"))
    roles = {row.name: row.role for row in operation_layers(gated)}
    assert roles["features.2.1.block.2.fc1"] == "gate"


def test_a_module_called_twice_and_one_never():
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.spare = nn.Conv2d(3, 3, 3, padding=1), nn.Linear(4, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(self.conv(x))

    rows = {row.name: row for row in module_layers(trace(Net(), (3, 8, 8)))}
    assert rows["conv"].calls == 2 and rows["conv"].parameters == 84 and rows["conv"].macs == 2 * 81 * 64
    assert rows["spare"].calls == 0 and rows["spare"].kind == "not called" and rows["spare"].parameters == 20
