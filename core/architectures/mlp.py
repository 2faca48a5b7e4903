"""Networks of vectors: blocks of linear, activation, linear, with and without a skip, and a linear head.

The smallest pair that shows what a skip does to gradients; nothing but the addition differs between the two.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from core.architectures.blocks import ACTIVATIONS, ActivationFactory, linear_head, zero_last
from core.architectures.spec import NetSpec, NormKind

VectorNorm = Callable[[int], nn.Module]

VECTOR_NORMS: dict[NormKind, VectorNorm] = {
    "batch": nn.BatchNorm1d,
    "layer": nn.LayerNorm,
    "group": lambda features: nn.GroupNorm(1, features),
    "none": lambda features: nn.Identity(),
}


class MLPBlock(nn.Module):
    """``F(x)``: linear, norm, activation, linear, norm. In: (B, features); out: (B, width)."""

    def __init__(self, features: int, width: int, *, norm: VectorNorm, activation: ActivationFactory) -> None:
        super().__init__()
        self.fc1 = nn.Linear(features, width)
        self.bn1 = norm(width)
        self.relu = activation()
        self.fc2 = nn.Linear(width, width)
        self.bn2 = norm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, features) → (B, width)."""
        x = self.relu(self.bn1(self.fc1(x)))
        return self.bn2(self.fc2(x))  # type: ignore[no-any-return]


class ResidualMLPBlock(MLPBlock):
    """``x + residual_scale · F(x)``, nothing after the addition."""

    def __init__(
        self,
        features: int,
        width: int,
        *,
        norm: VectorNorm,
        activation: ActivationFactory,
        residual_scale: float = 1.0,
    ) -> None:
        super().__init__(features, width, norm=norm, activation=activation)
        self.residual_scale = residual_scale

    def forward(self, x: Tensor) -> Tensor:
        """(B, features) → (B, features)."""
        branch = super().forward(x)
        if self.residual_scale != 1.0:
            branch = branch * self.residual_scale
        return x + branch


class MLP(nn.Module):
    """The network of a spec with vectors as input. In: (B, features); out: scores (B, classes).

    Weights start as PyTorch's linear layers do by default: the lesson's own setting.
    """

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*_blocks(spec))
        self.fc = linear_head(spec.stages[-1].width, spec.head, ACTIVATIONS[spec.activation])

    def forward(self, x: Tensor) -> Tensor:
        """(B, features) → scores (B, classes)."""
        x = self.blocks(x)
        return self.fc(x)  # type: ignore[no-any-return]


def _blocks(spec: NetSpec) -> list[nn.Module]:
    norm, activation = VECTOR_NORMS[spec.norm], ACTIVATIONS[spec.activation]
    blocks: list[nn.Module] = []
    (features,) = spec.input_size
    for stage in spec.stages:
        for _ in range(stage.count):
            blocks.append(_block(features, stage.width, stage.has_skip, spec, norm, activation))
            features = stage.width
    return blocks


def _block(
    features: int, width: int, residual: bool, spec: NetSpec, norm: VectorNorm, activation: ActivationFactory
) -> nn.Module:
    if not residual or spec.shortcut == "none":
        return MLPBlock(features, width, norm=norm, activation=activation)
    block = ResidualMLPBlock(
        features, width, norm=norm, activation=activation, residual_scale=spec.residual_scale
    )
    if spec.zero_init:
        zero_last(block.fc2, block.bn2)
    return block
