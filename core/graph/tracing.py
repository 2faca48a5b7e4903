"""From a module to its graph: torch.fx where it can follow, then torch.export, then hooks on the modules."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from core.graph.evaluate import evaluate
from core.graph.fold import fold
from core.graph.fx import fx_program
from core.graph.records import Graph, Method, Module, Node
from core.graph.skips import find_skips
from core.graph.standin import stand_in


def trace(module: nn.Module, input_size: Sequence[int] = (3, 224, 224)) -> Graph:
    twin = stand_in(module)
    program = fx_program(twin)
    with torch.device("meta"):
        nodes = evaluate(program, torch.empty(1, *input_size))
    return assemble(twin, nodes, tuple(input_size), "fx", "")


def assemble(module, nodes, input_size, method, lost):
    by_name = {node.name: node for node in nodes}
    skips = find_skips(by_name)
    modules = {
        path: Module(
            path,
            type(part).__name__,
            tuple(f"{path}.{name}" if path else name for name, _ in part.named_children()),
        )
        for path, part in module.named_modules()
    }
    return Graph(by_name, skips, modules, fold(by_name, skips, modules), input_size, method, lost)
