"""Follows a forward pass with torch.fx: fast, and every module call is kept as one operation."""

from __future__ import annotations

import importlib
import inspect
import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from core.graph.evaluate import Program

# fx replaces Module.__call__ while it traces, for all threads, so that two traces must never overlap.
_ONE_AT_A_TIME = threading.RLock()


def fx_program(module: nn.Module) -> Program:
    """The program of a stand-in module (see ``core.graph.standin``).

    Modules of torch.nn are single operations, apart from containers and transformer layers; so are the modules
    and functions that timm declares as closed to fx.

    Raises:
        Whatever the module's ``forward`` raises when it is called with a proxy instead of a tensor, for example
        where it decides by the size of its input.
    """
    defaults = _default_arguments(module)
    with _ONE_AT_A_TIME, torch.device("meta"), torch.no_grad():
        tracer = _Tracer(*_closed_to_fx(module))
        graph = tracer.trace(module, concrete_args=defaults)
    placeholders = [node for node in graph.nodes if node.op == "placeholder"]
    values = {node: defaults.get(str(node.target).split("_1")[0]) for node in placeholders[1:]}
    paths = {node: _caller(node) for node in graph.nodes}
    return Program(graph, module, placeholders[0], values, paths)


class _Tracer(fx.Tracer):
    def __init__(
        self, closed_modules: tuple[type[nn.Module], ...], closed_functions: tuple[Callable[..., Any], ...]
    ) -> None:
        super().__init__(autowrap_functions=closed_functions, param_shapes_constant=True)
        self._closed_modules = closed_modules
        self._parameter_names: dict[int, str] = {}

    def trace(
        self, root: nn.Module | Callable[..., Any], concrete_args: dict[str, Any] | None = None
    ) -> fx.Graph:
        if isinstance(root, nn.Module):
            self._parameter_names = {id(p): name for name, p in root.named_parameters()}
        return super().trace(root, concrete_args)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if isinstance(m, self._closed_modules):
            return True
        home = type(m).__module__
        return home.startswith(("torch.nn", "torch.ao.nn")) and not home.startswith(
            ("torch.nn.modules.container", "torch.nn.modules.transformer")
        )

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, fx.Proxy]) -> Any:
        """A proxy for a parameter that ``forward`` reads, found by identity: torch's own search is linear."""
        if not isinstance(attr_val, nn.Parameter):
            return super().getattr(attr, attr_val, parameter_proxy_cache)
        name = self._parameter_names.get(id(attr_val))
        if name is None:
            return attr_val
        if name not in parameter_proxy_cache:
            parameter_proxy_cache[name] = self.create_proxy(
                "get_attr",
                name,
                (),
                {},
                proxy_factory_fn=lambda node: fx.proxy.ParameterProxy(self, node, name, attr_val),
            )
        return parameter_proxy_cache[name]


def _default_arguments(module: nn.Module) -> dict[str, Any]:
    """Values of the arguments of ``forward`` that have a default."""
    parameters = inspect.signature(module.forward).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def _closed_to_fx(module: nn.Module) -> tuple[tuple[type[nn.Module], ...], tuple[Callable[..., Any], ...]]:
    """Modules and functions that timm has registered as closed to fx, if the network is made of timm's parts."""
    if not any(type(part).__module__.startswith("timm.") for part in module.modules()):
        return (), ()
    registry = importlib.import_module("timm.models._features_fx")
    return tuple(registry.get_notrace_modules()), tuple(registry.get_notrace_functions())


def _caller(node: fx.Node) -> str:
    stack = node.meta.get("nn_module_stack")
    return str(next(reversed(stack.values()))[0]) if stack else ""
