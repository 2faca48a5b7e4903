"""A faster twin of a network for passes on the CPU, with the same modules by the same names.

A batch norm after a convolution is a scale and a shift per channel: for a convolution with weight ``W`` and
bias ``b`` and a batch norm with mean ``m``, variance ``v``, ``γ``, ``β`` and ``ε``, both together are a
convolution with ``W·s`` and ``(b − m)·s + β``, where ``s = γ / √(v + ε)``. The twin's convolution does
that and its batch norm hands its input on, so every module but the folded convolutions gives what the
original gives.
"""

from __future__ import annotations

import copy
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

import torch
from torch import Tensor, nn

from core.graph.records import Graph, Node
from core.probes.capture import eval_mode

TOLERANCE = 1e-4
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
# timm's batch norms that end in an activation of their own, by class name.
_WITH_ACTIVATION = "BatchNormAct2d"


@dataclass(frozen=True, slots=True, eq=False)
class Optimised:
    """A network and its faster twin.

    Attributes:
        plain: the network as it was given.
        fast: the twin, or the same object as ``plain`` where no twin gives the same numbers. It shares all
            weights but those of convolutions.
        folded: paths of the modules whose own output differs in the twin.
        error: largest difference of the outputs on the test input, over the largest output; 0.0 without a
            twin.
    """

    plain: nn.Module
    fast: nn.Module
    folded: frozenset[str]
    error: float

    def module_for(self, nodes: Iterable[str]) -> nn.Module:
        """The faster of the two that gives the original's values at all these nodes."""
        asked = {node.rpartition("…")[2] for node in nodes}
        return self.plain if asked & self.folded else self.fast


def optimised(module: nn.Module, graph: Graph, *, x: Tensor | None = None) -> Optimised:
    """The network with a twin whose convolutions lie channels-last and have their batch norms folded in.

    The twin is kept only where its outputs on ``x`` differ from the original's by at most 1e-4 of the largest
    output (on a picture of fixed noise where no ``x`` is given). Nothing of ``module`` is changed.
    """
    if x is None:
        x = torch.randn(1, *graph.input_size, generator=torch.Generator().manual_seed(0))
    weights: dict[int, object] = {id(t): t for t in (*module.parameters(), *module.buffers())}
    twin = copy.deepcopy(module, weights).eval()
    folded = frozenset(_fold(twin, graph))
    _lay_channels_last(twin)
    with eval_mode(module), torch.no_grad():
        error = _difference(module(x), twin(x))
    if not error <= TOLERANCE:
        return Optimised(module, module, frozenset(), 0.0)
    return Optimised(module, twin, folded, error)


def _fold(module: nn.Module, graph: Graph) -> Iterator[str]:
    """Folds every pair in place; paths of the modules that end in a folded convolution."""
    modules = dict(module.named_modules(remove_duplicate=False))
    for conv_path, norm_path in _pairs(graph, modules):
        conv, norm = modules[conv_path], modules[norm_path]
        if not _is_convolution(conv) or not _is_batch_norm(norm):
            continue
        conv.weight, conv.bias = _merged(conv, norm)
        parent, _, name = norm_path.rpartition(".")
        setattr(modules[parent], name, _without_norm(norm))
        path = conv_path
        while path and graph.at(path).name == conv_path:
            yield path
            path = path.rpartition(".")[0]


def _pairs(graph: Graph, modules: Mapping[str, nn.Module]) -> list[tuple[str, str]]:
    """Convolutions whose output one batch norm reads and nothing else, each called once and in one place."""
    readers = Counter(name for node in graph.nodes.values() for name in node.inputs)
    places = Counter(map(id, modules.values()))
    calls = Counter(node.module_path for node in graph.nodes.values())

    def alone(node: Node) -> bool:
        path = node.module_path
        return node.name == path and path in modules and calls[path] == places[id(modules[path])] == 1

    pairs = []
    for node in graph.nodes.values():
        source = graph.nodes.get(node.inputs[0]) if node.inputs else None
        if source is None or readers[source.name] != 1 or not (alone(node) and alone(source)):
            continue
        pairs.append((source.name, node.name))
    return pairs


def _is_convolution(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    """A plain convolution of torch's own, whose weight is no formula (weight norm, timm's weight scaling)."""
    return type(module) in _CONVOLUTIONS and "weight" in module._parameters


def _is_batch_norm(module: nn.Module) -> TypeGuard[nn.BatchNorm2d]:
    known = type(module) in _BATCH_NORMS or type(module).__name__ == _WITH_ACTIVATION
    return known and isinstance(getattr(module, "running_mean", None), Tensor)


def _without_norm(norm: nn.BatchNorm2d) -> nn.Module:
    """What is left of a batch norm once its scale and shift are elsewhere."""
    if type(norm).__name__ != _WITH_ACTIVATION:
        return nn.Identity()
    return nn.Sequential(OrderedDict((name, norm.get_submodule(name)) for name in ("drop", "act")))


def _merged(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[nn.Parameter, nn.Parameter]:
    """Weight and bias of the convolution with its batch norm in it, computed in double precision."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise ValueError("A batch norm without running statistics cannot be folded into a convolution.")
    scale = (variance.double() + norm.eps).rsqrt()
    if norm.affine:
        scale = scale * norm.weight.detach().double()
    before = 0.0 if conv.bias is None else conv.bias.detach().double()
    bias = (before - mean.double()) * scale
    if norm.affine:
        bias = bias + norm.bias.detach().double()
    weight = conv.weight.detach().double() * scale.view(-1, *[1] * (conv.weight.dim() - 1))
    kind = conv.weight.dtype
    return nn.Parameter(weight.to(kind), requires_grad=False), nn.Parameter(
        bias.to(kind), requires_grad=False
    )


def _lay_channels_last(module: nn.Module) -> None:
    """New weights for all two-dimensional convolutions; the other weights stay shared with the original."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d) and "weight" in part._parameters:
            weight = part.weight.detach().contiguous(memory_format=torch.channels_last)
            part.weight = nn.Parameter(weight, requires_grad=False)


def _difference(expected: object, got: object) -> float:
    """Largest difference over the largest expected value; infinite where the outputs cannot be compared."""
    if not isinstance(expected, Tensor) or not isinstance(got, Tensor) or expected.shape != got.shape:
        return float("inf")
    largest = float(expected.abs().max())
    difference = float((expected - got).abs().max())
    return difference / largest if largest > 0 else float("inf")
