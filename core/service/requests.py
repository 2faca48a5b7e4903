"""Everything that a page may ask, one short typed function each. No torch here: the worker answers (`answers`)."""

from __future__ import annotations

from functools import cache
from typing import Any

from core.architectures import installed
from core.architectures.cache import is_local
from core.engine.jobs import Job, JobSnapshot
from core.engine.local import Status, close, get_engine
from core.engine.settings import settings
from core.graph import store
from core.graph.onnx.records import OnnxFile
from core.graph.records import Graph
from core.probes.kernels import Proof
from core.probes.records import Measure
from core.service.graph_store import GraphStore
from core.service.pending import Pending, Ready, Then
from core.service.records import AcceptedPicture, CellView, EffectView, FeatureView, Source, Variant
from core.service.subjects import Picture, Subject

_ANSWERS = "core.service.answers"
_MEASURED = "core.service.field_answers"


def warm_up() -> None:
    """Start the worker, so that it has torch imported by the time someone asks."""
    get_engine()


def shut_down() -> None:
    """End the worker and all jobs."""
    close()


def status() -> Status:
    """What the engine does, and the device it computes on."""
    return get_engine().status()


def graph(subject: Subject, *, visitor: str, topic: str = "graph") -> Pending[Graph]:
    """The traced network; from disk if it was ever traced here with the same libraries.

    Graphs of packages installed here are not kept: nobody can tell whether their code is still the same.

    Args:
        subject: the network; its weights do not matter.
        visitor: who asks.
        topic: a newer question of the same visitor and topic takes the place of one that still waits.
    """
    if subject.architecture.startswith(installed.PREFIX):
        return Then(_ask_for_graph(subject, visitor, topic), store.loads)
    kept = graphs().find(subject)
    if kept is not None:
        return Ready(kept)
    return Then(_ask_for_graph(subject, visitor, topic), lambda data: graphs().keep(subject, data))


def _ask_for_graph(subject: Subject, visitor: str, topic: str) -> Pending[bytes]:
    return get_engine().ask(f"{_ANSWERS}:graph", subject, visitor=visitor, topic=topic)


def onnx_file(path: str, *, visitor: str) -> Pending[OnnxFile]:
    """What the visitor's ONNX file says about itself; the worker reads it.

    The result raises RequestFailed with the sentence of `core.graph.onnx.OnnxRejected` for what is no network.
    """
    return get_engine().ask(f"{_ANSWERS}:onnx_file", path, visitor=visitor, topic="onnx")


def onnx_graph(
    path: str, input_size: tuple[int, ...], *, visitor: str, topic: str = "graph"
) -> Pending[Graph]:
    """The network in the visitor's ONNX file; kept for nobody else, and not on disk."""
    ticket = get_engine().ask(f"{_ANSWERS}:onnx_graph", path, input_size, visitor=visitor, topic=topic)
    return Then(ticket, store.loads)


def weights_at_hand(architecture: str, weights: str) -> bool:
    """Whether published weights are on this machine, so that they need no download."""
    return is_local(architecture, weights, folder=settings().weights_path())


def accept_picture(data: bytes, *, name: str, visitor: str) -> Pending[AcceptedPicture]:
    """A visitor's file as a clean picture of ours: upright, RGB, of bounded size; the worker opens it.

    The result raises RequestFailed with the sentence of `core.images.ImageRejected` for what is no picture.
    """
    return get_engine().ask(f"{_ANSWERS}:accept_picture", data, name, visitor=visitor, topic="picture")


def feature_maps(
    subject: Subject,
    node: str,
    picture: Picture,
    *,
    count: int,
    order: str,
    visitor: str,
    device: str | None = None,
) -> Pending[FeatureView]:
    """The maps of a node's output for a picture, the picture as the net sees it, and the top classes if it is trained.

    Args:
        subject: the network.
        node: module path, operation or group.
        picture: what it looks at.
        count: how many channels at most.
        order: ``"strength"``, ``"variance"`` or ``"index"``.
        visitor: who asks.
        device: torch's name of the device, or None for the server's default.
    """
    engine = get_engine()
    return engine.ask(
        f"{_ANSWERS}:feature_maps",
        subject,
        node,
        picture,
        count=count,
        order=order,
        visitor=visitor,
        topic="feature_maps",
        device=device,
    )


def cell_responses(
    subject: Subject, node: str, picture: Picture, *, visitor: str, device: str | None = None
) -> Pending[CellView]:
    """How strongly each cell of a node responds to a photo, and the photo as the net sees it.

    Args:
        subject: the network.
        node: module path, operation or group; its output must have places.
        picture: what it looks at.
        visitor: who asks.
        device: torch's name of the device, or None for the server's default.
    """
    return get_engine().ask(
        f"{_MEASURED}:cell_responses",
        subject,
        node,
        picture,
        visitor=visitor,
        topic="cell_responses",
        device=device,
    )


def effective_field(
    subject: Subject,
    node: str,
    *,
    cell: tuple[int, int] | None,
    passes: int,
    source: Source,
    picture: Picture | None = None,
    measure: Measure = "squared",
    variant: Variant = "as it is",
    visitor: str,
    topic: str = "effective_field",
    device: str | None = None,
) -> Pending[EffectView]:
    """How much each pixel moves one cell, over as many passes as are done by now.

    Every answer adds passes for about a second, at least one, and holds all passes up to ``passes``, or fewer: ask
    again with the same ``passes`` until `EffectView.finished`, or stop at any time. What is measured once is kept for
    the next question; both measures come from the same passes.

    Args:
        subject: the network.
        node: module path, operation or group; its output must have places.
        cell: row and column; None for the cell in the middle.
        passes: how many to do in all; pass k has its own pictures of noise, the same each time.
        source: ``"noise"``, or ``"photo"``: the photo under a little noise.
        picture: the photo; needed for ``"photo"`` only.
        measure: ``"squared"`` gradients (Luo et al. 2016), or ``"absolute"`` ones.
        variant: ``"as it is"``, or the network's ``"plain twin"``, without its residual additions; the result raises
            RequestFailed with a sentence where it has none. Nodes keep their names, additions are gone.
        visitor: who asks.
        topic: a newer question of the same visitor and topic takes the place of one that still waits.
        device: torch's name of the device, or None for the server's default.
    """
    return get_engine().ask(
        f"{_MEASURED}:effective_field",
        subject,
        node,
        cell=cell,
        passes=passes,
        source=source,
        picture=picture,
        measure=measure,
        variant=variant,
        visitor=visitor,
        topic=topic,
        device=device,
    )


def kernel_proof(seed: int, *, visitor: str) -> Pending[Proof]:
    """How near two 3×3 convolutions come to the random 5×5 kernel of that seed."""
    return get_engine().ask(f"{_ANSWERS}:kernel_proof", seed, visitor=visitor, topic="kernels")


def start_job(
    experiment: str, *args: Any, title: str, visitor: str, device: str | None = None, **kwargs: Any
) -> Job:
    """Start an experiment by its dotted name; raises TooManyJobs."""
    return get_engine().start(experiment, *args, title=title, visitor=visitor, device=device, **kwargs)


def jobs(visitor: str) -> tuple[JobSnapshot, ...]:
    """Snapshots of the visitor's jobs, oldest first."""
    return get_engine().jobs(visitor)


def job(job_id: str, *, visitor: str) -> Job | None:
    """The visitor's job of that id, or None if there is none or it belongs to someone else."""
    owned = {snapshot.id for snapshot in jobs(visitor)}
    return get_engine().job(job_id) if job_id in owned else None


@cache
def graphs() -> GraphStore:
    """The graphs that are kept on this machine."""
    return GraphStore(settings().data_path() / "graphs")
