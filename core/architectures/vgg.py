"""VGG: 3×3 convolutions in stages, a max-pool after each, three linear layers.

Simonyan & Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
https://arxiv.org/abs/1409.1556. Names are torchvision's: ``features``, ``avgpool``, ``classifier``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.architectures.blocks import ACTIVATIONS, head_layers, map_norm, vgg_layers
from core.architectures.initialise import initialise_classifier, initialise_convolutions
from core.architectures.spec import NetSpec


class VGG(nn.Module):
    """The network of a spec whose stages are all VGG's. In: (B, C, H, W); out: scores (B, classes)."""

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        self.features = _features(spec)
        self.avgpool = nn.AdaptiveAvgPool2d((spec.head.pool, spec.head.pool))
        features = spec.stages[-1].width * spec.head.pool**2
        self.classifier = nn.Sequential(*head_layers(features, spec.head, ACTIVATIONS[spec.activation]))
        initialise_convolutions(self)
        initialise_classifier(self)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → scores (B, classes)."""
        x = self.features(x)
        x = self.avgpool(x)  # (B, C, pool, pool)
        x = torch.flatten(x, 1)
        return self.classifier(x)  # type: ignore[no-any-return]


def _features(spec: NetSpec) -> nn.Sequential:
    layers: list[nn.Module] = []
    channels = spec.input_size[0]
    for stage in spec.stages:
        layers += vgg_layers(
            channels,
            stage.width,
            stage.count,
            pool=stage.stride == 2,
            norm=map_norm(spec.norm),
            activation=ACTIVATIONS[spec.activation],
        )
        channels = stage.width
    return nn.Sequential(*layers)
