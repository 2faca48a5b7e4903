"""The plain twin of a network: the same weights without the residual additions.

He et al. 2015 (https://arxiv.org/abs/1512.03385) compare residual nets with plain ones of the same layers; here the
plain net is made out of any residual net that torch.fx can follow. An addition ``x + F(x)`` becomes ``F(x)``.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from torch import fx, nn

from core.architectures.rewriting import Arguments, arguments_of_call, drop_operands, function_calls
from core.architectures.shortcuts import Shortcut, residual_shortcuts
from core.graph.program import Program
from core.graph.records import TraceFailed
from core.graph.standin import double, stand_in
from core.graph.tracing import CANNOT_FOLLOW, ONE_AT_A_TIME, Followed, follow, program_of, trace

_USUAL_SIDES = (224, 256, 384, 32)


@dataclass(frozen=True, slots=True)
class PlainTwin:
    """A network without its residual additions, and what went with them.

    Attributes:
        module: the twin.
        additions: names of the additions that were taken out, as `core.graph.trace` of the original names them.
        unused_parameters: scalars by name of the parameters that the original's pass reads and the twin's does not.
            They are gone from the twin, but for those that a module around a rewritten one still computes with.
    """

    module: nn.Module
    additions: tuple[str, ...]
    unused_parameters: Mapping[str, int]


def plain_twin(module: nn.Module, *, input_size: Sequence[int] | None = None) -> nn.Module:
    """The module of `without_skips`: a copy of a network over the same weights, without its residual additions."""
    return without_skips(module, input_size=input_size).module


def without_skips(module: nn.Module, *, input_size: Sequence[int] | None = None) -> PlainTwin:
    """A network's plain twin, on the same device and in the same modes; the network stays as it is.

    Every residual addition that `core.graph.trace` finds becomes its branch: ``x + F(x)`` becomes ``F(x)``. Projections
    fall away; gates, concatenations and the additions of position embeddings stay. So does a factor on the branch, as
    ConvNeXt's layer scale: at its first value of 1e-6 next to nothing comes through where no skip is. Stochastic depth
    falls away with the skip that it relies on. Modules keep their paths and their classes' names.

    The twin's parameters are its own but share the original's memory: a gradient stays on one side, while a step of
    training changes both (``copy.deepcopy`` the twin to train it). Its buffers are copies, so that new statistics of
    batch norms stay on its side.

    Args:
        module: a network on any device, also ``"meta"``.
        input_size: of one input, without the batch axis; where it is None, the size that the network declares, or
            a usual one that it takes.

    Raises:
        NoSkipConnections: it has no residual additions, or a sum that leaves open which operand is the shortcut.
        TraceFailed: torch.fx cannot follow it, or it takes none of the sizes.
    """
    title = type(module).__name__
    sizes = tuple(_likely_sizes(module)) if input_size is None else (tuple(input_size),)
    try:
        followed, arguments = _followed(stand_in(module), sizes)
    except TraceFailed:
        # What torch.export follows cannot be rewritten, but it may tell that there is nothing to rewrite.
        with suppress(TraceFailed):
            graph = trace(module, sizes[0])
            if graph.method == "export":
                residual_shortcuts(graph.nodes, title=title)
        raise
    nodes = {node.name: node for node in followed.operations.nodes}
    shortcuts = residual_shortcuts(nodes, title=title)
    twin = double(module)
    for path, found in _by_module(followed, shortcuts).items():
        _rewrite(twin.get_submodule(path), found, arguments[path], _functions(followed.program, path))
    left = _parameters_read(program_of(stand_in(twin)))
    gone = _parameters_read(followed.program) - left
    sizes_of = {name: parameter.numel() for name, parameter in module.named_parameters()}
    unused = {name: size for name, size in sizes_of.items() if name in gone}
    return PlainTwin(twin, tuple(shortcut.skip.join for shortcut in shortcuts), unused)


def _followed(
    stand: nn.Module, sizes: Iterable[tuple[int, ...]]
) -> tuple[Followed, Mapping[str, list[Arguments]]]:
    """The calls of a stand-in module, and how each of its parts was called."""
    arguments: dict[str, list[Arguments]] = defaultdict(list)

    def noting(path: str) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        return lambda part, args, kwargs: arguments[path].append(arguments_of_call(part, args, kwargs))

    with ExitStack() as hooks:
        for path, part in stand.named_modules():
            if path:
                hooks.callback(part.register_forward_pre_hook(noting(path), with_kwargs=True).remove)
        followed = follow(stand, sizes)
    picture, *others = inspect.signature(stand.forward).parameters.values()
    defaults = {p.name: p.default for p in others if p.default is not inspect.Parameter.empty}
    arguments[""] = [Arguments((picture.name,), defaults)]
    return followed, arguments


def _by_module(followed: Followed, shortcuts: Sequence[Shortcut]) -> Mapping[str, list[tuple[fx.Node, int]]]:
    """By path of the module that adds them up: calls of additions, and the place of the operand that goes."""
    found: dict[str, list[tuple[fx.Node, int]]] = defaultdict(list)
    for shortcut in shortcuts:
        addition = followed.operations.calls[shortcut.addition]
        dropped = followed.operations.operands[shortcut.addition][shortcut.place]
        operands: list[fx.Node] = []
        fx.node.map_arg((addition.args, addition.kwargs), operands.append)
        found[_owner(followed.program, addition)].append((addition, operands.index(dropped)))
    return found


def _rewrite(
    module: nn.Module,
    found: Sequence[tuple[fx.Node, int]],
    arguments: Sequence[Arguments],
    functions: Sequence[fx.Node],
) -> None:
    """Rewrites one module of the twin; one that is called several times has to be alike in all of its calls."""
    times = len(arguments)
    calls = len(functions) // times if times else 0
    dropped = {functions.index(addition) % calls: place for addition, place in found} if calls else {}
    alike = all(one == arguments[0] for one in arguments) and calls * times == len(functions)
    if not alike or len(dropped) * times != len(found):
        raise TraceFailed(
            f"{type(module).__name__} is called in several ways, so that it cannot be rewritten."
        )
    try:
        with ONE_AT_A_TIME:
            drop_operands(module, arguments[0], dropped, calls=calls)
    except CANNOT_FOLLOW as error:
        raise TraceFailed(
            f"The forward pass of {type(module).__name__} cannot be rewritten: {error}"
        ) from error


def _functions(program: Program, path: str) -> list[fx.Node]:
    """Functions that one module calls itself, without fx's checks of default arguments."""
    checks = {node for node in program.values if node.op == "placeholder"}
    for node in program.graph.nodes:
        if node.all_input_nodes and checks.issuperset(node.all_input_nodes):
            checks.add(node)
    return [
        node for node in function_calls(program.graph) if node not in checks and _owner(program, node) == path
    ]


def _owner(program: Program, call: fx.Node) -> str:
    stack = program.stacks.get(call, ())
    return stack[-1] if stack else ""


def _parameters_read(program: Program) -> set[str]:
    """Names of the parameters that the output depends on, or that a call reads for what it does in place."""
    pending = [node for node in program.graph.nodes if node.op == "output" or _is_statement(node)]
    seen = set(pending)
    read: set[nn.Parameter] = set()
    while pending:
        node = pending.pop()
        if node.op == "call_module":
            read.update(program.modules[str(node.target)].parameters())
        elif node.op == "get_attr":
            owner, _, name = str(node.target).rpartition(".")
            value = getattr(program.root.get_submodule(owner), name)
            read.update((value,) if isinstance(value, nn.Parameter) else ())
        fresh = [source for source in node.all_input_nodes if source not in seen]
        seen.update(fresh)
        pending += fresh
    return {name for name, parameter in program.root.named_parameters() if parameter in read}


def _is_statement(node: fx.Node) -> bool:
    return not node.users and node.op == "call_method" and str(node.target).endswith("_")


def _likely_sizes(module: nn.Module) -> Iterator[tuple[int, ...]]:
    """Sizes of inputs that a network may take: what it declares, then usual ones for its first layer."""
    declared = getattr(module, "pretrained_cfg", None)
    if isinstance(declared, Mapping) and "input_size" in declared:
        yield tuple(declared["input_size"])
    first = next(
        (part for part in module.modules() if isinstance(part, (nn.Linear, nn.modules.conv._ConvNd))), None
    )
    if isinstance(first, nn.Linear):
        yield (first.in_features,)
    channels = first.in_channels if isinstance(first, nn.modules.conv._ConvNd) else 3
    axes = len(first.kernel_size) if isinstance(first, nn.modules.conv._ConvNd) else 2
    side = getattr(module, "image_size", None)
    for length in (*((side,) if isinstance(side, int) else ()), *_USUAL_SIDES):
        yield (channels, *(length,) * axes)
