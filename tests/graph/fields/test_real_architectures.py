"""Real architectures, made narrow where they let us: what is computed of their units is what is found by running them.

The pictures are long and slim, so that a deep network's box lies within its rows: there it has to be equal. Along the
other axis it is cut at the border, and nothing outside of it may matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import timm
from timm.models.res2net import Bottle2neck
from timm.models.resnet import ResNet
from torch import nn
from torchvision import models
from torchvision.models.convnext import CNBlockConfig, ConvNeXt

from core.architectures import from_spec, preset
from core.architectures.spec import NetSpec
from core.graph import trace
from tests.graph.fields.brute_force import Size, Spans, Unit, by_gradient, by_nan, claimed, inside, within

Build = Callable[[], nn.Module]
Judge = Callable[[nn.Module, Size, str, Sequence[Unit]], dict[Unit, Spans]]


def narrow(name: str) -> NetSpec:
    """An own network whose stages are as wide as their blocks need at least, without hidden layers in its head."""
    spec = preset(name)
    stages = tuple(stage.model_copy(update={"width": 4}) for stage in spec.stages)
    head = spec.head.model_copy(update={"hidden": ()})
    return spec.model_copy(update={"stages": stages, "head": head})


def no_heads(**options: object) -> dict[str, object]:
    return {"init_weights": False, "aux_logits": False, **options}


BY_GRADIENT: dict[str, tuple[Build, Size, str]] = {
    "resnet50": (lambda: models.resnet50(width_per_group=1), (3, 480, 32), "layer4"),
    "densenet121": (lambda: models.DenseNet(2, (6, 12, 24, 16), 4, bn_size=1), (3, 2144, 32), "features"),
    "mobilenet_v2": (lambda: models.mobilenet_v2(width_mult=0.1), (3, 544, 32), "features"),
    "mnasnet": (lambda: models.mnasnet0_5(), (3, 928, 32), "layers"),
    "squeezenet": (lambda: models.squeezenet1_1(), (3, 320, 32), "features"),
    "shufflenet": (lambda: models.shufflenet_v2_x0_5(), (3, 736, 32), "conv5"),
    "inception_v3": (lambda: models.inception_v3(**no_heads()), (3, 480, 80), "Mixed_6b"),
    "googlenet": (lambda: models.googlenet(**no_heads()), (3, 320, 32), "inception4d"),
    "alexnet": (lambda: models.alexnet().features, (3, 256, 64), "12"),
    "convnext": (
        lambda: ConvNeXt([CNBlockConfig(4, 8, 1), CNBlockConfig(8, 16, 2), CNBlockConfig(16, None, 1)]),
        (3, 400, 32),
        "features",
    ),
    "own/vgg16": (lambda: from_spec(narrow("own/vgg16")), (3, 256, 32), "features"),
    "own/resnet34": (lambda: from_spec(narrow("own/resnet34")), (3, 960, 32), "layer4"),
    "cifar_resnet20": (lambda: from_spec(narrow("cifar_resnet20")), (3, 128, 128), "layer3"),
    "timm res2net": (
        lambda: ResNet(Bottle2neck, (2, 2, 1, 1), base_width=4, block_args={"scale": 4}),
        (3, 160, 32),
        "layer2",
    ),
    "timm dpn": (lambda: timm.create_model("dpn48b"), (3, 192, 32), "features.conv3_2"),
    "timm resnet-d": (lambda: timm.create_model("resnet26d"), (3, 128, 32), "layer2"),
    "timm dla": (lambda: timm.create_model("dla34"), (3, 256, 32), "level3"),
    "timm blur": (lambda: timm.create_model("resnetblur18"), (3, 128, 32), "layer2"),
}
# As they are, with their real max-pools and their padding that follows the input's size.
BY_NAN: dict[str, tuple[Build, Size, str]] = {
    "resnet50": (lambda: models.resnet50(width_per_group=1), (3, 128, 32), "layer2"),
    "googlenet": (lambda: models.googlenet(**no_heads()), (3, 128, 32), "inception3b"),
    "shufflenet": (lambda: models.shufflenet_v2_x0_5(), (3, 224, 32), "stage2"),
    "own/vgg16": (lambda: from_spec(narrow("own/vgg16")), (3, 256, 32), "features"),
    "timm efficientnet, odd": (lambda: timm.create_model("tf_efficientnet_lite0"), (3, 95, 32), "blocks.2"),
    "timm efficientnet, even": (lambda: timm.create_model("tf_efficientnet_lite0"), (3, 96, 33), "blocks.2"),
}


def checked(judge: Judge, net: nn.Module, size: Size, name: str) -> None:
    node = trace(net, size).at(name)
    unit = (node.output_shape[2] // 2, node.output_shape[3] // 2)
    found = judge(net, size, name, [unit])[unit]
    field = node.receptive_field
    assert field.status == "exact"
    said = claimed(field, size, node.output_shape, unit)
    axes = inside(field, size, node.output_shape, unit)
    assert 0 in axes
    for axis, (measured, computed) in enumerate(zip(found, said, strict=True)):
        assert measured == computed if axis in axes else within(measured, computed)


@pytest.mark.parametrize("architecture", BY_GRADIENT)
def test_gradients_find_the_box_of_a_unit_in_the_middle(architecture):
    build, size, name = BY_GRADIENT[architecture]
    checked(by_gradient, build(), size, name)


@pytest.mark.parametrize("architecture", BY_NAN)
def test_nan_finds_the_box_of_a_unit_in_the_middle(architecture):
    build, size, name = BY_NAN[architecture]
    checked(by_nan, build(), size, name)
