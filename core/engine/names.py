"""Dotted names of functions: `"core.service.answers:graph"`.

The web process asks by name, so that it never imports the module that answers.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from core.engine.errors import UnknownFunction


def dotted(function: str | Callable[..., Any]) -> str:
    """The dotted name of `function`, `"module:qualified.name"`; a string is checked and returned.

    Raises: UnknownFunction for a name of another form, and for functions that another process could not
    import: lambdas, functions inside functions, and those of the main script.
    """
    if isinstance(function, str):
        module, _, path = function.partition(":")
        if not all(part.isidentifier() for part in (*module.split("."), *path.split("."))):
            raise UnknownFunction(
                f"“{function}” is not the name of a function: write it as “package.module:function”."
            )
        return function
    module, path = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    if not module or not path or module == "__main__" or "<" in path:
        raise UnknownFunction(
            f"{function!r} cannot run in another process: "
            "give a function that stands at the top of an importable module."
        )
    return f"{module}:{path}"


def find(name: str) -> Callable[..., Any]:
    """The function that a dotted name leads to; imports its module.

    Raises: UnknownFunction when the module holds no such function. Errors of the import itself pass through.
    """
    module, _, path = dotted(name).partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise UnknownFunction(f"The module “{module}” has no function “{path}”.")
    return found  # type: ignore[no-any-return]
