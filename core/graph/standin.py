"""A copy of a module whose tensors have shapes but no memory, so that tracing neither reads nor touches weights."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterator

import torch
from torch import nn

from core.graph.records import TraceFailed

_HOOKS = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_backward_hooks",
    "_backward_pre_hooks",
)


def stand_in(module: nn.Module) -> nn.Module:
    """A structural copy of a module on the meta device, in eval mode and without hooks.

    The copy takes memory for the Python objects only. Shared parameters stay shared. Floating-point tensors
    become float32, so that a picture of float32 fits a network of any precision.

    Raises:
        TraceFailed: the module has parameters without a shape yet, or holds something that cannot be copied.
    """
    memo: dict[int, object] = {}
    for path, part in module.named_modules():
        for name in _HOOKS:
            if (hooks := part.__dict__.get(name)) is not None:
                memo[id(hooks)] = OrderedDict()
        for tensor in _tensors(part):
            if nn.parameter.is_lazy(tensor):
                raise TraceFailed(
                    f"Module {path or type(module).__name__!r} has a parameter whose shape is not known yet; "
                    "pass one picture through the network first."
                )
            if id(tensor) not in memo:
                memo[id(tensor)] = _without_memory(tensor)
    try:
        twin = copy.deepcopy(module, memo)
    except (TypeError, RuntimeError, AttributeError, ValueError, NotImplementedError) as error:
        raise TraceFailed(f"The network cannot be copied for tracing: {error}") from error
    return twin.eval()


def _tensors(module: nn.Module) -> Iterator[torch.Tensor]:
    """Tensors that a module holds itself: parameters, buffers, and plain attributes, also inside lists and dicts."""
    for value in module.__dict__.values():
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (item for item in value if isinstance(item, torch.Tensor))
        elif isinstance(value, dict):
            yield from (item for item in value.values() if isinstance(item, torch.Tensor))


def _without_memory(tensor: torch.Tensor) -> torch.Tensor:
    dtype = torch.float32 if tensor.dtype.is_floating_point else tensor.dtype
    if tensor.is_meta and tensor.dtype == dtype:
        return tensor
    empty = torch.empty_like(tensor, dtype=dtype, device="meta")
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(empty, requires_grad=tensor.requires_grad)
    return empty
