"""Follows a forward pass with torch.fx: fast, and every call of a module is kept as one operation."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from core.graph.program import Program
from core.graph.words import kind_of_module

_MULTIPLYING = frozenset({"conv", "conv_transpose", "linear", "attention", "recurrent"})
_TRANSPARENT = ("torch.nn.modules.container", "torch.nn.modules.transformer")


def fx_program(module: nn.Module) -> Program:
    """The program of a stand-in module (see ``core.graph.standin``).

    Modules of torch.nn are single operations, apart from containers and transformer layers; so are the modules
    and functions that timm declares as closed to fx. Arguments of ``forward`` after the first take their defaults.

    Raises:
        Exception: whatever ``forward`` raises when it gets a proxy in place of a tensor, for example a
            ``TraceError`` where it decides by the values or the size of its input.
    """
    defaults = _default_arguments(module)
    with torch.device("meta"), torch.no_grad():
        graph = _Tracer(module).trace(module, concrete_args=defaults)
    picture, *others = (node for node in graph.nodes if node.op == "placeholder")
    values = {node: _default(defaults, str(node.target)) for node in others}
    stacks = {node: _stack(node) for node in graph.nodes}
    return Program(graph, module, dict(module.named_modules()), picture, values, stacks)


def own_calls(module: nn.Module) -> fx.Graph:
    """The calls that a module's ``forward`` makes itself: every module that it calls is one operation.

    All arguments of ``forward`` are taken for tensors. The graph's names for parts and parameters are those of
    ``module``. As fx replaces ``Module.__call__`` for all threads, no other trace may run meanwhile.

    Raises:
        Exception: whatever ``forward`` raises when it gets proxies in place of tensors.
    """
    return _ShallowTracer(module).trace(module)


class _Tracer(fx.Tracer):
    def __init__(self, module: nn.Module) -> None:
        closed_modules, closed_functions = _closed_to_fx(module)
        super().__init__(autowrap_functions=closed_functions, param_shapes_constant=True)
        self._closed_modules = closed_modules
        self._parameter_names = {id(p): name for name, p in module.named_parameters()}

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a call of the module is kept as one operation."""
        home = type(m).__module__
        of_torch = home.startswith(("torch.nn.", "torch.ao.nn.")) and not home.startswith(_TRANSPARENT)
        return of_torch or isinstance(m, self._closed_modules)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, fx.Proxy]) -> Any:
        """A proxy for a parameter that ``forward`` reads; found by identity, as torch's own search is linear."""
        if (
            not isinstance(attr_val, nn.Parameter)
            or (name := self._parameter_names.get(id(attr_val))) is None
        ):
            return super().getattr(attr, attr_val, parameter_proxy_cache)
        if name not in parameter_proxy_cache:
            parameter_proxy_cache[name] = self.create_proxy(
                "get_attr",
                name,
                (),
                {},
                proxy_factory_fn=lambda node: fx.proxy.ParameterProxy(self, node, name, attr_val),
            )
        return parameter_proxy_cache[name]


class _ShallowTracer(_Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """True: nothing is followed into another module."""
        return True


def _default_arguments(module: nn.Module) -> dict[str, Any]:
    """Default values of the arguments of ``forward`` after the first."""
    _, *others = inspect.signature(module.forward).parameters.values()
    return {p.name: p.default for p in others if p.default is not inspect.Parameter.empty}


def _default(defaults: dict[str, Any], placeholder: str) -> object:
    """The value for a placeholder that fx has named after an argument: ``mask_1`` for ``mask``."""
    if placeholder.startswith("*"):
        return {} if placeholder.startswith("**") else ()
    return defaults.get(placeholder, defaults.get(re.sub(r"_\d+$", "", placeholder)))


def _closed_to_fx(
    module: nn.Module,
) -> tuple[tuple[type[nn.Module], ...], tuple[Callable[..., Any], ...]]:
    """Small modules, and functions, that timm has registered as closed to fx, if the network has parts of timm's.

    Larger ones would hide whole blocks: they are traced through, and where that fails, torch.export follows them.
    """
    if not any(type(part).__module__.startswith("timm.") for part in module.modules()):
        return (), ()
    registry = importlib.import_module("timm.models._features_fx")
    used = {type(part): part for part in module.modules()}
    modules = (kind for kind in registry.get_notrace_modules() if kind in used and _is_small(used[kind]))
    return tuple(modules), tuple(registry.get_notrace_functions())


def _is_small(module: nn.Module) -> bool:
    """Whether a module holds at most one layer with weights, so that little is hidden when it is one operation."""
    return sum(1 for part in module.modules() if kind_of_module(type(part)) in _MULTIPLYING) <= 1


def _stack(node: fx.Node) -> tuple[str, ...]:
    return tuple(path for path, _ in node.meta.get("nn_module_stack", {}).values())
