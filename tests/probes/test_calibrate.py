"""Statistics of batch norms against those that torch's own training mode leaves."""

import copy

import pytest
import torch
from torch import Tensor, nn

from core.probes.calibrate import calibrated, measured, untouched


class Twice(nn.Module):
    """A batch norm called once, one called twice, one that has seen data, and one never called."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.once, self.twice, self.old, self.never = (nn.BatchNorm2d(4) for _ in range(4))
        self.old.running_mean.fill_(0.25)
        self.drop = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.old(self.drop(self.once(self.conv(x))))
        return self.twice(2 * self.twice(x))


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(0)
    return Twice().eval()


X = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def test_only_those_that_never_saw_data(net: nn.Module) -> None:
    assert untouched(net) == ("once", "twice", "never")
    assert untouched(nn.BatchNorm2d(3, track_running_stats=False)) == ()


def test_statistics_are_those_of_torch(net: nn.Module) -> None:
    twin = copy.deepcopy(net)
    for part in (twin.once, twin.twice):
        part.train()
        part.momentum = None
    twin(X)
    before = copy.deepcopy(net.state_dict())
    statistics = measured(net, lambda: net(X))
    for path in ("once", "twice"):
        part = twin.get_submodule(path)
        assert torch.equal(statistics[path][0], part.running_mean)
        assert torch.equal(statistics[path][1], part.running_var)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not any(part.training for part in net.modules())
    assert net.once.momentum == 0.1


def test_calibrated_for_a_while(net: nn.Module) -> None:
    statistics = measured(net, lambda: net(X))
    before = copy.deepcopy(net.state_dict())
    with pytest.raises(ZeroDivisionError), calibrated(net, statistics):
        assert torch.equal(net.once.running_var, statistics["once"][1])
        assert net.once(net.conv(X)).std().item() == pytest.approx(1, abs=0.05)
        raise ZeroDivisionError
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


def test_a_pass_that_fails_leaves_nothing_behind(net: nn.Module) -> None:
    before = copy.deepcopy(net.state_dict())

    def fail() -> None:
        net(X)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        measured(net, fail)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not any(part.training for part in net.modules())
    assert net.twice.momentum == 0.1
