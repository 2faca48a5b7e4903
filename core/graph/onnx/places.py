"""Where operations stand in the module hierarchy, told from the names that exporters leave.

torch's exporters leave it in two ways: the older one names an operation ``/layer1/layer1.0/conv1/Conv``, the newer one
writes the scopes and the classes of modules beside it. Other files have names without a hierarchy, or none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import onnx

from core.graph.onnx.drafts import Draft
from core.graph.onnx.kinds import on_one_line
from core.graph.program import INPUT, UniqueNames
from core.graph.records import Module

_MOST_LEVELS = 24
_SCOPES, _CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class Places:
    """Names for all operations, and the modules that they stand in.

    Attributes:
        picture: name of the input.
        names: one per draft, unique.
        paths: one per draft: dotted path of the module, "" for the root.
        modules: by path; ``""`` is the root.
        classes: whether the file tells the modules' classes.
    """

    picture: str
    names: tuple[str, ...]
    paths: tuple[str, ...]
    modules: Mapping[str, Module]
    classes: bool


def placed(drafts: Sequence[Draft]) -> Places:
    """Names and modules of the operations.

    A module that is one operation gives it its path (``"layer1.0.conv1"``); other operations are called by the path
    of their module and their own word (``"layer1.0.add"``), as in `core.graph.evaluate`.
    """
    scopes = [_scopes(draft.node) for draft in drafts]
    paths = tuple(path for path, _ in scopes)
    known = {path: name for _, classes in scopes for path, name in classes.items()}
    children = _children(paths)
    held = Counter(paths)
    alone = {path for path in children if path and held[path] == 1 and not children[path]}
    words = {path: draft.node.op_type for draft, path in zip(drafts, paths, strict=True)}
    modules = {
        path: Module(path, kind, tuple(children[path]))
        for path, kind in _types(children, known, {path: words[path] for path in alone}).items()
    }
    names = UniqueNames(modules)
    picture = names.take(INPUT)
    given = tuple(
        names.take(path if path in alone else _called(draft.node, path))
        for draft, path in zip(drafts, paths, strict=True)
    )
    return Places(picture, given, paths, modules, bool(known))


def _scopes(node: onnx.NodeProto) -> tuple[str, dict[str, str]]:
    """Path of the module that an operation stands in, and the classes of the modules around it where they are told."""
    remarks = {entry.key: entry.value for entry in node.metadata_props}
    if _SCOPES in remarks:
        paths, classes = (_listed(remarks.get(key, "")) for key in (_SCOPES, _CLASSES))
        modules = [_clean_path(path) for path in paths[:-1]]  # the last one is the operation
        types = [on_one_line(name.rpartition(".")[2]) for name in classes[: len(modules)]]
        return modules[-1] if modules else "", dict(zip(modules, types, strict=False))
    return _path_of(node.name), {}


def _listed(text: str) -> list[str]:
    """The texts of a Python list that is written out, without evaluating it."""
    return [one or other for one, other in _QUOTED.findall(text[:4000])]


def _path_of(name: str) -> str:
    """``/layer1/layer1.0/conv1/Conv`` → ``layer1.0.conv1``: a scope repeats the one that it is part of."""
    *scopes, _ = [part for part in name.split("/") if part] or [""]
    parts: list[str] = []
    before = ""
    for scope in scopes:
        parts.append(scope.removeprefix(f"{before}."))
        before = scope
    return _clean_path(".".join(parts))


def _clean_path(path: str) -> str:
    return ".".join(on_one_line(part) for part in path.split(".")[:_MOST_LEVELS] if part)


def _called(node: onnx.NodeProto, path: str) -> str:
    word = on_one_line(node.op_type.lower()) or "operation"
    if path:
        return f"{path}.{word}"
    return word if "/" in node.name else on_one_line(node.name) or word


def _children(paths: Iterable[str]) -> dict[str, dict[str, None]]:
    """Every module with the modules in it, in the order of their first operation."""
    children: dict[str, dict[str, None]] = {"": {}}
    for path in dict.fromkeys(paths):
        inner = path
        while inner and inner not in children:
            children[inner] = {}
            inner = inner.rpartition(".")[0]
        inner = path
        while inner:
            outer = inner.rpartition(".")[0]
            children[outer].setdefault(inner)
            inner = outer
    return children


def _types(
    children: Mapping[str, Iterable[str]], known: Mapping[str, str], leaves: Mapping[str, str]
) -> dict[str, str]:
    """A class name for every module.

    Where the file tells none, modules whose paths differ in numbers alone are taken for one class ("layer1.0" and
    "layer3.5"), called after the last word of the path; a module whose parts are numbered is a sequence.
    """
    types: dict[str, str] = {}
    classes: dict[str, str] = {}
    for path, inner in children.items():
        parts = [child.rpartition(".")[2] for child in inner]
        if known.get(path):
            types[path] = known[path]
        elif not path:
            types[path] = "Network"
        elif path in leaves:
            types[path] = leaves[path]
        elif parts and all(part.isdigit() for part in parts):
            types[path] = "Sequential"
        else:
            types[path] = _class_of(re.sub(r"\d+", "#", path), classes)
    return types


def _class_of(pattern: str, classes: dict[str, str]) -> str:
    """A name for modules with paths like this, the same for the same pattern and for no other."""
    if pattern not in classes:
        words = next(
            (w for part in reversed(pattern.split(".")) if (w := re.findall(r"[^\W\d_]+", part))), ["Part"]
        )
        base = "".join(word[:1].upper() + word[1:] for word in words)
        taken, name, number = set(classes.values()), base, 1
        while name in taken:
            number += 1
            name = f"{base} {number}"
        classes[pattern] = name
    return classes[pattern]
