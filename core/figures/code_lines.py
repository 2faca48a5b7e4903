"""The lines of our own code that a block is, each with the operations of the graph that it makes."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.architectures.listing import Line, Listing, class_names, listing
from core.graph.patterns import patterns
from core.graph.records import Graph, Group
from core.graph.weighted_layers import PatternName

_SAME: dict[PatternName, str] = {"basic": "BasicBlock", "bottleneck": "Bottleneck"}
"""Which of our classes a block of that pattern is, whoever wrote it, if its parts have the same names."""
_OPTIONAL = frozenset({"downsample"})


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line: its number in the file, its text, the operations that it makes, and whether it adds the skip."""

    number: int
    text: str
    nodes: tuple[str, ...]
    decisive: bool

    def main(self, graph: Graph) -> str:
        """The operation that the line is about: its sum if it adds the skip, else its layer; "" for none."""
        if self.decisive:
            return next((name for name in self.nodes if graph.nodes[name].kind == "add"), self.nodes[0])
        return next((name for name in self.nodes if graph.nodes[name].macs), (*self.nodes, "")[0])


@dataclass(frozen=True, slots=True)
class Code:
    """The listing of one block.

    Attributes:
        name: of the class.
        file: path from the root of the source.
        forward: lines of the forward pass.
        made: lines of the constructor that make what the forward pass calls.
    """

    name: str
    file: str
    forward: tuple[CodeLine, ...]
    made: tuple[CodeLine, ...]


def code_of(graph: Graph, group: Group) -> Code | None:
    """Our code of a block, or of a block of the same structure whose parts have the same names; else None."""
    found = _listing(graph, group)
    if found is None:
        return None
    linked = _Links(graph, group, found)
    return Code(
        found.name,
        found.file,
        tuple(linked.line(line) for line in found.forward),
        tuple(CodeLine(line.number, line.text, linked.all_of(line.parts), False) for line in found.made),
    )


def _listing(graph: Graph, group: Group) -> Listing | None:
    if group.name not in graph.modules or len(group.nodes) < 2:
        return None
    children = {path.rpartition(".")[2] for path in graph.modules[group.name].children}
    structure = next((_SAME[p.name] for p in patterns(graph, group) if p.name in _SAME), "")
    name = group.type_name if group.type_name in class_names() else structure
    # A class of that name elsewhere may be another block: its structure decides.
    if name in _SAME.values() and name != structure:
        return None
    found = listing(name)
    if found is None or not set(found.parts) - _OPTIONAL or not children >= set(found.parts) - _OPTIONAL:
        return None
    return found


Span = tuple[Literal["", "keyword", "comment"], str]
_WORDS = re.compile(r"\w+|\W+")


def spans(text: str) -> Iterator[Span]:
    """A line in pieces: keywords, the comment at its end, and the rest; together they are the line."""
    code, sign, comment = text.partition("  # ")
    for piece in _WORDS.findall(code):
        yield ("keyword" if keyword.iskeyword(piece) else "", piece)
    if comment:
        yield ("comment", sign + comment)


class _Links:
    def __init__(self, graph: Graph, group: Group, found: Listing) -> None:
        self._path = group.name
        self._nodes = [graph.nodes[name] for name in group.nodes]
        self._often = Counter(found.parts)
        self._inherited = found.parts[: len(found.parts) - sum(len(line.parts) for line in found.forward)]
        self._met: Counter[str] = Counter()
        self._scaled = any("self.residual_scale" in line.text and "*" in line.text for line in found.forward)

    def line(self, line: Line) -> CodeLine:
        """A line of the forward pass; lines must come in order, for parts that are called several times."""
        nodes = [name for part in line.parts for name in self._called(part)]
        if line.deeper:
            nodes += self.all_of(self._inherited)
        if line.joins:
            nodes += self._own("add") if self._scaled else (*self._own("multiply"), *self._own("add"))
        elif "self.residual_scale" in line.text and "*" in line.text:
            nodes += self._own("multiply")
        elif line.parts and not nodes:
            nodes += self._own("add")  # a bare identity arrives there
        return CodeLine(line.number, line.text, tuple(dict.fromkeys(nodes)), line.joins)

    def all_of(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """All operations of these parts."""
        return tuple(dict.fromkeys(name for part in parts for name in self._within(part)))

    def _called(self, part: str) -> tuple[str, ...]:
        within = self._within(part)
        if self._often[part] == 1:
            return within
        number = self._met[part]
        self._met[part] += 1
        return within[number : number + 1]

    def _within(self, part: str) -> tuple[str, ...]:
        path = f"{self._path}.{part}"
        return tuple(
            node.name
            for node in self._nodes
            if node.module_path == path or node.module_path.startswith(f"{path}.")
        )

    def _own(self, kind: str) -> tuple[str, ...]:
        return tuple(
            node.name for node in self._nodes if node.kind == kind and node.module_path == self._path
        )
