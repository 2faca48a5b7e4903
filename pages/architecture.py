"""Where do the skips go, and where does the cost sit?"""

from functools import partial

import streamlit as st

from core.figures import descriptions, statements
from core.figures.graphviz_diagram import LayoutUnavailable, operations
from core.ui import drawing, page, photos, subject
from core.ui.anatomy import colour, cost, side_by_side
from core.ui.diagram import diagram

QUESTION = "Where do the skips go, and where does the cost sit?"
HEIGHT = 300  # px of the network's picture

if side_by_side.chosen():
    side_by_side.draw(QUESTION)
    st.stop()

entry = subject.architecture()
graph = subject.graph(question=QUESTION, height=HEIGHT)
node = subject.node(graph)

page.header(QUESTION, *statements.answer(graph, entry.title))
page.totals(statements.totals(graph, entry))
with page.controls():
    side_by_side.switch()
    with page.control("Colour by"):
        shade = colour.choose()
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
    colour.apply(picture, graph, shade),
    key="network",
    selected=node,
    title=statements.figure_title(graph),
    subtitle="Bar width: kernel size. Bar height: channels, square-root scale.",
    height=HEIGHT,
    on_select=partial(drawing.pick, graph),
    on_toggle=partial(drawing.toggle, graph, node, detail, picture),
)

inside, panel = st.columns([0.66, 0.34], gap="medium")
block = drawing.block_of(graph, node)
with inside:
    cost.draw(graph, node)
    try:
        inner = operations(graph, block.name)
    except LayoutUnavailable as error:
        page.notice(str(error))
    else:
        diagram(
            colour.apply(inner, graph, shade),
            key="block",
            selected=node if node in graph.nodes else None,
            title=f"Inside {block.title}: {len(block.nodes)} operations",
            subtitle="Click one to see what it is.",
            height=330,
            channel="operation",
            on_select=partial(drawing.pick, graph),
        )
with panel, st.container(border=True):
    page.details(descriptions.describe(graph, node))
    st.page_link("pages/feature_maps.py", label="What it sees in the photo")
page.caveat(
    "time. Multiply-adds are arithmetic; how long they take depends on the device and is measured on the page Speed."
)
drawing.save(picture, entry.title)
page.source(statements.source(graph, entry))
