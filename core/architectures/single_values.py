"""Where group or layer norm would normalise one number alone, which torch refuses: a rule of its own. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.architectures.spec import NetSpec, StageSpec

MOST_GROUPS = 32


def single_values(spec: NetSpec) -> str:
    """Name of the first part in which a norm would see single numbers (``"stage 3"``); "" where none does."""
    if spec.norm not in ("group", "layer"):
        return ""
    places = _vector(spec) if spec.is_vector else _maps(spec)
    return next((name for name, width, cells in places if cells * _in_group(spec, width) == 1), "")


def _in_group(spec: NetSpec, width: int) -> int:
    """Channels that are normalised together."""
    return width if spec.norm == "layer" or spec.is_vector else width // gcd(MOST_GROUPS, width)


def _vector(spec: NetSpec) -> Iterator[tuple[str, int, int]]:
    if spec.norm == "group":  # torch takes a layer norm of one feature
        for place, stage in enumerate(spec.stages):
            yield f"stage {place + 1}", stage.width, 1


def _maps(spec: NetSpec) -> Iterator[tuple[str, int, int]]:
    """Part, channels and cells of every map that is normalised."""
    width, size = spec.input_size[0], spec.input_size[1:]
    if spec.stem is not None:
        width, size = spec.stem.width, _halved(size, spec.stem.stride)
        yield "the stem", width, _cells(size)
        size = _halved(size, 2 if spec.stem.pool else 1)
    for place, stage in enumerate(spec.stages):
        cut_off = stage.block == "vgg"
        after = tuple(side // stage.stride for side in size) if cut_off else _halved(size, stage.stride)
        for channels, on in _normed(stage, width, size, after):
            yield f"stage {place + 1}", channels, _cells(on)
        width, size = stage.out_width, after
    if spec.stages[-1].block == "pre-activation":
        yield "the head", width, _cells(size)


def _normed(
    stage: StageSpec, width: int, before: tuple[int, ...], after: tuple[int, ...]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Channels and size of the maps that a stage's blocks normalise."""
    if stage.block == "vgg":
        return ((stage.width, before),)
    first = width if stage.block == "pre-activation" else stage.width
    early = ((first, before),) if stage.block not in ("plain", "basic") else ()
    last = ((stage.out_width, after),) if stage.block != "pre-activation" or stage.count > 1 else ()
    return (*early, (stage.width, after), *last)


def _halved(size: tuple[int, ...], stride: int) -> tuple[int, ...]:
    return tuple(-(-side // stride) for side in size)


def _cells(size: tuple[int, ...]) -> int:
    height, width = size
    return height * width
