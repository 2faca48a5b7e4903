"""Where do the skips go, and where does the cost sit?"""

from functools import partial

import streamlit as st

from core.figures import statements
from core.figures.graphviz_diagram import LayoutUnavailable, operations
from core.ui import drawing, page, photos, subject
from core.ui.anatomy import layers, panel, take_away
from core.ui.diagram import diagram

QUESTION = "Where do the skips go, and where does the cost sit?"
HEIGHT = 300  # px of the network's picture

entry = subject.architecture()
graph = subject.graph(question=QUESTION, height=HEIGHT)
node = subject.node(graph)

page.header(QUESTION, *statements.answer(graph, entry.title))
page.totals(statements.totals(graph, entry))
with page.controls():
    with page.control("Detail"):
        detail = st.segmented_control(
            "Detail",
            drawing.DETAILS,
            default="Blocks",
            key="detail",
            label_visibility="collapsed",
            required=True,
        )
    with page.control("Find a layer"):
        drawing.finder(graph, node)

picture = drawing.picture(graph, node, detail, photos.chosen().data)
diagram(
    picture,
    key="network",
    selected=node,
    title=statements.figure_title(graph),
    subtitle="Bar width: kernel size. Bar height: channels, square-root scale.",
    height=HEIGHT,
    on_select=partial(drawing.pick, graph),
    on_toggle=partial(drawing.toggle, graph, node, detail, picture),
)

left, right = st.columns([0.66, 0.34], gap="medium")
block = drawing.block_of(graph, node)
with right:
    panel.draw(graph, node)
with left:
    below = st.segmented_control(
        "Below",
        ("Inside the block", "All layers"),
        default="Inside the block",
        key="below",
        label_visibility="collapsed",
        required=True,
    )
    if below == "All layers":
        layers.draw(graph, node, entry.title)
    else:
        try:
            inner = operations(graph, block.name)
        except LayoutUnavailable as error:
            page.notice(str(error))
        else:
            diagram(
                inner,
                key="block",
                selected=node if node in graph.nodes else None,
                title=f"Inside {block.title}: {len(block.nodes)} operations",
                subtitle="Click one to see what it is.",
                height=330,
                on_select=partial(drawing.pick, graph),
            )
        panel.code(graph, node, own=entry.library in ("skipscope", "spec"))
take_away.draw(graph, entry, subject.input_size())
page.caveat(
    "time. Multiply-adds are arithmetic; how long they take depends on the device and is measured on the page Speed."
)
drawing.save(picture, entry.title)
page.source(statements.source(graph, entry))
