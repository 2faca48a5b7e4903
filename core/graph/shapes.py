"""Outputs of some modules on shapes alone, without torch's own shape rules.

Half of a convolutional network's operations give back the shape that they take; convolutions and recurrent layers
follow one short formula. torch works them out in milliseconds to seconds of Python each: most of a trace's time.
What does not fit is left to torch, which says what is wrong.
"""

from __future__ import annotations

from typing import Any

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


def is_quick(module: nn.Module | None, operands: tuple[torch.Tensor, ...]) -> bool:
    """Whether ``quick_output`` knows what the module gives, in eval mode, for these operands."""
    if len(operands) != 1:
        return False
    if type(module) is nn.Conv2d:
        operand, padding = operands[0], module.padding
        fits = operand.dim() == 4 and operand.shape[1] == module.in_channels and not isinstance(padding, str)
        return fits and min(_convolved(module, operand)) > 0
    return type(module) in _SAME_SHAPE or isinstance(module, (nn.LSTM, nn.GRU, nn.RNN))


def quick_output(module: nn.Module | None, operand: torch.Tensor) -> Any:
    """What the module gives for a meta tensor: the operand itself where it works in place."""
    if type(module) is nn.Conv2d:
        return operand.new_empty((operand.shape[0], module.out_channels, *_convolved(module, operand)))
    if isinstance(module, nn.RNNBase):
        return _recurrent_output(module, operand)
    if getattr(module, "inplace", False):
        # Counts as a change, as the real operation would.
        torch.autograd.graph.increment_version(operand)
        return operand
    return torch.empty_like(operand)


def _convolved(module: nn.Conv2d, operand: torch.Tensor) -> list[int]:
    """Height and width after a convolution; not above zero where the kernel does not fit."""
    paddings: Any = module.padding
    sides = zip(operand.shape[2:], module.kernel_size, module.stride, paddings, module.dilation, strict=True)
    return [
        (size + 2 * pad - gap * (kernel - 1) - 1) // stride + 1 for size, kernel, stride, pad, gap in sides
    ]


def _recurrent_output(module: nn.RNNBase, operand: torch.Tensor) -> Any:
    directions = 2 if module.bidirectional else 1
    width = module.proj_size or module.hidden_size
    output = operand.new_empty((*operand.shape[:-1], directions * width))
    batch = operand.shape[0 if module.batch_first else 1 : 1 if module.batch_first else 2]
    state_shape = (directions * module.num_layers, *(batch if operand.dim() == 3 else ()))
    state = operand.new_empty((*state_shape, width))
    if isinstance(module, nn.LSTM):
        return output, (state, operand.new_empty((*state_shape, module.hidden_size)))
    return output, state
