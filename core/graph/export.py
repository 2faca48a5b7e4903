"""Follows a forward pass with torch.export: slower, but through decisions that depend on the input's size."""

from __future__ import annotations

import warnings

import torch
from torch import fx, nn
from torch.export.graph_signature import InputKind

from core.graph.program import Program

LOST = (
    "Followed by torch.export: functions carry PyTorch's internal names, "
    "and what the code decides by the input's size holds for this size alone."
)


def export_program(module: nn.Module, picture: torch.Tensor) -> Program:
    """The program of a stand-in module for one picture: a meta tensor with its batch axis.

    Raises:
        Exception: whatever ``forward`` or the export raise, for example where ``forward`` decides by values.
    """
    # With gradients on, attention layers take their readable path instead of one fused operation.
    # The stand-in is thrown away, so that it does no harm, as torch would warn, if it keeps tensors of the export.
    with torch.device("meta"), torch.enable_grad(), warnings.catch_warnings(action="ignore"):
        exported = torch.export.export(module, (picture,), strict=False)
    graph = exported.graph_module.graph
    sources = {spec.arg.name: spec for spec in exported.graph_signature.input_specs}
    values: dict[fx.Node, object] = {}
    found: fx.Node | None = None
    for node in graph.nodes:
        if node.op != "placeholder":
            continue
        spec = sources[node.name]
        if spec.kind == InputKind.USER_INPUT and found is None:
            found = node
        elif spec.kind == InputKind.PARAMETER:
            values[node] = module.get_parameter(str(spec.target))
        elif spec.kind == InputKind.BUFFER:
            values[node] = module.get_buffer(str(spec.target))
        else:
            values[node] = exported.constants.get(str(spec.target)) if spec.target else None
    if found is None:
        raise RuntimeError("The exported network reads no input.")
    stacks = {node: _stack(node) for node in graph.nodes}
    return Program(graph, exported.graph_module, dict(module.named_modules()), found, values, stacks)


def _stack(node: fx.Node) -> tuple[str, ...]:
    """Paths of the modules that the operation stands in; a later call of a module has the same path."""
    entries = (path.partition("@")[0] for path, _ in node.meta.get("nn_module_stack", {}).values())
    return tuple(path for path in entries if path)
