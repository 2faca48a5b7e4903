"""Operations that read the same place of each operand: activations, sums, products; norms, with their statistics."""

from __future__ import annotations

from dataclasses import replace

from core.graph.fields.layout import NotFollowed
from core.graph.fields.rules.joining import lying_alike, united_runs, unseeing
from core.graph.fields.rules.registry import Operands, rule
from core.graph.fields.sight import POOLED, Cause, Sight, View
from core.graph.records import Node

_WORDS = """
relu activation dropout add subtract multiply divide pow sqrt rsqrt exp log log1p neg abs square
reciprocal clamp clamp_min clamp_max minimum maximum where sin cos erf sign floor ceil round addcmul addcdiv lerp
masked_fill nan_to_num exp2 expm1 log2 atan logit positive
"""
_SHAPE_ALONE = "zeros_like ones_like full_like empty_like new_zeros new_ones new_full new_empty"
_POINTWISE = tuple(_WORDS.split())
_NORMS = {"layer_norm": "layer norm", "rms_norm": "RMS norm", "normalize": "normalisation"}
_SPATIAL_NORMS = {"group_norm": "group norm", "instance_norm": "instance norm"}


@rule(*_POINTWISE)
def same_place(node: Node, operands: Operands) -> Sight:
    """The union of what the operands see at each place."""
    sights = operands.all
    if node.kind == "activation" and (dims := node.attributes.get("dims")):
        return _statistics(node, sights[0], dims, "softmax over places")
    if len(sights) == 1 and sights[0].dims and _shape(sights[0]) == node.output_shape:
        return sights[0]
    laid = lying_alike(sights, node.output_shape)
    if node.kind == "multiply":
        laid = [sight.mapped(_gating) for sight in laid]
    return replace(laid[0], runs=united_runs(laid, laid[0].dims))


@rule("identity")
def unchanged(node: Node, operands: Operands) -> Sight:
    """Reads its first operand; of another, as in ``type_as``, the type alone."""
    return operands.first if 0 in operands.by_place else unseeing(node.output_shape, operands.first)


@rule(*_SHAPE_ALONE.split())
def of_the_same_shape(node: Node, operands: Operands) -> Sight:
    """Reads the shape of its operand, and none of its values."""
    return unseeing(node.output_shape, operands.first)


def _gating(view: View) -> View:
    """A pooled value that all places are multiplied with is a squeeze-excite gate (Hu et al. 2018), and called so."""
    pooled = view.everything
    if pooled is None or pooled.reason != POOLED or not view.rows.sees_nothing:
        return view
    return replace(view, everything=replace(pooled, reason="squeeze-excite gate"))


@rule("batch_norm")
def norm_by_running_statistics(node: Node, operands: Operands) -> Sight:
    """Batch norm counts as in eval mode: it changes nothing, unless it has no statistics but those of the batch."""
    if node.attributes.get("running") is False:
        axes = tuple(range(2, len(node.output_shape)))
        return _statistics(node, operands.weighed(node), axes, "statistics of the batch norm")
    return same_place(node, operands)


@rule(*_NORMS, "cumsum", "softmax", "log_softmax")
def norm_over_named_axes(node: Node, operands: Operands) -> Sight:
    """Over channels a norm changes nothing; over places its statistics see the whole picture."""
    dims = node.attributes.get("dims")
    word = f"{_NORMS.get(node.kind, node.kind)} over places"
    sight = operands.weighed(node)
    return _statistics(node, sight, dims, word) if dims is not None else sight


@rule(*_SPATIAL_NORMS)
def norm_over_space(node: Node, operands: Operands) -> Sight:
    """Group and instance norm take their statistics over all places, in eval mode too unless they keep running ones."""
    if node.attributes.get("running") is True:
        return operands.weighed(node)
    axes = tuple(range(2, len(node.output_shape)))
    return _statistics(node, operands.weighed(node), axes, f"statistics of the {_SPATIAL_NORMS[node.kind]}")


@rule("local_response_norm")
def norm_over_neighbouring_channels(node: Node, operands: Operands) -> Sight:
    """Channels are mixed with their neighbours; counted as if with all of them."""
    if operands.first.dims[1].placed:
        raise NotFollowed("normalisation over neighbouring places")
    return replace(operands.first, runs=operands.first.one_run())


def _statistics(node: Node, sight: Sight, dims: object, reason: str) -> Sight:
    axes = dims if isinstance(dims, tuple) else ()
    return sight.with_statistics(axes, Cause(node.name, reason))


def _shape(sight: Sight) -> tuple[int, ...]:
    return tuple(dim.size for dim in sight.dims)
