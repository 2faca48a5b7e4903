"""How many parameters a network of ours has, counted from its spec: the sum that building it would give. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.architectures.spec import NetSpec, StageSpec


def parameters(spec: NetSpec) -> int:
    """Scalars in all weights of the network of a spec, built with its head."""
    width = spec.input_size[0]
    total = 0
    if spec.stem is not None:
        total += _conv(spec, width, spec.stem.width, spec.stem.kernel) + _norm(spec, spec.stem.width)
        width = spec.stem.width
    for stage in spec.stages:
        total += sum(_stage(spec, stage, width))
        width = stage.out_width
    if not spec.is_vector and spec.stages[-1].block == "pre-activation":
        total += _norm(spec, width)
    return total + _head(spec, width)


def _conv(spec: NetSpec, width: int, out: int, kernel: int, groups: int = 1) -> int:
    bias = out if spec.norm == "none" else 0
    return width // groups * out * kernel**2 + bias


def _norm(spec: NetSpec, width: int) -> int:
    return 0 if spec.norm == "none" else 2 * width


def _linear(width: int, out: int) -> int:
    return (width + 1) * out


def _stage(spec: NetSpec, stage: StageSpec, width: int) -> Iterator[int]:
    """The parameters of each block."""
    for place in range(stage.count):
        yield _block(spec, stage, width, stage.stride if place == 0 else 1)
        width = stage.out_width


def _block(spec: NetSpec, stage: StageSpec, width: int, stride: int) -> int:
    inner, out = stage.width, stage.out_width
    if spec.is_vector:
        return _linear(width, inner) + _linear(inner, inner) + 2 * _norm(spec, inner)
    if stage.block == "vgg":
        return (9 * width + 1) * inner + _norm(spec, inner)  # with a bias, as published
    if stage.block in ("bottleneck", "grouped-bottleneck"):
        branch = (
            _conv(spec, width, inner, 1)
            + _conv(spec, inner, inner, 3, stage.groups)
            + _conv(spec, inner, out, 1)
        )
        norms = 2 * _norm(spec, inner) + _norm(spec, out)
    else:
        branch = _conv(spec, width, inner, 3) + _conv(spec, inner, inner, 3)
        norms = _norm(spec, inner) + _norm(spec, width if stage.block == "pre-activation" else inner)
    projects = stage.has_skip and spec.shortcut == "B" and (width != out or stride > 1)
    shortcut = _conv(spec, width, out, 1) if projects else 0
    if projects and stage.block != "pre-activation":
        shortcut += _norm(spec, out)
    return branch + norms + shortcut


def _head(spec: NetSpec, width: int) -> int:
    features = width if spec.is_vector else width * spec.head.pool**2
    total = 0
    for out in (*spec.head.hidden, spec.head.num_classes):
        total += _linear(features, out)
        features = out
    return total
