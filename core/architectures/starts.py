"""What a network of one's own can start from, and which of our named networks it comes nearest to. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from core.architectures.presets import RESNET_COUNTS, cifar, preset, preset_names
from core.architectures.spec import NetSpec, StageSpec, StemSpec


@dataclass(frozen=True, slots=True)
class Start:
    """A network to start from.

    Attributes:
        key: short and fit for an address.
        title: what people call it.
        spec: the network.
    """

    key: str
    title: str
    spec: NetSpec


def _resnext50() -> NetSpec:
    """ResNeXt-50 32×4d: Xie et al. 2017, table 1."""
    stages = tuple(
        StageSpec(
            block="grouped-bottleneck", count=count, width=128 * 2**place, stride=1 if place == 0 else 2
        )
        for place, count in enumerate(RESNET_COUNTS[50][1])
    )
    return NetSpec(stem=StemSpec(), stages=stages)


def _offered() -> dict[str, Start]:
    starts = [
        Start("vgg16", "VGG-16", preset("own/vgg16")),
        Start("resnet18", "ResNet-18", preset("own/resnet18")),
        Start("resnet50", "ResNet-50", preset("own/resnet50")),
        Start("resnext50", "ResNeXt-50 32×4d", _resnext50()),
        Start("cifar_resnet56", "CIFAR ResNet-56", preset("cifar_resnet56")),
        Start("cifar_plain56", "CIFAR plain-56", preset("cifar_plain56")),
        # He et al. 2016, table 2: the same net with norm and activation first.
        Start("cifar_pre56", "CIFAR pre-activation-56", cifar(56, "pre-activation")),
        Start("residual_mlp10", "Residual MLP-10", preset("residual_mlp10")),
    ]
    return {start.key: start for start in starts}


OFFERED = _offered()
"""What the form offers to start from, by key."""


_WRITTEN = {
    "vgg": "VGG",
    "resnet": "ResNet",
    "plain": "Plain",
    "cifar_resnet": "CIFAR ResNet",
    "cifar_plain": "CIFAR plain",
    "plain_mlp": "Plain MLP",
    "residual_mlp": "Residual MLP",
}


def _known() -> dict[str, Start]:
    known = dict(OFFERED)
    for name in preset_names():
        key = name.removeprefix("own/")
        word = key.rstrip("0123456789")
        known.setdefault(key, Start(key, f"{_WRITTEN[word]}-{key.removeprefix(word)}", preset(name)))
    return known


KNOWN = _known()
"""Every network that one can have started from, by key; the offered ones first."""


@lru_cache(maxsize=256)
def nearest(spec: NetSpec) -> tuple[Start, int]:
    """The known network that differs in the fewest rows, and in how many; 0: it is that network.

    A row is the stem, a stage, the head, or one of the settings of the whole network.
    """
    return min(((start, difference(spec, start.spec)) for start in KNOWN.values()), key=lambda pair: pair[1])


def difference(one: NetSpec, other: NetSpec) -> int:
    """In how many rows two networks differ; a row that only one of them has counts."""
    pairs = zip(one.stages, other.stages, strict=False)
    stages = sum(1 for a, b in pairs if a != b) + abs(len(one.stages) - len(other.stages))
    rows = ("input_size", "stem", "shortcut", "norm", "activation", "residual_scale", "zero_init", "head")
    return stages + sum(1 for row in rows if getattr(one, row) != getattr(other, row))
