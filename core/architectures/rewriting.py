"""Takes additions out of the ``forward`` of single modules, which stay what they are otherwise.

A module that is rewritten keeps its place, its class name, its attributes and its parts; its class becomes a subclass
whose ``forward`` is the code that torch.fx writes for the remaining calls. So hooks, modes and names work as before.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn

from core.graph.fx import own_calls
from core.graph.hooks import evaluation_mode
from core.graph.words import names_of

# What leaves out a whole branch for some pictures, which makes sense only where a skip carries these on.
_LEAVES_OUT = frozenset({"stochastic_depth", "stochasticdepth", "drop_path", "droppath"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """How a module's ``forward`` is called.

    Attributes:
        tensors: names of the arguments that are tensors, or hold some.
        values: all others that are given, by name.
    """

    tensors: tuple[str, ...]
    values: Mapping[str, object]


def arguments_of_call(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Arguments:
    """What one call of a module gives to ``forward``; fx's proxies stand for tensors."""
    given = inspect.signature(module.forward).bind(*args, **kwargs).arguments
    tensors = tuple(name for name, value in given.items() if _holds_tensor(value))
    return Arguments(tensors, {name: value for name, value in given.items() if name not in tensors})


def drop_operands(module: nn.Module, arguments: Arguments, dropped: Mapping[int, int], *, calls: int) -> None:
    """Rewrites a module in place: some of the additions in its ``forward`` hand on one operand alone.

    What nothing reads any more goes too: parts of the module (a projection), parameters, and stochastic depth, which
    would leave nothing where no skip is. The code is followed in eval mode, so that ``self.training`` is False for
    what ``forward`` itself decides, while the module's parts keep their modes.

    Args:
        module: to be rewritten.
        arguments: how it is called.
        dropped: the place of the operand that goes, by the addition's place among the functions that ``forward``
            calls itself.
        calls: how many functions it calls.

    Raises:
        ValueError: ``forward`` calls another number of functions, or takes more tensors than can be followed.
        Exception: as ``core.graph.fx.own_calls``.
    """
    own = type(module)
    module.__class__ = _subclass(own, _opened(own.forward, arguments))
    try:
        with evaluation_mode(module), torch.no_grad():
            graph = own_calls(module)
    finally:
        module.__class__ = own
    functions = function_calls(graph)
    if len(functions) != calls:
        raise ValueError(f"{own.__name__} calls {len(functions)} functions, not {calls}.")
    before = _paths_read(graph)
    _drop(graph, {functions[place]: operand for place, operand in dropped.items()})
    _keep_branches(graph, module)
    _restore_signature(graph, inspect.signature(own.forward), arguments)
    module.__class__ = _subclass(own, type(fx.GraphModule(module, graph)).forward)
    for path in before - _paths_read(graph):
        parent, _, name = path.rpartition(".")
        delattr(module.get_submodule(parent), name)


def function_calls(graph: fx.Graph) -> list[fx.Node]:
    """The calls of functions and methods, in execution order."""
    return [node for node in graph.nodes if node.op in ("call_function", "call_method")]


def _holds_tensor(value: Any) -> bool:
    found: list[object] = []
    fx.node.map_aggregate(value, lambda item: found.append(item) if _is_tensor(item) else None)
    return bool(found)


def _is_tensor(value: object) -> bool:
    return isinstance(value, (torch.Tensor, fx.Proxy))


def _subclass(own: type[nn.Module], forward: Callable[..., Any]) -> type[nn.Module]:
    """A class like ``own``, also by name, with another ``forward``."""
    names = {"forward": forward, "__module__": own.__module__, "__qualname__": own.__qualname__}
    return type(own.__name__, (own,), names)


def _opened(forward: Callable[..., Any], arguments: Arguments) -> Callable[..., Any]:
    """``forward`` as a function of its tensors alone; fx reads how many there are off the code."""

    def call(module: nn.Module, *tensors: Any) -> Any:
        return forward(module, **dict(zip(arguments.tensors, tensors, strict=True)), **arguments.values)

    shapes: tuple[Callable[..., Any], ...] = (
        lambda self, a: call(self, a),
        lambda self, a, b: call(self, a, b),
        lambda self, a, b, c: call(self, a, b, c),
        lambda self, a, b, c, d: call(self, a, b, c, d),
    )
    if not 1 <= len(arguments.tensors) <= len(shapes):
        raise ValueError(f"A module that takes {len(arguments.tensors)} tensors cannot be rewritten.")
    return shapes[len(arguments.tensors) - 1]


def _drop(graph: fx.Graph, dropped: Mapping[fx.Node, int]) -> None:
    idle = {node for node in graph.nodes if not node.users}
    for addition, place in dropped.items():
        operands: list[fx.Node] = []
        fx.node.map_arg((addition.args, addition.kwargs), operands.append)
        kept = operands[1 - place]
        factor = addition.kwargs.get("alpha", 1)
        if factor != 1 and place == 0:
            with graph.inserting_before(addition):
                kept = graph.call_function(operator.mul, (kept, factor))
        addition.replace_all_uses_with(kept)
    _erase_unread(graph, idle)


def _erase_unread(graph: fx.Graph, idle: set[fx.Node]) -> None:
    """Erases what nothing reads any more; what nothing has read before may be there for what it does in place."""
    for node in reversed(list(graph.nodes)):
        if not node.users and node not in idle and node.op not in ("placeholder", "output"):
            graph.erase_node(node)


def _keep_branches(graph: fx.Graph, module: nn.Module) -> None:
    """Takes out stochastic depth."""
    idle = {node for node in graph.nodes if not node.users}
    for node in graph.nodes:
        if node.op == "call_module":
            word = type(module.get_submodule(str(node.target))).__name__.lower()
        elif node.op == "call_function":
            word = names_of(node.target)[0]
        else:
            continue
        if word in _LEAVES_OUT:
            node.replace_all_uses_with(node.all_input_nodes[0])
    _erase_unread(graph, idle)


def _restore_signature(graph: fx.Graph, signature: inspect.Signature, arguments: Arguments) -> None:
    """Gives the placeholders their arguments' names and order, and those that are no tensors a placeholder, too."""
    opened = dict(zip(arguments.tensors, graph.find_nodes(op="placeholder"), strict=True))
    _, *parameters = signature.parameters.values()
    ordered: dict[str, fx.Node] = {}
    with graph.inserting_before(next(iter(graph.nodes))):
        for parameter in parameters:
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                default = () if parameter.default is parameter.empty else (None,)
                ordered[parameter.name] = graph.create_node("placeholder", parameter.name, default)
    for name, node in opened.items():
        node.replace_all_uses_with(ordered[name])
        graph.erase_node(node)


def _paths_read(graph: fx.Graph) -> set[str]:
    return {str(node.target) for node in graph.nodes if node.op in ("call_module", "get_attr")}
