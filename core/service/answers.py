"""The worker's side of the counter: build or find the module, call one probe, hand back arrays. Runs where torch is."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn

from core.architectures import installed, own_code
from core.architectures.building import build
from core.architectures.cache import is_file_path, is_local, weights_source
from core.architectures.catalogue import get, imagenet_classes
from core.architectures.records import Preprocessing
from core.engine.cache import ByteCache
from core.engine.device import choose, describe
from core.engine.errors import Refused
from core.engine.failures import out_of_memory
from core.engine.progress import say
from core.engine.settings import settings
from core.graph import onnx as onnx_files
from core.graph import store
from core.graph.onnx.records import OnnxFile
from core.graph.records import Graph
from core.graph.tracing import trace
from core.images.limits import ImageLimits
from core.images.opening import open_image
from core.images.preprocess import Prepared, prepare
from core.probes.inference import Optimised, optimised
from core.probes.maps import feature_maps as probe_maps
from core.probes.maps import feature_maps_and_logits, top_classes
from core.probes.memory import require_memory
from core.probes.records import Order
from core.service.records import AcceptedPicture, FeatureView
from core.service.subjects import Picture, Subject

_LONGEST_SIDE = (
    1280  # px of an accepted picture: more than any input here takes, and small enough to send around
)
_TOP = 5
_GUESSES_KEPT = 256

Guesses = tuple[tuple[str, float], ...]

# The settings are asked at every look-up: this module is imported before they are known.
installed.permit(lambda: settings().allows_own_code())


def graph(subject: Subject) -> bytes:
    """The traced network, as `core.graph.store` writes it.

    Raises:
        UnknownArchitecture, TraceFailed: one sentence each.
    """
    return store.dumps(_graph(subject.architecture, subject.input_size))


def onnx_file(path: str) -> OnnxFile:
    """What an ONNX file says about itself; its whole graph is made, so that what is accepted can be shown.

    Raises:
        OnnxRejected: the file is damaged, hostile, or larger than is read; one sentence.
    """
    found: OnnxFile = onnx_files.describe(_content(path))
    return found


def onnx_graph(path: str, input_size: tuple[int, ...]) -> bytes:
    """The network in an ONNX file, as `core.graph.store` writes it.

    Raises:
        OnnxRejected: the file is no network that is read, or does not take such an input; one sentence.
    """

    def make() -> Graph:
        say("Reading the ONNX file…")
        found: Graph = onnx_files.read_onnx(_content(path), input_size)
        return found

    return store.dumps(_graphs().get_or_make((path, input_size), make))


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Refused("The ONNX file is not on this machine any more; open it again.") from error


def accept_picture(data: bytes, name: str) -> AcceptedPicture:
    """A visitor's file as a clean picture.

    Raises:
        ImageRejected: the file is no picture that we read; one sentence.
    """
    limits = ImageLimits(
        max_bytes=settings().picture_bytes, max_pixels=round(1e6 * settings().picture_megapixels)
    )
    image = open_image(data, limits=limits)
    width, height = image.size
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=3)
    return AcceptedPicture(Picture(name, out.getvalue()), width, height, shrunk=image.size != (width, height))


def feature_maps(subject: Subject, node: str, picture: Picture, *, count: int, order: Order) -> FeatureView:
    """The maps of a node's output for a picture, the picture as the net sees it, and the top classes.

    The pass ends after the node; it goes to the end only where the classes of a trained network are not yet known
    for this picture.

    Raises:
        UnknownArchitecture, UnknownWeights, UnknownNode, ImageRejected, NoMaps, TooLarge, WeightsRejected: one
            sentence each.
    """
    if count is None or count < 1 or order not in get_args(Order):
        raise Refused("Choose how many maps to show, at least one, and in which order.")
    known = _graph(subject.architecture, subject.input_size)
    require_memory(known, settings().activation_bytes)
    prepared = _prepared(subject, picture)
    key = (subject, picture.digest)
    with _said_of_odd_sizes(subject):
        network = _network(subject)
        began = time.perf_counter()
        module, x = network.module_for([node]), prepared.tensor.to(_device())
        if subject.weights is None or key in _guesses():
            maps = probe_maps(module, x, node, count=count, order=order, graph=known)
        else:
            maps, logits = feature_maps_and_logits(module, x, node, count=count, order=order, graph=known)
            _check_finite(logits, subject)
            _guesses().put(key, _named(logits, subject))
        seconds = time.perf_counter() - began
    return FeatureView(
        maps=maps,
        seen=prepared.pixels,
        top=_guesses().get(key) or (),
        weights=weights_source(subject.architecture, subject.weights),
        seconds=seconds,
        device=describe().label,
    )


def _is_own_code(architecture: str) -> bool:
    return architecture.startswith(installed.PREFIX)


@contextmanager
def _said_of_odd_sizes(subject: Subject) -> Iterator[None]:
    """Say it in a sentence where a network fails in a pass because its input has another size than it was made for."""
    try:
        yield
    except (RuntimeError, AssertionError) as error:
        entry = get(subject.architecture)
        if subject.input_size == entry.input_size or out_of_memory(error):
            raise
        theirs, own = (" × ".join(map(str, size[1:])) for size in (subject.input_size, entry.input_size))
        raise Refused(
            f"{entry.title} cannot look at a picture of {theirs} pixels; choose another input size, such as its own, "
            f"{own}."
        ) from error


def _prepared(subject: Subject, picture: Picture) -> Prepared:
    image = Image.open(io.BytesIO(picture.data)).convert("RGB")
    return prepare(image, _preprocessing(subject), input_size=subject.input_size)


def _preprocessing(subject: Subject) -> Preprocessing:
    entry = get(subject.architecture)
    published = {weights.name: weights for weights in entry.weights}
    return published[subject.weights].preprocessing if subject.weights in published else entry.preprocessing


def _check_finite(logits: npt.NDArray[np.float32], subject: Subject) -> None:
    if not np.isfinite(logits).all():
        raise Refused(
            f"With these weights {get(subject.architecture).title} computes infinite or undefined numbers, so it "
            "names no class; choose other weights."
        )


def _named(logits: npt.NDArray[np.float32], subject: Subject) -> Guesses:
    classes = imagenet_classes()
    names = classes if len(logits) == len(classes) else tuple(f"class {i}" for i in range(len(logits)))
    return tuple((names[score.index], score.probability) for score in top_classes(logits, _TOP))


def _network(subject: Subject) -> Optimised:
    """The network on this process's device, built once and kept while there is room; on the CPU with a faster twin.

    The input size makes no other network; the twin is tried at the size that the network was made for.
    """
    at_home = replace(subject, input_size=get(subject.architecture).input_size)
    return _networks().get_or_make(at_home, lambda: _built(at_home))


def _built(subject: Subject) -> Optimised:
    title, folder = get(subject.architecture).title, settings().weights_path()
    if not is_local(subject.architecture, subject.weights, folder=folder):
        if is_file_path(str(subject.weights)):
            raise Refused("The weights file is not on this machine any more; choose it again.")
        raise Refused(
            f"The weights “{subject.weights}” of {title} are not on this machine; download them first."
        )
    say(f"Building {title}…")
    module = build(subject.architecture, weights=subject.weights, device=_device(), folder=folder)
    if _device().type != "cpu":
        return Optimised(module, module, frozenset(), 0.0)
    return optimised(module, _graph(subject.architecture, subject.input_size))


def _bytes_of(network: Optimised) -> int:
    held = {id(t): t for part in (network.plain, network.fast) for t in _tensors(part)}
    return sum(tensor.numel() * tensor.element_size() for tensor in held.values())


def _tensors(module: nn.Module) -> tuple[torch.Tensor, ...]:
    return (*module.parameters(), *module.buffers())


@cache
def _device() -> torch.device:
    device: torch.device = choose()
    return device


@cache
def _networks() -> ByteCache[Subject, Optimised]:
    return ByteCache(settings().model_cache_bytes, _bytes_of)


@cache
def _guesses() -> ByteCache[tuple[Subject, str], Guesses]:
    return ByteCache(_GUESSES_KEPT, lambda _: 1)


@cache
def _graphs() -> ByteCache[tuple[str, tuple[int, ...]], Graph]:
    return ByteCache(64, lambda _: 1)


def _graph(architecture: str, input_size: tuple[int, ...]) -> Graph:
    def make() -> Graph:
        say(f"Tracing {get(architecture).title}…")
        module = build(architecture, device="meta")
        with own_code.blamed(architecture) if _is_own_code(architecture) else nullcontext():
            return trace(module, input_size)

    return _graphs().get_or_make((architecture, input_size), make)
