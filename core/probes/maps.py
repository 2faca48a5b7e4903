"""The output of one operation as one small picture a channel, and the network's best guesses."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from core.graph.records import Graph
from core.probes.capture import activations
from core.probes.records import ClassScore, FeatureMaps, Floats, Layout, NoMaps, Order

# Tokens ahead of those that stand for places: none, class, class and distillation, four registers with and
# without.
_PREFIXES = (0, 1, 2, 5, 4)
_QUANTILE = 0.995
# Very small maps are rounded: 8 × 40 pixels may end as 1 × 2 cells.
_LOOSEST = math.log(3)
_MAX_SAMPLE = 1_000_000


def feature_maps(
    module: nn.Module,
    x: Tensor,
    node: str,
    *,
    count: int,
    order: Order = "strength",
    graph: Graph | None = None,
) -> FeatureMaps:
    """The maps of one operation's output, in one pass that ends there.

    Args:
        module: the network.
        x: one picture, ``(1, channels, height, width)``.
        node: name as in ``core.probes.activations``.
        count: how many maps to return at most; the rank and strength of every channel are returned anyway.
        order: ``"strength"``: largest mean absolute value first; ``"variance"``: largest variance over the
            places first; ``"index"``: as the network numbers them.
        graph: of this network; needed for the names of groups.

    Raises:
        UnknownNode: the pass has no such operation.
        NoMaps: its output is a vector, or lies in an order that cannot be read as places.
    """
    values = activations(module, x, at=[node], graph=graph)[node]
    return _ranked(node, values, _places(module, x), count, order, _prefix(module))


def feature_maps_and_logits(
    module: nn.Module,
    x: Tensor,
    node: str,
    *,
    count: int,
    order: Order = "strength",
    graph: Graph | None = None,
) -> tuple[FeatureMaps, Floats]:
    """As ``feature_maps``, and the network's outputs ``(classes,)``, in one pass that goes to the end."""
    values = activations(module, x, at=[node, ""], graph=graph)
    maps = _ranked(node, values[node], _places(module, x), count, order, _prefix(module))
    return maps, values[""].reshape(-1)


def top_classes(logits: npt.NDArray[np.floating], k: int = 5) -> tuple[ClassScore, ...]:
    """The ``k`` most probable classes, best first, from the outputs before the softmax, ``(classes,)``."""
    values = np.asarray(logits, dtype=np.float64).reshape(-1)
    powers = np.exp(values - values.max())
    best = np.argsort(-values, kind="stable")[:k]
    return tuple(ClassScore(int(i), float(powers[i] / powers.sum())) for i in best)


def as_maps(
    values: Floats, picture: tuple[int, int], *, prefix: int | None = None, node: str = "This output"
) -> tuple[Floats, Layout]:
    """An output for one picture as ``(channels, height, width)``, and how it lay before.

    Four axes are channels first or channels last, whichever gives maps of the picture's proportions (first
    where both do). Three axes are tokens, of which those that stand for places must form a square.

    Args:
        values: ``(1, …)``.
        picture: height and width of the network's input.
        prefix: how many tokens stand ahead of those for places; found by trying where it is None.
        node: name for messages.

    Raises:
        NoMaps: there are no places, or they cannot be told.
    """
    if values.shape[0] != 1:
        raise NoMaps(
            f"{node!r} has an output of shape {values.shape}, whose first axis is not the one picture: its "
            "places are cut into windows; choose the block around it."
        )
    if values.ndim == 4:
        maps, layout = _four_axes(values[0], picture, node)
    elif values.ndim == 3:
        maps, layout = _tokens(values[0], prefix, node), "tokens"
    else:
        raise NoMaps(
            f"{node!r} has an output of shape {values.shape}, numbers without places; "
            "choose an earlier layer."
        )
    if maps.shape[1] * maps.shape[2] == 1:
        raise NoMaps(
            f"{node!r} has a single number for each of its {maps.shape[0]} channels, no places; choose an "
            "earlier layer."
        )
    return maps, layout


def _four_axes(values: Floats, picture: tuple[int, int], node: str) -> tuple[Floats, Layout]:
    wanted = math.log(picture[0] / picture[1])
    first, second, third = (math.log(max(size, 1)) for size in values.shape)
    as_last, as_first = abs(first - second - wanted), abs(second - third - wanted)
    if min(as_last, as_first) > _LOOSEST:
        raise NoMaps(
            f"{node!r} has an output of shape {(1, *values.shape)}, in which no two neighbouring axes have the "
            "proportions of the picture; choose the block around it."
        )
    if as_last < as_first:
        return np.ascontiguousarray(values.transpose(2, 0, 1)), "channels last"
    return values, "channels first"


def _tokens(values: Floats, prefix: int | None, node: str) -> Floats:
    tokens, channels = values.shape
    for ahead in _PREFIXES if prefix is None else (prefix, 0):
        side = math.isqrt(max(tokens - ahead, 0))
        if side > 1 and side * side == tokens - ahead:
            return np.ascontiguousarray(values[ahead:].T).reshape(channels, side, side)
    raise NoMaps(
        f"{node!r} has {tokens} tokens, which do not form a square of places; choose a layer further in."
    )


def _ranked(
    node: str, values: Floats, picture: tuple[int, int], count: int, order: Order, prefix: int | None
) -> FeatureMaps:
    maps, layout = as_maps(values, picture, prefix=prefix, node=node)
    magnitudes = np.abs(maps)
    strengths = magnitudes.mean(axis=(1, 2), dtype=np.float64).astype(np.float32)
    variances = maps.var(axis=(1, 2), dtype=np.float64).astype(np.float32)
    key = {"strength": -strengths, "variance": -variances, "index": np.arange(len(maps))}[order]
    ranked = np.argsort(np.nan_to_num(key, nan=np.inf), kind="stable").astype(np.int64)
    return FeatureMaps(
        node=node,
        shape=values.shape,
        layout=layout,
        order=ranked,
        maps=maps[ranked[: max(count, 0)]],
        strengths=strengths,
        variances=variances,
        signed=bool((maps < 0).any()),
        limit=_limit(magnitudes),
    )


def _limit(magnitudes: Floats) -> float:
    """The quantile of the magnitudes, of an evenly spaced part where there are very many."""
    flat = magnitudes.reshape(-1)[:: -(-magnitudes.size // _MAX_SAMPLE)]
    finite = flat[np.isfinite(flat)]
    return float(np.quantile(finite, _QUANTILE)) if finite.size else 0.0


def _places(module: nn.Module, x: Tensor) -> tuple[int, int]:
    if x.ndim != 4:
        raise NoMaps(
            f"{type(module).__name__} takes inputs of shape {tuple(x.shape[1:])}, not pictures; it "
            "has no maps."
        )
    return x.shape[-2], x.shape[-1]


def _prefix(module: nn.Module) -> int | None:
    """How many class and register tokens a timm transformer puts ahead; None where it does not say."""
    value = getattr(module, "num_prefix_tokens", None)
    return value if isinstance(value, int) else None
