"""The lines of our own source that define a block, read as text: nothing is imported and nothing is run.

For each line: which parts of the module it calls (``self.conv1``), in the order in which they are called, whether it
holds the addition of the skip, and for lines of the constructor which part they make.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_MODULES = ("blocks", "mlp")
"""Files that hold the blocks."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of source.

    Attributes:
        number: in its file, from 1.
        text: as it stands there, without the indentation that all have and without the remark for the type checker.
        parts: names of the parts of the module that it calls, in order of the calls; of the part that it makes, in
            a constructor.
        joins: it holds the addition of the skip.
        deeper: it calls the class that its own class is made from.
    """

    number: int
    text: str
    parts: tuple[str, ...] = ()
    joins: bool = False
    deeper: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The lines that define one class of blocks.

    Attributes:
        name: of the class.
        file: path from the root of the source (``"core/architectures/blocks.py"``).
        forward: the lines of the forward pass, without its docstring.
        made: lines of the constructor that make the parts that ``forward`` calls.
        parts: all parts that a forward pass calls, in order, those of the parent's included.
    """

    name: str
    file: str
    forward: tuple[Line, ...]
    made: tuple[Line, ...]
    parts: tuple[str, ...]


def class_names() -> tuple[str, ...]:
    """Names of the classes of blocks: those with a forward pass that calls parts."""
    return tuple(
        name for name in _classes() if name.endswith("Block") or name == "Bottleneck" if listing(name)
    )


@cache
def listing(name: str) -> Listing | None:
    """The defining lines of our class of that name; None for a class that is not ours, or has no forward pass."""
    found = _method(name, "forward") if name in _classes() else None
    if found is None:
        return None
    module, forward = found
    lines = tuple(_lines(module, forward, name))
    inherited = _parent_parts(name) if any(line.deeper for line in lines) else ()
    called = tuple(part for line in lines for part in line.parts)
    parts = (*inherited, *called)
    return Listing(name, f"core/architectures/{module}.py", lines, tuple(_made(name, parts)), parts)


# --- the source ------------------------------------------------------------------------------------------------


@cache
def _source(module: str) -> str:
    return files("core.architectures").joinpath(f"{module}.py").read_text(encoding="utf-8")


@cache
def _classes() -> dict[str, tuple[str, ast.ClassDef]]:
    """Classes by name, with the file that they stand in."""
    found: dict[str, tuple[str, ast.ClassDef]] = {}
    for module in _MODULES:
        for node in ast.parse(_source(module)).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = (module, node)
    return found


def _line_of(name: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """The class and those that it is made from, as far as they are ours."""
    while name in _classes():
        module, node = _classes()[name]
        yield module, node
        name = next((base.id for base in node.bases if isinstance(base, ast.Name)), "")


def _method(name: str, wanted: str) -> tuple[str, ast.FunctionDef] | None:
    """A method of the class itself, or inherited, with the file that it stands in."""
    for module, node in _line_of(name):
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == wanted and not _is_empty(item):
                return module, item
    return None


def _is_empty(method: ast.FunctionDef) -> bool:
    return isinstance(method.body[-1], ast.Raise)


def _lines(module: str, method: ast.FunctionDef, name: str) -> Iterator[Line]:
    """The lines of a forward pass, its docstring left out."""
    texts = _source(module).splitlines()
    indent = method.col_offset
    body = method.body[1:] if ast.get_docstring(method) else method.body
    yield Line(method.lineno, _clean(texts[method.lineno - 1], indent))
    adding = _adders(name)
    for statement in body:
        calls = [(call, part) for call, part in _calls(statement) if part]
        for number in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
            here = [(call, part) for call, part in calls if call.lineno == number]
            yield Line(
                number,
                _clean(texts[number - 1], indent),
                tuple(part for _, part in here if part not in (*adding, "super")),
                joins=any(part in adding for _, part in here) or _adds(statement, number),
                deeper=any(part == "super" for _, part in here),
            )


def _clean(text: str, indent: int) -> str:
    return text[indent:].partition("  # type: ignore")[0]


def _calls(statement: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Calls in the order in which they are made, arguments first; with the part of ``self``, ``"super"`` or ""."""
    for child in ast.iter_child_nodes(statement):
        yield from _calls(child)
    if isinstance(statement, ast.Call):
        yield statement, _called(statement.func)


def _called(function: ast.expr) -> str:
    if not isinstance(function, ast.Attribute):
        return ""
    owner = function.value
    if isinstance(owner, ast.Name) and owner.id == "self":
        return function.attr
    above = isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super"
    return "super" if above and function.attr == "forward" else ""


def _adders(name: str) -> tuple[str, ...]:
    """Own methods of the class that add: they return a sum."""
    items = (item for _, node in _line_of(name) for item in node.body if isinstance(item, ast.FunctionDef))
    return tuple(i.name for i in items if i.name != "forward" and any(_is_sum(n) for n in ast.walk(i)))


def _adds(statement: ast.stmt, number: int) -> bool:
    return any(
        _is_sum(node) and node.lineno == number for node in ast.walk(statement) if isinstance(node, ast.BinOp)
    )


def _is_sum(node: ast.AST) -> bool:
    """Whether it is a sum of two variables, as ``x + branch``."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
        return False
    return isinstance(node.left, ast.Name) and isinstance(node.right, ast.Name)


def _parent_parts(name: str) -> tuple[str, ...]:
    above = next((base.id for base in _classes()[name][1].bases if isinstance(base, ast.Name)), "")
    parent = listing(above)
    return parent.parts if parent is not None else ()


def _made(name: str, parts: tuple[str, ...]) -> Iterator[Line]:
    """Lines of the constructors that make the parts, the class's own before those of its parents."""
    wanted = set(parts)
    for module, node in _line_of(name):
        texts = _source(module).splitlines()
        for item in node.body:
            if not (isinstance(item, ast.FunctionDef) and item.name == "__init__"):
                continue
            for statement in item.body:
                part = _target(statement)
                if part in wanted:
                    for number in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
                        yield Line(number, _clean(texts[number - 1], statement.col_offset), (part,))


def _target(statement: ast.stmt) -> str:
    """The part that a statement makes: ``"conv1"`` for ``self.conv1 = …``; "" for others."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ""
    target = statement.targets[0]
    own = (
        isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
    )
    return target.attr if own else ""  # type: ignore[attr-defined]
