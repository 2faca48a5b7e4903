import numpy as np
import pytest
import timm
import torch
import torchvision
from torch import nn

from core.graph import trace
from core.probes import activations, optimised


def settle(net: nn.Module) -> nn.Module:
    """Batch norms with statistics and weights that change what passes."""
    torch.manual_seed(0)
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, std=0.2)
            part.running_mean.normal_(std=0.2)
            part.running_var.uniform_(0.5, 2)
    return net.eval()


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "densenet121", "vgg11_bn"])
def test_the_twin_gives_the_same_everywhere_but_in_folded_modules(name: str) -> None:
    net = settle(torchvision.models.get_model(name, weights=None))
    before = {key: value.clone() for key, value in net.state_dict().items()}
    graph = trace(net, (3, 64, 64))
    x = torch.randn(2, 3, 64, 64)
    both = optimised(net, graph, x=x)
    assert both.fast is not net
    assert 0 <= both.error <= 1e-4
    assert both.folded
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    nodes = [node for node in graph.nodes if both.module_for([node]) is both.fast and node != "input"]
    assert len(nodes) > len(graph.nodes) / 2
    plain, fast = (activations(m, x, at=nodes, graph=graph) for m in (net, both.fast))
    for node in nodes:
        scale = np.abs(plain[node]).max() + 1e-6
        assert np.abs(plain[node] - fast[node]).max() / scale < 1e-4, node
    for path in both.folded:
        assert both.module_for([path]) is net
        assert both.module_for(["", path]) is net


def test_every_batch_norm_of_a_resnet_is_folded() -> None:
    net = settle(torchvision.models.resnet18())
    both = optimised(net, trace(net, (3, 64, 64)), x=torch.randn(1, 3, 64, 64))
    assert len(both.folded) == 20
    assert not [part for part in both.fast.modules() if isinstance(part, nn.BatchNorm2d)]
    assert both.fast.layer1[0].conv1.weight.is_contiguous(memory_format=torch.channels_last)
    assert both.fast.fc.weight is net.fc.weight, "what is not changed is shared"


def test_timms_norms_with_activations_are_folded() -> None:
    net = settle(timm.create_model("tf_efficientnet_lite0"))
    graph = trace(net, (3, 64, 64))
    x = torch.randn(1, 3, 64, 64)
    both = optimised(net, graph, x=x)
    assert len(both.folded) >= 40
    nodes = ["bn1", "blocks.1.0.bn1", "blocks.2.1", "conv_head", "bn2"]
    plain, fast = (activations(m, x, at=[n for n in nodes if n not in both.folded]) for m in (net, both.fast))
    for node in plain:
        assert np.allclose(plain[node], fast[node], rtol=1e-4, atol=1e-4 * np.abs(plain[node]).max()), node


class Odd(nn.Module):
    """Convolutions that must not be folded: read twice, called twice, shared, of another type, ahead of ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
        self.conv3, self.bn3 = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
        self.conv4, self.bn4 = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4, track_running_stats=False)
        self.conv5, self.bn5 = nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4, affine=False)
        self.alias = self.conv3

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv1(x)
        x = self.bn1(y) + y
        x = self.bn2(self.conv2(self.conv2(x)))
        x = self.bn3(self.conv3(x).relu())
        x = self.bn4(self.conv4(x))
        return self.bn5(self.conv5(x))


def test_only_safe_pairs_are_folded() -> None:
    net = settle_odd()
    both = optimised(net, trace(net, (3, 16, 16)))
    assert both.folded == {"conv5"}


def settle_odd() -> nn.Module:
    torch.manual_seed(0)
    net = Odd()
    for part in (net.bn1, net.bn2, net.bn3, net.bn5):
        part.running_mean.normal_(std=0.2)
    return net.eval()


def test_a_sequence_that_ends_in_a_folded_convolution_is_listed() -> None:
    net = nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3)), nn.BatchNorm2d(4)).eval()
    net[1].running_mean.normal_()
    both = optimised(net, trace(net, (3, 16, 16)))
    assert both.folded == {"0", "0.0"}


def test_numbers_that_differ_keep_the_original() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    with torch.no_grad():
        # The mean is subtracted from a number a million times larger than what is left: float32 cannot fold that.
        net[0].bias.fill_(1e8)
        net[1].running_mean.fill_(1e8)
    both = optimised(net, trace(net, (3, 16, 16)))
    assert both.fast is net
    assert both.folded == frozenset()
