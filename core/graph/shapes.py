"""Outputs of some modules on shapes alone, without torch's own shape rules.

Half of a convolutional network's operations give back the shape that they take, and a recurrent layer's output shape
is known at once. torch works them out in milliseconds to seconds of Python each: most of a trace's time.
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
    return len(operands) == 1 and (
        type(module) in _SAME_SHAPE or isinstance(module, (nn.LSTM, nn.GRU, nn.RNN))
    )


def quick_output(module: nn.Module | None, operand: torch.Tensor) -> Any:
    """What the module gives for a meta tensor: the operand itself where it works in place."""
    if isinstance(module, nn.RNNBase):
        return _recurrent_output(module, operand)
    if getattr(module, "inplace", False):
        # Counts as a change, as the real operation would.
        torch.autograd.graph.increment_version(operand)
        return operand
    return torch.empty_like(operand)


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
