"""Our own named networks: each is a `NetSpec` that differs from its siblings only in numbers. No torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from core.architectures.records import UnknownArchitecture
from core.architectures.spec import BlockKind, HeadSpec, NetSpec, ShortcutRule, StageSpec, StemSpec

VGG_COUNTS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""Convolutions before each of the five max-pools: Simonyan & Zisserman 2014, table 1, A, B, D, E."""

RESNET_COUNTS: dict[int, tuple[BlockKind, tuple[int, ...]]] = {
    18: ("basic", (2, 2, 2, 2)),
    34: ("basic", (3, 4, 6, 3)),
    50: ("bottleneck", (3, 4, 6, 3)),
    101: ("bottleneck", (3, 4, 23, 3)),
    152: ("bottleneck", (3, 8, 36, 3)),
}
"""Blocks of the four stages: He et al. 2015, table 1."""

CIFAR_DEPTHS = (20, 32, 44, 56, 110)
MLP_BLOCKS = (10, 20)


def vgg(depth: int) -> NetSpec:
    """VGG without norm: Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556."""
    widths = (64, 128, 256, 512, 512)
    stages = tuple(
        StageSpec(block="vgg", count=count, width=width, stride=2)
        for count, width in zip(VGG_COUNTS[depth], widths, strict=True)
    )
    head = HeadSpec(hidden=(4096, 4096), pool=7, dropout=0.5)
    return NetSpec(stages=stages, shortcut="none", norm="none", head=head)


def _four_stages(block: BlockKind, counts: tuple[int, ...], shortcut: ShortcutRule) -> NetSpec:
    stages = tuple(
        StageSpec(block=block, count=count, width=64 * 2**place, stride=1 if place == 0 else 2)
        for place, count in enumerate(counts)
    )
    return NetSpec(stem=StemSpec(), stages=stages, shortcut=shortcut)


def resnet(depth: int) -> NetSpec:
    """ResNet for ImageNet: He et al. 2015, https://arxiv.org/abs/1512.03385, table 1, shortcuts B.

    As in torchvision a bottleneck's stride stands in its 3×3 convolution ("v1.5"), not in its first 1×1.
    """
    block, counts = RESNET_COUNTS[depth]
    return _four_stages(block, counts, "B")


def plain(depth: int) -> NetSpec:
    """The plain net beside ResNet-18 or -34: the same layers without shortcuts (He et al. 2015, §3.3)."""
    _, counts = RESNET_COUNTS[depth]
    return _four_stages("plain", counts, "none")


def cifar(depth: int, block: BlockKind, *, shortcut: ShortcutRule = "A") -> NetSpec:
    """The CIFAR-10 net with 6n + 2 layers: three stages of n blocks (He et al. 2015, §4.2)."""
    count = (depth - 2) // 6
    stages = tuple(
        StageSpec(block=block, count=count, width=width, stride=1 if width == 16 else 2)
        for width in (16, 32, 64)
    )
    return NetSpec(
        input_size=(3, 32, 32),
        stem=StemSpec(width=16, kernel=3, stride=1, pool=False),
        stages=stages,
        shortcut=shortcut,
        head=HeadSpec(num_classes=10),
    )


def mlp(blocks: int, block: BlockKind, *, width: int = 64) -> NetSpec:
    """Blocks of linear, ReLU, linear, all of one width, no norm; then a linear head with one output."""
    return NetSpec(
        input_size=(width,),
        stages=(StageSpec(block=block, count=blocks, width=width),),
        shortcut="none" if block == "plain" else "A",
        norm="none",
        head=HeadSpec(num_classes=1),
    )


@cache
def _makers() -> dict[str, Callable[[], NetSpec]]:
    return {
        **{f"own/vgg{depth}": partial(vgg, depth) for depth in VGG_COUNTS},
        **{f"own/resnet{depth}": partial(resnet, depth) for depth in RESNET_COUNTS},
        **{f"plain{depth}": partial(plain, depth) for depth in (18, 34)},
        **{f"cifar_resnet{depth}": partial(cifar, depth, "basic") for depth in CIFAR_DEPTHS},
        **{f"cifar_plain{depth}": partial(cifar, depth, "plain", shortcut="none") for depth in CIFAR_DEPTHS},
        **{f"plain_mlp{blocks}": partial(mlp, blocks, "plain") for blocks in MLP_BLOCKS},
        **{f"residual_mlp{blocks}": partial(mlp, blocks, "basic") for blocks in MLP_BLOCKS},
    }


def preset_names() -> tuple[str, ...]:
    """Names of our own networks: ``"own/vgg16"``, ``"plain34"``, ``"cifar_resnet56"``, …"""
    return tuple(_makers())


def preset(name: str) -> NetSpec:
    """The spec of one of our own networks.

    Raises:
        UnknownArchitecture: we have no network of that name.
    """
    if name not in _makers():
        raise UnknownArchitecture(
            f"Skipscope has no network of its own named {name!r}; preset_names() lists them."
        )
    return _makers()[name]()
