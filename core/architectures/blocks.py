"""Building blocks: VGG's, the plain and residual pairs of 3×3 convolutions, the bottleneck, pre-activation.

Every block is given *what to build* (norm and activation factories); attribute names are torchvision's, so
that hooks and weights fit. Shapes: B pictures, C channels, H × W positions.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.architectures.rules import EXPANSIONS, GROUPS
from core.architectures.spec import BOTTLENECK_EXPANSION, ActivationKind, HeadSpec, NormKind, ShortcutRule

NormFactory = Callable[[int], nn.Module]
ActivationFactory = Callable[[], nn.Module]

ACTIVATIONS: dict[ActivationKind, ActivationFactory] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.1, inplace=True),
    "gelu": nn.GELU,
    "silu": lambda: nn.SiLU(inplace=True),
    "tanh": nn.Tanh,
    "identity": nn.Identity,
}


def map_norm(kind: NormKind) -> NormFactory:
    """Makes a norm for maps (B, C, H, W) from a number of channels.

    ``"layer"`` normalises over channels and positions together (one group); ``"group"`` takes as many groups
    as divide the channels, 32 at most (Wu & He 2018, https://arxiv.org/abs/1803.08494).
    """
    factories: dict[NormKind, NormFactory] = {
        "batch": nn.BatchNorm2d,
        "layer": lambda channels: nn.GroupNorm(1, channels),
        "group": lambda channels: nn.GroupNorm(math.gcd(32, channels), channels),
        "none": lambda channels: nn.Identity(),
    }
    return factories[kind]


def conv3x3(
    in_channels: int, out_channels: int, stride: int, norm: NormFactory, *, groups: int = 1
) -> nn.Conv2d:
    """3×3 convolution, padded by 1; it has a bias only where no norm follows to take its place."""
    bias = isinstance(norm(1), nn.Identity)
    return nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, groups=groups, bias=bias)


def conv1x1(in_channels: int, out_channels: int, stride: int, norm: NormFactory) -> nn.Conv2d:
    """1×1 convolution; it has a bias only where no norm follows to take its place."""
    bias = isinstance(norm(1), nn.Identity)
    return nn.Conv2d(in_channels, out_channels, 1, stride, bias=bias)


class ZeroPadShortcut(nn.Module):
    """Option A of He et al. 2015, §3.3: every ``stride``-th position, new channels are zeros; no weights.

    Half of the new channels stand before the old ones, half after them; the paper leaves the place open.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        extra = out_channels - in_channels
        self.stride = stride
        self.before, self.after = extra // 2, extra - extra // 2

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, out, H/stride, W/stride)."""
        x = x[:, :, :: self.stride, :: self.stride]  # (B, C, H/stride, W/stride)
        return functional.pad(x, (0, 0, 0, 0, self.before, self.after))  # channels, not positions


def shortcut(
    rule: ShortcutRule, in_channels: int, out_channels: int, stride: int, norm: NormFactory
) -> nn.Module | None:
    """What the skip does where the shape changes; None where it is the bare identity."""
    if rule == "none" or (in_channels == out_channels and stride == 1):
        return None
    if rule == "A":
        return ZeroPadShortcut(in_channels, out_channels, stride)
    return nn.Sequential(conv1x1(in_channels, out_channels, stride, norm), norm(out_channels))


class PlainBlock(nn.Module):
    """Two 3×3 convolutions with norm and activation, no way around them: He et al. 2015, §3.3."""

    expansion = 1

    def __init__(
        self, in_channels: int, width: int, stride: int, *, norm: NormFactory, activation: ActivationFactory
    ) -> None:
        super().__init__()
        self.conv1 = conv3x3(in_channels, width, stride, norm)
        self.bn1 = norm(width)
        self.relu = activation()
        self.conv2 = conv3x3(width, width, 1, norm)
        self.bn2 = norm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, width, H/stride, W/stride)."""
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)))  # type: ignore[no-any-return]


class _ResidualBlock(nn.Module):
    """Keeps what all residual blocks share: the rule of the skip and the scale of the branch."""

    expansion = 1
    downsample: nn.Module | None

    def __init__(self, rule: ShortcutRule, residual_scale: float) -> None:
        super().__init__()
        self.has_skip = rule != "none"
        self.residual_scale = residual_scale

    def add(self, skip: Tensor, branch: Tensor) -> Tensor:
        """``skip + residual_scale · branch``; the bare branch where shortcuts are left out."""
        if self.residual_scale != 1.0:
            branch = branch * self.residual_scale
        return branch + skip if self.has_skip else branch

    def zero_branch(self) -> None:
        """Makes the branch put out zeros: its last norm's weight, or without norms its last convolution."""
        raise NotImplementedError


class BasicBlock(_ResidualBlock):
    """``relu(x + F(x))``, F two 3×3 convolutions: ResNet-18 and -34, He et al. 2015, fig. 5 left."""

    def __init__(
        self,
        in_channels: int,
        width: int,
        stride: int,
        *,
        norm: NormFactory,
        activation: ActivationFactory,
        rule: ShortcutRule = "B",
        residual_scale: float = 1.0,
    ) -> None:
        super().__init__(rule, residual_scale)
        self.conv1 = conv3x3(in_channels, width, stride, norm)
        self.bn1 = norm(width)
        self.relu = activation()
        self.conv2 = conv3x3(width, width, 1, norm)
        self.bn2 = norm(width)
        self.downsample = shortcut(rule, in_channels, width, stride, norm)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, width, H/stride, W/stride)."""
        skip = x if self.downsample is None else self.downsample(x)
        branch = self.relu(self.bn1(self.conv1(x)))
        branch = self.bn2(self.conv2(branch))
        return self.relu(self.add(skip, branch))  # type: ignore[no-any-return]

    def zero_branch(self) -> None:
        """Zeros the last layer or norm of the branch."""
        zero_last(self.conv2, self.bn2)


class Bottleneck(_ResidualBlock):
    """``relu(x + F(x))``, F 1×1 reduce, 3×3, 1×1 expand ×4: ResNet-50, He et al. 2015, fig. 5 right.

    The stride stands in the 3×3 convolution as in torchvision ("v1.5"), not in the first 1×1 as in the paper.
    """

    expansion = BOTTLENECK_EXPANSION
    groups = 1

    def __init__(
        self,
        in_channels: int,
        width: int,
        stride: int,
        *,
        norm: NormFactory,
        activation: ActivationFactory,
        rule: ShortcutRule = "B",
        residual_scale: float = 1.0,
    ) -> None:
        super().__init__(rule, residual_scale)
        out_channels = width * self.expansion
        self.conv1 = conv1x1(in_channels, width, 1, norm)
        self.bn1 = norm(width)
        self.conv2 = conv3x3(width, width, stride, norm, groups=self.groups)
        self.bn2 = norm(width)
        self.conv3 = conv1x1(width, out_channels, 1, norm)
        self.bn3 = norm(out_channels)
        self.relu = activation()
        self.downsample = shortcut(rule, in_channels, out_channels, stride, norm)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, expansion·width, H/stride, W/stride)."""
        skip = x if self.downsample is None else self.downsample(x)
        branch = self.relu(self.bn1(self.conv1(x)))  # (B, width, H, W)
        branch = self.relu(self.bn2(self.conv2(branch)))  # (B, width, H/stride, W/stride)
        branch = self.bn3(self.conv3(branch))  # (B, expansion·width, H/stride, W/stride)
        return self.relu(self.add(skip, branch))  # type: ignore[no-any-return]

    def zero_branch(self) -> None:
        """Zeros the last layer or norm of the branch."""
        zero_last(self.conv3, self.bn3)


class GroupedBottleneck(Bottleneck):
    """A bottleneck whose 3×3 convolution works in 32 groups and which puts out twice its width: ResNeXt-50 32×4d.

    Xie et al. 2017, "Aggregated Residual Transformations for Deep Neural Networks",
    https://arxiv.org/abs/1611.05431, table 1 and fig. 3c.
    """

    expansion = EXPANSIONS["grouped-bottleneck"]
    groups = GROUPS


class PreActivationBlock(_ResidualBlock):
    """``x + F(x)`` with nothing after the addition; norm and activation stand before each convolution.

    He et al. 2016, https://arxiv.org/abs/1603.05027, fig. 1b. A projection reads the activated input, and has
    no norm of its own, as in the authors' code. The network adds a norm and an activation after the last
    block.
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        stride: int,
        *,
        norm: NormFactory,
        activation: ActivationFactory,
        rule: ShortcutRule = "B",
        residual_scale: float = 1.0,
    ) -> None:
        super().__init__(rule, residual_scale)
        self.bn1 = norm(in_channels)
        # Out of place: the input itself is what the skip carries on.
        self.relu1 = out_of_place(activation())
        self.conv1 = conv3x3(in_channels, width, stride, norm)
        self.bn2 = norm(width)
        self.relu2 = activation()
        self.conv2 = conv3x3(width, width, 1, norm)
        self.downsample = shortcut(rule, in_channels, width, stride, norm)
        if isinstance(self.downsample, nn.Sequential):
            self.downsample = self.downsample[0]

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, width, H/stride, W/stride)."""
        active = self.relu1(self.bn1(x))
        skip = x if self.downsample is None else self.downsample(active)
        branch = self.conv1(active)
        branch = self.conv2(self.relu2(self.bn2(branch)))
        return self.add(skip, branch)

    def zero_branch(self) -> None:
        """Zeros the last layer or norm of the branch."""
        zero_last(self.conv2, nn.Identity())


def vgg_layers(
    in_channels: int, width: int, count: int, *, pool: bool, norm: NormFactory, activation: ActivationFactory
) -> list[nn.Module]:
    """``count`` times 3×3 convolution (with bias, as published), norm, activation; then perhaps a pool."""
    layers: list[nn.Module] = []
    for place in range(count):
        layers.append(nn.Conv2d(in_channels if place == 0 else width, width, 3, padding=1))
        normed = norm(width)
        layers += [activation()] if isinstance(normed, nn.Identity) else [normed, activation()]
    return [*layers, nn.MaxPool2d(2, 2)] if pool else layers


class VGGBlock(nn.Sequential):
    """One stage of VGG as a module of its own, for networks that mix kinds: see `vgg_layers`."""

    def __init__(
        self,
        in_channels: int,
        width: int,
        count: int,
        *,
        pool: bool,
        norm: NormFactory,
        activation: ActivationFactory,
    ) -> None:
        super().__init__(*vgg_layers(in_channels, width, count, pool=pool, norm=norm, activation=activation))


def head_layers(features: int, head: HeadSpec, activation: ActivationFactory) -> list[nn.Module]:
    """Linear layers from (B, features) to scores (B, classes), with activation and dropout after hidden ones."""
    layers: list[nn.Module] = []
    for width in head.hidden:
        layers += [nn.Linear(features, width), activation(), nn.Dropout(head.dropout)]
        features = width
    return [*layers, nn.Linear(features, head.num_classes)]


def linear_head(features: int, head: HeadSpec, activation: ActivationFactory) -> nn.Module:
    """The same as one module: a bare linear layer where nothing is hidden, as in ResNets."""
    layers = head_layers(features, head, activation)
    return nn.Sequential(*layers) if head.hidden else layers[0]


def out_of_place(activation: nn.Module) -> nn.Module:
    """The same activation, leaving its input as it is."""
    if isinstance(activation, nn.ReLU | nn.LeakyReLU | nn.SiLU):
        activation.inplace = False
    return activation


def zero_last(layer: nn.Conv2d | nn.Linear, norm: nn.Module) -> None:
    """Sets the last weights of a branch to zero: of its norm, or of its layer where no norm follows."""
    with torch.no_grad():
        if isinstance(norm, nn.BatchNorm2d | nn.BatchNorm1d | nn.GroupNorm | nn.LayerNorm):
            norm.weight.zero_()
            return
        layer.weight.zero_()
        if layer.bias is not None:
            layer.bias.zero_()
