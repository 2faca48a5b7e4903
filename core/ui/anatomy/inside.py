"""Inside the selected block: its operations, and the lines of our own code that define it."""

from __future__ import annotations

from functools import partial

from core.architectures.records import Architecture
from core.figures.graphviz_diagram import LayoutUnavailable
from core.graph.records import Graph
from core.ui import drawing, page
from core.ui.anatomy import colour, panel
from core.ui.diagram import diagram

_HEIGHT = 330  # px of the picture, at most


def draw(graph: Graph, node: str, entry: Architecture, shade: str) -> None:
    """The operations of the block that holds the node, coloured as the network's picture is; then the code."""
    block = drawing.block_of(graph, node)
    try:
        picture = drawing.inside(graph, node)
    except LayoutUnavailable as error:
        page.notice(str(error))
    else:
        diagram(
            colour.apply(picture, graph, shade),
            key="block",
            selected=node if node in graph.nodes else None,
            title=f"Inside {block.title}: {len(block.nodes)} operations",
            subtitle="Click one to see what it is.",
            height=_HEIGHT,
            path=drawing.path(graph, node),
            file_name=f"{entry.title} {block.title}",
            on_select=partial(drawing.pick, graph),
        )
    panel.code(graph, node, own=entry.library in ("skipscope", "spec"))
