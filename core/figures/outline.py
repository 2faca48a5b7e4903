"""The network as text: what a diagram shows, as a nested list for people who listen to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.figures.field_words import seen_words
from core.figures.finding import node_words
from core.figures.kept import by_identity
from core.figures.numbers import count, exact, human, shape_text
from core.figures.parts import Part, tree
from core.graph.records import Graph, Skip

WHOLE = 400
"""Operations up to which every block tells its own; of a larger network only the blocks in ``opened`` do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the outline and what lies below it.

    Attributes:
        name: of the group or operation, to select it; of a folded middle its id.
        title: what a person calls it.
        words: shape, numbers and skips, in words.
        entries: one level down; () where it tells no more.
    """

    name: str
    title: str
    words: str
    entries: tuple[Entry, ...] = ()

    @property
    def size(self) -> int:
        """How many lines it takes, all levels counted."""
        return 1 + sum(entry.size for entry in self.entries)


def outline(graph: Graph, *, opened: Collection[str] = ()) -> Entry:
    """The network, its stages, their blocks and, where there are not too many, their operations.

    Args:
        graph: the network.
        opened: names of groups that tell their operations however large the network is.
    """
    parts = tree(graph)
    told = frozenset(part.id for name in opened if name in parts.parts for part in parts.path(name))
    skips = _skips_by_join(graph)
    everything = len(graph.nodes) <= WHOLE

    def entry(part: Part) -> Entry:
        deep = everything or part.id in told or not _ends_in_operations(part)
        children = tuple(entry(child) for child in part.children) if deep else ()
        return Entry(part.id, part.title or "Network", _words(graph, part, skips), children)

    return entry(parts.root)


def _ends_in_operations(part: Part) -> bool:
    return all(child.kind != "group" for child in part.children)


@by_identity(8)
def _skips_by_join(graph: Graph) -> Mapping[str, tuple[Skip, ...]]:
    found: dict[str, list[Skip]] = {}
    for skip in graph.skips:
        found.setdefault(skip.join, []).append(skip)
    return {join: tuple(skips) for join, skips in found.items()}


def _words(graph: Graph, part: Part, skips: Mapping[str, tuple[Skip, ...]]) -> str:
    nodes = [graph.nodes[name] for name in part.nodes]
    real = [node for node in nodes if node.kind != "parameter"] or nodes
    parameters, macs = sum(node.parameters for node in nodes), sum(node.macs for node in nodes)
    said = []
    if part.kind == "operation":
        said.append(" then ".join(dict.fromkeys(node_words(node) for node in real)))
    elif part.group is not None and part.group.type_name:
        said.append(part.group.type_name)
    if part.group is not None and len(part.group.children) > 1 and part.group.children[0].level == "block":
        said.append(count(len(part.group.children), "block"))
    elif part.kind != "operation" and len(nodes) > 1:
        said.append(count(len(nodes), "operation"))
    said.append(f"output {shape_text(real[-1].output_shape)}")
    if real[-1].kind != "input" and (seen := seen_words(real[-1].receptive_field)):
        said.append(seen)
    if parameters:
        said.append(f"{human(parameters)} parameters")
    if macs:
        said.append(f"{human(macs)} multiply-adds")
    said += _skip_words(part, skips)
    return ", ".join(said)


_SKIP_WORDS = {
    "identity": "identity skip",
    "projection": "projection skip",
    "padded": "padded skip",
    "gate": "gate",
    "dense": "concatenation of earlier maps",
}


def _skip_words(part: Part, skips: Mapping[str, tuple[Skip, ...]]) -> list[str]:
    inside = [skip for name in part.nodes for skip in skips.get(name, ())]
    if part.kind == "operation":
        return [f"end of {_article(_SKIP_WORDS[skip.kind])} from {skip.fork}" for skip in inside]
    numbers: dict[str, int] = {}
    for skip in inside:
        numbers[skip.kind] = numbers.get(skip.kind, 0) + 1
    plurals = {"dense": "concatenations of earlier maps"}
    return [
        f"bridged by {exact(number)} {plurals.get(kind, f'{_SKIP_WORDS[kind]}s')}"
        if number > 1
        else f"with {_article(_SKIP_WORDS[kind])}"
        for kind, number in numbers.items()
    ]


def _article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
