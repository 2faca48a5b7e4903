"""What stands under the blocks of a row: how many of which kind, and how wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.figures.aligned_rows import Sign
from core.figures.glyphs import channels, kernel
from core.figures.map_sizes import VECTOR, MapSize, map_size, token_count
from core.figures.numbers import SPACE, count, exact
from core.figures.structure import POOLS, Step
from core.graph.records import Graph, Node

Words = tuple[str, str]
_MANY = 3  # more widths than this are told by the first and the last one


def cell_words(graph: Graph, signs: Sequence[Sign], *, lead: str = "") -> Words:
    """Two lines on the signs of one cell: ``("4 × 3×3", "256 channels")``; ``lead`` stands before the first one."""
    kinds: dict[str, int] = {}
    for sign in signs:
        for kind in _kinds(sign):
            kinds[kind] = kinds.get(kind, 0) + 1
    told = [lead] if lead else []
    told += [_times(kind, number) for kind, number in kinds.items()]
    if len(told) > _MANY:
        told = [count(len(signs), "part")]
    return ", ".join(told), _widths(graph, signs)


def _kinds(sign: Sign) -> tuple[str, ...]:
    """What a sign counts as: one block, or the layers that it is made of where that is all it is."""
    if any(child.level != "operation" for child in sign.group.children):
        return (sign.group.role if sign.group.role in ("stem", "head") else "stage",)
    plain = [piece.node for piece in sign.series if isinstance(piece, Step)]
    if len(plain) < len(sign.series) or (len(plain) > 1 and sign.size != VECTOR):
        return ("block",)
    return tuple(_kind(node) for node in plain)


def _kind(node: Node) -> str:
    if node.kind == "conv":
        return "×".join(str(side) for side in kernel(node))
    return node.kind.replace("_", " ")


def _times(kind: str, number: int) -> str:
    if kind[0].isdigit():
        return f"{number}{SPACE}×{SPACE}{kind}"
    return count(number, kind, f"{kind}s" if kind in ("block", "stage") else kind)


def _widths(graph: Graph, signs: Sequence[Sign]) -> str:
    ends = [graph.nodes[sign.group.nodes[-1]] for sign in signs]
    if signs[-1].size == VECTOR:
        ends = [
            node
            for sign in signs
            for node in (sign.layers if _kinds(sign) != ("block",) else sign.layers[-1:])
        ]
        return _listed([channels(node) for node in ends], repeated=True)
    tokens = token_count(ends[-1])
    if tokens:
        return f"{exact(tokens)} tokens of {channels(ends[-1])}"
    dense = [end for sign, end in zip(signs, ends, strict=True) if sign.dense]
    if dense:
        rest = [end for sign, end in zip(signs, ends, strict=True) if not sign.dense]
        each = f"+{SPACE}{_listed([channels(end) for end in dense])}"
        return f"{each} each, then {channels(rest[-1])}" if rest else f"{each} channels each"
    return f"{_listed([channels(end) for end in ends])} channels"


def _listed(numbers: Iterable[int], *, repeated: bool = False) -> str:
    listed = [str(one) for one in numbers]
    if not repeated or len(listed) > _MANY:
        listed = list(dict.fromkeys(listed))
    return ", ".join(listed) if len(listed) <= _MANY else f"{listed[0]} … {listed[-1]}"


def closing(graph: Graph, signs: Sequence[Sign]) -> tuple[str, MapSize, str]:
    """How the last map becomes a vector: ``("pool", size, "")``, ``("flattened", size, "25,088 numbers")``.

    The first part is "" where the network never leaves its maps, or began with vectors.
    """
    maps = [sign for sign in signs if sign.size.area > 1]
    names = list(graph.nodes)
    start = names.index(maps[-1].layers[-1].name) if maps else len(names)
    size = maps[-1].size if maps else VECTOR
    for name in names[start:]:
        node = graph.nodes[name]
        if not node.input_shapes or node.kind == "parameter":
            continue
        before = map_size(node.input_shapes[0], size)
        if before.area > 1 and map_size(node.output_shape, before) == VECTOR:
            return (*_closed_by(node, before),)
    return "", size, ""


def _closed_by(node: Node, before: MapSize) -> tuple[str, MapSize, str]:
    if node.kind in ("flatten", "reshape"):
        return "flattened", before, f"{exact(channels(node))} numbers"
    if node.kind in POOLS or node.kind == "mean":
        return "pool", before, ""
    return ("one token", before, "") if node.kind == "slice" else ("", before, "")
