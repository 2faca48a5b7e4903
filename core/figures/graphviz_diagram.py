"""Operations of a block, and nets that are no chain: laid out by Graphviz, drawn with the signs of the strip.

Only positions come from the layout program; names of the network never reach it, so nothing in them can be taken
for its language. A layout that takes too long is tried again in a simpler form, at last in columns of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import graphviz

from core.figures.canvas import Canvas, group_mark, toggle
from core.figures.diagram import Box, Diagram, LegendKey, Mark
from core.figures.items import SINK, SOURCE, Item, Roles, operation_items, roles_of
from core.figures.layout_program import (
    Layout,
    LayoutFailed,
    LayoutUnavailable,
    PlacedEdge,
    PlacedNode,
    run_layout,
)
from core.figures.numbers import count, exact
from core.figures.opening import fitting
from core.figures.operation_signs import Sign, draw_item
from core.figures.parts import Part, tree
from core.figures.plan import Cluster, Plan, plan_items, plan_parts
from core.figures.svg import element, label, number, shorten
from core.graph.records import Graph, Group

__all__ = ["LayoutUnavailable", "operations"]

NODE_LIMIT = 150
SECONDS = (1.5, 0.8)  # that the full and the simpler layout may take
CROWDED = 4  # edges a node beyond which Graphviz takes seconds to minutes
MARGIN = 14.0
FRAME_ROOM = 22  # px between an opened part's frame and what it holds; its title stands there


def operations(
    graph: Graph,
    group_name: str = "",
    *,
    limit: int = NODE_LIMIT,
    opened: Collection[str] | None = None,
) -> Diagram:
    """The operations of one group (default: of the whole network), from left to right.

    Args:
        graph: the network.
        group_name: a group of its fold.
        limit: most things shown where ``opened`` is None: operations one by one if they fit, else in runs, else
            folded, and opened as far as they fit.
        opened: exactly these parts are drawn opened (`core.figures.opening`), in frames; None: as many as fit.

    Raises:
        KeyError: no group has that name.
        LayoutUnavailable: no layout program is installed.
    """
    if group_name not in graph.groups:
        raise KeyError(f"The network has no group {group_name!r}; Graph.groups lists them.")
    group = graph.groups[group_name]
    roles = roles_of(graph)
    items = operation_items(graph, group, limit) if opened is None else None
    if items is not None:
        plan = plan_items(graph, items, (), roles)
    else:
        part = tree(graph).path(group_name)[-1] if group_name else tree(graph).root
        plan = plan_parts(graph, part, opened if opened is not None else fitting(part, limit), roles)
    found, simpler = lay_out(plan)
    layout = in_picture(found, plan, MARGIN)
    canvas = Canvas()
    draw_plan(canvas, plan, layout, roles)
    _draw_ends(canvas, plan, layout)
    return canvas.diagram(
        "".join((*canvas.parts, *canvas.above)),
        kind="operations",
        spoken="Diagram of operations, from left to right",
        width=layout.width,
        height=layout.height,
        note=_note(group, plan.items, simpler),
    )


# --- layout ----------------------------------------------------------------------------------------------------


def lay_out(plan: Plan) -> tuple[Layout, bool]:
    """The layout with y upwards and skips above the rest, and whether it had to be a simpler one."""
    names = plan.names
    sizes = {names[key]: (sign.width, sign.height) for key, sign in plan.signs.items()}
    used = {edge.tail for edge in plan.edges} | {edge.head for edge in plan.edges}
    sizes.update({names[end]: (18.0, 18.0) for end in (SOURCE, SINK) if end in used})
    edges = [(names[edge.tail], names[edge.head], edge.kind.startswith("skip")) for edge in plan.edges]
    clusters = [_members(cluster, names) for cluster in plan.clusters]
    for attempt, seconds in enumerate(SECONDS if len(edges) <= CROWDED * len(sizes) else ()):
        try:
            found = _run(_dot(sizes, edges, clusters, simple=attempt > 0), seconds)
            return _skips_up(found, plan), attempt > 0
        except LayoutFailed:
            continue
    return _skips_up(_columns(sizes, edges), plan), True


@dataclass(frozen=True, slots=True)
class _Members:
    """A cluster for the layout program: names of nodes, and clusters within."""

    nodes: tuple[str, ...]
    inner: tuple[_Members, ...]


def _members(cluster: Cluster, names: Mapping[str, str]) -> _Members:
    nodes = tuple(names[item.id] for item in cluster.items)
    return _Members(nodes, tuple(_members(inner, names) for inner in cluster.inner))


def _skips_up(layout: Layout, plan: Plan) -> Layout:
    """The layout, upside down if most skips ran below the rest: in every picture here they are arcs above."""
    skips = {
        (plan.names[edge.tail], plan.names[edge.head]) for edge in plan.edges if edge.kind.startswith("skip")
    }
    heights = [y for edge in layout.edges if (edge.tail, edge.head) in skips for _, y in edge.points]
    rest = [y for edge in layout.edges if (edge.tail, edge.head) not in skips for _, y in edge.points]
    if not heights or not rest or sum(heights) / len(heights) >= sum(rest) / len(rest):
        return layout
    return moved(layout, lambda x, y: (x, layout.height - y))


def in_picture(layout: Layout, plan: Plan, margin: float) -> Layout:
    """The layout with y downwards, and with just the margin around all that is drawn."""
    flipped = moved(layout, lambda x, y: (x, -y))
    places = {node.name: (node.x, node.y) for node in flipped.nodes}
    boxes = [_frame(cluster, plan, places) for cluster in plan.clusters]
    boxes += [_box(plan.signs[item.id], *places[plan.names[item.id]]) for item in plan.items]
    boxes += [Box(x, y, 0, 0) for edge in flipped.edges for x, y in edge.points]
    ends = (plan.names[SOURCE], plan.names[SINK])
    boxes += [Box(node.x - 9, node.y - 9, 18, 18) for node in flipped.nodes if node.name in ends]
    outer = _around(boxes)
    placed = moved(flipped, lambda x, y: (x - outer.x + margin, y - outer.y + margin))
    return replace(placed, width=outer.width + 2 * margin, height=outer.height + 2 * margin)


def _box(sign: Sign, x: float, y: float) -> Box:
    return Box(x - sign.width / 2, y - sign.height / 2, sign.width, sign.height)


def _around(boxes: Sequence[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right = max(box.x + box.width for box in boxes)
    bottom = max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def moved(layout: Layout, place: Callable[[float, float], tuple[float, float]]) -> Layout:
    """The layout with every point at a new place."""
    nodes = tuple(PlacedNode(node.name, *place(node.x, node.y)) for node in layout.nodes)
    edges = tuple(replace(edge, points=tuple(place(x, y) for x, y in edge.points)) for edge in layout.edges)
    return replace(layout, nodes=nodes, edges=edges)


@lru_cache(maxsize=128)
def _run(source: str, seconds: float) -> Layout:
    return run_layout(source, seconds=seconds)


def forget_layouts() -> None:
    """Drop the layouts that are remembered."""
    _run.cache_clear()


def _dot(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[tuple[str, str, bool]],
    clusters: Sequence[_Members] = (),
    *,
    simple: bool,
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
    _write_clusters(dot, clusters, "cluster")
    for tail, head, skip in edges:
        constraint = {"constraint": "false"} if simple and skip else {}
        dot.edge(tail, head, weight="1" if skip else "20", **constraint)
    return str(dot.source)


def _write_clusters(dot: graphviz.Digraph, clusters: Sequence[_Members], prefix: str) -> None:
    for number_, members in enumerate(clusters):
        name = f"{prefix}_{number_}"
        with dot.subgraph(name=name, graph_attr={"margin": str(FRAME_ROOM)}) as part:
            for node in members.nodes:
                part.node(node)
            _write_clusters(part, members.inner, name)


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


def draw_plan(canvas: Canvas, plan: Plan, layout: Layout, roles: Roles) -> None:
    """Draw frames, then lines with skips above others, then signs; ``layout`` has y downwards."""
    places = {node.name: (node.x, node.y) for node in layout.nodes}
    names = plan.names
    frames = [
        (cluster.part, _frame(cluster, plan, places)) for outer in plan.clusters for cluster in outer.walk()
    ]
    for part, box in frames:
        draw_frame(canvas, part, box)
    kinds = {(names[edge.tail], names[edge.head]): edge.kind for edge in plan.edges}
    for edge in sorted(layout.edges, key=lambda edge: kinds[edge.tail, edge.head].startswith("skip")):
        kind = kinds[edge.tail, edge.head]
        canvas.put(_curve(edge, kind, places))
        if kind in _EDGE_KEYS:
            canvas.legend.add(_EDGE_KEYS[kind])
    for part, box in frames:
        canvas.put(frame_title(part, box))
    for item in plan.items:
        x, y = places[names[item.id]]
        draw_item(canvas, item, plan.signs[item.id], x, y, roles)


def draw_frame(canvas: Canvas, part: Part, box: Box) -> None:
    """The frame of an opened part, its mark and the button that closes it; its title comes above the lines."""
    canvas.put(element("rect", class_="frame", x=box.x, y=box.y, width=box.width, height=box.height, rx=8))
    canvas.above.append(toggle(box.x + box.width - 20, box.y + 4, len(canvas.marks), "−"))
    canvas.mark(part_mark(part, box), [])


def frame_title(part: Part, box: Box) -> str:
    """The title of an opened part in the corner of its frame."""
    return label(shorten(part.title, box.width - 34), box.x + 8, box.y + 15, "frame-title", "start")


def _frame(cluster: Cluster, plan: Plan, places: Mapping[str, tuple[float, float]]) -> Box:
    """Around everything within, with room for the title; less at the sides and below."""
    boxes = [_frame(inner, plan, places) for inner in cluster.inner]
    boxes += [_box(plan.signs[item.id], *places[plan.names[item.id]]) for item in cluster.items]
    held, side, room = _around(boxes), 10.0, FRAME_ROOM - 1.0
    return Box(held.x - side, held.y - room, held.width + 2 * side, held.height + room + 10)


def part_mark(part: Part, box: Box) -> Mark:
    """The mark of an opened part."""
    if part.group is not None:
        return group_mark(part.group, "block" if part.group.level != "stage" else "stage", box, opened=True)
    rows = (("Parts", exact(len(part.children))), ("Operations", exact(len(part.nodes))))
    return Mark(part.id, "more", box, part.title, "", rows, openable=True, opened=True, operations=())


def _draw_ends(canvas: Canvas, plan: Plan, layout: Layout) -> None:
    """Letters where lines come in and leave."""
    places = {node.name: (node.x, node.y) for node in layout.nodes}
    for end, text, shift, anchor in ((SOURCE, "x", -4, "end"), (SINK, "y", 4, "start")):
        if plan.names[end] in places:
            x, y = places[plan.names[end]]
            canvas.put(label(text, x + shift, y + 4, "end", anchor))


_EDGE_KEYS: dict[str, LegendKey] = {
    "skip": "identity",
    "skip projection": "projection",
    "skip dense": "dense",
}


def _note(group: Group, items: Sequence[Item], simpler: bool) -> str:
    notes = ["Laid out in a simpler way, because the full layout took too long."] if simpler else []
    folded = sum(item.group is not None or bool(item.title) for item in items)
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
