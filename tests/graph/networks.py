"""Small networks with one property each, and builders of published ones on the meta device."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from core.architectures import build
from core.graph import trace
from core.graph.records import Graph, Skip


def published(name: str, **options: object) -> nn.Module:
    """A torchvision classifier on the meta device, built as torchvision builds it without options."""
    if name.startswith("regnet"):
        # These work out their widths with tensors, which our own builder knows how to do.
        return build(name, device="meta")
    with torch.device("meta"):
        return torchvision.models.get_model_builder(name)(**options)


def only_skip(graph: Graph) -> Skip:
    (skip,) = graph.skips
    return skip


class Function(nn.Module):
    """Layers by name, and a forward pass given as a function of the module and the picture."""

    def __init__(self, forward: Callable[[nn.Module, torch.Tensor], torch.Tensor], **parts: object) -> None:
        super().__init__()
        self._forward = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._forward(self, x)


def traced(forward: Callable[..., torch.Tensor], size: tuple[int, ...] = (4, 8, 8), **parts: object) -> Graph:
    return trace(Function(forward, **parts), size)


def conv(width: int = 4, out: int | None = None, **options: int) -> nn.Conv2d:
    return nn.Conv2d(width, out or width, 3, padding=1, **options)


class Residual(nn.Module):
    """The block of a ResNet; ``option`` tells what is done where the shape changes: A, B, or nothing."""

    def __init__(self, width: int, out: int, stride: int = 1, option: str = "B") -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.extra = out - width
        changes = stride > 1 or width != out
        self.shortcut = nn.Identity() if not changes or option == "A" else nn.Conv2d(width, out, 1, stride)
        self.padded = changes and option == "A"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        if self.padded:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.extra))
        out += self.shortcut(x)
        return self.relu(out)


class Decides(nn.Module):
    """Decides by the values of its input, which neither fx nor export can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 1)
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        if float(x.sum()) > 1e9:
            return x
        return self.second(torch.relu(x)) * self.scale
