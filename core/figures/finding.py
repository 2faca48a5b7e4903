"""What the search box looks through: every group and operation of a graph, in one short text."""

from __future__ import annotations

import base64
import zlib

from core.figures.kept import by_identity
from core.figures.numbers import SPACE, shape_text
from core.graph.records import Graph, Group, Node


def entries(graph: Graph) -> tuple[tuple[str, str, str], ...]:
    """``(name, what it is, shape of its output)`` of all that can be selected: groups, then what they hold.

    An operation that is a group of its own comes once. Weights that stand as operations are left out.
    """
    found: dict[str, tuple[str, str, str]] = {}
    for group in graph.fold.walk():
        if group is not graph.fold and len(group.nodes) > 1:
            found[group.name] = (group.name, _group_words(group), _shape(group.output_shape))
        if any(child.level != "operation" for child in group.children):
            continue
        for name in group.nodes:
            node = graph.nodes[name]
            if node.kind != "parameter":
                found.setdefault(name, (name, node_words(node), _shape(node.output_shape)))
    return tuple(found.values())


@by_identity(16)
def packed(graph: Graph) -> str:
    """The entries for the browser: lines with tabs between, compressed (zlib), as base64."""
    lines = "\n".join("\t".join(_plain(field) for field in entry) for entry in entries(graph))
    return base64.b64encode(zlib.compress(lines.encode("utf-8", "replace"), 6)).decode("ascii")


def unpack(text: str) -> tuple[tuple[str, ...], ...]:
    """The entries that `packed` gave the text for."""
    lines = zlib.decompress(base64.b64decode(text)).decode("utf-8")
    return tuple(tuple(line.split("\t")) for line in lines.split("\n"))


def node_words(node: Node) -> str:
    """What an operation is, in a few words: ``"3×3 conv"``, ``"SiLU"``, ``"depthwise 5×5 conv"``."""
    if node.kind == "activation":
        return str(node.attributes.get("function") or "activation")
    word = node.kind.replace("_", " ")
    kernel = node.attributes.get("kernel")
    if not isinstance(kernel, tuple) or not kernel:
        return word
    size = "×".join(str(side) for side in kernel)
    groups, channels = node.attributes.get("groups", 1), node.attributes.get("in_channels", 0)
    grouped = ""
    if isinstance(groups, int) and groups > 1:
        grouped = "depthwise " if groups == channels else "grouped "
    return f"{grouped}{size} {word}"


def _group_words(group: Group) -> str:
    level = group.title if group.level == "stage" else group.level
    return f"{level}, {group.type_name}" if group.type_name else level


def _shape(shape: tuple[int, ...]) -> str:
    return shape_text(shape, spaced=False).replace(SPACE, "")


def _plain(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ")
