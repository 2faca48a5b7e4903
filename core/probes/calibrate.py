"""Batch norms that have never seen data take their statistics from a few pictures, for as long as a probe runs.

A fresh batch norm has mean 0 and variance 1, which are those of no layer: in eval mode a network of random weights
then computes numbers that die away or explode. Statistics of one pass over a few pictures of noise put every layer
where training would start it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

Statistics = Mapping[str, tuple[Tensor, Tensor]]
"""Mean and variance by the path of the batch norm."""


def untouched(module: nn.Module) -> tuple[str, ...]:
    """Paths of the batch norms whose running statistics are still those they were made with: mean 0, variance 1."""
    return tuple(
        path
        for path, part in module.named_modules()
        if isinstance(part, _BatchNorm)
        and part.running_mean is not None
        and part.running_var is not None
        and not bool(part.running_mean.any())
        and bool((part.running_var == 1).all())
    )


def measured(module: nn.Module, run: Callable[[], object]) -> Statistics:
    """Statistics that the untouched batch norms have after ``run``, which makes a pass; the module is as found.

    Only they are in training mode meanwhile. One that is called several times takes the mean over its calls; one
    that is not called keeps what it has.
    """
    norms = _norms(module, untouched(module))
    found = [(norm, norm.training, norm.momentum, _state(norm)) for norm in norms.values()]
    try:
        for norm in norms.values():
            norm.reset_running_stats()
            norm.train()
            norm.momentum = None  # a plain mean over calls
        with torch.no_grad():
            run()
        return {path: (_kept(norm.running_mean), _kept(norm.running_var)) for path, norm in norms.items()}
    finally:
        for norm, training, momentum, state in found:
            norm.training, norm.momentum = training, momentum
            _put(norm, state)


@contextmanager
def calibrated(module: nn.Module, statistics: Statistics) -> Iterator[None]:
    """The batch norms of these paths have these statistics; their own come back, also after an exception."""
    norms = _norms(module, statistics)
    found = [(norm, _state(norm)) for norm in norms.values()]
    try:
        for path, norm in norms.items():
            mean, variance = statistics[path]
            _put(norm, {"running_mean": mean, "running_var": variance})
        yield
    finally:
        for norm, state in found:
            _put(norm, state)


def _norms(module: nn.Module, paths: Mapping[str, object] | tuple[str, ...]) -> dict[str, _BatchNorm]:
    parts = dict(module.named_modules())
    return {path: part for path in paths if isinstance(part := parts[path], _BatchNorm)}


def _state(norm: _BatchNorm) -> dict[str, Tensor]:
    return {name: buffer.clone() for name, buffer in norm.named_buffers(recurse=False)}


def _put(norm: _BatchNorm, state: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, buffer in norm.named_buffers(recurse=False):
            if name in state:
                buffer.copy_(state[name])


def _kept(buffer: Tensor | None) -> Tensor:
    if buffer is None:
        raise ValueError("A batch norm without running statistics has none to keep.")
    return buffer.clone()
