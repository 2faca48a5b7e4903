"""Memory of inference and training, against torch's own tensors."""

import pytest
import torch
import torchvision
from torch import nn

from core.graph import trace
from core.graph.memory import kept_bytes
from core.probes import peak_bytes
from core.probes.footprint import Optimiser, inference, training, training_bytes


def test_inference_is_weights_and_the_fullest_moment() -> None:
    graph = trace(torchvision.models.resnet18(), (3, 96, 96))
    found = inference(graph, batch=8)
    assert found.weights == 4 * 11_689_512
    assert (found.gradients, found.optimiser) == (0, 0)
    assert found.activations == peak_bytes(graph, batch=8)
    assert inference(graph, batch=8, number_bytes=2).total * 2 == found.total


@pytest.mark.parametrize("optimiser", ["SGD", "momentum", "Adam"])
def test_gradients_and_state_of_a_real_step(optimiser: Optimiser) -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))
    makers = {
        "SGD": lambda: torch.optim.SGD(net.parameters(), lr=0.1),
        "momentum": lambda: torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
        "Adam": lambda: torch.optim.Adam(net.parameters(), lr=0.1),
    }
    step = makers[optimiser]()
    net(torch.randn(2, 3, 8, 8)).sum().backward()
    step.step()
    state = [
        t for one in step.state.values() for t in one.values() if isinstance(t, torch.Tensor) and t.dim()
    ]
    found = training(trace(net, (3, 8, 8)), batch=2, optimiser=optimiser)
    assert found.gradients == sum(p.grad.nbytes for p in net.parameters())
    assert found.optimiser == sum(tensor.nbytes for tensor in state)


def test_parts_add_up_to_the_whole() -> None:
    graph = trace(torchvision.models.resnet18(), (3, 96, 96))
    for optimiser in ("SGD", "momentum", "Adam"):
        found = training(graph, batch=32, optimiser=optimiser)
        assert sum(training_bytes(graph, batch=32, optimiser=optimiser).values()) == found.total
        assert found.activations == 32 * sum(kept_bytes(graph).values())


def test_weights_that_nothing_reads_get_no_gradient() -> None:
    net = torchvision.models.googlenet(init_weights=False, aux_logits=True)
    graph = trace(net, (3, 96, 96))
    unused = sum(graph.unused_parameters.values())
    found = training(graph)
    assert unused > 0
    assert found.weights - found.gradients == 4 * unused


def test_weights_that_stay_as_they_are_get_neither_gradient_nor_state() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))
    net[0].requires_grad_(False)
    net(torch.randn(2, 3, 8, 8)).sum().backward()
    graph = trace(net, (3, 8, 8))
    found = training(graph, batch=2, optimiser="momentum")
    assert found.gradients == sum(p.grad.nbytes for p in net.parameters() if p.grad is not None)
    assert found.optimiser == found.gradients
    assert found.weights == sum(p.nbytes for p in net.parameters())
    assert sum(training_bytes(graph, batch=2, optimiser="momentum").values()) == found.total
