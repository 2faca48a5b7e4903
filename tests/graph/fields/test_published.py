"""Figures that are quoted for well-known networks: which layer of which variant each of them belongs to.

"Araujo et al." is *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019,
doi 10.23915/distill.00021, whose table is made from TF-Slim's networks: https://github.com/google-research/receptive_field.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from core.graph import trace
from core.graph.records import ReceptiveField
from tests.graph.fields.brute_force import by_gradient, claimed
from tests.graph.networks import published


def field_of(name: str, layer: str, side: int = 224) -> ReceptiveField:
    options = {"aux_logits": False, "init_weights": False} if name == "inception_v3" else {}
    return trace(published(name, **options), (3, side, side)).at(layer).receptive_field


@pytest.mark.parametrize(
    ("name", "layer", "size", "stride"),
    [
        # Thirteen 3×3 and five 2×2, of stride 2 (Simonyan and Zisserman 2014, table 1, D): the last convolution sees
        # 2·(1·2 + 2·2) + 2·3·(4 + 8 + 16) + (1 + 2 + 4 + 8) + 1 = 196;
        # the pooling after it 16 more (Araujo et al.: 212).
        ("vgg16", "features.28", 196, 16),
        ("vgg16", "features.30", 212, 32),
        # After the last pooling (Araujo et al.: alexnet_v2, which has the kernels and strides of torchvision's).
        ("alexnet", "features.12", 195, 32),
        # Stem 7, pooling 11; a stage whose first 3×3 reads at step t and the rest at 2t adds 2t + 4t · (n − 1), for the
        # first stage 8n. Two 3×3 in each block:
        ("resnet18", "layer4", 435, 32),
        ("resnet34", "layer4", 899, 32),
        # One in each block, and it is this one that has the stride: torchvision's placement ("v1.5"). Not the 483, 1027
        # and 1507 of Araujo et al., see below.
        ("resnet50", "layer4", 427, 32),
        ("resnet101", "layer4", 971, 32),
        ("resnet152", "layer4", 1451, 32),
        # Araujo et al.: the last 1×1 before pooling. Two 3×3 on either path, and 1×3 and 3×1 that are not nested.
        ("inception_v3", "Mixed_7c", 1311, 32),
        # After the last dense block, by hand: stem 11; 6 · 8, 12 · 16, 24 · 32 and 16 · 64 for the 3×3; 4, 8 and 16 for
        # the 2×2 between the blocks.
        ("densenet121", "features", 2071, 32),
        # After the last 1×1 convolution, by hand: seventeen depthwise 3×3 behind one 3×3 of stride 2.
        ("mobilenet_v2", "features", 491, 32),
    ],
)
def test_a_published_figure_belongs_to_this_layer(name, layer, size, stride):
    field = field_of(name, layer, 299 if name == "inception_v3" else 224)
    assert field.status == "exact"
    assert (field.size, field.stride) == ((size, size), (stride, stride))


@pytest.mark.parametrize(
    ("layer", "size"), [("layer1", 35), ("layer2", 91), ("layer3", 267), ("layer4", 427)]
)
def test_fields_at_the_ends_of_the_stages_of_resnet50(layer, size):
    assert field_of("resnet50", layer).size == (size, size)


class Placed(nn.Module):
    """A ResNet of bottlenecks with four channels; ``strides`` are those of the 3×3 of each block, or of its 1×1."""

    def __init__(self, strides: tuple[tuple[int, ...], ...], in_the: str = "3×3") -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList(
            nn.Sequential(*(_Bottleneck(stride, in_the) for stride in stage)) for stage in strides
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return x


class _Bottleneck(nn.Module):
    def __init__(self, stride: int, in_the: str) -> None:
        super().__init__()
        first, second = (1, stride) if in_the == "3×3" else (stride, 1)
        self.branch = nn.Sequential(
            nn.Conv2d(4, 4, 1, first), nn.ReLU(), nn.Conv2d(4, 4, 3, second, 1), nn.ReLU(), nn.Conv2d(4, 4, 1)
        )
        self.shortcut = nn.Conv2d(4, 4, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.shortcut(x) + self.branch(x))


COUNTS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def strides_at_the_end(counts: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """TF-Slim: the last unit of each block but the fourth halves the map (nets/resnet_v1.py there)."""
    return tuple(
        (*[1] * (count - 1), 2 if number < len(counts) - 1 else 1) for number, count in enumerate(counts)
    )


def strides_at_the_start(counts: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple((2 if number else 1, *[1] * (count - 1)) for number, count in enumerate(counts))


@pytest.mark.parametrize(
    ("depth", "at_the_end", "at_the_start", "in_the_one"),
    [
        # Araujo et al., resnet_v1_50, _101, _152; torchvision; He et al. 2015 as they released it: stride in the 1×1.
        (50, 483, 427, 483),
        (101, 1027, 971, 1027),
        (152, 1507, 1451, 1507),
    ],
)
def test_the_figure_of_a_resnet_depends_on_where_it_strides(depth, at_the_end, at_the_start, in_the_one):
    counts = COUNTS[depth]
    nets = (
        Placed(strides_at_the_end(counts)),
        Placed(strides_at_the_start(counts)),
        Placed(strides_at_the_start(counts), in_the="1×1"),
    )
    fields = [trace(net, (3, 64, 64)).at("stages.3").receptive_field for net in nets]
    assert [field.size for field in fields] == [(at_the_end,) * 2, (at_the_start,) * 2, (in_the_one,) * 2]


@pytest.mark.parametrize(
    ("strides", "in_the", "size"),
    [
        (strides_at_the_end(COUNTS[50]), "3×3", 483),
        (strides_at_the_start(COUNTS[50]), "3×3", 427),
        (strides_at_the_start(COUNTS[50]), "1×1", 483),
    ],
)
def test_gradients_find_the_figure_of_each_placement(strides, in_the, size):
    net, picture, unit = Placed(strides, in_the), (3, 544, 32), (8, 0)
    node = trace(net, picture).at("stages.3")
    measured = by_gradient(net, picture, "stages.3", [unit])[unit]
    assert measured == claimed(node.receptive_field, picture, node.output_shape, unit)
    assert measured[0] is not None
    assert measured[0][1] - measured[0][0] + 1 == size
