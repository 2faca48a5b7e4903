"""Outputs of batch norms and activations on shapes alone, without torch's own shape rules.

Half of a convolutional network's operations give back the shape that they take. torch works out the same shape for
them in some milliseconds of Python each, most of a trace's time.
"""

from __future__ import annotations

import torch
from torch import nn

_SAME_SHAPE = frozenset(
    {
        nn.BatchNorm1d,
        nn.BatchNorm2d,
        nn.BatchNorm3d,
        nn.ELU,
        nn.GELU,
        nn.Hardsigmoid,
        nn.Hardswish,
        nn.LeakyReLU,
        nn.Mish,
        nn.ReLU,
        nn.ReLU6,
        nn.SiLU,
        nn.Sigmoid,
        nn.Tanh,
    }
)


def keeps_shape(module: nn.Module | None, operands: tuple[torch.Tensor, ...]) -> bool:
    """Whether a call of the module, in eval mode, gives one tensor of the shape and layout of its one operand."""
    return type(module) in _SAME_SHAPE and len(operands) == 1


def output_of(module: nn.Module | None, operand: torch.Tensor) -> torch.Tensor:
    """What the module gives for a meta tensor: the operand itself where it works in place."""
    if getattr(module, "inplace", False):
        # Counts as a change, as the real operation would.
        torch.autograd.graph.increment_version(operand)
        return operand
    return torch.empty_like(operand)
