"""How one operation, run or folded group is drawn where operations are laid out as a graph."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.figures.canvas import Canvas, group_mark, toggle
from core.figures.diagram import Box, Mark
from core.figures.glyphs import TALLEST, Ink, bar, bar_height, channels, kernel, note_join, pool, step_width
from core.figures.items import Item, Roles
from core.figures.numbers import count, exact, shape_text
from core.figures.structure import POOLS, is_bar
from core.figures.svg import element, joint, label, shorten, text_width
from core.graph.records import Node

_WORD_WIDTH, _TITLE_WIDTH = 110, 150  # px beyond which words are shortened
_SHORT = {
    "batch_norm": "batch norm",
    "relu": "ReLU",
    "max_pool": "max pool",
    "avg_pool": "average pool",
    "adaptive_pool": "pool",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """How an item is drawn: its size, and its words below the line."""

    width: float
    height: float
    glyph: str
    words: tuple[str, ...]


def sign_of(item: Item) -> Sign:
    """The sign of an item."""
    node = _spokesman(item)
    if item.group is not None or item.title:
        return _group_sign(item)
    if node.kind in ("add", "multiply", "concatenate") and len(node.inputs) > 1:
        return Sign(14, 14, node.kind, ())
    if is_bar(node):
        words = (_kernel_word(node), str(channels(node)))
        width = max(step_width(node), *(text_width(word) for word in words)) + 10
        return Sign(width, min(bar_height(channels(node)), TALLEST) + 66, "bar", words)
    if node.kind in POOLS:
        return Sign(text_width("pool") + 10, 54 + 34, "pool", ("pool",))
    word = str(node.attributes.get("function") or _SHORT.get(node.kind, node.kind.replace("_", " ")))
    word = shorten(word, _WORD_WIDTH)
    return Sign(text_width(word) + 16, 20, "pill", (word,))


def draw_item(canvas: Canvas, item: Item, sign: Sign, x: float, y: float, roles: Roles) -> None:
    """Draw an item and its mark with its centre at ``(x, y)``."""
    node = _spokesman(item)
    role = roles.of_node(node)
    ink = Ink()
    if sign.glyph == "bar":
        width = step_width(node)
        bar(ink, node, x - width / 2, y, width, 1.0, role)
        below = y + min(bar_height(channels(node)), TALLEST) / 2
        ink.parts += [
            label(sign.words[0], x, below + 14, "caption"),
            label(sign.words[1], x, below + 29, "sub"),
        ]
    elif sign.glyph == "pool":
        pool(ink, node, x - 6, y, 12, 1.0, role)
        ink.parts.append(label("pool", x, y + ink.bottom - abs(y) + 14, "caption"))
    elif sign.glyph in ("pill", "card"):
        ink.parts += _box(sign, x, y, role)
    else:
        ink.parts.append(joint(sign.glyph, x, y, 6))
        note_join(ink.legend, sign.glyph)
    box = Box(x - sign.width / 2, y - sign.height / 2, sign.width, sign.height)
    if item.openable:
        ink.parts.append(toggle(box.x + box.width - 12, box.y - 6, len(canvas.marks), "+"))
    canvas.take(ink)
    canvas.mark(_mark(item, box), ink.parts, classes=" over")


def _spokesman(item: Item) -> Node:
    """The operation that a run is drawn as."""
    return next((node for node in item.nodes if is_bar(node)), item.first)


def _group_sign(item: Item) -> Sign:
    title = shorten(item.title or (item.group.title if item.group else item.id), _TITLE_WIDTH)
    words = (title, count(len(item.nodes), "operation"))
    return Sign(max(text_width(title, bold=True), text_width(words[1])) + 20, 44, "card", words)


def _kernel_word(node: Node) -> str:
    if node.kind == "conv":
        return "×".join(str(size) for size in kernel(node))
    return node.kind.replace("_", " ")


def _box(sign: Sign, x: float, y: float, role: str) -> list[str]:
    width, height = sign.width - 4, sign.height - 2
    class_ = f"node {role}" if sign.glyph == "pill" else "card"
    size = {"x": x - width / 2, "y": y - height / 2, "width": width, "height": height}
    parts = [element("rect", class_=class_, rx=5 if sign.glyph == "pill" else 8, **size)]
    if sign.glyph == "pill":
        return [*parts, label(sign.words[0], x, y + 4, "caption")]
    return [*parts, label(sign.words[0], x, y - 3, "name"), label(sign.words[1], x, y + 13, "sub")]


def _mark(item: Item, box: Box) -> Mark:
    if item.group is not None:
        return replace(group_mark(item.group, "block", box), openable=item.openable)
    parameters, macs = sum(n.parameters for n in item.nodes), sum(n.macs for n in item.nodes)
    numbers = (("Parameters", exact(parameters)), ("Multiply-adds", exact(macs)))
    kinds = ", ".join(dict.fromkeys(node.kind.replace("_", " ") for node in item.nodes))
    first = ("Operations", exact(len(item.nodes))) if item.title else ("Kind", shorten(kinds, 180))
    return Mark(
        id=item.id,
        kind="more" if item.title else "operation",
        box=box,
        label=item.title or item.id,
        detail=shape_text(item.last.output_shape),
        rows=(first, *numbers),
        openable=item.openable,
        opened=False,
        operations=tuple(node.name for node in item.nodes),
    )
