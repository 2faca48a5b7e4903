"""Totals against what torchvision publishes, a text for every operation, and real outputs against traced shapes."""

from __future__ import annotations

import pytest
import torch
from torchvision import models

from core.architectures import get
from core.figures.explanations import described
from core.graph import trace
from tests.graph.networks import published
from tests.real_graphs import graph_at

NAMES = models.list_models(module=models)


def test_all_builders_are_there():
    assert len(NAMES) == 80


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_multiply_adds_are_the_published_ones(name):
    weights = models.get_model_weights(name).DEFAULT
    (side,) = set(weights.transforms().crop_size)
    if name == "vit_h_14":
        # Its default weights are for pictures of 518 pixels, with more position embeddings.
        graph = trace(published(name, image_size=side), (3, side, side))
    else:
        graph = graph_at(name, (3, side, side))
        assert graph.parameters == get(name).parameters
    assert graph.method == "fx"
    # GoogLeNet is published without its two auxiliary heads, which serve training alone; Inception v3 with its one.
    counted = graph.fold.parameters if name == "googlenet" else graph.parameters
    assert counted == weights.meta["num_params"]
    assert graph.macs / 1e9 == pytest.approx(weights.meta["_ops"], rel=0.02)
    assert {node.kind: node.target for node in graph.nodes.values() if not described(node.kind)} == {}


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1"])
def test_shapes_are_those_of_a_real_pass(name):
    module = models.get_model_builder(name)().eval()
    graph = trace(module, (3, 64, 64))
    seen: dict[str, tuple[int, ...]] = {}
    for path, part in module.named_modules():
        if path:
            part.register_forward_hook(
                lambda _m, _x, out, path=path: seen.__setitem__(path, tuple(out.shape))
            )
    with torch.no_grad():
        module(torch.zeros(1, 3, 64, 64))
    assert {path: graph.at(path).output_shape for path in seen} == seen
