"""Operations of a block, and nets that are no chain: laid out by Graphviz, drawn with the signs of the strip.

Only positions come from the layout program; names of the network never reach it, so nothing in them can be taken
for its language. A layout that takes too long is tried again in a simpler form, at last in columns of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import graphviz

from core.figures.canvas import Canvas, group_mark
from core.figures.diagram import Box, Diagram, LegendKey, Mark
from core.figures.glyphs import TALLEST, Ink, bar, bar_height, channels, kernel, note_join, pool, step_width
from core.figures.items import SINK, SOURCE, Edge, Item, Roles, choose_items, find_edges
from core.figures.layout_program import (
    Layout,
    LayoutFailed,
    LayoutUnavailable,
    PlacedEdge,
    PlacedNode,
    run_layout,
)
from core.figures.numbers import count, exact, shape_text
from core.figures.structure import POOLS, is_bar
from core.figures.svg import element, joint, label, number, shorten, text_width
from core.graph.records import Graph, Group, Node

__all__ = ["LayoutUnavailable", "operations"]

NODE_LIMIT = 150
SECONDS = (1.5, 0.8)  # that the full and the simpler layout may take
CROWDED = 4  # edges a node beyond which Graphviz takes seconds to minutes
MARGIN = 14.0
_WORD_WIDTH, _TITLE_WIDTH = 110, 150  # px beyond which words are shortened
_SHORT = {
    "batch_norm": "batch norm",
    "relu": "ReLU",
    "max_pool": "max pool",
    "avg_pool": "average pool",
    "adaptive_pool": "pool",
}


@dataclass(frozen=True, slots=True)
class _Sign:
    """How an item is drawn: its size, and its words below the line."""

    width: float
    height: float
    glyph: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is laid out: items and edges, and by an item's id its sign and its name for the layout program."""

    items: tuple[Item, ...]
    edges: tuple[Edge, ...]
    signs: Mapping[str, _Sign]
    names: Mapping[str, str]


def operations(
    graph: Graph, group_name: str = "", *, limit: int = NODE_LIMIT, opened: Collection[str] = ()
) -> Diagram:
    """The operations of one group (default: of the whole network), from left to right.

    Args:
        graph: the network.
        group_name: a group of its fold.
        limit: most things shown; what does not fit is drawn in runs, then as folded groups.
        opened: groups that are unfolded before others, as far as the limit allows.

    Raises:
        KeyError: no group has that name.
        LayoutUnavailable: no layout program is installed.
    """
    if group_name not in graph.groups:
        raise KeyError(f"The network has no group {group_name!r}; Graph.groups lists them.")
    group = graph.groups[group_name]
    roles = Roles(graph)
    plan = _plan(graph, choose_items(graph, group, limit, opened), roles)
    layout, simpler = _layout(plan)
    return _draw(group, plan, _in_picture(_skips_up(layout, plan)), roles, simpler)


def _plan(graph: Graph, items: tuple[Item, ...], roles: Roles) -> _Plan:
    names = {item.id: f"n{index}" for index, item in enumerate(items)} | {SOURCE: "source", SINK: "sink"}
    return _Plan(items, find_edges(graph, items, roles), {item.id: _sign(item) for item in items}, names)


# --- signs -----------------------------------------------------------------------------------------------------


def _sign(item: Item) -> _Sign:
    node = next((n for n in item.nodes if is_bar(n)), item.first)
    if item.group is not None or (len(item.nodes) > 1 and item.id.count("…") == 1):
        return _group_sign(item)
    if node.kind in ("add", "multiply", "concatenate") and len(node.inputs) > 1:
        return _Sign(14, 14, node.kind, ())
    if is_bar(node):
        words = (_kernel_word(node), str(channels(node)))
        width = max(step_width(node), *(text_width(word) for word in words)) + 10
        return _Sign(width, min(bar_height(channels(node)), TALLEST) + 66, "bar", words)
    if node.kind in POOLS:
        return _Sign(text_width("pool") + 10, 54 + 34, "pool", ("pool",))
    word = str(node.attributes.get("function") or _SHORT.get(node.kind, node.kind.replace("_", " ")))
    word = shorten(word, _WORD_WIDTH)
    return _Sign(text_width(word) + 16, 20, "pill", (word,))


def _group_sign(item: Item) -> _Sign:
    title = shorten(item.group.title if item.group else item.id, _TITLE_WIDTH)
    words = (title, count(len(item.nodes), "operation"))
    return _Sign(max(text_width(title, bold=True), text_width(words[1])) + 20, 44, "card", words)


def _kernel_word(node: Node) -> str:
    if node.kind == "conv":
        return "×".join(str(size) for size in kernel(node))
    return node.kind.replace("_", " ")


# --- layout ----------------------------------------------------------------------------------------------------


def _layout(plan: _Plan) -> tuple[Layout, bool]:
    """The layout, and whether it had to be a simpler one."""
    names = plan.names
    sizes = {names[key]: (sign.width, sign.height) for key, sign in plan.signs.items()}
    used = {edge.tail for edge in plan.edges} | {edge.head for edge in plan.edges}
    sizes.update({names[end]: (18.0, 18.0) for end in (SOURCE, SINK) if end in used})
    edges = [(names[edge.tail], names[edge.head], edge.kind.startswith("skip")) for edge in plan.edges]
    for attempt, seconds in enumerate(SECONDS if len(edges) <= CROWDED * len(sizes) else ()):
        try:
            return _run(_dot(sizes, edges, simple=attempt > 0), seconds), attempt > 0
        except LayoutFailed:
            continue
    return _columns(sizes, edges), True


def _skips_up(layout: Layout, plan: _Plan) -> Layout:
    """The layout, upside down if most skips ran below the rest: in every picture here they are arcs above."""
    skips = {
        (plan.names[edge.tail], plan.names[edge.head]) for edge in plan.edges if edge.kind.startswith("skip")
    }
    heights = [y for edge in layout.edges if (edge.tail, edge.head) in skips for _, y in edge.points]
    rest = [y for edge in layout.edges if (edge.tail, edge.head) not in skips for _, y in edge.points]
    if not heights or not rest or sum(heights) / len(heights) >= sum(rest) / len(rest):
        return layout
    return _moved(layout, lambda x, y: (x, layout.height - y))


def _in_picture(layout: Layout) -> Layout:
    """The layout with y downwards and a margin around it."""
    moved = _moved(layout, lambda x, y: (x + MARGIN, layout.height - y + MARGIN))
    return replace(moved, width=layout.width + 2 * MARGIN, height=layout.height + 2 * MARGIN)


def _moved(layout: Layout, place: Callable[[float, float], tuple[float, float]]) -> Layout:
    """The layout with every point at a new place."""
    nodes = tuple(PlacedNode(node.name, *place(node.x, node.y)) for node in layout.nodes)
    edges = tuple(replace(edge, points=tuple(place(x, y) for x, y in edge.points)) for edge in layout.edges)
    return replace(layout, nodes=nodes, edges=edges)


@lru_cache(maxsize=32)
def _run(source: str, seconds: float) -> Layout:
    return run_layout(source, seconds=seconds)


def forget_layouts() -> None:
    """Drop the layouts that are remembered."""
    _run.cache_clear()


def _dot(
    sizes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str, bool]], *, simple: bool
) -> str:
    """The graph in the DOT language: sizes in inches, one edge a statement, skips light so that they bend."""
    dot = graphviz.Digraph(
        graph_attr={
            "rankdir": "LR",
            "nodesep": "0.16",
            "ranksep": "0.2",
            "splines": "line" if simple else "spline",
        },
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"dir": "none"},
    )
    for name, (width, height) in sizes.items():
        dot.node(name, width=f"{width / 72:.3f}", height=f"{height / 72:.3f}")
    for tail, head, skip in edges:
        constraint = {"constraint": "false"} if simple and skip else {}
        dot.edge(tail, head, weight="1" if skip else "20", **constraint)
    return str(dot.source)


def _columns(sizes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str, bool]]) -> Layout:
    """Our own layout, linear in the edges: a column for each length of the longest way from the start."""
    column = dict.fromkeys(sizes, 0)
    order = {
        name: index
        for index, name in enumerate(["source", *(n for n in sizes if n not in ("source", "sink")), "sink"])
    }
    for tail, head, _ in sorted(edges, key=lambda edge: order[edge[0]]):
        column[head] = max(column[head], column[tail] + 1)
    rows: dict[int, list[str]] = {}
    for name in sorted(sizes, key=order.__getitem__):
        rows.setdefault(column[name], []).append(name)
    placed: dict[str, PlacedNode] = {}
    x, tallest = 0.0, max(sum(sizes[n][1] + 12 for n in row) for row in rows.values())
    for _, row in sorted(rows.items()):
        width = max(sizes[name][0] for name in row)
        y = tallest / 2 + sum(sizes[name][1] + 12 for name in row) / 2
        for name in row:
            height = sizes[name][1] + 12
            placed[name] = PlacedNode(name, x + width / 2, y - height / 2)
            y -= height
        x += width + 16
    lines = tuple(_straight(placed[tail], placed[head]) for tail, head, _ in edges)
    return Layout(x, tallest, tuple(placed.values()), lines)


def _straight(tail: PlacedNode, head: PlacedNode) -> PlacedEdge:
    middle = (tail.x + head.x) / 2
    points = ((tail.x, tail.y), (middle, tail.y), (middle, head.y), (head.x, head.y))
    return PlacedEdge(tail.name, head.name, points)


# --- drawing ---------------------------------------------------------------------------------------------------


def _draw(group: Group, plan: _Plan, layout: Layout, roles: Roles, simpler: bool) -> Diagram:
    places = {node.name: (node.x, node.y) for node in layout.nodes}
    canvas = Canvas()
    _draw_edges(canvas, plan, layout.edges, places)
    for item in plan.items:
        x, y = places[plan.names[item.id]]
        _draw_item(canvas, item, plan.signs[item.id], x, y, roles)
    return canvas.diagram(
        "".join(canvas.parts),
        kind="operations",
        spoken="Diagram of operations, from left to right",
        width=layout.width,
        height=layout.height,
        note=_note(group, plan.items, simpler),
    )


def _draw_edges(
    canvas: Canvas, plan: _Plan, edges: Sequence[PlacedEdge], places: Mapping[str, tuple[float, float]]
) -> None:
    """Lines, skips above others, and letters where they come in and leave."""
    names = plan.names
    kinds = {(names[edge.tail], names[edge.head]): edge.kind for edge in plan.edges}
    for edge in sorted(edges, key=lambda edge: kinds[edge.tail, edge.head].startswith("skip")):
        kind = kinds[edge.tail, edge.head]
        canvas.put(_curve(edge, kind, places))
        if kind in _EDGE_KEYS:
            canvas.legend.add(_EDGE_KEYS[kind])
    if names[SOURCE] in places:
        x, y = places[names[SOURCE]]
        canvas.put(label("x", x - 4, y + 4, "end", "end"))
    if names[SINK] in places:
        x, y = places[names[SINK]]
        canvas.put(label("y", x + 4, y + 4, "end", "start"))


_EDGE_KEYS: dict[str, LegendKey] = {
    "skip": "identity",
    "skip projection": "projection",
    "skip dense": "dense",
}


def _note(group: Group, items: Sequence[Item], simpler: bool) -> str:
    notes = ["Laid out in a simpler way, because the full layout took too long."] if simpler else []
    folded = sum(item.group is not None for item in items)
    if folded:
        everything = exact(len(group.nodes))
        notes.append(f"{count(folded, 'group')} folded, so that {everything} operations fit in one picture.")
    return " ".join(notes)


def _curve(edge: PlacedEdge, kind: str, places: Mapping[str, tuple[float, float]]) -> str:
    """The curve, led on to the centres of both ends, so that lines run into the signs."""
    n = number
    start, end = places[edge.tail], places[edge.head]
    first, *rest = edge.points
    curve = f"M{n(start[0])} {n(start[1])}L{n(first[0])} {n(first[1])}C" + " ".join(
        f"{n(x)} {n(y)}" for x, y in rest
    )
    return element("path", class_=kind, d=f"{curve}L{n(end[0])} {n(end[1])}")


def _draw_item(canvas: Canvas, item: Item, sign: _Sign, x: float, y: float, roles: Roles) -> None:
    node = next((n for n in item.nodes if is_bar(n)), item.first)
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
    canvas.take(ink)
    box = Box(x - sign.width / 2, y - sign.height / 2, sign.width, sign.height)
    canvas.mark(_mark(item, box), ink.parts, classes=" over")


def _box(sign: _Sign, x: float, y: float, role: str) -> list[str]:
    width, height = sign.width - 4, sign.height - 2
    class_ = f"node {role}" if sign.glyph == "pill" else "card"
    size = {"x": x - width / 2, "y": y - height / 2, "width": width, "height": height}
    parts = [element("rect", class_=class_, rx=5 if sign.glyph == "pill" else 8, **size)]
    if sign.glyph == "pill":
        return [*parts, label(sign.words[0], x, y + 4, "caption")]
    return [*parts, label(sign.words[0], x, y - 3, "name"), label(sign.words[1], x, y + 13, "sub")]


def _mark(item: Item, box: Box) -> Mark:
    if item.group is not None:
        return group_mark(item.group, "block", box)
    node = item.first
    kinds = ", ".join(dict.fromkeys(n.kind.replace("_", " ") for n in item.nodes))
    return Mark(
        id=item.id,
        kind="operation",
        box=box,
        label=item.id,
        detail=shape_text(item.last.output_shape),
        rows=(
            ("Kind", shorten(kinds, 180)),
            ("Parameters", exact(sum(n.parameters for n in item.nodes))),
            ("Multiply-adds", exact(sum(n.macs for n in item.nodes))),
        ),
        openable=False,
        opened=False,
        operations=(node.name, *(n.name for n in item.nodes[1:])),
    )
