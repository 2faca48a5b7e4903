"""What the worker has at hand for its answers: networks, graphs, pictures, each made once. Runs where torch is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cache

import torch
from PIL import Image
from torch import nn

from core.architectures import installed, own_code
from core.architectures.building import build
from core.architectures.cache import is_file_path, is_local
from core.architectures.catalogue import get
from core.architectures.records import Preprocessing
from core.architectures.twins import plain_twin
from core.engine.cache import ByteCache
from core.engine.device import choose
from core.engine.errors import Refused
from core.engine.failures import out_of_memory
from core.engine.progress import say
from core.engine.settings import settings
from core.graph.records import Graph
from core.graph.tracing import trace
from core.images.preprocess import Prepared, prepare
from core.probes.inference import Optimised, optimised
from core.service.subjects import Picture, Subject

_TWINS_KEPT = 2  # they share their weights with the networks

# The settings are asked at every look-up: this module is imported before they are known.
installed.permit(lambda: settings().allows_own_code())


@contextmanager
def said_of_odd_sizes(subject: Subject) -> Iterator[None]:
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


def prepared_picture(subject: Subject, picture: Picture) -> Prepared:
    """A picture as the subject's network gets it at the subject's input size."""
    image = Image.open(io.BytesIO(picture.data)).convert("RGB")
    return prepare(image, preprocessing(subject), input_size=subject.input_size)


def preprocessing(subject: Subject) -> Preprocessing:
    """How the weights' publishers prepare pictures; the architecture's own way for other weights."""
    entry = get(subject.architecture)
    published = {weights.name: weights for weights in entry.weights}
    return published[subject.weights].preprocessing if subject.weights in published else entry.preprocessing


def network(subject: Subject) -> Optimised:
    """The network on this process's device, built once and kept while there is room; on the CPU with a faster twin.

    The input size makes no other network; the twin is tried at the size that the network was made for.
    """
    at_home = replace(subject, input_size=get(subject.architecture).input_size)
    return _networks().get_or_make(at_home, lambda: _built(at_home))


def plain_network(subject: Subject) -> nn.Module:
    """The network's plain twin over the same weights.

    Raises:
        NoSkipConnections, TraceFailed: it has none; one sentence.
    """
    at_home = replace(subject, input_size=get(subject.architecture).input_size)

    def make() -> nn.Module:
        say(f"Taking the skips out of {get(subject.architecture).title}…")
        return plain_twin(network(subject).plain, input_size=at_home.input_size)

    return _twins().get_or_make(at_home, make)


def _built(subject: Subject) -> Optimised:
    title, folder = get(subject.architecture).title, settings().weights_path()
    if not is_local(subject.architecture, subject.weights, folder=folder):
        if is_file_path(str(subject.weights)):
            raise Refused("The weights file is not on this machine any more; choose it again.")
        raise Refused(
            f"The weights “{subject.weights}” of {title} are not on this machine; download them first."
        )
    say(f"Building {title}…")
    module = build(subject.architecture, weights=subject.weights, device=device(), folder=folder)
    if device().type != "cpu":
        return Optimised(module, module, frozenset(), 0.0)
    return optimised(module, graph_of(subject.architecture, subject.input_size))


def _bytes_of(network: Optimised) -> int:
    held = {id(t): t for part in (network.plain, network.fast) for t in _tensors(part)}
    return sum(tensor.numel() * tensor.element_size() for tensor in held.values())


def _tensors(module: nn.Module) -> tuple[torch.Tensor, ...]:
    return (*module.parameters(), *module.buffers())


@cache
def device() -> torch.device:
    """Where this process computes."""
    chosen: torch.device = choose()
    return chosen


@cache
def _networks() -> ByteCache[Subject, Optimised]:
    return ByteCache(settings().model_cache_bytes, _bytes_of)


@cache
def _twins() -> ByteCache[Subject, nn.Module]:
    return ByteCache(_TWINS_KEPT, lambda _: 1)


@cache
def graphs() -> ByteCache[tuple[str, tuple[int, ...]], Graph]:
    """Graphs by the architecture's name, or the file's path, and the input size."""
    return ByteCache(64, lambda _: 1)


def graph_of(architecture: str, input_size: tuple[int, ...]) -> Graph:
    """The traced network.

    Raises:
        UnknownArchitecture, TraceFailed, OwnCodeFailed: one sentence each.
    """

    def make() -> Graph:
        say(f"Tracing {get(architecture).title}…")
        module = build(architecture, device="meta")
        with own_code.blamed(architecture) if _is_own_code(architecture) else nullcontext():
            return trace(module, input_size)

    return graphs().get_or_make((architecture, input_size), make)


def plain_graph_of(architecture: str, input_size: tuple[int, ...]) -> Graph:
    """The traced plain twin.

    Raises:
        UnknownArchitecture, NoSkipConnections, TraceFailed, OwnCodeFailed: one sentence each.
    """

    def make() -> Graph:
        say(f"Tracing {get(architecture).title} without its skips…")
        module = build(architecture, device="meta")
        with own_code.blamed(architecture) if _is_own_code(architecture) else nullcontext():
            return trace(plain_twin(module, input_size=input_size), input_size)

    return graphs().get_or_make((f"{architecture}, plain twin", input_size), make)


def _is_own_code(architecture: str) -> bool:
    return architecture.startswith(installed.PREFIX)
