"""The worker's answers about receptive fields: how strongly cells respond, and which pixels move one of them."""

from __future__ import annotations

import io
import time
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cache
from typing import get_args

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch import nn

from core.architectures.cache import weights_source
from core.engine.cache import ByteCache
from core.engine.device import describe
from core.engine.errors import Refused
from core.engine.progress import say
from core.engine.settings import settings
from core.graph.records import Graph, UnknownNode
from core.probes.capture import activations
from core.probes.effective import RunningField
from core.probes.maps import as_maps, prefix_tokens
from core.probes.memory import peak_bytes, require_memory
from core.probes.places import places
from core.probes.records import Measure, NoMaps
from core.service.at_hand import (
    device,
    graph_of,
    network,
    plain_graph_of,
    plain_network,
    prepared_picture,
    said_of_odd_sizes,
)
from core.service.records import CellView, EffectView, Source, Variant
from core.service.subjects import Picture, Subject

MOST_PASSES = 64
"""More than these no longer change the picture."""
_SECONDS = 0.8  # after which an answer begins no further pass
_MACS_A_PASS = 8e9  # multiply-adds forward: half a second to a second on two cores, back and forth
_MOST_A_PASS = 8
_CALIBRATION = 4  # pictures: a field needs no exact statistics, and a visitor waits for them
_KEPT_BYTES = 64_000_000
_PHOTO_NOISE = 0.5  # of a standard deviation of the colours: a tenth of their range, as SmoothGrad takes
_DARKEST, _LIGHTEST = 0.06, 0.99


@dataclass(slots=True)
class _Measured:
    """What is kept of a field between questions: sums, and how long they took."""

    running: RunningField
    passes: int = 0
    seconds: float = 0.0


def cell_responses(subject: Subject, node: str, picture: Picture) -> CellView:
    """The mean absolute value of each cell of a node for a photo, and the photo as the net sees it.

    Raises:
        UnknownArchitecture, UnknownWeights, UnknownNode, ImageRejected, NoMaps, TooLarge, WeightsRejected: one
            sentence each.
    """
    known = graph_of(subject.architecture, subject.input_size)
    require_memory(known, settings().activation_bytes)
    prepared = prepared_picture(subject, picture)
    with said_of_odd_sizes(subject):
        module = network(subject).module_for([node])
        began = time.perf_counter()
        values = activations(module, prepared.tensor.to(device()), at=[node], graph=known)[node]
        seconds = time.perf_counter() - began
    maps, _ = as_maps(values, prepared.pixels.shape[:2], prefix=prefix_tokens(module), node=node)
    return CellView(
        node=node,
        responses=_between_quantiles(np.abs(maps).mean(axis=0, dtype=np.float64)),
        seen=prepared.pixels,
        crop=prepared.box,
        photo_size=Image.open(io.BytesIO(picture.data)).size,
        weights=weights_source(subject.architecture, subject.weights),
        seconds=seconds,
        device=describe().label,
    )


def _between_quantiles(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Scaled to 0…1 from the 6 % to the 99 % quantile, so that one bright cell does not turn all others pale."""
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = np.quantile(finite, (_DARKEST, _LIGHTEST))
    if high <= low:
        return np.zeros(values.shape, np.float32)
    scaled: npt.NDArray[np.float32] = np.clip((finite - low) / (high - low), 0, 1).astype(np.float32)
    return scaled


def effective_field(
    subject: Subject,
    node: str,
    *,
    cell: tuple[int, int] | None,
    passes: int,
    source: Source,
    picture: Picture | None,
    measure: Measure,
    variant: Variant = "as it is",
) -> EffectView:
    """How much each pixel moves one cell; adds the passes that are missing, for about a second.

    Raises:
        UnknownArchitecture, UnknownWeights, UnknownNode, ImageRejected, NoMaps, NoSuchCell, NoEffect, TooLarge,
            WeightsRejected, NoSkipConnections: one sentence each.
    """
    if measure not in get_args(Measure) or source not in get_args(Source) or variant not in get_args(Variant):
        raise Refused("Choose squared or absolute gradients, on noise or on a photo, with skips or without.")
    if source == "photo" and picture is None:
        raise Refused("Choose a photo, or measure on noise.")
    if passes is None or not 1 <= passes <= MOST_PASSES:
        raise Refused(f"Choose from 1 to {MOST_PASSES} passes.")
    known = _graph_for(subject, node, variant)
    photo = picture if source == "photo" else None
    key = (subject, variant, known.at(node).name, cell, photo.digest if photo else "")
    measured = _kept().get(key) or _Measured(_field_on(subject, node, known, cell=cell, photo=photo))
    if measured.passes < passes:
        # Both variants look at as many pictures, so that their fields can be compared.
        batch = pictures_a_pass(graph_of(subject.architecture, subject.input_size), node)
        with said_of_odd_sizes(subject):
            module = _module_for(subject, node, variant)
            say("Measuring what moves the cell…")
            _add_passes(measured, module, passes=passes, batch=batch)
        _kept().put(key, measured)
    return EffectView(
        field=measured.running.result(measure),
        passes=measured.passes,
        wanted=passes,
        source=source,
        variant=variant,
        weights=weights_source(subject.architecture, subject.weights),
        trained=subject.weights is not None,
        seconds=measured.seconds,
        device=describe().label,
    )


def _graph_for(subject: Subject, node: str, variant: Variant) -> Graph:
    whole = graph_of(subject.architecture, subject.input_size)
    asked = whole.at(node)
    if variant == "as it is":
        return whole
    plain = plain_graph_of(subject.architecture, subject.input_size)
    try:
        plain.at(node)
    except UnknownNode as error:
        raise Refused(
            f"The plain twin has nothing called {node!r}, because its skips are gone; choose the block around it, "
            f"{asked.module_path!r}."
        ) from error
    return plain


def _module_for(subject: Subject, node: str, variant: Variant) -> nn.Module:
    if variant == "plain twin":
        return plain_network(subject)
    found = network(subject)
    # A folded batch norm has no statistics left to calibrate.
    return found.plain if subject.weights is None else found.module_for([node])


def pictures_a_pass(graph: Graph, node: str) -> int:
    """How many pictures one pass takes: from 1 to 8, the fewer the more work and memory the way to the node takes.

    Raises:
        NoMaps: the node has no places.
        TooLarge: not even one picture fits into memory.
    """
    asked = graph.at(node)
    if len(graph.input_size) != 3:
        raise NoMaps("This network takes no pictures, so it has no receptive fields; choose another one.")
    places(asked.output_shape, graph.input_size[1:], node=node)
    names = list(graph.nodes)
    needed = replace(graph, nodes={name: graph.nodes[name] for name in names[: names.index(asked.name) + 1]})
    limit = settings().activation_bytes
    require_memory(needed, limit, keep_all=True)
    by_memory = limit // max(peak_bytes(needed, keep_all=True), 1)
    by_work = round(_MACS_A_PASS / max(needed.macs, 1))
    return int(max(1, min(by_memory, by_work, _MOST_A_PASS)))


def _field_on(
    subject: Subject, node: str, graph: Graph, *, cell: tuple[int, int] | None, photo: Picture | None
) -> RunningField:
    if photo is None:
        return RunningField(node, graph=graph, cell=cell, calibration=_CALIBRATION)
    images = prepared_picture(subject, photo).tensor
    return RunningField(
        node, graph=graph, images=images, cell=cell, noise=_PHOTO_NOISE, calibration=_CALIBRATION
    )


def _add_passes(measured: _Measured, module: nn.Module, *, passes: int, batch: int) -> None:
    """The passes that are missing, for about a second, one at least."""
    began = time.perf_counter()
    before = measured.seconds
    while measured.passes < passes:
        measured.running.add(module, batch)
        measured.passes += 1
        measured.seconds = before + time.perf_counter() - began
        if measured.seconds - before > _SECONDS:
            return


@cache
def _kept() -> ByteCache[Hashable, _Measured]:
    return ByteCache(_KEPT_BYTES, lambda measured: measured.running.nbytes)
