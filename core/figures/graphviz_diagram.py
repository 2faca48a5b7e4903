"""Operations of a block, and nets that are no chain: laid out by Graphviz, drawn with the signs of the strip.

Only positions come from the layout program; names of the network never reach it, so nothing in them can be taken
for its language. A layout that takes too long is tried again in a simpler form, at last in columns of our own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import graphviz

from core.figures.canvas import Canvas, group_mark
from core.figures.diagram import Box, Diagram, LegendKey, Mark
from core.figures.glyphs import TALLEST, Ink, bar, bar_height, channels, kernel, note_join, pool, step_width
from core.figures.items import SINK, SOURCE, Item, Link, Roles, choose_items, find_links
from core.figures.layout_program import (
    Layout,
    LayoutFailed,
    LayoutUnavailable,
    PlacedEdge,
    PlacedNode,
    run_layout,
)
from core.figures.numbers import count, exact, shape_text
from core.figures.strip_layout import LEGEND_ORDER
from core.figures.structure import POOLS, is_bar
from core.figures.svg import element, joint, label, number, shorten, text_width
from core.graph.records import Graph, Group, Node

__all__ = ["LayoutUnavailable", "operations"]

NODE_LIMIT = 150
SECONDS = (1.5, 0.8)
CROWDED = 4  # edges a node beyond which Graphviz takes seconds to minutes
MARGIN = 14.0
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
    items = choose_items(graph, group, limit, opened)
    roles = Roles(graph)
    links = find_links(graph, items, roles)
    signs = {item.id: _sign(item) for item in items}
    names = {item.id: f"n{index}" for index, item in enumerate(items)} | {SOURCE: "source", SINK: "sink"}
    layout, simpler = _layout(names, signs, links)
    layout = _skips_up(
        layout, {(names[link.tail], names[link.head]) for link in links if "skip" in link.kind}
    )
    return _draw(graph, group, items, links, signs, names, layout, roles, simpler)


# --- signs -----------------------------------------------------------------------------------------------------


def _sign(item: Item) -> _Sign:
    node = next((n for n in item.nodes if is_bar(n)), item.first)
    if item.group is not None or (len(item.nodes) > 1 and "…" in item.id and item.id.count("…") == 1):
        return _group_sign(item)
    if node.kind in ("add", "multiply", "concatenate") and len(node.inputs) > 1:
        return _Sign(14, 14, node.kind, ())
    if is_bar(node):
        words = (_kernel_word(node), str(channels(node)))
        width = max(step_width(node), *(text_width(word) for word in words)) + 10
        return _Sign(width, min(bar_height(channels(node)), TALLEST) + 66, "bar", words)
    if node.kind in POOLS:
        return _Sign(text_width("pool") + 10, 54 + 34, "pool", ("pool",))
    word = shorten(
        str(node.attributes.get("function") or _SHORT.get(node.kind, node.kind.replace("_", " "))), 110
    )
    return _Sign(text_width(word) + 16, 20, "pill", (word,))


def _group_sign(item: Item) -> _Sign:
    title = shorten(item.group.title if item.group else item.id, 150)
    words = (title, count(len(item.nodes), "operation"))
    return _Sign(max(text_width(title, bold=True), text_width(words[1])) + 20, 44, "card", words)


def _kernel_word(node: Node) -> str:
    if node.kind == "conv":
        return "×".join(str(size) for size in kernel(node))
    return node.kind.replace("_", " ")


# --- layout ----------------------------------------------------------------------------------------------------


def _layout(
    names: Mapping[str, str], signs: Mapping[str, _Sign], links: Sequence[Link]
) -> tuple[Layout, bool]:
    """The layout, and whether it had to be a simpler one."""
    sizes = {names[key]: (sign.width, sign.height) for key, sign in signs.items()}
    used = {link.tail for link in links} | {link.head for link in links}
    sizes.update({names[end]: (18.0, 18.0) for end in (SOURCE, SINK) if end in used})
    edges = [(names[link.tail], names[link.head], link.kind.startswith("skip")) for link in links]
    for attempt, seconds in enumerate(SECONDS if len(edges) <= CROWDED * len(sizes) else ()):
        try:
            return _run(_dot(sizes, edges, simple=attempt > 0), seconds), attempt > 0
        except LayoutFailed:
            continue
    return _columns(sizes, edges), True


def _skips_up(layout: Layout, skips: Collection[tuple[str, str]]) -> Layout:
    """The layout, upside down if most skips ran below the rest: in every picture here they are arcs above."""
    heights = [y for edge in layout.edges if (edge.tail, edge.head) in skips for _, y in edge.points]
    rest = [y for edge in layout.edges if (edge.tail, edge.head) not in skips for _, y in edge.points]
    if not heights or not rest or sum(heights) / len(heights) >= sum(rest) / len(rest):
        return layout
    top = layout.height
    return Layout(
        layout.width,
        top,
        tuple(replace(node, y=top - node.y) for node in layout.nodes),
        tuple(replace(edge, points=tuple((x, top - y) for x, y in edge.points)) for edge in layout.edges),
    )


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


def _draw(
    graph: Graph,
    group: Group,
    items: Sequence[Item],
    links: Sequence[Link],
    signs: Mapping[str, _Sign],
    names: Mapping[str, str],
    layout: Layout,
    roles: Roles,
    simpler: bool,
) -> Diagram:
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    places = {node.name: (node.x + MARGIN, height - node.y - MARGIN) for node in layout.nodes}
    kinds = {(names[link.tail], names[link.head]): link.kind for link in links}
    canvas = Canvas()
    for edge in sorted(layout.edges, key=lambda e: kinds.get((e.tail, e.head), "").startswith("skip")):
        kind = kinds[(edge.tail, edge.head)]
        canvas.put(_edge(edge, kind, places, height))
        _note_edge(canvas.legend, kind)
    for end, letter in ((SOURCE, "x"), (SINK, "y")):
        if names[end] in places:
            x, y = places[names[end]]
            left = end == SOURCE
            canvas.put(label(letter, x - 4 if left else x + 4, y + 4, "end", "end" if left else "start"))
    for item in items:
        x, y = places[names[item.id]]
        _draw_item(canvas, item, signs[item.id], x, y, roles)
    svg = element(
        "svg",
        canvas.parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="sk operations",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="group",
        aria_label="Diagram of operations, from left to right",
    )
    legend = tuple(key for key in LEGEND_ORDER if key in canvas.legend)
    shown = sum(1 for item in items if item.group is None)
    notes = ["Laid out in a simpler way, because the full layout took too long."] if simpler else []
    if shown < len(items):
        folded = count(len(items) - shown, "group")
        notes.append(f"{folded} folded, so that {exact(len(group.nodes))} operations fit in one picture.")
    return Diagram(svg, width, height, tuple(canvas.marks), legend, " ".join(notes))


def _note_edge(legend: set[LegendKey], kind: str) -> None:
    if kind == "skip projection":
        legend.add("projection")
    elif kind == "skip dense":
        legend.add("dense")
    elif kind == "skip":
        legend.add("identity")


def _edge(edge: PlacedEdge, kind: str, places: Mapping[str, tuple[float, float]], height: float) -> str:
    """The curve, led on to the centres of both ends, so that lines run into the signs."""
    points = [(x + MARGIN, height - y - MARGIN) for x, y in edge.points]
    n = number
    start, end = places[edge.tail], places[edge.head]
    first, rest = points[0], points[1:]
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
