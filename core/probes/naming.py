"""What a node's name asks for in a running network: a call of a module, or a function that a module calls.

The names are those of ``core.graph``: a module's path stands for its last call (``"layer1.0.relu"``), a
number behind it for one call (``"layer1.0.relu_1"`` is the second), and a word behind it for a function
that the module itself calls (``"layer1.0.add"``, ``"layer1.0.add_1"``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from core.graph.records import Graph, UnknownNode
from core.graph.words import kind_of_word

INPUT = "input"
_NUMBERED = re.compile(r"(.+)_(\d+)")
# Kinds of functions that may leave no trace in a running network: unknown ones, and dropout in eval mode.
_CLOSED = (None, "dropout")
_SAME_WORD = {
    **dict.fromkeys(("div", "divide", "truediv", "true_divide"), "div"),
    **dict.fromkeys(("sub", "subtract", "rsub"), "sub"),
    **dict.fromkeys(("mul", "multiply"), "mul"),
    **dict.fromkeys(("cat", "concat", "concatenate"), "cat"),
}


@dataclass(frozen=True, slots=True)
class ModuleCall:
    """One call of a module.

    Attributes:
        path: of the module.
        call: 0 for the first call, 1 for the second; None for the last.
    """

    path: str
    call: int | None


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call of a function by a module's own ``forward``.

    Attributes:
        path: of the module that calls.
        word: the function's short name, as ``same_word`` gives it.
        call: 0 for the first such call in the pass, 1 for the second.
    """

    path: str
    word: str
    call: int


Target = ModuleCall | FunctionCall


def same_word(word: str) -> str:
    """One word for functions that Python, torch and its tracers call by several."""
    return _SAME_WORD.get(word, word)


def find_target(name: str, paths: Collection[str], graph: Graph | None = None) -> Target:
    """What to watch for in a network whose modules have these paths.

    Args:
        name: of a module, a node, or, with a graph, a group.
        paths: of all modules.
        graph: of this network, if there is one; needed for the names of groups, and for functions that a
            tracer took as closed boxes: where such a function is all that its module does, the module's
            call is watched.

    Raises:
        UnknownNode: no module and no operation can have that name.
    """
    if name in paths:
        return ModuleCall(name, None)
    if graph is not None and name not in graph.nodes:
        name = graph.at(name).name
    base, call = _without_number(name, paths)
    if base in paths:
        return ModuleCall(base, call)
    path, _, word = base.rpartition(".")
    if path not in paths or not word.isidentifier():
        raise unknown(name)
    if graph is not None and path and kind_of_word(word) in _CLOSED:
        if _is_all(base, path, graph):
            return ModuleCall(path, call)
        if graph.at(path).name == name:
            return ModuleCall(path, None)
    return FunctionCall(path, same_word(word), call)


def unknown(name: str, graph: Graph | None = None) -> UnknownNode:
    """The exception for a name that nothing in the pass had."""
    if graph is not None and name in graph.nodes:
        return UnknownNode(
            f"The output of {name!r} cannot be taken while the network runs; choose the module around it, "
            f"{graph.nodes[name].module_path!r}."
        )
    return UnknownNode(
        f"This network computes nothing called {name!r}; core.graph.trace(module).nodes lists the names."
    )


def _is_all(base: str, path: str, graph: Graph) -> bool:
    """Whether a module does nothing but call one function, once each time that it is called."""
    calls = re.compile(re.escape(base) + r"(_\d+)?")
    inside = (n for n in graph.nodes.values() if f"{n.module_path}.".startswith(f"{path}."))
    return all(calls.fullmatch(node.name) for node in inside)


def _without_number(name: str, paths: Collection[str]) -> tuple[str, int]:
    """``"relu_2"`` → ``("relu", 2)``; numbers that would be another module's path were never given out."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None:
        return name, 0
    base, number = numbered[1], int(numbered[2])
    return base, sum(f"{base}_{i}" not in paths for i in range(1, number + 1))
