"""Blocks are recognised by their structure, in torchvision's families, in timm's and in our own nets."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.architectures import NetSpec, StageSpec, from_spec
from core.graph import Graph, trace
from core.graph.patterns import patterns
from tests.graph.networks import Residual, conv, traced
from tests.real_graphs import graph_of


def names(graph: Graph, group: str) -> tuple[str, ...]:
    return tuple(pattern.name for pattern in patterns(graph, graph.groups[group]))


@pytest.mark.parametrize(
    ("architecture", "group", "wanted"),
    [
        ("resnet18", "layer1.0", ("basic",)),
        ("resnet18", "layer2.0", ("basic",)),
        ("resnet50", "layer3.2", ("bottleneck",)),
        ("resnet50", "layer4.0", ("bottleneck",)),
        ("resnet50", "conv1…maxpool", ("stem_pool",)),
        ("resnet50", "avgpool…fc", ("pool_head",)),
        ("wide_resnet50_2", "layer1.0", ("bottleneck",)),
        ("resnext50_32x4d", "layer2.1", ("grouped_bottleneck",)),
        ("regnet_x_400mf", "trunk_output.block2.block2-1", ("grouped_bottleneck",)),
        ("regnet_y_400mf", "trunk_output.block2.block2-1", ("grouped_bottleneck", "squeeze_excite")),
        ("mobilenet_v2", "features.1", ("depthwise_separable",)),
        ("mobilenet_v2", "features.2", ("inverted_residual",)),
        ("mobilenet_v2", "features.3", ("inverted_residual",)),
        ("mobilenet_v3_small", "features.2", ("inverted_residual",)),
        ("mobilenet_v3_small", "features.5", ("inverted_residual", "squeeze_excite")),
        ("mnasnet1_0", "layers.8.1", ("inverted_residual",)),
        ("efficientnet_b0", "features.1.0", ("depthwise_separable", "squeeze_excite")),
        ("efficientnet_b0", "features.2.1", ("inverted_residual", "squeeze_excite")),
        ("efficientnet_v2_s", "features.2.1", ("fused_inverted_residual",)),
        ("efficientnet_v2_s", "features.1.0", ("residual",)),
        ("densenet121", "features.denseblock1.denselayer3", ("dense_layer",)),
        ("densenet121", "features.denseblock4", ("dense_block",)),
        ("densenet121", "features.transition1", ("transition",)),
        ("inception_v3", "Mixed_5b", ("inception",)),
        ("inception_v3", "Mixed_7c", ("inception",)),
        ("googlenet", "inception4b", ("inception",)),
        ("squeezenet1_1", "features.6", ("fire",)),
        ("squeezenet1_1", "classifier.0…flatten", ("pool_head",)),
        ("convnext_tiny", "features.3.1", ("convnext",)),
        ("convnext_tiny", "features.2", ("patchify",)),
        ("vit_b_16", "encoder.layers.encoder_layer_3", ("transformer",)),
        ("vit_b_16", "conv_proj…encoder.dropout", ("patchify",)),
        ("swin_t", "features.1.1", ("windowed_attention", "transformer")),
        # The last stage's map is one window.
        ("swin_t", "features.7.1", ("transformer",)),
        ("swin_v2_t", "features.3.0", ("windowed_attention", "transformer")),
        ("shufflenet_v2_x1_0", "stage2.0", ("channel_shuffle",)),
        ("shufflenet_v2_x1_0", "stage2.1", ("channel_shuffle",)),
        ("vgg16", "features.10…features.16", ("plain_stack",)),
        ("vgg16", "avgpool…classifier.6", ("hidden_head",)),
        ("alexnet", "avgpool…classifier.6", ("hidden_head",)),
        ("own/resnet50", "layer3.2", ("bottleneck",)),
        ("own/vgg16", "features.10…features.16", ("plain_stack",)),
        ("cifar_resnet20", "layer2.0", ("basic",)),
        ("cifar_plain20", "layer2.0", ("plain_stack",)),
        ("residual_mlp10", "blocks.4", ("residual_mlp",)),
        ("plain_mlp10", "blocks.4", ()),
        ("timm/resnetv2_50x1_bit", "stages.1.blocks.1", ("pre_activation", "bottleneck")),
        ("timm/seresnet50", "layer1.0", ("bottleneck", "squeeze_excite")),
        ("timm/xception41", "blocks.5", ("depthwise_separable",)),
        ("timm/swin_tiny_patch4_window7_224", "layers.0.blocks.0", ("windowed_attention", "transformer")),
        ("timm/deit3_small_patch16_224", "blocks.3", ("transformer",)),
    ],
)
def test_blocks_are_recognised(architecture, group, wanted):
    assert names(graph_of(architecture), group) == wanted


def test_a_stage_is_what_its_blocks_are():
    (found,) = patterns(graph_of("resnet50"), graph_of("resnet50").groups["layer3"])
    assert (found.name, found.alike) == ("bottleneck", 6)


def test_our_pre_activation_blocks():
    stages = tuple(
        StageSpec(block="pre-activation", count=2, width=width, stride=stride)
        for width, stride in ((16, 1), (32, 2))
    )
    graph = trace(from_spec(NetSpec(stages=stages)), (3, 32, 32))
    for block in ("layer1.1", "layer2.0", "layer2.1"):
        assert names(graph, block) == ("pre_activation", "basic")


class Two(nn.Module):
    """Two blocks in a row, so that they are found as blocks."""

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(x)


def first_block(make) -> tuple[str, ...]:
    graph = trace(Two(make(), make()), (8, 16, 16))
    return names(graph, "blocks.0")


class TestNamesMeanNothing:
    """What merely looks like a pattern is not called one."""

    def test_a_class_called_bottleneck(self):
        class Bottleneck(Residual):
            pass

        assert first_block(lambda: Bottleneck(8, 8)) == ("basic",)

    def test_without_a_skip_it_is_a_stack(self):
        class BasicBlock(nn.Sequential):
            pass

        assert first_block(lambda: BasicBlock(conv(8), nn.ReLU(), conv(8), nn.ReLU())) == ("plain_stack",)

    def test_a_wide_middle_is_no_bottleneck(self):
        def wide() -> nn.Module:
            return Around(nn.Conv2d(8, 32, 1), nn.ReLU(), conv(32), nn.ReLU(), nn.Conv2d(32, 8, 1))

        assert first_block(wide) == ("residual",)

    def test_norm_alone_is_no_pre_activation(self):
        assert first_block(lambda: Around(nn.BatchNorm2d(8), conv(8), nn.ReLU(), conv(8))) == ("basic",)

    def test_norm_and_activation_first_is(self):
        block = lambda: Around(nn.BatchNorm2d(8), nn.ReLU(), conv(8), nn.BatchNorm2d(8), nn.ReLU(), conv(8))  # noqa: E731
        assert first_block(block) == ("pre_activation", "basic")

    def test_a_gate_without_a_pool_is_no_squeeze_excite(self):
        graph = traced(
            lambda m, x: m.last(x * torch.sigmoid(m.b(torch.relu(m.a(x))))), a=conv(), b=conv(), last=conv()
        )
        found = {name for group in graph.fold.walk() for name in names(graph, group.name)}
        assert "squeeze_excite" not in found


class Around(nn.Module):
    """``x + F(x)``."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.branch(x)
