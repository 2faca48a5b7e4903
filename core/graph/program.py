"""A traced forward pass before and after it is run on shapes, and what every way of tracing needs to write it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx, nn

from core.graph.records import Node

INPUT = "input"


@dataclass(frozen=True)
class Program:
    """A traced forward pass.

    Attributes:
        graph: the calls in execution order.
        root: module that the targets of ``get_attr`` are found in.
        modules: of the network by path, also those that ``call_module`` names.
        picture: the placeholder that stands for the input.
        values: of all other placeholders: weights, buffers, default arguments.
        stacks: paths of the modules that are being called at each call, outermost first; none for the root alone.
    """

    graph: fx.Graph
    root: nn.Module
    modules: Mapping[str, nn.Module]
    picture: fx.Node
    values: Mapping[fx.Node, object]
    stacks: Mapping[fx.Node, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Operations:
    """What a forward pass does.

    Attributes:
        nodes: in execution order.
        weights: those that the nodes read.
        places: by node name, path of the module that the call stands in. It differs from ``module_path`` for a module
            that is shared: called from within ``blocks.3``, the module ``position`` stands there.
        calls: by node name, the call of the program that it was written down for; none where no program was run.
        operands: by node name, the calls that its ``inputs`` were read from, in the same order; none as above.
    """

    nodes: list[Node]
    weights: set[nn.Parameter]
    places: dict[str, str]
    calls: Mapping[str, fx.Node] = field(default_factory=dict)
    operands: Mapping[str, tuple[fx.Node, ...]] = field(default_factory=dict)


class UniqueNames:
    """Names that are given out once: ``relu``, then ``relu_1``; never the path of another module."""

    def __init__(self, taken_paths: Mapping[str, object]) -> None:
        self._paths = taken_paths
        self._given: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """``wanted`` itself, or with the smallest suffix that makes it unique."""
        name, number = wanted, self._next.get(wanted, 0)
        while name in self._given or (number and name in self._paths):
            number += 1
            name = f"{wanted}_{number}"
        self._next[wanted] = number
        self._given.add(name)
        return name


def first_tensor(value: Any) -> torch.Tensor | None:
    """The first tensor in a value that may be nested in tuples, lists and dicts; None if there is none."""
    if isinstance(value, torch.Tensor):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return next((tensor for item in value if (tensor := first_tensor(item)) is not None), None)
    return None
