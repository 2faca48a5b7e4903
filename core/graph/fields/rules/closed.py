"""Functions of torchvision and timm that stay closed when a network is traced: windows and their attention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isqrt, prod

from core.graph.fields.layout import NotFollowed, channels
from core.graph.fields.reach import Reach
from core.graph.fields.rules.axes import in_shape, permuted
from core.graph.fields.rules.registry import Operands, rule
from core.graph.fields.rules.windows import moved
from core.graph.fields.sight import Cause, Sight
from core.graph.records import Node


@rule("shifted_window_attention")
def shifted_window_attention(node: Node, operands: Operands) -> Sight:
    """Every place reads the window that it lies in; windows may be moved (Liu et al. 2021, arXiv:2103.14030, §3.2).

    Places that the cyclic shift brings together over the border are masked from each other.
    """
    window, shift = node.attributes.get("window"), node.attributes.get("shift")
    if not isinstance(window, tuple) or not isinstance(shift, tuple):
        raise NotFollowed("window attention")
    sight = operands.first.flat()
    sight = replace(sight, runs=sight.one_run())
    for number, size, start in zip((1, 2), window, shift, strict=True):
        length = sight.dims[number].size
        if size >= length:
            sight = sight.mixed([number], Cause(node.name, "attention within windows"))
        else:
            within = _windows(size, start)
            sight = moved(node, sight, number, within, reason="attention within windows")
    return sight


def _windows(size: int, start: int) -> Callable[[Reach], Reach]:
    return lambda reach: reach.within_windows(size, start)


@rule("patch_merging_pad")
def patch_merging(node: Node, operands: Operands) -> Sight:
    """Four neighbours on one place, as channels."""
    sight = operands.first.flat()
    sight = replace(sight, runs=sight.one_run())
    for number in (1, 2):
        sight = moved(node, sight, number, lambda r: r.windowed(range(2), 2))
    return sight.with_dims((*sight.dims[:-1], channels(node.output_shape[-1])))


@rule("window_reverse")
def windows_put_back(node: Node, operands: Operands) -> Sight:
    """Windows on the batch axis, ``(B·n, h, w, C)`` or ``(B·n, h·w, C)``, back to a map ``(B, H, W, C)``."""
    return _put_back(node, operands, (0, 1, 3, 2, 4, 5))


def _put_back(node: Node, operands: Operands, order: tuple[int, ...]) -> Sight:
    rows, columns = _window(node)
    batch, height, breadth, width = node.output_shape
    cut = in_shape(operands.first, (batch, height // rows, breadth // columns, rows, columns, width))
    return in_shape(permuted(cut, order), node.output_shape)


def _window(node: Node) -> tuple[int, int]:
    _, *window, _ = node.input_shapes[0]
    if len(window) == 2:
        return window[0], window[1]
    side = isqrt(prod(window))
    if side * side != prod(window):
        raise NotFollowed("windows that are no squares")
    return side, side


@rule("grid_reverse")
def grids_put_back(node: Node, operands: Operands) -> Sight:
    """Places that lie apart, gathered on the batch axis, back to a map (Tu et al. 2022, arXiv:2204.01697, §3.2)."""
    return _put_back(node, operands, (0, 3, 1, 4, 2, 5))


@rule("deblockify")
def blocks_put_back(node: Node, operands: Operands) -> Sight:
    """Blocks of tokens, ``(B, n, h·w, C)``, back to a map (Zhang et al. 2021, arXiv:2105.12723)."""
    batch, count, tokens, width = node.input_shapes[0]
    side, rows = isqrt(tokens), isqrt(count)
    cut = in_shape(operands.first, (batch, rows, rows, side, side, width))
    return in_shape(permuted(cut, (0, 1, 3, 2, 4, 5)), node.output_shape)


@rule("reshape_pre_pool")
def tokens_as_map(node: Node, operands: Operands) -> Sight:
    """Tokens ``(B, heads, h·w, C)`` as maps ``(B·heads, C, h, w)`` (MViTv2, Li et al. 2022, arXiv:2112.01526)."""
    batch, width, height, breadth = node.output_shape
    cut = in_shape(operands.first, (batch, height, breadth, width))
    return permuted(cut, (0, 3, 1, 2))


@rule("reshape_post_pool")
def map_as_tokens(node: Node, operands: Operands) -> Sight:
    """The reverse: maps ``(B·heads, C, h, w)`` as tokens ``(B, heads, h·w, C)``."""
    return in_shape(permuted(operands.first, (0, 2, 3, 1)), node.output_shape)


@rule("cal_rel_pos_type")
def relative_positions(node: Node, operands: Operands) -> Sight:
    """Adds to an attention map what the queries, which it was made from, say of relative positions."""
    return operands.by_place[0]
