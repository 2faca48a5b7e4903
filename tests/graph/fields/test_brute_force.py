"""The judges themselves, on layers whose fields are seen at a glance."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.graph.fields.brute_force import by_gradient, by_nan, size_stride_offset
from tests.graph.networks import Function

PICTURE = (1, 20, 24)
LAYERS = [
    (nn.Conv2d(1, 2, 3, padding=1), (4, 6), ((3, 5), (5, 7))),
    (nn.Conv2d(1, 2, (1, 4), stride=(3, 2), padding=(0, 1)), (4, 6), ((12, 12), (11, 14))),
    (nn.Conv2d(1, 1, 3, dilation=2), (4, 6), ((4, 8), (6, 10))),
    (nn.MaxPool2d(3, 2, 1), (4, 6), ((7, 9), (11, 13))),
    (nn.MaxPool2d(2, 1, 0, dilation=3), (4, 6), ((4, 7), (6, 9))),
    # The last window of ceil mode has one line less.
    (nn.MaxPool2d(3, 2, ceil_mode=True), (9, 11), ((18, 19), (22, 23))),
    (nn.ZeroPad2d((2, 0, 1, 0)), (4, 6), ((3, 3), (4, 4))),
    (nn.ZeroPad2d((2, 0, 1, 0)), (0, 6), (None, None)),
    (nn.Sequential(nn.ReLU(), nn.BatchNorm2d(1), nn.Hardswish()), (4, 6), ((4, 4), (6, 6))),
]


@pytest.mark.parametrize(("layer", "unit", "seen"), LAYERS, ids=lambda value: type(value).__name__)
def test_both_judges_find_the_window_of_one_layer(layer, unit, seen):
    net = nn.Sequential(layer)
    assert by_gradient(net, PICTURE, "0", [unit]) == {unit: seen}
    assert by_nan(net, PICTURE, "0", [unit]) == {unit: seen}


@pytest.mark.parametrize("name", ["right.add", "add", "add_1"])
def test_judges_tell_calls_of_functions_apart(name):
    """An addition within a module, and two of the network's own: of 3 pixels, of 7, of 7 moved by one."""

    def forward(self, x):
        y = self.left(x) + self.right(x)
        return F.pad(y, (1, 0, 1, 0)) + F.pad(y, (1, 0, 1, 0))

    right = Function(lambda self, x: self.conv(x) + x, conv=nn.Conv2d(1, 1, 3, padding=1))
    net = Function(forward, left=nn.Conv2d(1, 1, 7, padding=3), right=right)
    seen = {"right.add": (9, 11), "add": (7, 13), "add_1": (6, 12)}[name]
    unit = (10, 10)
    assert by_gradient(net, PICTURE, name, [unit])[unit] == (seen, seen)
    assert by_nan(net, PICTURE, name, [unit])[unit] == (seen, seen)


def test_size_stride_and_offset_of_a_layer():
    net = nn.Sequential(nn.Conv2d(1, 1, (3, 4), stride=(2, 3), padding=(0, 2)))
    measured = by_gradient(net, PICTURE, "0", [(2, 3), (3, 4)])
    assert size_stride_offset(measured, (2, 3), (3, 4)) == ((3, 4), (2, 3), (1, -0.5))


def test_the_network_is_left_as_it_was():
    net = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1)).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    by_gradient(net, PICTURE, "1", [(3, 3)])
    by_nan(net, PICTURE, "1", [(3, 3)])
    assert net.training
    assert not net[0]._forward_hooks
    assert not net[1]._forward_hooks
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
