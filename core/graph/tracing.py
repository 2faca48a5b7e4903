"""From a module to its graph: torch.fx where it can follow, then torch.export, then hooks on the modules."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from core.graph import export, hooks
from core.graph.boxes import closed
from core.graph.evaluate import evaluate
from core.graph.fields.walk import with_fields, without_fields
from core.graph.fold import fold
from core.graph.fx import fx_program
from core.graph.program import Operations, Program
from core.graph.records import Graph, Method, Module, TraceFailed
from core.graph.skips import find_skips
from core.graph.standin import stand_in

# What code that was written for tensors raises when it meets a proxy, a tensor without values, or a wrong size.
CANNOT_FOLLOW = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)


# fx replaces Module.__call__ for all threads while it traces, so that two traces must never overlap.
ONE_AT_A_TIME = threading.RLock()


def trace(module: nn.Module, input_size: Sequence[int] = (3, 224, 224)) -> Graph:
    """The graph of a module in eval mode for one input of ``input_size``, without the batch axis.

    The module may be on any device, also ``"meta"``, and is left as it was found. Its weights are neither read nor
    copied, with one exception: a network whose code decides by the values that it sees is run once, as it is, on
    one picture of noise.

    Tried in this order; ``Graph.method`` says which it was, and ``Graph.lost`` what is missing then:

    - torch.fx, see ``core.graph.fx``;
    - torch.export, see ``core.graph.export``;
    - hooks on the modules, see ``core.graph.hooks``.

    Raises:
        TraceFailed: none of them can follow the module, most often because the input has a size that it does
            not take.
    """
    size = tuple(int(side) for side in input_size)
    if not size or min(size) < 1:
        raise TraceFailed(f"An input of size {_words(size)} is empty; every side must be at least 1.")
    with torch.inference_mode(mode=False):
        return _traced(module, size)


@dataclass(frozen=True)
class Followed:
    """A network as torch.fx follows it.

    Attributes:
        program: its calls.
        operations: what they do with an input of ``size``, and which call each was written down for.
        size: of the input, without the batch axis.
    """

    program: Program
    operations: Operations
    size: tuple[int, ...]


def program_of(stand: nn.Module) -> Program:
    """The calls of a stand-in module by torch.fx alone.

    Raises:
        TraceFailed: fx cannot follow it.
    """
    try:
        with torch.inference_mode(mode=False), ONE_AT_A_TIME:
            return fx_program(stand)
    except CANNOT_FOLLOW as error:
        raise TraceFailed(f"torch.fx cannot follow {type(stand).__name__}: {_reason(error)}") from error


def follow(stand: nn.Module, sizes: Iterable[Sequence[int]]) -> Followed:
    """The calls of a stand-in module by torch.fx alone, on the first of some input sizes that it takes.

    Raises:
        TraceFailed: fx cannot follow it, or it takes none of the sizes.
    """
    program = program_of(stand)
    failure: Exception | None = None
    for size in sizes:
        try:
            with torch.inference_mode(mode=False), ONE_AT_A_TIME:
                found = _on_shapes(lambda: program, torch.empty(1, *size, device="meta"))
        except CANNOT_FOLLOW as error:
            failure = failure or error
            continue
        return Followed(program, found, tuple(size))
    raise TraceFailed(
        f"{type(stand).__name__} takes no input of the sizes tried: {_reason(failure)}"
    ) from failure


def _traced(module: nn.Module, size: tuple[int, ...]) -> Graph:
    twin = stand_in(module)
    picture = torch.empty(1, *size, device="meta")
    attempts: tuple[tuple[Method, str, Callable[[], Operations]], ...] = (
        ("fx", "", lambda: _on_shapes(lambda: fx_program(twin), picture)),
        (
            "export",
            export.LOST,
            lambda: closed(_on_shapes(lambda: export.export_program(twin, picture), picture), twin),
        ),
        ("hooks", hooks.LOST, lambda: _watched(module, twin, picture)),
    )
    for method, lost, attempt in attempts:
        try:
            with ONE_AT_A_TIME:
                found = attempt()
        except CANNOT_FOLLOW as error:
            failure = error
            continue
        return _graph(twin, found, size, method, lost)
    raise TraceFailed(
        f"The network cannot be followed for an input of size {_words(size)}: {_reason(failure)}"
    ) from failure


def _on_shapes(follow: Callable[[], Program], picture: torch.Tensor) -> Operations:
    program = follow()
    with torch.device("meta"):
        return evaluate(program, picture)


def _watched(module: nn.Module, twin: nn.Module, picture: torch.Tensor) -> Operations:
    """The calls of modules: on shapes if that is enough, else on noise through the module itself."""
    try:
        with torch.device("meta"):
            return hooks.watch(twin, picture)
    except CANNOT_FOLLOW:
        weight = next((tensor for tensor in module.parameters() if tensor.is_floating_point()), None)
        if weight is None or weight.is_meta:
            raise
        noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))
    found = hooks.watch(module, noise.to(weight.device, weight.dtype))
    same = dict(zip(module.parameters(), twin.parameters(), strict=True))
    return Operations(found.nodes, {same[read] for read in found.weights}, {})


def _graph(twin: nn.Module, found: Operations, size: tuple[int, ...], method: Method, lost: str) -> Graph:
    nodes = {node.name: node for node in found.nodes}
    if len(nodes) < 2:
        raise TraceFailed("The network has no operation that reads its input.")
    modules = {
        path: Module(
            path,
            type(part).__name__,
            tuple(f"{path}.{name}".lstrip(".") for name, _ in part.named_children()),
        )
        for path, part in twin.named_modules()
    }
    skips = find_skips(nodes)
    between = "what happens between the modules was not seen"
    return Graph(
        nodes=without_fields(nodes, between) if method == "hooks" else with_fields(nodes),
        skips=skips,
        modules=modules,
        fold=fold(nodes, skips, modules, found.places),
        input_size=size,
        method=method,
        lost=lost,
        unused_parameters={n: p.numel() for n, p in twin.named_parameters() if p not in found.weights},
    )


def _reason(failure: Exception | None) -> str:
    """The first line of what went wrong."""
    return (str(failure).strip() or type(failure).__name__).splitlines()[0]


def _words(size: Sequence[int]) -> str:
    return " × ".join(str(side) for side in size)
