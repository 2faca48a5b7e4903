"""Networks from packages installed beside Skipscope: their code is imported and called here, in the worker.

The contract is one function, ``def make(num_classes: int = 1000) -> torch.nn.Module``; one without ``num_classes`` will
do as well. Whatever goes wrong in it becomes one sentence that names it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from torch import nn

from core.architectures import installed

_LONGEST = 200  # characters of somebody else's message


class OwnCodeFailed(RuntimeError):
    """Code of an installed package failed; the message is one sentence that names the package and the function."""


def make(name: str, num_classes: int | None) -> nn.Module:
    """The module of an installed architecture, on the device that is torch's default.

    Raises:
        UnknownArchitecture: no installed package has it, or installed packages do not count here.
        OwnCodeFailed: its code cannot be imported or called, or does not give a module.
    """
    with blamed(name):
        function = installed.entry_point(name).load()
        module = _called(function, num_classes)
    if not isinstance(module, nn.Module):
        raise OwnCodeFailed(
            f"{_function(name)} must give a torch.nn.Module, but gave an object of type {type(module).__name__}."
        )
    return module


def make_on_meta(
    name: str, attempts: tuple[AbstractContextManager[Any], ...], num_classes: int | None
) -> nn.Module:
    """The module without memory for its weights, where its code allows that; else made as usual and emptied.

    Args:
        name: of the architecture.
        attempts: contexts that keep weights from taking memory, tried in this order.
        num_classes: outputs, or None for as many as the function gives by default.
    """
    contexts: list[AbstractContextManager[Any]] = [*attempts, nullcontext()]
    for context in contexts:
        try:
            with context:
                return make(name, num_classes).to("meta")
        except OwnCodeFailed as error:
            failure = error
    raise failure


@contextmanager
def blamed(name: str) -> Iterator[None]:
    """Say in one sentence what goes wrong in the code of an installed package while this lasts."""
    try:
        yield
    except OwnCodeFailed:
        raise
    except (Exception, SystemExit) as error:
        raise OwnCodeFailed(f"{_function(name)} failed: {_first_line(error)}") from error


def _called(function: Callable[..., Any], num_classes: int | None) -> Any:
    try:
        takes = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return function()
    wanted = takes.get("num_classes")
    if wanted is None or (num_classes is None and wanted.default is not inspect.Parameter.empty):
        return function()
    return function(num_classes=installed.CLASSES if num_classes is None else num_classes)


def _function(name: str) -> str:
    package, _, function = installed.origin(name).partition(", ")
    return f"The function {function} of the package {package}"


def _first_line(error: BaseException) -> str:
    text = next(iter(str(error).strip().splitlines()), "")
    line = "".join(c if c.isprintable() else " " for c in f"{type(error).__name__}: {text}")
    short = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    return short.rstrip(" :.") + "."
