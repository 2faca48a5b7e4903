"""The layer table equals torchinfo's summary: every leaf module's output, parameters and kernel, and the totals.

Equal: total and trainable parameters; for each module without children its output shape, its parameters, the kernel
of a convolution. Of multiply-adds torchinfo has another convention, and the two are turned into one another exactly:

- torchinfo counts a convolution's bias as one multiply-add for each output; we count products only.
- It counts the weights of a norm (γ and β) once for the whole map, as if they were used at one place; we count none.
- It counts a linear layer's weights once, however many positions it works on. For a picture's vector the two agree
  (but for the bias); for tokens they do not: ViT-B/16 has 173 M by torchinfo and 17.56 G here, ConvNeXt-T 322 M and
  4.46 G. What a function multiplies (attention, matrix products) torchinfo does not see at all.
- A ResNet-18 has 1,814,083,944 by torchinfo and 1,814,073,344 here: 9,600 for norms and 1,000 for the last bias.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from math import prod

import pytest
import torchinfo
from torch import nn
from torchinfo.layer_info import LayerInfo

from core.architectures import build, get
from core.graph import Graph, trace
from core.graph.layers import Layer, module_layers, operation_layers

CONVOLUTIONAL = [
    "alexnet",
    "vgg11_bn",
    "vgg16",
    "googlenet",
    "inception_v3",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "densenet121",
    "squeezenet1_1",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "mnasnet1_0",
    "shufflenet_v2_x1_0",
    "efficientnet_b0",
    "regnet_y_400mf",
    "own/resnet50",
    "own/vgg16",
    "cifar_resnet20",
    "residual_mlp10",
]
WITH_TOKENS = ["vit_b_16", "swin_t", "convnext_tiny"]


@cache
def both(name: str) -> tuple[torchinfo.ModelStatistics, Graph, nn.Module]:
    module, size = build(name, device="meta"), get(name).input_size
    theirs = torchinfo.summary(
        module, input_size=(1, *size), depth=100, verbose=0, device="meta", mode="eval"
    )
    return theirs, trace(module, size), module


def path_of(info: LayerInfo) -> str:
    names = []
    while info.parent_info is not None:
        names.append(info.var_name)
        info = info.parent_info
    return ".".join(reversed(names))


@pytest.mark.parametrize("name", [*CONVOLUTIONAL, *WITH_TOKENS])
def test_every_leaf_module_is_theirs(name):
    theirs, graph, _ = both(name)
    ours = {row.name: row for row in module_layers(graph)}
    calls = defaultdict(list)
    for node in graph.nodes.values():
        calls[node.module_path].append(node.output_shape)
    leaves = [info for info in theirs.summary_list if info.is_leaf_layer]
    listed = Counter(path_of(info) for info in leaves)
    assert len(leaves) > 5
    for info in leaves:
        row = ours[path_of(info)]
        # They list every call of a module that is used again.
        shape = calls[row.name].pop(0) if listed[row.name] > 1 else row.output_shape
        assert shape == tuple(info.output_size), row.name
        assert row.parameters == info.num_params, row.name
        assert row.type_name == info.class_name
        if info.kernel_size is not None and row.kernel:
            sides = (
                info.kernel_size
                if isinstance(info.kernel_size, list)
                else [info.kernel_size] * len(row.kernel)
            )
            assert row.kernel == tuple(sides)


@pytest.mark.parametrize("name", [*CONVOLUTIONAL, *WITH_TOKENS])
def test_totals_are_theirs(name):
    theirs, graph, _ = both(name)
    whole = module_layers(graph)[0]
    assert whole.name == ""
    assert whole.parameters == theirs.total_params == graph.parameters
    assert whole.trained == theirs.trainable_params


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_multiply_adds_turn_into_theirs(name):
    theirs, graph, module = both(name)
    modules = dict(module.named_modules())
    ours = [row for row in operation_layers(graph) if row.kind != "input"]
    assert sum(row.macs for row in ours) == graph.macs
    counted = sum(_as_they_count(row, graph, modules) for row in ours)
    assert counted == theirs.total_mult_adds


def _as_they_count(row: Layer, graph: Graph, modules: dict[str, nn.Module]) -> int:
    """From our row: a convolution's products and its bias at every place; other weights of a module once."""
    called = modules.get(graph.nodes[row.name].module_path)
    if called is None or next(called.children(), None) is not None:
        return 0  # a function
    if row.kind == "conv":
        bias = prod(row.output_shape) if getattr(called, "bias", None) is not None else 0
        return row.macs + bias
    return row.parameters


def test_the_figures_of_the_docstring():
    theirs, graph, _ = both("resnet18")
    assert (theirs.total_mult_adds, graph.macs) == (1_814_083_944, 1_814_073_344)
    norms = sum(row.parameters for row in operation_layers(graph) if row.kind == "batch_norm")
    assert theirs.total_mult_adds - graph.macs == norms + 1000 == 10_600
    assert both("vit_b_16")[0].total_mult_adds == 173_232_616
    assert both("vit_b_16")[1].macs == 17_563_828_224
    assert both("convnext_tiny")[0].total_mult_adds == 322_371_592
    assert both("convnext_tiny")[1].macs == 4_455_531_264


def test_frozen_weights_are_not_trainable():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1))
    module[0].requires_grad_(False)
    theirs = torchinfo.summary(module, input_size=(1, 3, 8, 8), verbose=0, mode="eval")
    rows = {row.name: row for row in module_layers(trace(module, (3, 8, 8)))}
    assert rows[""].trained == theirs.trainable_params == 18
    assert (rows["0"].parameters, rows["0"].trained) == (112, 0)
