"""The worker's side of the counter: build or find the module, call one probe, hand back arrays. Runs where torch is."""

from __future__ import annotations

import io
import time
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.architectures.cache import weights_source
from core.architectures.catalogue import get, imagenet_classes
from core.engine.cache import ByteCache
from core.engine.device import describe
from core.engine.errors import Refused
from core.engine.progress import say
from core.engine.settings import settings
from core.graph import onnx as onnx_files
from core.graph import store
from core.graph.onnx.records import OnnxFile
from core.graph.records import Graph
from core.images.limits import ImageLimits
from core.images.opening import open_image
from core.probes.kernels import Proof, prove
from core.probes.maps import feature_maps as probe_maps
from core.probes.maps import feature_maps_and_logits, top_classes
from core.probes.memory import require_memory
from core.probes.records import Order
from core.service.at_hand import device, graph_of, graphs, network, prepared_picture, said_of_odd_sizes
from core.service.records import AcceptedPicture, FeatureView
from core.service.subjects import Picture, Subject

_LONGEST_SIDE = (
    1280  # px of an accepted picture: more than any input here takes, and small enough to send around
)
_TOP = 5
_GUESSES_KEPT = 256

Guesses = tuple[tuple[str, float], ...]


def graph(subject: Subject) -> bytes:
    """The traced network, as `core.graph.store` writes it.

    Raises:
        UnknownArchitecture, TraceFailed: one sentence each.
    """
    return store.dumps(graph_of(subject.architecture, subject.input_size))


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

    return store.dumps(graphs().get_or_make((path, input_size), make))


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
    known = graph_of(subject.architecture, subject.input_size)
    require_memory(known, settings().activation_bytes)
    prepared = prepared_picture(subject, picture)
    key = (subject, picture.digest)
    with said_of_odd_sizes(subject):
        found = network(subject)
        began = time.perf_counter()
        module, x = found.module_for([node]), prepared.tensor.to(device())
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


@cache
def _guesses() -> ByteCache[tuple[Subject, str], Guesses]:
    return ByteCache(_GUESSES_KEPT, lambda _: 1)


def kernel_proof(seed: int) -> Proof:
    """How near two 3×3 convolutions come to one random 5×5 kernel.

    Args:
        seed: of the kernel, from 0 on.
    """
    if not 0 <= seed < 2**32:
        raise Refused("Kernels are numbered from 0 on; ask for another one.")
    found: Proof = prove(seed)
    return found
