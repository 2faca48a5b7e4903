"""A block's formula as it holds in this network: with its own functions, without the skip or the norm that it lacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from core.figures.explanations.block_numbers import path_between
from core.graph.patterns import Pattern
from core.graph.records import Graph, Node

_BENDS = frozenset({"relu", "activation"})
# Patterns whose formula has a function between layers, as "relu": the layers are all of them, or the last two.
_BENT_WITHIN = {"squeeze_excite": 0, "hidden_head": 0, "residual_mlp": 0, "convnext": -2}
_USUAL = re.compile(r"\b[rg]elu\b")
UNKNOWN = "φ"
"""Stands for a function where there are several, or none that can be read."""


def formula_here(graph: Graph, pattern: Pattern, formula: str) -> str:
    """The formula of a pattern as it holds for the block that it was found in."""
    if pattern.name == "stem_pool":
        return _stem(graph, pattern)
    if pattern.name in _BENT_WITHIN:
        layers = pattern.layers[_BENT_WITHIN[pattern.name] :]
        formula = _USUAL.sub(_function_between(graph, layers), formula)
    if not pattern.join:
        formula = formula.replace("y = relu(x + F(x))", "y = F(x)").replace("y = x + ", "y = ", 1)
    head, comma, branch = formula.partition(", F: ")
    if pattern.name == "basic":
        branch = _basic_branch(graph, pattern)
    return f"{_bent(graph, pattern, head)}{comma}{branch}"


def _bent(graph: Graph, pattern: Pattern, head: str) -> str:
    """With the function that follows the addition; without it where there is none."""
    if not head.startswith("y = relu("):
        return head
    followers = [node for node in graph.nodes.values() if pattern.join in node.inputs]
    bent = next((node for node in followers if node.kind in _BENDS), None)
    inner = head.removeprefix("y = relu(").removesuffix(")")
    return f"y = {inner}" if bent is None else f"y = {_function(bent)}({inner})"


def _basic_branch(graph: Graph, pattern: Pattern) -> str:
    first, last = pattern.layers[0], pattern.layers[-1]
    bends = [_function(node) for node in path_between(graph, first, last) if node.kind in _BENDS]
    return " → ".join(("conv", *bends, "conv"))


def _stem(graph: Graph, pattern: Pattern) -> str:
    """From the last layer of the stem to the pool."""
    pool = next(
        (node for node in graph.nodes.values() if node.kind == "max_pool"
         and path_between(graph, pattern.layers[-1], node.name)), None,
    )  # fmt: skip
    steps = path_between(graph, pattern.layers[-1], pool.name)[1:-1] if pool is not None else ()
    words = [_function(node) if node.kind in _BENDS else "norm" for node in steps
             if node.kind in _BENDS or node.kind.endswith("_norm")]  # fmt: skip
    inner = "conv(x)" if len(pattern.layers) == 1 else "conv(… conv(x))"
    for word in words:
        inner = f"{word}({inner})"
    return f"y = maxpool({inner})"


def _function_between(graph: Graph, layers: Sequence[str]) -> str:
    """The function between the layers, ``"silu"``; φ where there are several, or none that can be read."""
    found = set()
    for first, last in pairwise(layers):
        between = path_between(graph, first, last)[1:-1]
        bends = [node for node in between if node.kind in _BENDS]
        if len(bends) != 1 or any(len(node.inputs) > 1 for node in between):
            return UNKNOWN
        found.add(_function(bends[0]))
    return found.pop() if len(found) == 1 else UNKNOWN


def _function(node: Node) -> str:
    word = str(node.attributes.get("function") or node.kind)
    return UNKNOWN if word == "activation" else word
