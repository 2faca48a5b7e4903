"""The output of one operation as one small picture a channel, and the network's best guesses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from core.graph.records import Graph
from core.probes.capture import activations
from core.probes.places import places
from core.probes.records import ClassScore, FeatureMaps, Floats, Layout, NoMaps, Order

_QUANTILE = 0.995
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
    return _ranked(node, values, _places(module, x), count, order, prefix_tokens(module))


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
    maps = _ranked(node, values[node], _places(module, x), count, order, prefix_tokens(module))
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
    """An output for one picture as ``(channels, height, width)``, and how it lay before; see `core.probes.places`.

    Args:
        values: ``(1, …)``.
        picture: height and width of the network's input.
        prefix: how many tokens stand ahead of those for places; found by trying where it is None.
        node: name for messages.

    Raises:
        NoMaps: there are no places, or they cannot be told.
    """
    found = places(values.shape, picture, prefix=prefix, node=node)
    if found.layout == "channels first":
        return values[0], found.layout
    # (rows, columns, channels) or (tokens, channels)
    cells = values[0] if found.layout == "channels last" else values[0, found.ahead :]
    maps = np.moveaxis(cells.reshape(found.rows, found.columns, found.channels), -1, 0)
    return np.ascontiguousarray(maps), found.layout


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


def prefix_tokens(module: nn.Module) -> int | None:
    """How many class and register tokens a timm transformer puts ahead; None where it does not say."""
    value = getattr(module, "num_prefix_tokens", None)
    return value if isinstance(value, int) else None
